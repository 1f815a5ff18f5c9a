//! Splits a text into sentences of tokens with word classes.

use std::cell::Cell;

use super::classes::Classes;
use super::literals::{handle, is_account, is_card, is_number};
use super::names::ToolNames;
use super::negation;
use super::tokens::{Token, ends_sentence};
use super::vocabulary::{Meaning, Vocabulary};
use crate::model::ModelText;
use crate::text::words::{Words, is_unspaced};

/// Most tokens per sentence; the rest becomes another sentence.
const MAX_TOKENS: usize = 120;
/// Most words per quotation.
const MAX_QUOTED: usize = 80;
/// Most words per compound; a longer one is split, so that a text without spaces takes linear time.
const MAX_COMPOUND: usize = 60;
/// Fewest words of a quotation that is also read as a sentence.
const MIN_SENTENCE: usize = 4;
/// Most tokens between a word that introduces an example and the quotation.
const INTRODUCTION: usize = 12;

/// Where a sentence stands in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The first sentence.
    Opening,
    Later,
    /// The content of a quotation.
    Quotation,
}

impl Place {
    pub(crate) const ALL: [Self; 3] = [Self::Opening, Self::Later, Self::Quotation];

    /// Its name in data files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Later => "later",
            Self::Quotation => "quotation",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Sentence {
    /// The index of the text that contains it.
    pub(crate) text: usize,
    pub(crate) place: Place,
    /// The tokens. Those without a class are kept, since distances count them.
    pub(crate) tokens: Box<[Token]>,
    /// The union of the classes of its tokens.
    pub(crate) classes: Classes,
}

impl Sentence {
    /// A sentence without words that carries the classes of the whole definition.
    pub(crate) fn of_definition(classes: Classes) -> Self {
        let token = Token { classes, words: (0, 0), negation: None, start: 0, end: 0 };
        Self { text: 0, place: Place::Later, tokens: [token].into(), classes }
    }
}

/// Appends the sentences of text number `text` to `sentences`.
pub(crate) fn read(
    text: usize,
    source: &ModelText<'_>,
    vocabulary: &Vocabulary,
    names: &ToolNames<'_>,
    sentences: &mut Vec<Sentence>,
) {
    let place = if source.is_continued { Place::Later } else { Place::Opening };
    let (tokens, quotations) = (Vec::new(), Vec::new());
    let (words, of_parameter) = (&source.words, source.describes_parameter);
    let looked_up = Cell::new((usize::MAX, None));
    let mut lexer =
        Lexer { text, words, of_parameter, vocabulary, looked_up, names, place, tokens, quotations, sentences };
    lexer.range(0, words.len(), false);
    // A quotation is one token of its sentence, and its content is also read as a sentence.
    lexer.place = Place::Quotation;
    while let Some((from, to)) = lexer.quotations.pop() {
        lexer.range(from, to, true);
    }
}

struct Lexer<'l, 'w> {
    text: usize,
    words: &'l Words<'w>,
    of_parameter: bool,
    vocabulary: &'l Vocabulary,
    /// The word that was last looked up in the vocabulary: most are the next one of one word and then the word itself.
    looked_up: Cell<(usize, Option<Meaning>)>,
    names: &'l ToolNames<'l>,
    /// Of the sentence that is read.
    place: Place,
    tokens: Vec<Token>,
    quotations: Vec<(usize, usize)>,
    sentences: &'l mut Vec<Sentence>,
}

impl Lexer<'_, '_> {
    /// Reads the words `from..to`. With `is_quotation`, they are the content of a quotation, and inner quotes are
    /// ignored.
    fn range(&mut self, from: usize, to: usize, is_quotation: bool) {
        let mut at = from;
        while at < to {
            if at > from && (ends_sentence(self.words, at) || self.tokens.len() >= MAX_TOKENS) {
                self.end_sentence();
            }
            at = self.token(at, to, at > from || !is_quotation).max(at + 1);
        }
        self.end_sentence();
    }

