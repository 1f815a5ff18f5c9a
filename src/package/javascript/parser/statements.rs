//! Statements.

use std::rc::Rc;

use tree_sitter::Node;

use super::super::syntax::{Expr, ImportName, Name, Pattern, Statement};
use super::Lowering;

impl Lowering<'_, '_> {
    /// The statements of a block or a file.
    pub(super) fn statements(&mut self, node: Node<'_>) -> Vec<Statement> {
        let children = self.children(node);
        children.into_iter().map(|child| self.statement(child)).collect()
    }

    fn statement(&mut self, node: Node<'_>) -> Statement {
        self.deeper(Statement::Empty, |this| this.statement_here(node))
    }

    fn inner_expr(&mut self, node: Node<'_>) -> Option<Expr> {
        self.children(node).first().map(|child| self.expr(*child))
    }

    fn field_expr(&mut self, node: Node<'_>, field: &str) -> Expr {
        node.child_by_field_name(field).map_or(Expr::Unsupported, |child| self.expr(child))
    }

    fn field_statement(&mut self, node: Node<'_>, field: &str) -> Box<Statement> {
        Box::new(node.child_by_field_name(field).map_or(Statement::Empty, |child| self.statement(child)))
    }

    fn field_block(&mut self, node: Node<'_>, field: &str) -> Vec<Statement> {
        node.child_by_field_name(field).map(|child| self.statements(child)).unwrap_or_default()
    }

