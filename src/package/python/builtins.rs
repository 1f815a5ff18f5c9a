//! Functions of the language and the standard library that go through values, or look into modules and objects.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use tree_sitter::Node;

use super::interpreter::{ITEM_BYTES, Interpreter, VALUE_BYTES};
use super::modules::{MODULE_INFO, ROOT, absolute};
use super::type_test;
use super::value::{Args, Call, Function, Items, Value};
use crate::package::source_tree::normalized;

/// The function that keeps arguments for a later call.
const PARTIAL: &str = "functools.partial";

impl<'t> Interpreter<'t> {
    /// A call of such a function. `None` for another one.
    pub(super) fn call_builtin(
        &mut self,
        name: &str,
        args: &Args<'t>,
        node: Node<'t>,
        module: usize,
    ) -> Option<Value<'t>> {
        let first = args.positional.first();
        Some(match name {
            "builtins.getattr" => self.get_attribute(args),
            "builtins.hasattr" => {
                let named = args.positional.get(1).and_then(Value::whole_text);
                let found = first.zip(named).and_then(|(object, named)| self.has_attribute(object, &named));
                found.map_or(Value::Unknown, Value::Bool)
            }
            "builtins.setattr" => {
                if let (Some(object), Some(named), Some(value)) =
                    (first, args.positional.get(1).and_then(Value::whole_text), args.positional.get(2))
                {
                    self.set_attribute(object, &named, value.clone());
                }
                Value::None
            }
            "builtins.vars" => first.map_or(Value::Unknown, |object| self.variables_of(object)),
            "builtins.globals" => self.variables_of(&Value::Module(module)),
            "builtins.dir" => match first.and_then(|object| self.members_of(object)) {
                Some(members) => Value::list(members.iter().map(|(name, _)| Value::text(name)).collect()),
                None => Value::Unknown,
            },
            "inspect.getmembers" | "inspect.getmembers_static" => self.get_members(args, node, module),
            "builtins.type" if args.positional.len() == 1 => match first.map(Value::plain) {
                Some(Value::Instance(instance)) => instance.class.clone().map_or(Value::Unknown, Value::Class),
                _ => Value::Unknown,
            },
            "builtins.isinstance" => {
                let known = first.zip(args.positional.get(1));
                known.and_then(|(value, class)| self.is_instance(value, class)).map_or(Value::Unknown, Value::Bool)
            }
            "builtins.issubclass" => {
                let known = first.zip(args.positional.get(1));
                known.and_then(|(value, class)| self.is_subclass(value, class)).map_or(Value::Unknown, Value::Bool)
            }
            "inspect.iscoroutinefunction" | "asyncio.iscoroutinefunction" => match first.map(Value::plain) {
                Some(Value::Function(function)) => Value::Bool(self.is_async(&function)),
                _ => Value::Unknown,
            },
            "builtins.zip" => self.zipped(&args.positional),
            "builtins.map" => self.map_items(args, node, module),
            "builtins.filter" => self.filter_items(args, node, module),
            "builtins.reversed" => {
                let (mut items, open) = first.map_or((Vec::new(), true), |value| self.items(value));
                items.reverse();
                listed(items, open)
            }
            "builtins.sorted" => {
                let (items, open) = first.map_or((Vec::new(), true), |value| self.items(value));
                listed(self.in_order(items, args, node, module), open)
            }
            "builtins.any" | "builtins.all" => {
                let (items, open) = first.map_or((Vec::new(), true), |value| self.items(value));
                let is_any = name == "builtins.any";
                let truths: Vec<Option<bool>> = items.iter().map(Value::truth).collect();
                if truths.contains(&Some(is_any)) {
                    Value::Bool(is_any)
                } else if open || truths.contains(&None) {
                    Value::Unknown
                } else {
                    Value::Bool(!is_any)
                }
            }
            "builtins.next" => {
                let (items, open) = first.map_or((Vec::new(), true), |value| self.items(value));
                match items.into_iter().next() {
                    Some(item) => item,
                    None if open => Value::Unknown,
                    None => args.positional.get(1).cloned().unwrap_or(Value::Unknown),
                }
            }
            "itertools.chain" => {
                let (mut all, mut open) = (Vec::new(), args.open);
                for part in &args.positional {
                    let (items, more) = self.items(part);
                    all.extend(items);
                    open |= more;
                }
                listed(all, open)
            }
            "itertools.chain.from_iterable" => {
                let (parts, mut open) = first.map_or((Vec::new(), true), |value| self.items(value));
                let mut all = Vec::new();
                for part in parts {
                    let (items, more) = self.items(&part);
                    all.extend(items);
                    open |= more;
                }
                listed(all, open)
            }
            PARTIAL => self.partial(args)?,
            "importlib.import_module" | "builtins.__import__" => self.import_module(args),
            "importlib.util.spec_from_file_location" => self.module_of_file(args)?,
            "importlib.util.module_from_spec" => match first.map(Value::plain) {
                Some(module @ Value::Module(_)) => module,
                _ => return None,
            },
            "pkgutil.iter_modules" | "pkgutil.walk_packages" => self.modules_below(args, name.ends_with("packages")),
            _ => return None,
        })
    }

    fn get_attribute(&mut self, args: &Args<'t>) -> Value<'t> {
        let (Some(object), Some(name)) = (args.positional.first(), args.positional.get(1).and_then(Value::whole_text))
        else {
            return Value::Unknown;
        };
        match args.positional.get(2) {
            Some(default) if self.has_attribute(object, &name) == Some(false) => default.clone(),
            _ => self.attribute(object, &name),
        }
    }

    /// `inspect.getmembers(object, [predicate])`.
    fn get_members(&mut self, args: &Args<'t>, node: Node<'t>, module: usize) -> Value<'t> {
        let Some(members) = args.positional.first().and_then(|object| self.members_of(object)) else {
            return Value::Unknown;
        };
        let predicate = args.get(1, "predicate").cloned();
        let (mut kept, mut open) = (Vec::new(), false);
        for (name, value) in members {
            let holds = match &predicate {
                None | Some(Value::None) => Some(true),
                Some(predicate) => {
                    let args = Args { positional: vec![value.clone()], ..Args::default() };
                    self.call_value(&predicate.clone(), args, node, module).truth()
                }
            };
            match holds {
                Some(true) => kept.push(Value::Tuple(Rc::new(vec![Value::text(&name), value]))),
                Some(false) => {}
                None => open = true,
            }
        }
        listed(kept, open)
    }

    /// Whether `value` is an instance of `class`, which may be a tuple of classes. `None` if that is not known.
    fn is_instance(&mut self, value: &Value<'t>, class: &Value<'t>) -> Option<bool> {
        if let Value::Tuple(classes) = class {
            let answers: Vec<Option<bool>> = classes.iter().map(|class| self.is_instance(value, class)).collect();
            let all_known = answers.iter().all(Option::is_some);
            return if answers.contains(&Some(true)) { Some(true) } else { all_known.then_some(false) };
        }
        match (value.plain(), class) {
            (Value::Instance(instance), Value::Class(_)) => {
                self.is_subclass(&Value::Class(instance.class.clone()?), class)
            }
            (Value::Unknown | Value::Call(_) | Value::External(_) | Value::Method(_), _) => None,
            // What is not an instance of a class of the package is none of this one.
            (_, Value::Class(_)) => Some(false),
            (value, class) => type_test::is_instance(&value, class),
        }
    }

    fn is_subclass(&mut self, value: &Value<'t>, of: &Value<'t>) -> Option<bool> {
        if let Value::Tuple(classes) = of {
            let answers: Vec<Option<bool>> = classes.iter().map(|class| self.is_subclass(value, class)).collect();
            return if answers.contains(&Some(true)) {
                Some(true)
            } else {
                answers.iter().all(Option::is_some).then_some(false)
            };
        }
        match (value.plain(), of) {
            (Value::Class(class), Value::Class(wanted)) => Some(self.has_base(&class, wanted)),
            (Value::Class(class), Value::External(name)) => {
                self.derives_from(&class, &|base| base == &**name).then_some(true)
            }
            _ => None,
        }
    }

    fn is_async(&self, function: &Rc<Function<'t>>) -> bool {
        let text = self.modules.all[function.module].text.get(function.signature_of().node.byte_range());
        text.is_some_and(|text| text.starts_with("async"))
    }

    fn zipped(&mut self, lists: &[Value<'t>]) -> Value<'t> {
        let lists: Vec<(Vec<Value<'t>>, bool)> = lists.iter().map(|list| self.items(list)).collect();
        let open = lists.iter().any(|(_, open)| *open);
        let length = lists.iter().map(|(items, _)| items.len()).min().unwrap_or_default();
        self.copying(length * (VALUE_BYTES + lists.len() * ITEM_BYTES));
        let row = |at: usize| Value::Tuple(Rc::new(lists.iter().map(|(items, _)| items[at].clone()).collect()));
        listed((0..length).map(row).collect(), open)
    }

    fn map_items(&mut self, args: &Args<'t>, node: Node<'t>, module: usize) -> Value<'t> {
        let [function, list] = &args.positional[..] else { return Value::Unknown };
        let (items, open) = self.items(list);
        let mut made = Vec::new();
        for item in items {
            let args = Args { positional: vec![item], ..Args::default() };
            made.push(self.call_value(function, args, node, module));
        }
        listed(made, open)
    }

    fn filter_items(&mut self, args: &Args<'t>, node: Node<'t>, module: usize) -> Value<'t> {
        let [function, list] = &args.positional[..] else { return Value::Unknown };
        let (items, mut open) = self.items(list);
        let mut kept = Vec::new();
        for item in items {
            let holds = match function {
                Value::None => item.truth(),
                function => {
                    let args = Args { positional: vec![item.clone()], ..Args::default() };
                    self.call_value(function, args, node, module).truth()
                }
            };
            match holds {
                Some(true) => kept.push(item),
                Some(false) => {}
                None => open = true,
            }
        }
        listed(kept, open)
    }

    /// The items in the order of `sorted`, if all of their keys are texts or numbers.
    pub(super) fn in_order(
        &mut self,
        items: Vec<Value<'t>>,
        args: &Args<'t>,
        node: Node<'t>,
        module: usize,
    ) -> Vec<Value<'t>> {
        let by = args.named("key").cloned().filter(|key| !matches!(key, Value::None));
        let mut keyed = Vec::new();
        for item in items {
            let key = match &by {
                Some(function) => {
                    let args = Args { positional: vec![item.clone()], ..Args::default() };
                    self.call_value(function, args, node, module)
                }
                None => item.clone(),
            };
            keyed.push((key, item));
        }
        self.looking_through(keyed.len() * 8);
        let texts: Option<Vec<Rc<str>>> = keyed.iter().map(|(key, _)| key.whole_text()).collect();
        let numbers: Option<Vec<i64>> = keyed
            .iter()
            .map(|(key, _)| match key.plain() {
                Value::Int(number) => Some(number),
                _ => None,
            })
            .collect();
        let mut order: Vec<usize> = (0..keyed.len()).collect();
        if let Some(texts) = texts {
            order.sort_by(|left, right| texts[*left].cmp(&texts[*right]));
        } else if let Some(numbers) = numbers {
            order.sort_by_key(|at| numbers[*at]);
        }
        if args.named("reverse").and_then(Value::truth) == Some(true) {
            order.reverse();
        }
        order.into_iter().map(|at| keyed[at].1.clone()).collect()
    }

    /// `functools.partial(function, ...)` with one argument or with named ones. `None` for another.
    fn partial(&mut self, args: &Args<'t>) -> Option<Value<'t>> {
        let Value::Function(function) = args.positional.first()?.plain() else { return None };
        self.copying(VALUE_BYTES);
        let function = match args.positional.get(1) {
            Some(_) if args.positional.len() > 2 || function.receiver.is_some() => return None,
            Some(given) => function.bound(given.clone()),
            None => function,
        };
        if args.named.is_empty() {
            return Some(Value::Function(function));
        }
        let mut defaults = args.named.clone();
        let kept = function.defaults.iter().filter(|(name, _)| args.named(name).is_none());
        defaults.extend(kept.cloned());
        Some(Value::Function(function.with_defaults(defaults)))
    }

    fn import_module(&mut self, args: &Args<'t>) -> Value<'t> {
        let Some(path) = args.positional.first().and_then(Value::whole_text) else { return Value::Unknown };
        let package = args.get(1, "package").and_then(Value::whole_text);
        let name = path.trim_start_matches('.');
        let full = match package {
            Some(package) if path.starts_with('.') => {
                let mut base = &*package;
                for _ in 1..path.len() - name.len() {
                    base = base.rsplit_once('.').map_or("", |(outer, _)| outer);
                }
                format!("{base}.{name}")
            }
            _ => path.to_string(),
        };
        self.imported(&full)
    }

    /// `importlib.util.spec_from_file_location(name, path)`: the module itself. `None` if it is not in the package.
    fn module_of_file(&mut self, args: &Args<'t>) -> Option<Value<'t>> {
        let path = super::files::path_text(args.get(1, "location")?)?;
        let path = normalized(path.strip_prefix(ROOT)?)?;
        let module = self.modules.all.iter().position(|module| module.path == path)?;
        self.module(module);
        Some(Value::Module(module))
    }

    /// `pkgutil.iter_modules(paths, prefix)`.
    fn modules_below(&mut self, args: &Args<'t>, recursive: bool) -> Value<'t> {
        let Some(paths) = args.get(0, "path").cloned() else { return Value::Unknown };
        let prefix = args.get(1, "prefix").and_then(Value::whole_text).unwrap_or_default();
        let (paths, open) = self.items(&paths);
        let mut found: BTreeMap<String, bool> = BTreeMap::new();
        for path in &paths {
            let Some(folder) = super::files::path_text(path) else { return Value::Unknown };
            let folder = format!("{}/", folder.trim_end_matches('/'));
            for module in &self.modules.all {
                let whole = absolute(module.path);
                let Some(stem) = whole.strip_prefix(&folder).and_then(|rest| rest.strip_suffix(".py")) else {
                    continue;
                };
                let (stem, is_package) = stem.strip_suffix("/__init__").map_or((stem, false), |stem| (stem, true));
                if stem != "__init__" && (recursive || !stem.contains('/')) {
                    found.insert(stem.replace('/', "."), is_package);
                }
            }
        }
        self.copying(found.len() * (VALUE_BYTES + 3 * ITEM_BYTES));
        let info = |(stem, is_package): (String, bool)| {
            let named = vec![
                ("module_finder".into(), Value::Unknown),
                ("name".into(), Value::text(&format!("{prefix}{stem}"))),
                ("ispkg".into(), Value::Bool(is_package)),
            ];
            let args = Args { named, ..Args::default() };
            Value::Call(Rc::new(Call { callee: MODULE_INFO.into(), args, place: (0, 0) }))
        };
        listed(found.into_iter().map(info).collect(), open)
    }
}

/// The call that `functools.partial` returns, with further arguments. `None` for another call.
pub(super) fn completed<'t>(call: &Call<'t>, more: Args<'t>) -> Option<(Value<'t>, Args<'t>)> {
    let (function, first) = call.args.positional.split_first().filter(|_| &*call.callee == PARTIAL)?;
    let mut args = Args { positional: first.to_vec(), open: more.open || call.args.open, ..Args::default() };
    let kept = call.args.named.iter().filter(|(name, _)| more.named(name).is_none());
    args.named = kept.cloned().collect();
    args.positional.extend(more.positional);
    args.named.extend(more.named);
    Some((function.clone(), args))
}

/// A list, and whether there may be more.
pub(super) fn listed<'t>(items: Vec<Value<'t>>, open: bool) -> Value<'t> {
    Value::List(Rc::new(RefCell::new(Items { items, open })))
}
