//! What a text must contain so that a regular expression can match: a few literals, of which one occurs in every match. The
//! program looks for the literals of all expressions in one pass, and compiles and runs an expression only if it finds one.

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, Hir, HirKind};

/// Most texts that are told apart of one part of an expression.
const MAX_TEXTS: usize = 64;
/// Most characters of a class whose members are told apart.
const MAX_CLASS: usize = 8;
/// Shortest useful literal, in bytes.
const SHORTEST: usize = 3;

type Texts = BTreeSet<String>;

/// What is known of the matches of a part of an expression, in lower case.
struct Known {
    /// All that it matches; `None` if that is too much.
    whole: Option<Texts>,
    /// Texts of which each match contains one; `None` if none is known.
    inside: Option<Texts>,
}

/// Texts of which every match of `expression` contains one, whatever their case; `None` if none is known.
pub fn of(expression: &str) -> Option<Vec<String>> {
    let parsed = regex_syntax::Parser::new().parse(expression).ok()?;
    known(&parsed).best().map(|texts| texts.into_iter().collect())
}

impl Known {
    fn nothing() -> Self {
        Self { whole: None, inside: None }
    }

    fn whole(texts: Texts) -> Self {
        Self { whole: Some(texts), inside: None }
    }

    /// The better of what it matches and what it contains.
    fn best(self) -> Option<Texts> {
        better(self.whole.filter(is_useful), self.inside)
    }
}

fn is_useful(texts: &Texts) -> bool {
    shortest(texts) >= SHORTEST
}

fn shortest(texts: &Texts) -> usize {
    texts.iter().map(String::len).min().unwrap_or_default()
}

/// Long literals are rare in texts; more than eight bytes make little difference, fewer literals do.
fn better(first: Option<Texts>, second: Option<Texts>) -> Option<Texts> {
    let rank = |texts: &Texts| (shortest(texts).min(8), std::cmp::Reverse(texts.len()));
    match (first, second) {
        (Some(first), Some(second)) if rank(&first) >= rank(&second) => Some(first),
        (first, second) => second.or(first),
    }
}

fn known(part: &Hir) -> Known {
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => Known::whole(Texts::from([String::new()])),
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => Known::whole(Texts::from([text.to_ascii_lowercase()])),
            Err(_) => Known::nothing(),
        },
        HirKind::Class(class) => characters(class).map_or_else(Known::nothing, Known::whole),
        HirKind::Capture(capture) => known(&capture.sub),
        HirKind::Repetition(repetition) => {
            let below = known(&repetition.sub);
            match (repetition.min, repetition.max) {
                (0, Some(1)) => match below.whole {
                    Some(mut texts) => {
                        texts.insert(String::new());
                        Known::whole(texts)
                    }
                    None => Known::nothing(),
                },
                (0, _) => Known::nothing(),
                (1, Some(1)) => below,
                (_, _) => Known { whole: None, inside: below.best() },
            }
        }
        HirKind::Concat(parts) => concat(parts),
        HirKind::Alternation(parts) => alternation(parts),
    }
}

/// The members of a small class, in lower case; two letters that are no ASCII have `s` and `k` as their lower case.
fn characters(class: &Class) -> Option<Texts> {
    let Class::Unicode(class) = class else { return None };
    let mut all = Texts::new();
    for range in class.iter() {
        if range.len() > MAX_CLASS {
            return None;
        }
        for c in range.start()..=range.end() {
            all.insert(match c {
                '\u{17f}' => "s".to_owned(),
                '\u{212a}' => "k".to_owned(),
                c => c.to_ascii_lowercase().to_string(),
            });
        }
    }
    (all.len() <= MAX_CLASS).then_some(all)
}

fn concat(parts: &[Hir]) -> Known {
    let mut inside = None;
    // What the parts since the last unknown one match together.
    let mut run = Texts::from([String::new()]);
    let mut is_whole = true;
    for part in parts {
        let Known { whole, inside: within } = known(part);
        let joined = whole.as_ref().filter(|texts| texts.len() * run.len() <= MAX_TEXTS).map(|texts| {
            run.iter().flat_map(|start| texts.iter().map(move |end| format!("{start}{end}"))).collect::<Texts>()
        });
        if let Some(joined) = joined {
            run = joined;
            continue;
        }
        is_whole = false;
        let before = std::mem::replace(&mut run, Texts::from([String::new()]));
        inside = better(inside, Some(before).filter(is_useful));
        inside = better(inside, whole.filter(is_useful));
        inside = better(inside, within);
    }
    if is_whole {
        return Known::whole(run);
    }
    Known { whole: None, inside: better(inside, Some(run).filter(is_useful)) }
}

fn alternation(parts: &[Hir]) -> Known {
    let all: Vec<Known> = parts.iter().map(known).collect();
    let whole: Option<Texts> = all
        .iter()
        .map(|one| one.whole.clone())
        .collect::<Option<Vec<_>>>()
        .map(|all| all.into_iter().flatten().collect());
    if let Some(texts) = whole.filter(|texts: &Texts| texts.len() <= MAX_TEXTS) {
        return Known::whole(texts);
    }
    let inside = all.into_iter().map(Known::best).collect::<Option<Vec<_>>>();
    Known { whole: None, inside: inside.map(|all| all.into_iter().flatten().collect()) }
}
