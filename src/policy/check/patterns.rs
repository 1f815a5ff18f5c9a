//! Whether RE2 takes a pattern. The expressions of the `regex` crate are of the same kind; here is what it takes and RE2
//! refuses, or reads otherwise. Source: the syntax page of github.com/google/re2.

use regex::Regex;
use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    AssertionKind, Ast, ClassSetBinaryOp, ClassSetItem, ClassUnicodeKind, Flag, Flags, HexLiteralKind, Literal,
    LiteralKind, RepetitionKind, RepetitionRange, Visitor, visit,
};

/// Most repetitions that RE2 counts.
const MAX_REPETITIONS: u32 = 1_000;

/// Why RE2 refuses `pattern`; nothing when it takes it.
pub fn refusal(pattern: &str) -> Option<String> {
    if let Err(cause) = Regex::new(pattern) {
        let cause = cause.to_string();
        return Some(cause.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned());
    }
    let tree = Parser::new().parse(pattern).ok()?;
    visit(&tree, Unknown).err().map(str::to_owned)
}

/// Looks for what RE2 does not know.
struct Unknown;

impl Visitor for Unknown {
    type Output = ();
    type Err = &'static str;

    fn finish(self) -> Result<(), Self::Err> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        match ast {
            Ast::Flags(set) => flags(&set.flags),
            Ast::Group(group) => group.flags().map_or(Ok(()), flags),
            Ast::Literal(one) => literal(one),
            Ast::ClassUnicode(class) => named(&class.kind),
            Ast::Assertion(assertion) => match assertion.kind {
                AssertionKind::StartLine
                | AssertionKind::EndLine
                | AssertionKind::StartText
                | AssertionKind::EndText
                | AssertionKind::WordBoundary
                | AssertionKind::NotWordBoundary => Ok(()),
                _ => Err("RE2 has no boundary at one side of a word"),
            },
            Ast::Repetition(repetition) => {
                let most = match &repetition.op.kind {
                    RepetitionKind::Range(RepetitionRange::Exactly(n) | RepetitionRange::AtLeast(n)) => *n,
                    RepetitionKind::Range(RepetitionRange::Bounded(_, n)) => *n,
                    _ => 0,
                };
                if most > MAX_REPETITIONS {
                    return Err("RE2 counts no more than 1,000 repetitions");
                }
                let stacked = matches!(*repetition.ast, Ast::Repetition(_));
                if stacked { Err("RE2 repeats no repetition; put the inner one in brackets") } else { Ok(()) }
            }
            _ => Ok(()),
        }
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Self::Err> {
        match item {
            ClassSetItem::Bracketed(_) => Err("RE2 has no class within a class"),
            ClassSetItem::Literal(one) => literal(one),
            ClassSetItem::Range(range) => literal(&range.start).and_then(|()| literal(&range.end)),
            ClassSetItem::Unicode(class) => named(&class.kind),
            _ => Ok(()),
        }
    }

    fn visit_class_set_binary_op_pre(&mut self, _: &ClassSetBinaryOp) -> Result<(), Self::Err> {
        Err("RE2 has no operations on classes")
    }
}

fn flags(flags: &Flags) -> Result<(), &'static str> {
    let stated = |flag| flags.flag_state(flag).is_some();
    if [Flag::IgnoreWhitespace, Flag::CRLF, Flag::Unicode].into_iter().any(stated) {
        Err("RE2 has no flags but i, m, s and U")
    } else {
        Ok(())
    }
}

fn literal(literal: &Literal) -> Result<(), &'static str> {
    match &literal.kind {
        LiteralKind::HexFixed(kind) | LiteralKind::HexBrace(kind) if *kind != HexLiteralKind::X => {
            Err("RE2 has no escapes with u; write \\x{...}")
        }
        _ => Ok(()),
    }
}

fn named(kind: &ClassUnicodeKind) -> Result<(), &'static str> {
    match kind {
        ClassUnicodeKind::NamedValue { .. } => Err("RE2 names scripts and categories alone, like \\p{Greek}"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_re2_refuses_is_told() {
        for (pattern, why) in [
            ("(", "unclosed group"),
            ("(?=x)", "look-around"),
            (r"(a)\1", "backreferences"),
            ("(?x) a b", "no flags but"),
            ("(?R:a)", "no flags but"),
            ("a{1001}", "1,000 repetitions"),
            ("(?:a{2,2000})", "1,000 repetitions"),
            ("a**", "repeats no repetition"),
            ("[a-z&&[^b]]", "operations on classes"),
            ("[a[bc]]", "class within a class"),
            (r"\b{start}a", "one side of a word"),
            (r"\u0041", "no escapes with u"),
            (r"[\u0041-\u0044]", "no escapes with u"),
            (r"\p{Script=Greek}", "scripts and categories"),
        ] {
            let refusal = refusal(pattern).unwrap_or_default();
            assert!(refusal.contains(why), "{pattern}: {refusal:?}");
        }
        for pattern in [
            "^https://([a-z0-9-]+\\.)*example\\.com(/|$)",
            r"(?i)^\s*select\b[^;]*$",
            r"(?s-i:.)\x{1F600}[[:alpha:]\d_-]{0,1000}\p{Greek}\pL(?P<n>x)+?",
            "",
        ] {
            assert_eq!(refusal(pattern), None, "{pattern}");
        }
    }
}
