//! Statements.

use std::rc::Rc;

use tree_sitter::Node;

use super::interpreter::{Flow, Interpreter};
use super::source::children;
use super::value::{Scope, Value};

impl<'t> Interpreter<'t> {
    /// Runs the statements of a block or of a branch.
    pub(super) fn block(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Flow<'t> {
        for statement in children(node) {
            match self.deeper(|this| this.statement(statement, scope)) {
                Some(Flow::Next) => {}
                Some(flow) => return flow,
                None if self.is_exhausted() => return Flow::Loop,
                None => {}
            }
        }
        Flow::Next
    }

    fn statement(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Flow<'t> {
        match node.kind() {
            "statement_list" => return self.block(node, scope),
            "block" => return self.block(node, &Scope::new(scope.file, Some(scope.clone()))),
            "labeled_statement" => return self.block(node, scope),
            "expression_statement" => {
                children(node).into_iter().for_each(|node| {
                    self.eval(node, scope);
                });
            }
            "go_statement" | "defer_statement" => {
                children(node).into_iter().for_each(|node| {
                    self.eval(node, scope);
                });
            }
            "short_var_declaration" | "assignment_statement" => self.assignment(node, scope),
            "var_declaration" | "const_declaration" => self.declaration(node, scope),
            "return_statement" => {
                let values = match children(node).first() {
                    Some(list) => self.expressions(*list, scope),
                    None => Vec::new(),
                };
                self.attach(&values);
                return Flow::Return(match values.len() {
                    // What a bare `return` gives back is not followed.
                    0 => Value::Unknown,
                    1 => values.into_iter().next().unwrap_or(Value::Unknown),
                    _ => Value::Tuple(Rc::new(values)),
                });
            }
            "if_statement" => return self.if_statement(node, scope),
            "for_statement" => return self.for_statement(node, scope),
            "expression_switch_statement" | "type_switch_statement" | "select_statement" => {
                return self.switch_statement(node, scope);
            }
            "break_statement" | "continue_statement" | "goto_statement" => return Flow::Loop,
            _ => {}
        }
        Flow::Next
    }

    fn declaration(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) {
        let mut specs = children(node);
        if let Some(list) = specs.first().filter(|spec| spec.kind() == "var_spec_list") {
            specs = children(*list);
        }
        for spec in specs {
            let values = spec.child_by_field_name("value").map(|values| self.expressions(values, scope));
            let values = spread(values.unwrap_or_default());
            let empty = spec.child_by_field_name("type").map(|of| self.zero(of, scope.file));
            let mut cursor = spec.walk();
            let names: Vec<Node<'t>> = spec.children_by_field_name("name", &mut cursor).collect();
            for (at, name) in names.into_iter().filter(|name| name.kind() == "identifier").enumerate() {
                let value = values.get(at).cloned().or(empty.clone()).unwrap_or(Value::Unknown);
                scope.declare(self.sources.text(name, scope.file), value);
            }
        }
    }

    /// The value of a variable that is declared without one.
    pub(super) fn zero(&self, of: Node<'t>, file: usize) -> Value<'t> {
        match of.kind() {
            "slice_type" => Value::list(Vec::new(), false),
            "map_type" | "pointer_type" => Value::Nil,
            "type_identifier" | "qualified_type" => match self.sources.text(of, file) {
                "string" => Value::text(""),
                "bool" => Value::Bool(false),
                name if name.starts_with("int") || name.starts_with("uint") => Value::Int(0),
                _ => {
                    let full = self.type_name(of, file);
                    if self.module_key(&full).is_some() {
                        Value::object(full, Vec::new(), false)
                    } else {
                        Value::Unknown
                    }
                }
            },
            _ => Value::Unknown,
        }
    }

    fn assignment(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) {
        let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
            return;
        };
        let values = spread(self.expressions(right, scope));
        let operator = node.child_by_field_name("operator").map(|node| self.sources.text(node, scope.file));
        let declares = node.kind() == "short_var_declaration";
        for (at, target) in children(left).into_iter().enumerate() {
            let mut value = values.get(at).cloned().unwrap_or(Value::Unknown);
            if operator == Some("+=") {
                let old = self.eval(target, scope);
                value = self.add(old, value);
            } else if operator.is_some_and(|operator| operator != "=") {
                value = Value::Unknown;
            }
            match target.kind() {
                "identifier" if declares => scope.declare(self.sources.text(target, scope.file), value),
                _ => self.assign(target, value, scope),
            }
        }
    }

