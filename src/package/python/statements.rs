//! Statements.

use std::cell::RefCell;
use std::rc::Rc;

use tree_sitter::Node;

use super::command_line::{option_of_decorator, without_option};
use super::interpreter::{Flow, ITEM_BYTES, Interpreter, VALUE_BYTES, children};
use super::modules::known_name;
use super::value::{Args, Class, Function, Scope, Value};

/// The most rounds of one loop.
const MAX_ROUNDS: usize = 2_000;

impl<'t> Interpreter<'t> {
    pub(super) fn block(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Flow<'t> {
        for statement in children(node) {
            match self.statement(statement, scope) {
                Flow::Next => {}
                other => return other,
            }
        }
        Flow::Next
    }

    fn statement(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Flow<'t> {
        self.deeper(|this| this.statement_here(node, scope)).unwrap_or(Flow::Next)
    }

    fn statement_here(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Flow<'t> {
        match node.kind() {
            "expression_statement" => {
                for child in children(node) {
                    self.eval(child, scope);
                }
            }
            "function_definition" => {
                let function = self.define(node, None, scope);
                scope.set(&function.name.clone(), Value::Function(function));
            }
            "class_definition" => {
                let class = self.define_class(node, scope);
                scope.set(&class.name.clone(), Value::Class(class));
            }
            "decorated_definition" => self.decorated(node, scope),
            "import_statement" => self.import(node, scope),
            "import_from_statement" => self.import_from(node, scope),
            "return_statement" => {
                let value = children(node).first().map_or(Value::None, |value| self.eval(*value, scope));
                return Flow::Return(value);
            }
            "if_statement" => return self.conditional(node, scope),
            "for_statement" => return self.each(node, scope),
            "while_statement" => {
                let Some(body) = node.child_by_field_name("body") else { return Flow::Next };
                let condition = node.child_by_field_name("condition").map(|node| self.eval(node, scope));
                if condition.and_then(|value| value.truth()) == Some(false) {
                    return Flow::Next;
                }
                self.conditions += 1;
                let flow = self.in_share(|this| this.block(body, scope));
                self.conditions -= 1;
                self.note_return(flow);
            }
            "try_statement" => return self.attempt(node, scope),
            "with_statement" => return self.with(node, scope),
            "match_statement" => return self.cases(node, scope),
            "raise_statement" => return Flow::Raise,
            "break_statement" | "continue_statement" => return Flow::Loop,
            "global_statement" | "nonlocal_statement" => {
                let names = children(node).into_iter().map(|name| self.text(name, scope).into());
                scope.outer.borrow_mut().extend(names);
            }
            "type_alias_statement" => {
                if let (Some(name), Some(value)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
                {
                    let value = self.eval(value, scope);
                    scope.set(self.text(name, scope), value);
                }
            }
            _ => {}
        }
        Flow::Next
    }

    /// Keeps what a branch that may not be taken returns.
    pub(super) fn note_return(&mut self, flow: Flow<'t>) {
        if let Flow::Return(value) = flow
            && let Some(returns) = self.returns.last_mut()
        {
            returns.push(value);
        }
    }

    fn conditional(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Flow<'t> {
        let mut branches: Vec<(Option<Node<'t>>, Node<'t>)> = Vec::new();
        branches
            .extend(node.child_by_field_name("consequence").map(|body| (node.child_by_field_name("condition"), body)));
        let mut cursor = node.walk();
        for alternative in node.children_by_field_name("alternative", &mut cursor) {
            let body = alternative.child_by_field_name("consequence").or(alternative.child_by_field_name("body"));
            branches.extend(body.map(|body| (alternative.child_by_field_name("condition"), body)));
        }
        self.branches(&branches, scope)
    }

    fn branches(&mut self, branches: &[(Option<Node<'t>>, Node<'t>)], scope: &Rc<Scope<'t>>) -> Flow<'t> {
        let Some(((condition, body), rest)) = branches.split_first() else { return Flow::Next };
        let condition = condition.map_or(Value::Bool(true), |node| self.eval(node, scope));
        match (condition.truth(), condition.is_setting()) {
            (Some(true), false) => self.block(*body, scope),
            (Some(false), false) => self.branches(rest, scope),
            // A program that ends without a setting lists nothing, so the setting is there.
            (Some(true), true) if self.ends_program(*body, scope) => self.branches(rest, scope),
            (Some(taken), true) => {
                // What is switched off is seen, and has no effect on the rest.
                self.looking_through(scope.variables.borrow().len());
                let before = scope.variables.borrow().clone();
                self.switched_off += 1;
                self.in_share(|this| if taken { this.branches(rest, scope) } else { this.block(*body, scope) });
                self.switched_off -= 1;
                *scope.variables.borrow_mut() = before;
                if taken { self.block(*body, scope) } else { self.branches(rest, scope) }
            }
            (None, _) => {
                self.looking_through(2 * scope.variables.borrow().len());
                let before = scope.variables.borrow().clone();
                self.conditions += 1;
                let first = self.in_share(|this| this.block(*body, scope));
                let after_first = std::mem::replace(&mut *scope.variables.borrow_mut(), before);
                let second = self.branches(rest, scope);
                self.conditions -= 1;
                match (first, second) {
                    (Flow::Next, Flow::Next) => {
                        for (name, value) in after_first {
                            let other = scope.variables.borrow_mut().remove(&name);
                            let joined = match other {
                                Some(other) => self.either_of(value, other),
                                None => value,
                            };
                            scope.variables.borrow_mut().insert(name, joined);
                        }
                    }
                    // One branch ends here, so the rest goes on with what the other one left.
                    (Flow::Next, other) => {
                        *scope.variables.borrow_mut() = after_first;
                        self.note_return(other);
                    }
                    (other, Flow::Next) => self.note_return(other),
                    (first @ Flow::Return(_), second) => {
                        self.note_return(first);
                        return second;
                    }
                    (first, second @ Flow::Return(_)) => {
                        drop(first);
                        return second;
                    }
                    (first, _) => return first,
                }
                Flow::Next
            }
        }
    }

    /// True for a branch that ends the program: it raises, or exits.
    fn ends_program(&self, body: Node<'t>, scope: &Rc<Scope<'t>>) -> bool {
        let last = children(body).last().copied();
        last.is_some_and(|last| last.kind() == "raise_statement" || self.text(last, scope).contains("exit("))
    }

    fn each(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Flow<'t> {
        let fields = ["left", "right", "body"].map(|name| node.child_by_field_name(name));
        let [Some(target), Some(iterated), Some(body)] = fields else { return Flow::Next };
        let iterated = self.eval(iterated, scope);
        let (items, open) = self.items(&iterated);
        for item in items.into_iter().take(MAX_ROUNDS) {
            self.assign(target, item, scope);
            match self.block(body, scope) {
                Flow::Next | Flow::Loop => {}
                other => return other,
            }
        }
        if open {
            self.assign(target, Value::Unknown, scope);
            self.conditions += 1;
            self.unknown_loops += 1;
            let flow = self.in_share(|this| this.block(body, scope));
            self.conditions -= 1;
            self.unknown_loops -= 1;
            self.note_return(flow);
        }
        Flow::Next
    }

    /// The body of a `try`, which is taken to succeed.
    fn attempt(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Flow<'t> {
        let Some(body) = node.child_by_field_name("body") else { return Flow::Next };
        let mut flow = self.block(body, scope);
        for clause in children(node) {
            match (clause.kind(), &flow) {
                ("else_clause", Flow::Next) => {
                    if let Some(body) = clause.child_by_field_name("body") {
                        flow = self.block(body, scope);
                    }
                }
                ("finally_clause", Flow::Next) => {
                    if let Some(body) = children(clause).last() {
                        flow = self.block(*body, scope);
                    }
                }
                _ => {}
            }
        }
        if matches!(flow, Flow::Raise) { Flow::Next } else { flow }
    }

    fn with(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Flow<'t> {
        for clause in children(node).into_iter().filter(|child| child.kind() == "with_clause") {
            for item in children(clause) {
                let Some(value) = item.child_by_field_name("value") else { continue };
                self.eval(value, scope);
            }
        }
        node.child_by_field_name("body").map_or(Flow::Next, |body| self.block(body, scope))
    }

    /// Binds `target`, a name, an attribute, an element or a pattern of them, to `value`.
    pub(super) fn assign(&mut self, target: Node<'t>, value: Value<'t>, scope: &Rc<Scope<'t>>) {
        match target.kind() {
            "identifier" => scope.set(self.text(target, scope), value),
            "attribute" => {
                let object = target.child_by_field_name("object").map(|object| self.eval(object, scope));
                let Some(name) = target.child_by_field_name("attribute") else { return };
                if let Some(object) = object {
                    self.set_attribute(&object, self.text(name, scope), value);
                }
            }
            "subscript" => {
                let object = target.child_by_field_name("value").map(|object| self.eval(object, scope));
                let key = target.child_by_field_name("subscript").map_or(Value::Unknown, |key| self.eval(key, scope));
                match object.map(|object| object.plain()) {
                    Some(Value::Dict(dict)) => self.put(&dict, key, value),
                    Some(Value::Method(method)) if &*method.1 == "request_handlers" => {
                        if let Value::Server(server) = method.0 {
                            self.handle_request(server, &[key, value]);
                        }
                    }
                    _ => {}
                }
            }
            "pattern_list" | "tuple_pattern" | "list_pattern" | "tuple" | "list" | "expression_list" => {
                let targets = children(target);
                let (items, open) = self.items(&value);
                for (at, target) in targets.into_iter().enumerate() {
                    let item = items.get(at).filter(|_| !open).cloned().unwrap_or(Value::Unknown);
                    self.assign(target, item, scope);
                }
            }
            _ => {}
        }
    }

    /// The function of a definition, and what `decorated` it.
    pub(super) fn define(
        &mut self,
        node: Node<'t>,
        decorated: Option<Node<'t>>,
        scope: &Rc<Scope<'t>>,
    ) -> Rc<Function<'t>> {
        let name = node.child_by_field_name("name").map_or("<lambda>", |name| self.text(name, scope));
        let mut defaults = Vec::new();
        if let Some(parameters) = node.child_by_field_name("parameters") {
            for parameter in children(parameters) {
                if let (Some(name), Some(value)) =
                    (parameter.child_by_field_name("name"), parameter.child_by_field_name("value"))
                {
                    defaults.push((self.text(name, scope).into(), without_option(self.eval(value, scope))));
                }
            }
        }
        self.copying(VALUE_BYTES);
        Rc::new(Function {
            node,
            decorated,
            module: scope.module,
            name: name.into(),
            scope: scope.clone(),
            defaults,
            receiver: None,
            class: RefCell::new(None),
            wraps: None,
            attributes: Rc::default(),
        })
    }

    fn define_class(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Rc<Class<'t>> {
        let name = node.child_by_field_name("name").map_or("", |name| self.text(name, scope));
        let bases = node.child_by_field_name("superclasses").map(children).unwrap_or_default();
        let mut options = Args::default();
        for option in bases.iter().filter(|base| base.kind() == "keyword_argument") {
            self.argument(*option, &mut options, scope);
        }
        let bases = bases.into_iter().filter(|base| base.kind() != "keyword_argument");
        let bases = bases.map(|base| without_arguments(self.eval(base, scope).plain())).collect();
        let body = Rc::new(Scope { is_class: true, ..Scope::new(Some(scope.clone()), scope.module) });
        if let Some(block) = node.child_by_field_name("body") {
            self.block(block, &body);
        }
        let class = Rc::new(Class { node, module: scope.module, name: name.into(), bases, scope: body });
        for value in class.scope.variables.borrow().values() {
            if let Value::Function(function) = value {
                function.class.borrow_mut().get_or_insert_with(|| class.clone());
            }
        }
        self.classes.push(class.clone());
        let bases = class.bases.iter().filter_map(|base| match base {
            Value::Class(base) => Some(base.clone()),
            _ => None,
        });
        for base in bases.collect::<Vec<_>>() {
            if let Some(Value::Function(hook)) = self.class_attribute(&base, "__init_subclass__") {
                self.call_function(&hook.bound(Value::Class(class.clone())), options);
                break;
            }
        }
        class
    }

    fn decorated(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) {
        let Some(definition) = node.child_by_field_name("definition") else { return };
        let decorators = children(node).into_iter().filter(|child| child.kind() == "decorator");
        let decorators: Vec<Value<'t>> =
            decorators.filter_map(|child| children(child).first().map(|node| self.eval(*node, scope))).collect();
        if definition.kind() == "class_definition" {
            let class = self.define_class(definition, scope);
            let name = class.name.clone();
            let mut value = Value::Class(class);
            scope.set(&name, value.clone());
            for decorator in decorators.into_iter().rev() {
                value = self.decorate_class(&decorator, value);
            }
            return scope.set(&name, value);
        }
        let mut function = self.define(definition, Some(node), scope);
        if let Some(function) = Rc::get_mut(&mut function) {
            function.defaults.extend(decorators.iter().filter_map(option_of_decorator));
        }
        let name = function.name.clone();
        let mut value = Value::Function(function);
        for decorator in decorators.into_iter().rev() {
            value = self.decorate(decorator, value);
        }
        scope.set(&name, value);
    }

    fn import(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) {
        for name in children(node) {
            if let (Some(path), Some(alias)) = (name.child_by_field_name("name"), name.child_by_field_name("alias")) {
                let value = self.imported(self.text(path, scope));
                scope.set(self.text(alias, scope), value);
                continue;
            }
            let path = self.text(name, scope);
            self.imported(path);
            let first = path.split('.').next().unwrap_or_default();
            let value = self.modules.find(first).map_or_else(|| Value::external(first), Value::Module);
            scope.set(first, value);
        }
    }

    /// The module or the external name `path`.
    pub(super) fn imported(&mut self, path: &str) -> Value<'t> {
        match self.modules.find(path) {
            Some(module) => {
                self.module(module);
                Value::Module(module)
            }
            None => {
                let path = known_name(path);
                self.note_outside(path);
                Value::external(path)
            }
        }
    }

