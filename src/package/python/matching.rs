//! `match` statements.

use std::rc::Rc;

use tree_sitter::Node;

use super::interpreter::{Flow, Interpreter, children};
use super::value::{Scope, Value};

impl<'t> Interpreter<'t> {
    /// Runs the case that is taken, as far as that is known, and what may be taken besides it.
    pub(super) fn cases(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Flow<'t> {
        let mut cursor = node.walk();
        let subjects: Vec<Node<'t>> = node.children_by_field_name("subject", &mut cursor).collect();
        let subject = match subjects[..] {
            [subject] => self.eval(subject, scope),
            _ => Value::Unknown,
        };
        let Some(body) = node.child_by_field_name("body") else { return Flow::Next };
        for case in children(body) {
            let Some(body) = case.child_by_field_name("consequence") else { continue };
            match (self.is_taken(case, &subject.plain(), scope), subject.is_setting()) {
                (Some(true), _) => return self.block(body, scope),
                (Some(false), false) => {}
                (Some(false), true) => {
                    self.switched_off += 1;
                    self.block(body, scope);
                    self.switched_off -= 1;
                }
                (None, _) => {
                    self.conditions += 1;
                    let flow = self.block(body, scope);
                    self.conditions -= 1;
                    self.note_return(flow);
                }
            }
        }
        Flow::Next
    }

    /// Whether a case takes `subject`. `None` if that is not known.
    fn is_taken(&mut self, case: Node<'t>, subject: &Value<'t>, scope: &Rc<Scope<'t>>) -> Option<bool> {
        let patterns: Vec<Node<'t>> =
            children(case).into_iter().filter(|child| child.kind() == "case_pattern").collect();
        let [pattern] = patterns[..] else { return None };
        let matches = self.matches(pattern, subject, scope)?;
        let guard = children(case).into_iter().find(|child| child.kind() == "if_clause");
        match guard.and_then(|guard| children(guard).first().copied()).filter(|_| matches) {
            Some(guard) => self.eval(guard, scope).truth(),
            None => Some(matches),
        }
    }

    fn matches(&mut self, pattern: Node<'t>, subject: &Value<'t>, scope: &Rc<Scope<'t>>) -> Option<bool> {
        match pattern.kind() {
            "case_pattern" => match children(pattern).first() {
                Some(inner) => self.matches(*inner, subject, scope),
                None => (self.text(pattern, scope) == "_").then_some(true),
            },
            "union_pattern" => {
                let several = children(pattern).into_iter();
                let answers: Vec<Option<bool>> = several.map(|one| self.matches(one, subject, scope)).collect();
                if answers.contains(&Some(true)) {
                    Some(true)
                } else {
                    answers.iter().all(Option::is_some).then_some(false)
                }
            }
            "string" | "concatenated_string" | "integer" | "float" | "true" | "false" | "none" => {
                let value = self.eval(pattern, scope);
                subject.equals(&value)
            }
            // A name takes everything.
            "dotted_name" => match self.text(pattern, scope) {
                name if !name.contains('.') => {
                    scope.set(name, subject.clone());
                    Some(true)
                }
                _ => None,
            },
            _ => None,
        }
    }
}