    fn assign(&mut self, target: Node<'t>, value: Value<'t>, scope: &Rc<Scope<'t>>) {
        match target.kind() {
            "identifier" => {
                let name = self.sources.text(target, scope.file);
                let value = if self.conditions > 0 { perhaps(scope.get(name), value) } else { value };
                if !scope.assign(name, &value) {
                    self.set_global((self.sources.files[scope.file].folder, name), value);
                }
            }
            "selector_expression" => {
                let (Some(of), Some(name)) =
                    (target.child_by_field_name("operand"), target.child_by_field_name("field"))
                else {
                    return;
                };
                let of = self.eval(of, scope);
                self.set_field(&of, self.sources.text(name, scope.file), value);
            }
            "index_expression" => {
                let (Some(of), Some(at)) = (target.child_by_field_name("operand"), target.child_by_field_name("index"))
                else {
                    return;
                };
                let (of, at) = (self.eval(of, scope), self.eval(at, scope));
                match (&of, at) {
                    (Value::Object(object), Value::Text(key)) if !key.partial => {
                        object.borrow_mut().set(&key.text, value);
                        self.copying(key.text.len() + super::interpreter::ITEM_BYTES);
                        if self.conditions > 0 || self.unknown_loops > 0 {
                            object.borrow_mut().open = true;
                        }
                    }
                    (Value::Object(object), _) => object.borrow_mut().open = true,
                    (Value::List(items), Value::Int(at)) => {
                        let mut items = items.borrow_mut();
                        match usize::try_from(at).ok().and_then(|at| items.items.get_mut(at)) {
                            Some(item) => *item = value,
                            None => items.open = true,
                        }
                    }
                    (Value::List(items), _) => items.borrow_mut().open = true,
                    _ => {}
                }
            }
            "unary_expression" | "parenthesized_expression" => {
                if let Some(inner) = target.named_child(0) {
                    self.assign(inner, value, scope);
                }
            }
            _ => {}
        }
    }

    fn set_field(&mut self, of: &Value<'t>, name: &str, value: Value<'t>) {
        match of {
            Value::Object(object) => {
                let old = object.borrow().get(name).cloned();
                let value = if self.conditions > 0 { perhaps(old, value) } else { value };
                object.borrow_mut().set(name, value);
                self.copying(super::interpreter::ITEM_BYTES);
            }
            Value::Tool(tool) => {
                let draft = &mut self.drafts[*tool];
                let old = draft.field(name).cloned();
                let value = if self.conditions > 0 { perhaps(old, value) } else { value };
                self.drafts[*tool].set(name, value);
            }
            _ => {}
        }
    }

    fn if_statement(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Flow<'t> {
        let scope = Scope::new(scope.file, Some(scope.clone()));
        if let Some(first) = node.child_by_field_name("initializer") {
            self.statement(first, &scope);
        }
        let condition = node.child_by_field_name("condition").map(|condition| self.eval(condition, &scope));
        let (then, otherwise) = (node.child_by_field_name("consequence"), node.child_by_field_name("alternative"));
        if let Some(Value::Bool(holds)) = condition {
            return match if holds { then } else { otherwise } {
                Some(branch) => self.statement(branch, &scope),
                None => Flow::Next,
            };
        }
        let (mut ends, mut branches) = (0, 0);
        for branch in [then, otherwise].into_iter().flatten() {
            branches += 1;
            self.conditions += 1;
            let flow = self.statement(branch, &scope);
            self.conditions -= 1;
            match flow {
                Flow::Next => {}
                Flow::Loop => ends += 1,
                Flow::Return(value) => {
                    ends += 1;
                    self.may_return(value);
                }
            }
        }
        if branches == 2 && ends == 2 { Flow::Loop } else { Flow::Next }
    }