    fn import_from(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) {
        let Some(from) = node.child_by_field_name("module_name") else { return };
        let Some(path) = self.absolute(self.text(from, scope), scope.module) else { return };
        let module = self.modules.find(&path);
        let mut cursor = node.walk();
        if node.children(&mut cursor).any(|child| child.kind() == "wildcard_import") {
            if let Some(module) = module {
                let from = self.module(module);
                self.copying(from.variables.borrow().len() * ITEM_BYTES);
                let names: Vec<_> =
                    from.variables.borrow().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
                names.into_iter().filter(|(name, _)| !name.starts_with('_')).for_each(|(name, v)| scope.set(&name, v));
            }
            return;
        }
        let mut cursor = node.walk();
        for name in node.children_by_field_name("name", &mut cursor) {
            let (path_node, alias) = match name.child_by_field_name("name") {
                Some(path) => (path, name.child_by_field_name("alias").unwrap_or(path)),
                None => (name, name),
            };
            let member = self.text(path_node, scope);
            let value = match module {
                Some(module) => self.module_attribute(module, member).unwrap_or_else(|| copied_module(&path, member)),
                None => {
                    let full = format!("{}.{member}", known_name(&path));
                    self.note_outside(&full);
                    self.modules.find(&full).map_or_else(
                        || Value::external(&full),
                        |module| {
                            self.module(module);
                            Value::Module(module)
                        },
                    )
                }
            };
            scope.set(self.text(alias, scope), value);
        }
    }

    /// The absolute name of the module `path`, which may start with dots.
    fn absolute(&self, path: &str, module: usize) -> Option<String> {
        let name = path.trim_start_matches('.');
        let dots = path.len() - name.len();
        if dots == 0 {
            return Some(name.to_owned());
        }
        let mut package = self.modules.package_of(module);
        for _ in 1..dots {
            package = package.rsplit_once('.').map_or("", |(outer, _)| outer);
        }
        Some([package, name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("."))
    }
}

/// The class that a base with type arguments names: `Base` of `Base[Item]`.
fn without_arguments(base: Value<'_>) -> Value<'_> {
    match &base {
        Value::Generic(generic) if matches!(generic.base, Value::Class(_)) => generic.base.clone(),
        _ => base,
    }
}

/// The module `member` of the folder `path` for copies of other packages, if it is a known one.
fn copied_module<'t>(path: &str, member: &str) -> Value<'t> {
    let full = format!("{path}.{member}");
    let known = known_name(&full);
    if known.len() < full.len() { Value::external(known) } else { Value::Unknown }
}
