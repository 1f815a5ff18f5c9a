//! Statements in SQL, as a parser reads them: what they do, and whether a guard lets them pass.
//!
//! Which database a tool has is unknown, so every dialect is tried, and the worst reading counts. A statement that no
//! dialect can parse is left to the guard's pattern.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use sqlparser::ast::{
    CreateTable, Expr, FunctionArg, Insert, ObjectName, Query, Select, Statement, TableFactor, TableObject, Visit,
    Visitor,
};
use sqlparser::dialect::{
    BigQueryDialect, ClickHouseDialect, Dialect, DuckDbDialect, GenericDialect, MsSqlDialect, MySqlDialect,
    PostgreSqlDialect, SQLiteDialect, SnowflakeDialect,
};
use sqlparser::parser::{Parser, ParserError};

use crate::model::Guard;
use crate::rules::{SqlEffect, SqlRules};

/// Longest text that is parsed, in bytes. A longer one may do anything.
const MAX_TEXT: usize = 32 * 1024;
/// The stack on which a text is parsed, in bytes. A chain such as `1+1+1` nests once for two bytes of text, and memory that
/// is not needed is not used.
const STACK: usize = 256 << 20;

/// The guards on SQL that a parser decides.
#[derive(Debug)]
pub(crate) struct SqlGuards {
    lets: HashMap<String, SqlEffect>,
    functions: Functions,
}

/// Functions that reach out of the database, in lower case.
#[derive(Debug)]
struct Functions {
    anywhere: HashSet<String>,
    in_from: HashSet<String>,
}

impl SqlGuards {
    /// Those of `rules`.
    pub(crate) fn new(rules: &SqlRules) -> Self {
        let names = |list: fn(&crate::rules::SqlFunctions) -> &Vec<String>| {
            rules.functions.iter().flat_map(list).map(|name| name.to_lowercase()).collect()
        };
        let functions = Functions { anywhere: names(|kind| &kind.names), in_from: names(|kind| &kind.in_from) };
        Self { lets: rules.guards.iter().map(|guard| (guard.id.clone(), guard.allows)).collect(), functions }
    }

    /// Whether `guard` lets `text` pass; `None` for a guard on something else, and for a text that no dialect can parse.
    pub(crate) fn lets(&self, guard: &Guard, text: &str) -> Option<bool> {
        let most = *self.lets.get(guard.entry_id())?;
        Some(self.functions.effect(text)? <= most)
    }
}

impl Functions {
    /// The worst effect of `text` in any dialect that can parse it; `None` when none can. What is too long or nested too
    /// deeply to be read may do anything.
    fn effect(&self, text: &str) -> Option<SqlEffect> {
        if text.len() > MAX_TEXT {
            return Some(SqlEffect::Changes);
        }
        std::thread::scope(|scope| {
            let reader = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || self.worst_reading(text));
            reader.map_or(Some(SqlEffect::Changes), |reader| reader.join().unwrap_or(Some(SqlEffect::Changes)))
        })
    }

    fn worst_reading(&self, text: &str) -> Option<SqlEffect> {
        let dialects: [&dyn Dialect; 9] = [
            &GenericDialect {},
            &PostgreSqlDialect {},
            &MySqlDialect {},
            &SQLiteDialect {},
            &MsSqlDialect {},
            &ClickHouseDialect {},
            &BigQueryDialect,
            &DuckDbDialect,
            &SnowflakeDialect,
        ];
        let reading = |dialect: &dyn Dialect| match Parser::parse_sql(dialect, text) {
            Ok(statements) if statements.is_empty() => None,
            Ok(statements) => Some(self.worst(&statements)),
            Err(ParserError::RecursionLimitExceeded) => Some(SqlEffect::Changes),
            Err(ParserError::TokenizerError(_) | ParserError::ParserError(_)) => None,
        };
        dialects.into_iter().filter_map(reading).max()
    }

    fn worst(&self, statements: &[Statement]) -> SqlEffect {
        let mut seen = Seen { functions: self, worst: SqlEffect::Reads };
        for statement in statements {
            if statement.visit(&mut seen).is_break() {
                return SqlEffect::Changes;
            }
        }
        seen.worst
    }
}