    /// Adds the token at word `at` and returns the first word after it.
    fn token(&mut self, at: usize, to: usize, may_be_quoted: bool) -> usize {
        let before = self.words.gap_before(at);
        if may_be_quoted && let Some(end) = self.quotation(at, to) {
            return self.quoted(at, end);
        }
        if self.words.get(at).starts_with(is_unspaced) {
            return self.unspaced(at);
        }
        let end = self.compound_end(at, to);
        if end > at + 1 || is_path_start(before) {
            if let Some(classes) = self.address(at, end, before) {
                self.add(at, end, classes);
                return end;
            }
            // Behind a placeholder, `{name}@a.example`, it is the end of an address that nobody has.
            if !before.ends_with('@') && self.is_host(at, end) {
                self.add(at, end, Classes::HOST);
                return end;
            }
            let end = self.name_end(at, end);
            if end > at + 1 {
                let known = self.names.class(self.words.text(at, end - 1));
                let is_identifier = is_identifier(self.words.text(at, end - 1))
                    && self.words.text(at, end - 1).contains('_')
                    || !self.words.is_capitalised(at) && self.words.gap_after(at).is_empty();
                if known.is_some() || is_identifier {
                    let classes = known.unwrap_or(self.unknown_name(at, end, Classes::IDENTIFIER));
                    self.add(at, end, classes | handle(before) | self.nouns(at, end));
                    return end;
                }
            }
        }
        let meaning = self.meaning(at).filter(|meaning| at + meaning.words <= to);
        let (mut classes, mut count) = meaning.map_or((Classes::NONE, 1), |meaning| (meaning.classes, meaning.words));
        let word = self.words.text(at, at);
        if is_number(word) || before.ends_with('+') && word.starts_with(|c: char| c.is_ascii_digit()) {
            let is_telephone = before.ends_with('+') && self.is_telephone(at);
            let is_account = is_telephone
                || is_card(self.words, at)
                || is_account(word, [self.words.get(at + 1), self.words.get(at + 2)]);
            classes |= if is_account { Classes::NUMBER | Classes::ACCOUNT } else { Classes::NUMBER };
        } else if is_account(word, [self.words.get(at + 1), self.words.get(at + 2)]) {
            classes |= Classes::ACCOUNT;
        } else if count == 1
            && self.names.knows_siblings()
            && (self.is_tool_word(at, to) || self.follows_tool_word() || self.opens_with_name(at))
        {
            // A tool name that is an ordinary word: "the fetch tool", "the tool fetch", "It reads. fetch is broken."
            if let Some(known) = self.names.class(word) {
                classes = known;
            }
        }
        classes |= handle(before);
        let is_within = !self.tokens.is_empty() && matches!(before, " " | " '" | " \"");
        if is_within && classes.is_empty() && is_proper(word) {
            classes = Classes::PROPER_NAME;
        }
        // A pattern of file names, "*.sh", is not the word.
        if count == 1 && before.ends_with("*.") {
            classes = Classes::NONE;
        }
        if word.len() >= 3 && word.bytes().all(|b| b.is_ascii_uppercase()) {
            classes |= Classes::CAPITALS;
        }
        count = count.max(1);
        self.add(at, at + count, classes);
        at + count
    }

    /// Adds the tokens of word `at`, which is a run of words in a script without spaces.
    fn unspaced(&mut self, at: usize) -> usize {
        let (word, (first_byte, last_byte)) = (self.words.get(at), self.words.bytes(at, at));
        let words = (u32::try_from(at).unwrap_or(u32::MAX), u32::try_from(at + 1).unwrap_or(u32::MAX));
        let known = self.tokens.len();
        let mut from = 0;
        while let Some(rest) = word.get(from..).filter(|rest| !rest.is_empty() && self.tokens.len() < MAX_TOKENS) {
            let (classes, bytes) = self.vocabulary.unspaced(rest).unwrap_or_default();
            if bytes > 0 {
                let (start, end) = (first_byte + from, first_byte + from + bytes);
                self.tokens.push(Token { classes, words, negation: None, start, end });
            }
            from += bytes.max(rest.chars().next().map_or(1, char::len_utf8));
        }
        if self.tokens.len() == known {
            let (start, end) = (first_byte, last_byte);
            self.tokens.push(Token { classes: Classes::NONE, words, negation: None, start, end });
        }
        at + 1
    }

