//! Lists, dictionaries and comprehensions.

use std::cell::RefCell;
use std::rc::Rc;

use tree_sitter::Node;

use super::interpreter::{ITEM_BYTES, Interpreter, VALUE_BYTES, children};
use super::modules::MODULE_INFO;
use super::value::{Dict, Items, Scope, Value};

/// The most items of a list that is put together.
pub(super) const MAX_ITEMS: usize = 2_000;
/// The most entries of a dictionary, which are searched one by one.
pub(super) const MAX_ENTRIES: usize = 5_000;

impl<'t> Interpreter<'t> {
    pub(super) fn sequence(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let (mut items, mut open) = (Vec::new(), false);
        for child in children(node) {
            if child.kind() == "list_splat" {
                let spread = children(child).first().map_or(Value::Unknown, |inner| self.eval(*inner, scope));
                let (more, is_open) = self.items(&spread);
                let fits = items.len() + more.len() <= MAX_ITEMS;
                if fits {
                    items.extend(more);
                }
                open |= is_open || !fits;
            } else {
                items.push(self.eval(child, scope));
            }
        }
        self.copying(VALUE_BYTES + items.len() * ITEM_BYTES);
        let list = Value::list(items);
        if let Value::List(list) = &list {
            list.borrow_mut().open = open;
        }
        list
    }

    pub(super) fn dictionary(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let made = Value::dict(Vec::new());
        let Value::Dict(dict) = &made else { return Value::Unknown };
        self.copying(VALUE_BYTES);
        for child in children(node) {
            if child.kind() == "pair" {
                let (key, value) = (self.field(child, "key", scope), self.field(child, "value", scope));
                self.put_new(dict, key, value);
            } else if child.kind() == "dictionary_splat" {
                match children(child).first().map(|inner| self.eval(*inner, scope).plain()) {
                    Some(Value::Dict(other)) => {
                        let (entries, open) = (other.borrow().entries.clone(), other.borrow().open);
                        entries.into_iter().for_each(|(key, value)| self.put_new(dict, key, value));
                        dict.borrow_mut().open |= open;
                    }
                    _ => dict.borrow_mut().open = true,
                }
            }
        }
        made
    }

    /// Sets an entry, unless this place is switched off.
    pub(super) fn put(&mut self, dict: &Rc<RefCell<Dict<'t>>>, key: Value<'t>, value: Value<'t>) {
        if self.switched_off == 0 {
            self.put_new(dict, key, value);
        }
    }

    /// Sets an entry, and counts what that takes.
    fn put_new(&mut self, dict: &Rc<RefCell<Dict<'t>>>, key: Value<'t>, value: Value<'t>) {
        self.copying(2 * ITEM_BYTES);
        self.looking_through(dict.borrow().entries.len());
        put_into(dict, key, value);
    }

    /// The items of something that is iterated over, and whether there may be more.
    pub(super) fn items(&mut self, value: &Value<'t>) -> (Vec<Value<'t>>, bool) {
        if self.is_exhausted() {
            return (Vec::new(), true);
        }
        let (items, open) = self.items_of(value);
        self.copying(items.len() * ITEM_BYTES);
        (items, open)
    }

    fn items_of(&mut self, value: &Value<'t>) -> (Vec<Value<'t>>, bool) {
        match value {
            Value::List(list) => (list.borrow().items.clone(), list.borrow().open),
            Value::Tuple(items) => (items.to_vec(), false),
            Value::Dict(dict) => {
                (dict.borrow().entries.iter().map(|(key, _)| key.clone()).collect(), dict.borrow().open)
            }
            Value::Setting(value) => self.items_of(value),
            Value::Class(class) => {
                let members = self.members(class);
                (members, false)
            }
            Value::None => (Vec::new(), false),
            Value::Call(call) if &*call.callee == MODULE_INFO => {
                (call.args.named.iter().map(|(_, value)| value.clone()).collect(), false)
            }
            _ => (Vec::new(), true),
        }
    }