/// Walks over statements and stops at the first thing that is worse than adding.
struct Seen<'f> {
    functions: &'f Functions,
    worst: SqlEffect,
}

impl Seen<'_> {
    fn see(&mut self, effect: SqlEffect) -> ControlFlow<()> {
        self.worst = self.worst.max(effect);
        if effect == SqlEffect::Changes { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn call(&mut self, name: &ObjectName, in_from: bool) -> ControlFlow<()> {
        let last = name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.to_lowercase());
        let reaches = |last: &String| {
            self.functions.anywhere.contains(last) || (in_from && self.functions.in_from.contains(last))
        };
        // A name that is made by a function may be any.
        let reaches = last.as_ref().is_none_or(reaches);
        self.see(if reaches { SqlEffect::Changes } else { SqlEffect::Reads })
    }
}

impl Visitor for Seen<'_> {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        self.see(effect(statement))
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        // FOR UPDATE keeps others out.
        self.see(if query.locks.is_empty() { SqlEffect::Reads } else { SqlEffect::Adds })
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.see(if select.into.is_some() { SqlEffect::Changes } else { SqlEffect::Reads })
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(function) => self.call(&function.name, false),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        let called = |args: &[FunctionArg]| !args.is_empty();
        match factor {
            TableFactor::Table { name, args: Some(args), .. } if called(&args.args) => self.call(name, true),
            TableFactor::Function { name, .. } => self.call(name, true),
            TableFactor::TableFunction { expr: Expr::Function(function), .. } => self.call(&function.name, true),
            _ => ControlFlow::Continue(()),
        }
    }
}

/// What the statement does by its kind; what stands inside of it is looked at by itself.
fn effect(statement: &Statement) -> SqlEffect {
    match statement {
        Statement::Query(_)
        | Statement::Explain { .. }
        | Statement::ExplainTable { .. }
        | Statement::ShowFunctions { .. }
        | Statement::ShowVariable { .. }
        | Statement::ShowStatus { .. }
        | Statement::ShowVariables { .. }
        | Statement::ShowCreate { .. }
        | Statement::ShowColumns { .. }
        | Statement::ShowCatalogs { .. }
        | Statement::ShowDatabases { .. }
        | Statement::ShowProcessList { .. }
        | Statement::ShowSchemas { .. }
        | Statement::ShowCharset(_)
        | Statement::ShowObjects(_)
        | Statement::ShowTables { .. }
        | Statement::ShowViews { .. }
        | Statement::ShowCollation { .. } => SqlEffect::Reads,
        Statement::Insert(insert) if only_adds(insert) => SqlEffect::Adds,
        Statement::CreateTable(table) if is_plain(table) => SqlEffect::Adds,
        Statement::CreateView(view) if !view.or_replace => SqlEffect::Adds,
        Statement::CreateIndex(_)
        | Statement::CreateSchema { or_replace: false, .. }
        | Statement::StartTransaction { .. }
        | Statement::Commit { .. }
        | Statement::Rollback { .. }
        | Statement::Savepoint { .. }
        | Statement::ReleaseSavepoint { .. } => SqlEffect::Adds,
        // The kinds of other people's enumeration: a new one is not known to be mild.
        _ => SqlEffect::Changes,
    }
}

/// True for an insertion into a table that replaces no row.
fn only_adds(insert: &Insert) -> bool {
    let into_table = matches!(insert.table, TableObject::TableName(_));
    into_table && !insert.overwrite && !insert.replace_into && insert.or.is_none() && insert.on.is_none()
}