    /// The meaning of the longest phrase at word `at`, else of the word.
    fn meaning(&self, at: usize) -> Option<Meaning> {
        match self.looked_up.get() {
            (known, meaning) if known == at => meaning,
            _ => {
                let meaning = self.vocabulary.meaning(self.words, at);
                self.looked_up.set((at, meaning));
                meaning
            }
        }
    }

    /// Adds the quotation of the words `at..end`.
    fn quoted(&mut self, at: usize, end: usize) -> usize {
        let content = self.words.text(at, end - 1);
        let is_one = !content.contains(char::is_whitespace);
        let before = self.words.gap_before(at).trim_matches(['"', '\'', '`', '(', ' ']);
        let mut classes = Classes::QUOTED | self.nouns(at, end);
        if is_one {
            match self.names.class(content) {
                Some(known) if known != Classes::NONE => classes = known,
                Some(_) => {}
                None if is_identifier(content) => classes |= self.unknown_name(at, end, Classes::IDENTIFIER),
                None => classes |= self.unknown_name(at, end, Classes::NONE),
            }
        }
        if let Some(address) = self.address(at, end, before) {
            classes |= address;
        } else if is_one && is_number(content) {
            classes |= Classes::NUMBER;
        }
        if content.contains(['(', ';', '|', '&', '$', '{', '=', '>']) && content.len() > 6 {
            classes |= Classes::CODE;
        }
        for inner in at..end - 1 {
            if self.words.gap_after(inner).contains("://") {
                classes |= Classes::URL;
            }
            if self.words.gap_after(inner) == "@" && !before.ends_with(['=', ':']) {
                classes |= Classes::EMAIL;
            }
        }
        let introduced = self.tokens.iter().rev().take(INTRODUCTION);
        let is_example = introduced.into_iter().any(|token| token.classes.intersects(self.vocabulary.example));
        if end - at >= MIN_SENTENCE && !is_one && !is_example {
            self.quotations.push((at, end));
        }
        self.add(at, end, classes);
        end
    }

    /// The class of an unknown name: a tool's if the sentence says so or the siblings are unknown, else `otherwise`.
    fn unknown_name(&self, at: usize, end: usize, otherwise: Classes) -> Classes {
        let says_tool = self.is_tool_word(end - 1, self.words.len()) || self.follows_tool_word();
        let is_name = !self.words.text(at, end - 1).contains(char::is_whitespace)
            && self.words.text(at, end - 1).starts_with(|c: char| c.is_alphabetic());
        if says_tool && is_name { otherwise | Classes::OTHER_TOOL } else { otherwise }
    }

    /// True if the word after `at` says that `at` names a tool ("fetch tool").
    fn is_tool_word(&self, at: usize, to: usize) -> bool {
        let gap = self.words.gap_after(at);
        at + 1 < to
            && !gap.contains(['.', ',', '\n', ':', ';'])
            && self.meaning(at + 1).is_some_and(|it| it.classes.intersects(self.vocabulary.tool))
    }

    /// True if word `at` begins a later sentence in lower case, as names do.
    fn opens_with_name(&self, at: usize) -> bool {
        self.tokens.is_empty() && self.words.gap_before(at).starts_with('.') && !self.words.is_capitalised(at)
    }

    /// True if the previous token says that a tool's name follows ("the tool fetch").
    fn follows_tool_word(&self) -> bool {
        self.tokens.last().is_some_and(|token| token.classes.intersects(self.vocabulary.tool))
    }

    /// The noun classes inside a name or a quotation, which say what it is about. Of the verbs only whether a tool
    /// acts.
    fn nouns(&self, at: usize, end: usize) -> Classes {
        let not_nouns = self.vocabulary.verbs | self.vocabulary.not | self.vocabulary.example;
        let meanings = (at..end).filter_map(|inner| self.meaning(inner));
        meanings.fold(Classes::NONE, |nouns, Meaning { classes, .. }| {
            nouns | if classes.intersects(not_nouns) { classes.and(self.vocabulary.acting) } else { classes }
        })
    }