    fn for_statement(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Flow<'t> {
        let Some(body) = node.child_by_field_name("body") else { return Flow::Next };
        let scope = Scope::new(scope.file, Some(scope.clone()));
        let range = children(node).into_iter().find(|child| child.kind() == "range_clause");
        let names: Vec<&'t str> =
            range.and_then(|range| range.child_by_field_name("left")).map_or_else(Vec::new, |left| {
                children(left).into_iter().map(|name| self.sources.text(name, scope.file)).collect()
            });
        let over = range.and_then(|range| range.child_by_field_name("right")).map(|right| self.eval(right, &scope));
        let (rounds, open): (Vec<(Value<'t>, Value<'t>)>, bool) = match over {
            Some(Value::List(items)) => {
                let items = items.borrow();
                let rounds = items.items.iter().enumerate().map(|(at, item)| (Value::Int(at as i64), item.clone()));
                (rounds.collect(), items.open)
            }
            Some(Value::Object(object)) => {
                let object = object.borrow();
                let rounds = object.entries.iter().map(|(key, value)| (Value::text(key.clone()), value.clone()));
                (rounds.collect(), object.open)
            }
            Some(Value::Nil) => (Vec::new(), false),
            _ => (Vec::new(), true),
        };
        self.copying(rounds.len() * super::interpreter::ITEM_BYTES);
        for (key, value) in rounds {
            if self.is_exhausted() {
                return Flow::Loop;
            }
            if let Flow::Return(value) = self.round(body, &scope, &names, [key, value]) {
                return Flow::Return(value);
            }
        }
        if open {
            self.unknown_loops += 1;
            let flow = self.round(body, &scope, &names, [Value::Unknown, Value::Unknown]);
            self.unknown_loops -= 1;
            if let Flow::Return(value) = flow {
                self.may_return(value);
            }
        }
        Flow::Next
    }

    fn round(&mut self, body: Node<'t>, scope: &Rc<Scope<'t>>, names: &[&'t str], values: [Value<'t>; 2]) -> Flow<'t> {
        let inner = Scope::new(scope.file, Some(scope.clone()));
        for (name, value) in names.iter().zip(values) {
            inner.declare(name, value);
        }
        self.deeper(|this| this.block(body, &inner)).unwrap_or(Flow::Loop)
    }

    fn switch_statement(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Flow<'t> {
        let scope = Scope::new(scope.file, Some(scope.clone()));
        let of = node.child_by_field_name("value").map(|value| self.eval(value, &scope));
        let cases: Vec<Node<'t>> = children(node).into_iter().filter(|child| child.kind().ends_with("_case")).collect();
        if let Some(text) = of.as_ref().and_then(Value::whole_text) {
            let is_taken = |this: &mut Self, case: &Node<'t>| {
                let values = case.child_by_field_name("value").map(|values| this.expressions(values, &scope));
                values.unwrap_or_default().iter().any(|value| value.whole_text().as_deref() == Some(&*text))
            };
            let mut taken = None;
            for case in &cases {
                if is_taken(self, case) {
                    taken = Some(*case);
                    break;
                }
            }
            let taken = taken.or_else(|| cases.iter().copied().find(|case| case.kind() == "default_case"));
            return taken.map_or(Flow::Next, |case| self.case(case, &scope));
        }
        for case in cases {
            self.conditions += 1;
            let flow = self.case(case, &scope);
            self.conditions -= 1;
            if let Flow::Return(value) = flow {
                self.may_return(value);
            }
        }
        Flow::Next
    }

    fn case(&mut self, case: Node<'t>, scope: &Rc<Scope<'t>>) -> Flow<'t> {
        let inner = Scope::new(scope.file, Some(scope.clone()));
        for statement in children(case).into_iter().filter(|child| child.kind() != "expression_list") {
            match self.deeper(|this| this.statement(statement, &inner)) {
                Some(Flow::Next) | None => {}
                // A `break` ends the case.
                Some(Flow::Loop) => return Flow::Next,
                Some(Flow::Return(value)) => return Flow::Return(value),
            }
        }
        Flow::Next
    }
}

/// The values of an assignment: those of one call with several results, or one for each target.
fn spread<'t>(values: Vec<Value<'t>>) -> Vec<Value<'t>> {
    match &values[..] {
        [Value::Tuple(results)] => results.to_vec(),
        _ => values,
    }
}

/// The value of a variable that is set under a condition that is not known.
fn perhaps<'t>(old: Option<Value<'t>>, new: Value<'t>) -> Value<'t> {
    match (old, new) {
        (Some(Value::Text(old)), Value::Text(new)) if old != new && !old.text.is_empty() => {
            Value::Text(super::value::Text { text: old.text, partial: true })
        }
        (Some(Value::Text(_)), Value::Text(new)) => Value::Text(super::value::Text { text: new.text, partial: true }),
        (Some(Value::List(old)), Value::List(new)) => {
            if !Rc::ptr_eq(&old, &new) {
                let open = old.borrow().items.len() != new.borrow().items.len();
                new.borrow_mut().open |= open;
            }
            Value::List(new)
        }
        (Some(Value::Bool(old)), Value::Bool(new)) if old != new => Value::Unknown,
        (Some(Value::Int(old)), Value::Int(new)) if old != new => Value::Unknown,
        (_, new) => new,
    }
}