/// True for a new table that is kept in the database.
fn is_plain(table: &CreateTable) -> bool {
    !table.or_replace && !table.external && table.location.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Check, UnenforceableGuard};

    fn guards() -> SqlGuards {
        SqlGuards::new(&SqlRules::load(None).unwrap())
    }

    fn guard(name: &str) -> Guard {
        Guard::new(name, Check::Unenforceable(UnenforceableGuard { unheld: String::new() }))
    }

    #[test]
    fn statements_are_told_apart() {
        let functions = guards().functions;
        let cases = [
            (SqlEffect::Reads, "SELECT a, b FROM t WHERE c = 'drop table t' -- delete"),
            (SqlEffect::Reads, "WITH x AS (SELECT 1) SELECT * FROM x ORDER BY 1 LIMIT 5"),
            (SqlEffect::Reads, "SELECT role, trigger FROM users"),
            (SqlEffect::Reads, "EXPLAIN SELECT 1"),
            (SqlEffect::Reads, "SHOW TABLES"),
            (SqlEffect::Reads, "SELECT data->>'a', tags[1] FROM t"),
            (SqlEffect::Reads, "SELECT toDate(ts) AS d, count() FROM logs GROUP BY d"),
            (SqlEffect::Adds, "INSERT INTO notes (text) VALUES ('a')"),
            (SqlEffect::Adds, "CREATE TABLE a (id int); CREATE INDEX i ON a (id)"),
            (SqlEffect::Adds, "SELECT * FROM t FOR UPDATE"),
            (SqlEffect::Changes, "SELECT 1; DROP TABLE t"),
            (SqlEffect::Changes, "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x"),
            (SqlEffect::Changes, "SELECT a INTO b FROM t"),
            (SqlEffect::Changes, "EXPLAIN ANALYZE DELETE FROM t"),
            (SqlEffect::Changes, "INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1"),
            (SqlEffect::Changes, "REPLACE INTO t VALUES (1)"),
            (SqlEffect::Changes, "COPY t TO PROGRAM 'id'"),
            (SqlEffect::Changes, "CREATE EXTENSION dblink"),
            (SqlEffect::Changes, "ATTACH DATABASE 'x' AS y"),
            (SqlEffect::Changes, "CREATE TABLE a AS SELECT pg_read_file('x')"),
            (SqlEffect::Changes, "SELECT (SELECT pg_catalog.pg_sleep(9))"),
            (SqlEffect::Changes, "GRANT ALL ON t TO x"),
            (SqlEffect::Changes, "SELECT /*!50000 1; DROP TABLE t */"),
        ];
        for (wanted, text) in cases {
            assert_eq!(functions.effect(text), Some(wanted), "{text}");
        }
        for text in ["", "-- nothing", "no statement at all"] {
            assert_eq!(functions.effect(text), None, "{text}");
        }
        for text in ["(".repeat(5_000), "a".repeat(MAX_TEXT + 1)] {
            assert_eq!(functions.effect(&text), Some(SqlEffect::Changes), "{}", &text[..40]);
        }
    }

    #[test]
    fn every_function_keeps_its_word() {
        let rules = SqlRules::load(None).unwrap();
        let guards = SqlGuards::new(&rules);
        for kind in &rules.functions {
            for (texts, passes) in [(&kind.refuses, false), (&kind.passes, true)] {
                for text in texts {
                    assert_eq!(guards.lets(&guard("approve read-only-sql"), text), Some(passes), "{}: {text}", kind.id);
                }
            }
        }
    }

    #[test]
    fn other_guards_are_left_alone() {
        assert_eq!(guards().lets(&guard("public-host"), "SELECT 1"), None);
        assert_eq!(guards().lets(&guard("approve mild-sql"), "INSERT INTO t VALUES (1)"), Some(true));
        assert_eq!(guards().lets(&guard("read-only-sql"), "INSERT INTO t VALUES (1)"), Some(false));
    }

    #[test]
    fn what_is_too_long_or_too_deep_to_be_read_is_refused() {
        let guards = guards();
        for text in [
            format!("SELECT 1{}", "+1".repeat(16_000)),
            format!("SELECT 1{}", "::int".repeat(6_000)),
            format!("SELECT * FROM t{}", " JOIN t".repeat(4_600)),
            format!("SELECT a{}", "->'b'".repeat(6_000)),
        ] {
            // The chain is read whole, without a crash.
            assert_ne!(guards.lets(&guard("read-only-sql"), &text), Some(false), "{}", &text[..30]);
            let ends = format!("{text}; DROP TABLE t");
            assert_eq!(guards.lets(&guard("read-only-sql"), &ends), Some(false), "{}", &text[..30]);
        }
        for text in [
            format!("SELECT {}pg_read_file('x'){}", "(".repeat(100), ")".repeat(100)),
            format!("SELECT pg_read_file('x') /*{}*/", "x".repeat(MAX_TEXT)),
        ] {
            assert_eq!(guards.lets(&guard("read-only-sql"), &text), Some(false));
        }
    }
}