    /// The end (exclusive) of the quotation that opens before word `at`.
    fn quotation(&self, at: usize, to: usize) -> Option<usize> {
        let before = self.words.gap_before(at);
        let opening = before.rfind(['"', '\'', '`'])?;
        let quote = before[opening..].chars().next()?;
        if before[opening + quote.len_utf8()..].starts_with(char::is_whitespace) {
            return None;
        }
        let opens = match before[..opening].chars().last() {
            Some(c) => c.is_whitespace() || matches!(c, '(' | '[' | ':' | ',' | '\'' | '"' | '`' | '='),
            None => at == 0,
        };
        if !opens {
            return None;
        }
        (at..to.min(at + MAX_QUOTED)).find(|word| closes(self.words.gap_after(*word), quote)).map(|word| word + 1)
    }

    /// The end (exclusive) of the compound at word `at`: words joined only by characters of names and addresses.
    fn compound_end(&self, at: usize, to: usize) -> usize {
        let joins = |gap: &str| {
            gap.is_empty()
                || (gap.len() <= 4
                    && gap.chars().all(|c| {
                        matches!(c, '_' | '-' | '.' | '/' | ':' | '@' | '~' | '\\' | '?' | '=' | '&' | '#' | '%' | '+')
                    }))
        };
        let mut end = at + 1;
        let to = to.min(at + MAX_COMPOUND);
        while end < to && joins(self.words.gap_after(end - 1)) {
            end += 1;
        }
        end
    }

    /// True for the name of a host: words joined by full stops, of which the last is that of a domain.
    fn is_host(&self, at: usize, end: usize) -> bool {
        let gaps = || (at..end - 1).map(|word| self.words.gap_after(word));
        let is_domain = || self.vocabulary.of_word(self.words.get(end - 1)).intersects(self.vocabulary.domain);
        gaps().all(|gap| matches!(gap, "." | "-")) && gaps().next_back() == Some(".") && is_domain()
    }

    /// True if what stands before and behind the `@` of a compound is a name and a host: not `git@host:path` or `name@7`.
    fn is_email(&self, at: usize, end: usize) -> bool {
        let gaps = || (at..end - 1).map(|word| self.words.gap_after(word));
        let is_of_name = |gap: &str| matches!(gap, "." | "-" | "_" | "+" | "@");
        let starts = usize::from(matches!(self.words.get(at), "mailto" | "email" | "to" | "cc" | "bcc" | "recipient"));
        let host = gaps().skip_while(|gap| *gap != "@").skip(1);
        gaps().skip(starts).all(is_of_name) && host.into_iter().any(|gap| gap == ".")
    }

    /// The end (exclusive) of the part of a compound that can be a tool name.
    fn name_end(&self, at: usize, end: usize) -> usize {
        let joins = |gap: &str| gap.chars().all(|c| matches!(c, '_' | '-'));
        (at + 1..end).find(|next| !joins(self.words.gap_after(next - 1))).unwrap_or(end)
    }

    /// The class of a URL, an email address or a path.
    fn address(&self, at: usize, end: usize, before: &str) -> Option<Classes> {
        let gaps = || (at..end - 1).map(|word| self.words.gap_after(word));
        if gaps().any(|gap| gap.contains("://")) {
            return Some(Classes::URL | self.nouns(at, end));
        }
        // An address assigned to a name, as in `to="a@b.example"`, is an example.
        if gaps().any(|gap| gap == "@") && !before.contains('=') && self.is_email(at, end) {
            return Some(Classes::EMAIL);
        }
        let is_path = is_path_start(before)
            || gaps().filter(|gap| gap.contains(['/', '\\'])).count() >= 2
            || before.ends_with('.') && before.chars().rev().nth(1).is_none_or(char::is_whitespace);
        let is_of_home = || before.ends_with("~/.") || before.ends_with("$HOME/.");
        is_path.then(|| {
            let home = if is_of_home() { Classes::HOME_FILE } else { Classes::NONE };
            Classes::PATH | home | self.nouns(at, end)
        })
    }

