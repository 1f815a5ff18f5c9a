//! Expressions.

use std::rc::Rc;

use tree_sitter::Node;

use super::collections::MAX_ITEMS;
use super::collections::{find, nth, put_into};
use super::interpreter::{ITEM_BYTES, Interpreter, MAX_TEXT, VALUE_BYTES, children};
use super::literal;
use super::numbers;
use super::texts::percent;
use super::value::{Args, Generic, Scope, Text, Value};

impl<'t> Interpreter<'t> {
    pub(super) fn eval(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        self.deeper(|this| this.eval_here(node, scope)).unwrap_or(Value::Unknown)
    }

    pub(super) fn field(&mut self, node: Node<'t>, name: &str, scope: &Rc<Scope<'t>>) -> Value<'t> {
        node.child_by_field_name(name).map_or(Value::Unknown, |node| self.eval(node, scope))
    }

    fn eval_here(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        match node.kind() {
            "identifier" => self.variable(self.text(node, scope), scope),
            "string" => self.string(node, scope),
            "concatenated_string" => {
                let parts: Vec<Value<'t>> = children(node).into_iter().map(|part| self.eval(part, scope)).collect();
                parts.into_iter().reduce(|left, right| self.add(&left, &right)).unwrap_or(Value::Unknown)
            }
            "integer" => literal::integer(self.text(node, scope)).map_or(Value::Unknown, Value::Int),
            "float" => self.text(node, scope).replace('_', "").parse().map_or(Value::Unknown, Value::Float),
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "none" => Value::None,
            "ellipsis" => Value::external("builtins.Ellipsis"),
            "list" | "set" => self.sequence(node, scope),
            "tuple" | "expression_list" => match self.sequence(node, scope) {
                Value::List(list) if !list.borrow().open => Value::Tuple(Rc::new(list.borrow().items.clone())),
                other => other,
            },
            "dictionary" => self.dictionary(node, scope),
            "parenthesized_expression" | "type" | "await" => {
                children(node).first().map_or(Value::Unknown, |inner| self.eval(*inner, scope))
            }
            "expression_statement" => children(node).last().map_or(Value::Unknown, |inner| self.eval(*inner, scope)),
            "attribute" | "member_type" => {
                let parts = children(node);
                let (Some(object), Some(name)) = (parts.first(), parts.last()) else { return Value::Unknown };
                let object = self.eval(*object, scope);
                self.attribute(&object, self.text(*name, scope))
            }
            "subscript" => self.subscript(node, scope),
            "generic_type" => {
                let parts = children(node);
                let (Some(base), Some(args)) = (parts.first(), parts.last()) else { return Value::Unknown };
                self.copying(VALUE_BYTES);
                let base = self.eval(*base, scope);
                let args = children(*args).into_iter().map(|arg| self.eval(arg, scope)).collect();
                Value::Generic(Rc::new(Generic { base, args }))
            }
            "union_type" => {
                let args = children(node).into_iter().map(|arg| self.eval(arg, scope)).collect();
                Value::Generic(Rc::new(Generic { base: Value::external("typing.Union"), args }))
            }
            "call" => self.call(node, scope),
            "binary_operator" => {
                let (left, right) = (self.field(node, "left", scope), self.field(node, "right", scope));
                let operator = node.child_by_field_name("operator").map_or("", |node| node.kind());
                self.binary(operator, &left, &right)
            }
            "boolean_operator" => self.boolean(node, scope),
            "not_operator" => {
                let value = self.field(node, "argument", scope);
                value.truth().map_or(Value::Unknown, |truth| Value::Bool(!truth)).setting_if(value.is_setting())
            }
            "comparison_operator" => self.comparison(node, scope),
            "unary_operator" => match self.field(node, "argument", scope).plain() {
                Value::Int(value) => Value::Int(value.saturating_neg()),
                Value::Float(value) => Value::Float(-value),
                _ => Value::Unknown,
            },
            "conditional_expression" => self.either(node, scope),
            "lambda" => Value::Function(self.define(node, None, scope)),
            "assignment" => self.assignment(node, scope),
            "augmented_assignment" => self.augmented(node, scope),
            "named_expression" => {
                let value = self.field(node, "value", scope);
                if let Some(name) = node.child_by_field_name("name") {
                    scope.set(self.text(name, scope), value.clone());
                }
                value
            }
            "list_comprehension" | "set_comprehension" | "generator_expression" | "dictionary_comprehension" => {
                self.comprehension(node, scope)
            }
            "as_pattern" => {
                let parts = children(node);
                let value = parts.first().map_or(Value::Unknown, |inner| self.eval(*inner, scope));
                if let Some(target) =
                    node.child_by_field_name("alias").and_then(|alias| children(alias).first().copied())
                {
                    self.assign(target, value, scope);
                }
                Value::Unknown
            }
            _ => Value::Unknown,
        }
    }

    fn variable(&mut self, name: &str, scope: &Rc<Scope<'t>>) -> Value<'t> {
        scope.get(name).unwrap_or_else(|| Value::external(&format!("builtins.{name}")))
    }

    fn subscript(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let value = self.field(node, "value", scope);
        let mut cursor = node.walk();
        let keys: Vec<Node<'t>> = node.children_by_field_name("subscript", &mut cursor).collect();
        if let [key] = keys[..]
            && key.kind() == "slice"
        {
            return self.slice(&value, key, scope).setting_if(value.is_setting());
        }
        let keys: Vec<Value<'t>> = keys.into_iter().map(|key| self.eval(key, scope)).collect();
        let found = match (value.plain(), keys.first().map(Value::plain)) {
            (Value::Dict(dict), Some(key)) => {
                self.looking_through(dict.borrow().entries.len());
                find(&dict.borrow().entries, &key).unwrap_or(Value::Unknown)
            }
            (Value::List(list), Some(Value::Int(at))) if !list.borrow().open => nth(&list.borrow().items, at),
            (Value::Tuple(items), Some(Value::Int(at))) => nth(&items, at),
            (Value::Text(text), Some(Value::Int(at))) if !text.partial => {
                self.looking_through(text.text.len() / 8);
                let length = text.text.chars().count() as i64;
                let at = usize::try_from(if at < 0 { at + length } else { at }).ok();
                let found = at.and_then(|at| text.text.chars().nth(at));
                found.map_or(Value::Unknown, |found| Value::text(found.encode_utf8(&mut [0; 4])))
            }
            (Value::Class(class), Some(key)) if self.is_enumeration(&class) => {
                key.whole_text().map_or(Value::Unknown, |name| self.attribute(&Value::Class(class), &name))
            }
            (base @ (Value::External(_) | Value::Class(_)), Some(_)) => {
                self.copying(VALUE_BYTES);
                let args = keys.into_iter().flat_map(|key| match key {
                    Value::Tuple(items) => items.to_vec(),
                    key => vec![key],
                });
                Value::Generic(Rc::new(Generic { base, args: args.collect() }))
            }
            _ => Value::Unknown,
        };
        found.setting_if(value.is_setting())
    }

    /// `value[start:end]` of a list, a tuple or a text.
    fn slice(&mut self, value: &Value<'t>, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let mut bounds = [None, None];
        let mut at = 0;
        let mut cursor = node.walk();
        let parts: Vec<Node<'t>> = node.children(&mut cursor).collect();
        for part in parts {
            if part.kind() == ":" {
                at += 1;
                continue;
            }
            match (bounds.get_mut(at), self.eval(part, scope).plain()) {
                (Some(bound), Value::Int(number)) => *bound = Some(number),
                (Some(_), Value::None) => {}
                _ => return Value::Unknown,
            }
        }
        let range = |length: usize| {
            let place =
                |bound: i64| (if bound < 0 { bound + length as i64 } else { bound }).clamp(0, length as i64) as usize;
            let (start, end) = (bounds[0].map_or(0, place), bounds[1].map_or(length, place));
            start..end.max(start)
        };
        match value.plain() {
            Value::List(list) if !list.borrow().open => {
                let items = list.borrow().items[range(list.borrow().items.len())].to_vec();
                self.copying(VALUE_BYTES + items.len() * ITEM_BYTES);
                Value::list(items)
            }
            Value::Tuple(items) => {
                let items = items[range(items.len())].to_vec();
                self.copying(VALUE_BYTES + items.len() * ITEM_BYTES);
                Value::Tuple(Rc::new(items))
            }
            Value::Text(text) if !text.partial => {
                self.looking_through(text.text.len() / 8);
                let range = range(text.text.chars().count());
                let part: String = text.text.chars().skip(range.start).take(range.len()).collect();
                self.text_value(part, false)
            }
            _ => Value::Unknown,
        }
    }

    fn call(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let callee = self.field(node, "function", scope);
        let mut args = Args::default();
        let Some(list) = node.child_by_field_name("arguments") else { return Value::Unknown };
        if list.kind() == "generator_expression" {
            args.positional.push(self.eval(list, scope));
        } else {
            for child in children(list) {
                self.argument(child, &mut args, scope);
            }
        }
        if matches!(&callee, Value::External(name) if &**name == "builtins.super") {
            if let [Value::Class(class), Value::Instance(instance)] = &args.positional[..] {
                return Value::Super(instance.clone(), class.clone());
            }
            return match (&scope_receiver(scope), &scope_class(scope)) {
                (Some(Value::Instance(instance)), Some(class)) => Value::Super(instance.clone(), class.clone()),
                _ => Value::Unknown,
            };
        }
        self.call_value(&callee, args, node, scope.module)
    }

    pub(super) fn argument(&mut self, node: Node<'t>, args: &mut Args<'t>, scope: &Rc<Scope<'t>>) {
        match node.kind() {
            "keyword_argument" => {
                let value = self.field(node, "value", scope);
                if let Some(name) = node.child_by_field_name("name") {
                    args.named.push((self.text(name, scope).into(), value));
                }
            }
            "list_splat" => {
                let spread = children(node).first().map_or(Value::Unknown, |inner| self.eval(*inner, scope));
                let (items, open) = self.items(&spread);
                args.positional.extend(items);
                args.open |= open;
            }
            "dictionary_splat" => match children(node).first().map(|inner| self.eval(*inner, scope).plain()) {
                Some(Value::Dict(dict)) => {
                    let dict = dict.borrow();
                    let named = dict.entries.iter().filter_map(|(key, value)| Some((key.whole_text()?, value.clone())));
                    args.named.extend(named);
                    args.open |= dict.open;
                }
                _ => args.open = true,
            },
            _ => {
                let value = self.eval(node, scope);
                args.positional.push(value);
            }
        }
    }

    fn binary(&mut self, operator: &str, left: &Value<'t>, right: &Value<'t>) -> Value<'t> {
        let setting = left.is_setting() || right.is_setting();
        let value = match (operator, left.plain(), right.plain()) {
            ("+", left, right) => self.add(&left, &right),
            ("|", Value::Dict(a), Value::Dict(b)) => {
                self.copying((a.borrow().entries.len() + b.borrow().entries.len()) * 2 * ITEM_BYTES);
                self.looking_through(a.borrow().entries.len() * b.borrow().entries.len());
                let merged = Value::dict(a.borrow().entries.clone());
                if let Value::Dict(dict) = &merged {
                    dict.borrow_mut().open = a.borrow().open || b.borrow().open;
                    b.borrow().entries.iter().for_each(|(key, value)| put_into(dict, key.clone(), value.clone()));
                }
                merged
            }
            ("|" | "-" | "&", Value::List(a), Value::List(b)) => self.set_of(operator, &a, &b),
            ("|", left, right) => {
                let args = vec![left, right];
                Value::Generic(Rc::new(Generic { base: Value::external("typing.Union"), args }))
            }
            ("*", Value::Text(text), Value::Int(times)) => {
                let size = usize::try_from(times).ok().and_then(|times| text.text.len().checked_mul(times));
                match size.filter(|size| *size <= MAX_TEXT) {
                    Some(_) => self.text_value(text.text.repeat(times as usize), text.partial),
                    None => Value::Unknown,
                }
            }
            (_, left @ (Value::Int(_) | Value::Float(_)), right @ (Value::Int(_) | Value::Float(_))) => {
                numbers::computed(operator, &left, &right)
            }
            ("/", base, part) => self.joined_path(&base, &part).unwrap_or(Value::Unknown),
            ("%", Value::Text(text), value) => {
                let (made, partial) = percent(&text, &value);
                self.text_value(made, partial)
            }
            _ => Value::Unknown,
        };
        value.setting_if(setting)
    }

    pub(super) fn add(&mut self, left: &Value<'t>, right: &Value<'t>) -> Value<'t> {
        let setting = left.is_setting() || right.is_setting();
        let value = match (left.plain(), right.plain()) {
            (left @ (Value::Int(_) | Value::Float(_)), right @ (Value::Int(_) | Value::Float(_))) => {
                numbers::computed("+", &left, &right)
            }
            (Value::Text(a), Value::Text(b)) if a.text.len() + b.text.len() <= MAX_TEXT => {
                self.text_value(format!("{}{}", a.text, b.text), a.partial || b.partial)
            }
            (Value::Text(a), Value::Unknown) | (Value::Unknown, Value::Text(a)) => {
                Value::Text(Text { text: a.text, partial: true })
            }
            (a @ (Value::List(_) | Value::Tuple(_)), b) | (a, b @ (Value::List(_) | Value::Tuple(_))) => {
                let ((mut items, open), (more, other)) = (self.items(&a), self.items(&b));
                let fits = items.len() + more.len() <= MAX_ITEMS;
                if fits {
                    items.extend(more);
                }
                let list = Value::list(items);
                if let Value::List(list) = &list {
                    list.borrow_mut().open = open || other || !fits;
                }
                list
            }
            _ => Value::Unknown,
        };
        value.setting_if(setting)
    }

    fn boolean(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let is_and = node.child_by_field_name("operator").is_some_and(|operator| operator.kind() == "and");
        let left = self.field(node, "left", scope);
        let right = self.field(node, "right", scope);
        let setting = left.is_setting() || right.is_setting();
        match left.truth() {
            Some(truth) if truth == is_and => right.setting_if(setting),
            Some(_) => left,
            None if is_and && right.truth() == Some(false) => right,
            None if !is_and && right.truth() == Some(true) && right.equals(&Value::Bool(true)) == Some(true) => right,
            // `given or default`, where the default is a server or a function.
            None if !is_and => self.either_of(left, right),
            None => Value::Unknown,
        }
    }

    fn comparison(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let parts = children(node);
        let mut cursor = node.walk();
        let operators: Vec<&str> =
            node.children_by_field_name("operators", &mut cursor).map(|node| node.kind()).collect();
        let ([left, right], [operator, ..]) = (&parts[..], &operators[..]) else { return Value::Unknown };
        let (left, right) = (self.eval(*left, scope), self.eval(*right, scope));
        let setting = left.is_setting() || right.is_setting();
        let number = |value: &Value<'t>| match value.plain() {
            Value::Int(value) => Some(value as f64),
            Value::Float(value) => Some(value),
            _ => None,
        };
        let order = number(&left).zip(number(&right)).and_then(|(a, b)| a.partial_cmp(&b));
        let truth = match *operator {
            "==" | "is" => left.equals(&right),
            "!=" | "is not" => left.equals(&right).map(|equal| !equal),
            "in" | "not in" => self.contains(&right, &left).map(|found| found == (*operator == "in")),
            "<" => order.map(std::cmp::Ordering::is_lt),
            "<=" => order.map(std::cmp::Ordering::is_le),
            ">" => order.map(std::cmp::Ordering::is_gt),
            ">=" => order.map(std::cmp::Ordering::is_ge),
            _ => None,
        };
        truth.map_or(Value::Unknown, Value::Bool).setting_if(setting)
    }

    fn contains(&mut self, container: &Value<'t>, item: &Value<'t>) -> Option<bool> {
        if let (Value::Text(text), Some(part)) = (container.plain(), item.whole_text()) {
            return (!text.partial).then(|| text.text.contains(&*part));
        }
        let (items, open) = self.items(container);
        self.looking_through(items.len());
        let found: Vec<Option<bool>> = items.iter().map(|other| other.equals(item)).collect();
        if found.contains(&Some(true)) {
            return Some(true);
        }
        (!open && !found.contains(&None)).then_some(false)
    }

    fn either(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let parts = children(node);
        let [yes, condition, no] = parts[..] else { return Value::Unknown };
        let condition = self.eval(condition, scope);
        match condition.truth() {
            Some(true) => self.eval(yes, scope).setting_if(condition.is_setting()),
            Some(false) => self.eval(no, scope).setting_if(condition.is_setting()),
            None => {
                let (yes, no) = (self.eval(yes, scope), self.eval(no, scope));
                self.either_of(yes, no)
            }
        }
    }

    fn assignment(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let Some(target) = node.child_by_field_name("left") else { return Value::Unknown };
        match node.child_by_field_name("right") {
            Some(value) => {
                let value = self.eval(value, scope);
                self.assign(target, value.clone(), scope);
                value
            }
            // A declaration: `name: type`. The fields of classes are read from their bodies.
            None => Value::Unknown,
        }
    }

    fn augmented(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let (left, right) = (self.field(node, "left", scope), self.field(node, "right", scope));
        let operator = node.child_by_field_name("operator").map_or("", |node| node.kind()).trim_end_matches('=');
        if let (Value::List(list), "+") = (left.plain(), operator) {
            let (items, open) = self.items(&right);
            self.extend(&list, items, open);
            return left;
        }
        let value = self.binary(operator, &left, &right);
        if let Some(target) = node.child_by_field_name("left") {
            self.assign(target, value.clone(), scope);
        }
        value
    }
}

fn scope_receiver<'t>(scope: &Rc<Scope<'t>>) -> Option<Value<'t>> {
    std::iter::successors(Some(scope), |scope| scope.parent.as_ref()).find_map(|scope| scope.receiver.clone())
}

fn scope_class<'t>(scope: &Rc<Scope<'t>>) -> Option<Rc<super::value::Class<'t>>> {
    std::iter::successors(Some(scope), |scope| scope.parent.as_ref()).find_map(|scope| scope.class.clone())
}