    /// What a value is after either of two branches: of two lists, the items of both.
    pub(super) fn either_of(&mut self, value: Value<'t>, other: Value<'t>) -> Value<'t> {
        match (&value, &other) {
            (Value::List(left), Value::List(right)) if !Rc::ptr_eq(left, right) => {
                let joined = self.set_of("|", left, right);
                if let Value::List(list) = &joined {
                    list.borrow_mut().open = true;
                }
                joined
            }
            _ => value.joined(other),
        }
    }

    /// The union, difference or intersection of two sets, which are lists here.
    pub(super) fn set_of(
        &mut self,
        operator: &str,
        left: &Rc<RefCell<Items<'t>>>,
        right: &Rc<RefCell<Items<'t>>>,
    ) -> Value<'t> {
        let (left, right) = (left.borrow(), right.borrow());
        self.looking_through(left.items.len() * right.items.len());
        self.copying(VALUE_BYTES + (left.items.len() + right.items.len()) * ITEM_BYTES);
        if self.is_exhausted() {
            return Value::Unknown;
        }
        let is_in = |item: &Value<'t>, items: &[Value<'t>]| items.iter().any(|other| other.equals(item) == Some(true));
        let (items, open): (Vec<Value<'t>>, bool) = match operator {
            "|" => {
                let more = right.items.iter().filter(|item| !is_in(item, &left.items));
                (left.items.iter().chain(more).cloned().collect(), left.open || right.open)
            }
            "&" => {
                (left.items.iter().filter(|item| is_in(item, &right.items)).cloned().collect(), left.open || right.open)
            }
            _ => {
                let kept = left.items.iter().filter(|item| !is_in(item, &right.items)).cloned().collect();
                (kept, left.open || right.open)
            }
        };
        Value::List(Rc::new(RefCell::new(Items { items, open })))
    }

    pub(super) fn comprehension(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let inner = Rc::new(Scope {
            receiver: scope.receiver.clone(),
            class: scope.class.clone(),
            ..Scope::new(Some(scope.clone()), scope.module)
        });
        let Some(body) = node.child_by_field_name("body") else { return Value::Unknown };
        let clauses: Vec<Node<'t>> = children(node).into_iter().filter(|child| child.id() != body.id()).collect();
        let (mut made, mut open) = (Vec::new(), false);
        self.rounds(&clauses, body, &inner, &mut made, &mut open);
        if node.kind() == "dictionary_comprehension" {
            let entries = made.into_iter().filter_map(|pair| match pair {
                Value::Tuple(pair) => Some((pair[0].clone(), pair[1].clone())),
                _ => None,
            });
            let dict = Value::dict(Vec::new());
            if let Value::Dict(dict) = &dict {
                entries.for_each(|(key, value)| self.put_new(dict, key, value));
                dict.borrow_mut().open = open;
            }
            return dict;
        }
        self.copying(VALUE_BYTES + made.len() * ITEM_BYTES);
        let list = Value::list(made);
        if let Value::List(list) = &list {
            list.borrow_mut().open = open;
        }
        list
    }

    fn rounds(
        &mut self,
        clauses: &[Node<'t>],
        body: Node<'t>,
        scope: &Rc<Scope<'t>>,
        made: &mut Vec<Value<'t>>,
        open: &mut bool,
    ) {
        if made.len() >= MAX_ITEMS {
            *open = true;
            return;
        }
        let Some((clause, rest)) = clauses.split_first() else {
            let value = match body.kind() {
                "pair" => {
                    let (key, value) = (self.field(body, "key", scope), self.field(body, "value", scope));
                    Value::Tuple(Rc::new(vec![key, value]))
                }
                _ => self.eval(body, scope),
            };
            return made.push(value);
        };
        if clause.kind() == "if_clause" {
            let condition = children(*clause).first().map_or(Value::Unknown, |node| self.eval(*node, scope));
            match condition.truth() {
                Some(true) => self.rounds(rest, body, scope, made, open),
                Some(false) => {}
                // What is kept by a condition that is not known is kept.
                None => {
                    *open = true;
                    self.rounds(rest, body, scope, made, open);
                }
            }
            return;
        }
        let Some(target) = clause.child_by_field_name("left") else { return };
        let iterated = self.field(*clause, "right", scope);
        let (items, more) = self.items(&iterated);
        *open |= more;
        for item in items {
            self.assign(target, item, scope);
            self.rounds(rest, body, scope, made, open);
        }
    }

    /// Adds items to a list, unless this place is switched off.
    pub(super) fn extend(&mut self, list: &Rc<RefCell<Items<'t>>>, items: Vec<Value<'t>>, open: bool) {
        if self.switched_off > 0 {
            return;
        }
        let mut list = list.borrow_mut();
        if list.items.len() + items.len() <= MAX_ITEMS {
            list.items.extend(items);
            list.open |= open;
        } else {
            list.open = true;
        }
    }
}

pub(super) fn put_into<'t>(dict: &Rc<RefCell<Dict<'t>>>, key: Value<'t>, value: Value<'t>) {
    let mut dict = dict.borrow_mut();
    if matches!(key, Value::Unknown) {
        dict.open = true;
        return;
    }
    let has_room = dict.entries.len() < MAX_ENTRIES;
    match dict.entries.iter_mut().find(|(other, _)| other.equals(&key) == Some(true)) {
        Some((_, old)) => *old = value,
        None if has_room => dict.entries.push((key, value)),
        None => dict.open = true,
    }
}

/// The value of `key` among `entries`.
pub(super) fn find<'t>(entries: &[(Value<'t>, Value<'t>)], key: &Value<'t>) -> Option<Value<'t>> {
    entries.iter().find(|(other, _)| other.equals(key) == Some(true)).map(|(_, value)| value.clone())
}

pub(super) fn nth<'t>(items: &[Value<'t>], at: i64) -> Value<'t> {
    let at = if at < 0 { at + items.len() as i64 } else { at };
    usize::try_from(at).ok().and_then(|at| items.get(at)).cloned().unwrap_or(Value::Unknown)
}