    /// True for the number behind a plus if it is as long as one of a telephone, not as an offset of time: `+44 7700 900`.
    fn is_telephone(&self, at: usize) -> bool {
        let next = self.words.get(at + 1);
        self.words.get(at).len() >= 7
            || matches!(self.words.gap_after(at), " " | "-" | " (")
                && next.bytes().all(|b| b.is_ascii_digit())
                && next.len() >= 2
    }

    fn add(&mut self, at: usize, end: usize, classes: Classes) {
        let words = (u32::try_from(at).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX));
        let (start, end) = self.words.bytes(at, end - 1);
        let is_verb = classes.intersects(self.vocabulary.reversible);
        let is_lacking = || self.vocabulary.of_word(self.words.get(at)).intersects(self.vocabulary.lacking);
        let negation = if is_lacking() {
            negation::of_absence(self.words, self.vocabulary, &self.tokens)
        } else if is_verb {
            negation::of_verb(self.words, at, self.vocabulary, &self.tokens)
        } else {
            None
        };
        self.tokens.push(Token { classes, words, negation, start, end });
    }

    fn end_sentence(&mut self) {
        let mut classes = self.tokens.iter().fold(Classes::NONE, |all, token| all | token.classes);
        if !classes.is_empty() {
            if let Some(first) = self.tokens.first_mut() {
                first.classes |= match self.place {
                    _ if self.of_parameter => Classes::OF_PARAMETER,
                    Place::Opening => Classes::OPENING,
                    Place::Later => Classes::START,
                    Place::Quotation => Classes::NONE,
                };
                classes |= first.classes;
            }
            let tokens = self.tokens.as_slice().into();
            self.sentences.push(Sentence { text: self.text, place: self.place, tokens, classes });
        }
        if self.place == Place::Opening && !self.tokens.is_empty() {
            self.place = Place::Later;
        }
        self.tokens.clear();
    }
}

/// True for a word with a capital letter before a small one.
fn is_proper(word: &str) -> bool {
    word.starts_with(char::is_uppercase) && word.chars().nth(1).is_some_and(char::is_lowercase)
}

/// True for a name such as `get_user`, `getUser` or `get-user`, not for a plain word.
fn is_identifier(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let is_camel = || name.starts_with(char::is_lowercase) && name.chars().any(char::is_uppercase);
    let has_small = name.chars().any(char::is_lowercase);
    has_small && name.chars().all(is_plain) && (name.contains(['_', '-']) || is_camel())
}

/// True if `gap`, the text after a word, closes a quotation opened by `quote`.
fn closes(gap: &str, quote: char) -> bool {
    gap.find(quote).is_some_and(|at| {
        let behind = gap[at + quote.len_utf8()..].chars().next();
        behind.is_none_or(|c| !c.is_alphanumeric())
    })
}

/// True when the signs before a word begin a path: `/etc`, `~/.ssh`, `./x`, `C:\`.
fn is_path_start(before: &str) -> bool {
    let Some(sign) = before.strip_suffix(['/', '\\']).or_else(|| before.strip_suffix("/.")) else { return false };
    let start = sign.trim_end_matches(['.', '/', '~', '\\']);
    start.is_empty() || start.ends_with(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | '[' | ','))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crate::model::Tool;
    use crate::rules::Ruleset;

    #[test]
    fn a_text_without_spaces_takes_linear_time_and_no_deep_stack() {
        let rules = Ruleset::builtin().unwrap();
        let started = Instant::now();
        for part in ["ab=cd:", "%25", "a.b/"] {
            let tool = Tool { name: "get".into(), description: Some(part.repeat(25_000)), ..Tool::default() };
            drop(crate::assess_tool(tool, &rules));
        }
        // A quadratic path takes many minutes.
        assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    }
}