    fn statement_here(&mut self, node: Node<'_>) -> Statement {
        match node.kind() {
            "expression_statement" => match self.children(node).first() {
                // TypeScript: a namespace is an expression of this grammar.
                Some(inner) if inner.kind() == "internal_module" => Statement::Empty,
                Some(inner) => Statement::Expr(self.expr(*inner)),
                None => Statement::Empty,
            },
            "lexical_declaration" | "using_declaration" => self.declaration(node, false),
            "variable_declaration" => self.declaration(node, true),
            "function_declaration" | "generator_function_declaration" => Statement::Function(self.function(node)),
            "class_declaration" | "abstract_class_declaration" => Statement::Class(self.class(node)),
            "enum_declaration" => self.enumeration(node),
            "return_statement" => Statement::Return(self.inner_expr(node)),
            "throw_statement" => Statement::Throw(self.inner_expr(node).unwrap_or(Expr::Unsupported)),
            "statement_block" => Statement::Block(self.statements(node)),
            "if_statement" => {
                let condition = self.field_expr(node, "condition");
                let consequence = self.field_statement(node, "consequence");
                let alternative = node.child_by_field_name("alternative");
                let alternative = alternative.and_then(|clause| self.children(clause).first().copied());
                Statement::If(condition, consequence, alternative.map(|inner| Box::new(self.statement(inner))))
            }
            "for_statement" => {
                let part = |name| {
                    node.child_by_field_name(name)
                        .filter(|part: &Node<'_>| part.is_named() && part.kind() != "empty_statement")
                };
                let (init, test, update) = (part("initializer"), part("condition"), part("increment"));
                let init = init.map_or(Statement::Empty, |init| match init.kind() {
                    "lexical_declaration" | "variable_declaration" => self.statement(init),
                    _ => Statement::Expr(self.expr(init)),
                });
                // The condition is an expression statement in some versions of the grammar.
                let test = test.map(|test| match test.kind() {
                    "expression_statement" => self.inner_expr(test).unwrap_or(Expr::Bool(true)),
                    _ => self.expr(test),
                });
                let update = update.map(|update| self.expr(update));
                Statement::For { init: Box::new(init), test, update, body: self.field_statement(node, "body") }
            }
            "for_in_statement" => self.for_each(node),
            "while_statement" => {
                Statement::While(self.field_expr(node, "condition"), self.field_statement(node, "body"))
            }
            "do_statement" => {
                Statement::DoWhile(self.field_statement(node, "body"), self.field_expr(node, "condition"))
            }
            "switch_statement" => self.switch(node),
            "try_statement" => {
                let body = self.field_block(node, "body");
                let handler = node.child_by_field_name("handler");
                let param = handler.and_then(|handler| handler.child_by_field_name("parameter"));
                let param = param.map(|param| self.pattern(param));
                let handler = handler.map(|handler| self.field_block(handler, "body"));
                let finalizer = node.child_by_field_name("finalizer").map(|clause| self.field_block(clause, "body"));
                Statement::Try { body, param, handler, finalizer }
            }
            "labeled_statement" => match node.child_by_field_name("label") {
                Some(label) => Statement::Labeled(self.name(label), self.field_statement(node, "body")),
                None => Statement::Empty,
            },
            "break_statement" => Statement::Break(node.child_by_field_name("label").map(|label| self.name(label))),
            "continue_statement" => {
                Statement::Continue(node.child_by_field_name("label").map(|label| self.name(label)))
            }
            "import_statement" => self.import(node),
            "export_statement" => self.export(node),
            _ => Statement::Empty,
        }
    }

    fn declaration(&mut self, node: Node<'_>, is_var: bool) -> Statement {
        let mut declared = Vec::new();
        for child in self.children(node) {
            if child.kind() != "variable_declarator" {
                continue;
            }
            let Some(name) = child.child_by_field_name("name") else { continue };
            let pattern = self.pattern(name);
            if is_var && let Some(vars) = self.vars.last_mut() {
                names(&pattern, vars);
            }
            let value = child.child_by_field_name("value").map(|value| self.expr(value));
            declared.push((pattern, value));
        }
        Statement::Declare(is_var, declared)
    }

    fn enumeration(&mut self, node: Node<'_>) -> Statement {
        let (Some(name), Some(body)) = (node.child_by_field_name("name"), node.child_by_field_name("body")) else {
            return Statement::Empty;
        };
        let name = self.name(name);
        let mut members = Vec::new();
        for child in self.children(body) {
            let (key, value) = match child.kind() {
                "enum_assignment" => (child.child_by_field_name("name"), child.child_by_field_name("value")),
                _ => (Some(child), None),
            };
            let Some(key) = key else { continue };
            let key: Name = if key.kind() == "string" { self.string(key) } else { self.name(key) };
            members.push((key, value.map(|value| self.expr(value))));
        }
        Statement::Enum(name, members)
    }

    fn for_each(&mut self, node: Node<'_>) -> Statement {
        let keys = node.child_by_field_name("operator").is_some_and(|operator| operator.kind() == "in");
        let declares = node.child_by_field_name("kind").map(|kind| kind.kind() == "var");
        let Some(left) = node.child_by_field_name("left") else { return Statement::Empty };
        let pattern = self.pattern(left);
        if declares == Some(true)
            && let Some(vars) = self.vars.last_mut()
        {
            names(&pattern, vars);
        }
        let over = self.field_expr(node, "right");
        Statement::ForEach { keys, declares, pattern, over, body: self.field_statement(node, "body") }
    }

    fn switch(&mut self, node: Node<'_>) -> Statement {
        let value = self.field_expr(node, "value");
        let mut cases = Vec::new();
        if let Some(body) = node.child_by_field_name("body") {
            for case in self.children(body) {
                let test = case.child_by_field_name("value").map(|value| self.expr(value));
                let mut cursor = case.walk();
                let statements: Vec<Node<'_>> = case.children_by_field_name("body", &mut cursor).collect();
                let statements = statements.into_iter().filter(|child| child.is_named() && !child.is_extra());
                cases.push((test, statements.map(|child| self.statement(child)).collect()));
            }
        }
        Statement::Switch(value, cases)
    }

    /// A name in an import or an export, which may be written as a string.
    fn module_name(&mut self, node: Node<'_>) -> Name {
        if node.kind() == "string" { self.string(node) } else { self.name(node) }
    }

    fn import(&mut self, node: Node<'_>) -> Statement {
        let mut cursor = node.walk();
        let is_type = node.children(&mut cursor).any(|child| child.kind() == "type");
        let Some(source) = node.child_by_field_name("source").filter(|_| !is_type) else { return Statement::Empty };
        let source = self.string(source);
        let mut names = Vec::new();
        let clause = self.children(node).into_iter().find(|child| child.kind() == "import_clause");
        for part in clause.map(|clause| self.children(clause)).unwrap_or_default() {
            match part.kind() {
                "identifier" => {
                    names.push(ImportName { imported: Some("default".into()), local: self.name(part) });
                }
                "namespace_import" => {
                    if let Some(local) = self.children(part).first() {
                        names.push(ImportName { imported: None, local: self.name(*local) });
                    }
                }
                _ => {
                    for specifier in self.children(part) {
                        let Some(name) = specifier.child_by_field_name("name") else { continue };
                        let local = specifier.child_by_field_name("alias").unwrap_or(name);
                        names.push(ImportName { imported: Some(self.module_name(name)), local: self.name(local) });
                    }
                }
            }
        }
        Statement::Import(source, names)
    }

    fn export(&mut self, node: Node<'_>) -> Statement {
        let source: Option<Rc<str>> = node.child_by_field_name("source").map(|source| self.string(source));
        let mut cursor = node.walk();
        let kinds: Vec<&str> = node.children(&mut cursor).map(|child| child.kind()).collect();
        let is_default = kinds.contains(&"default");
        if let Some(declaration) = node.child_by_field_name("declaration") {
            let declaration = Box::new(self.statement(declaration));
            return if is_default {
                Statement::ExportDefaultDeclaration(declaration)
            } else {
                Statement::ExportDeclaration(declaration)
            };
        }
        if let Some(value) = node.child_by_field_name("value") {
            return Statement::ExportDefault(self.expr(value));
        }
        for child in self.children(node) {
            match (child.kind(), &source) {
                ("export_clause", _) => return Statement::Export(source, self.exported_names(child)),
                ("namespace_export", Some(source)) => {
                    let name = self.children(child).first().map(|name| self.module_name(*name));
                    return Statement::ExportAll(source.clone(), name);
                }
                _ => {}
            }
        }
        match source {
            Some(source) if kinds.contains(&"*") => Statement::ExportAll(source, None),
            _ => Statement::Empty,
        }
    }

    fn exported_names(&mut self, clause: Node<'_>) -> Vec<(Name, Name)> {
        let mut exported = Vec::new();
        for specifier in self.children(clause) {
            let Some(name) = specifier.child_by_field_name("name") else { continue };
            let alias = specifier.child_by_field_name("alias").unwrap_or(name);
            exported.push((self.module_name(name), self.module_name(alias)));
        }
        exported
    }
}

/// Adds the names that `pattern` declares.
pub(in super::super) fn names(pattern: &Pattern, into: &mut Vec<Name>) {
    match pattern {
        Pattern::Name(name) => into.push(name.clone()),
        Pattern::Target(_) => {}
        Pattern::Array(items) => items.iter().flatten().for_each(|item| names(item, into)),
        Pattern::Object(properties, rest) => {
            properties.iter().for_each(|(_, pattern)| names(pattern, into));
            rest.iter().for_each(|rest| names(rest, into));
        }
        Pattern::Default(inner, _) | Pattern::Rest(inner) => names(inner, into),
    }
}
