//! The names of widely used packages, and which other names are easily taken for them.

use serde::{Deserialize, Serialize};
use unicode_security::confusable_detection::skeleton;

use crate::model::{Package, Registry};

/// The name of the rule file.
pub(crate) const FILE: &str = "known-packages.yaml";

/// The longest name that is compared, in bytes. Registries allow 214 letters.
const MAX_NAME: usize = 256;
/// The fewest letters of a name that others are compared with as a whole, without its separators.
const MIN_LETTERS: usize = 9;
/// The fewest letters of a brand in a scope.
const MIN_BRAND: usize = 4;

/// The content of `known-packages.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownPackages {
    /// Words that do not tell one server from another.
    generic: Vec<String>,
    /// Scopes that sound like those of the protocol.
    official: Vec<String>,
    npm: Vec<String>,
    pypi: Vec<String>,
}

/// How a name is easily taken for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameLikeness {
    /// By a slip of typing, by letters that look alike, or by other separators.
    Slip,
    /// By the same name without its scope, or in a scope that sounds like the right one.
    Scope,
}

/// The scope of a name, if it has one, and the rest.
fn scope_and_base(name: &str) -> (Option<&str>, &str) {
    match name.strip_prefix('@').and_then(|rest| rest.split_once('/')) {
        Some((scope, base)) => (Some(scope), base),
        None => (None, name),
    }
}

/// The words of a name.
fn tokens(name: &str) -> Vec<&str> {
    name.split(['-', '_', '.', '~', '/', '@']).filter(|word| !word.is_empty()).collect()
}

/// The letters of a name.
fn letters(name: &str) -> String {
    tokens(name).concat()
}

impl KnownPackages {
    /// The known name that `package` is easily taken for, and how. `None` for a known name, and in the scope of one.
    pub(crate) fn near(&self, package: &Package) -> Option<(&str, NameLikeness)> {
        let known = match package.registry {
            Registry::Npm => &self.npm,
            Registry::Pypi => &self.pypi,
            Registry::Other => return None,
        };
        let name = spelled(package.registry, &package.name);
        let is_of_known_publisher = |known: &String| {
            let known = spelled(package.registry, known);
            let scope = scope_and_base(&name).0;
            known == name || (scope.is_some() && scope_and_base(&known).0 == scope)
        };
        if name.len() > MAX_NAME || known.iter().any(is_of_known_publisher) {
            return None;
        }
        let likeness = |known: &'_ String| self.likeness(&name, &spelled(package.registry, known));
        known.iter().find_map(|known| Some((known.as_str(), likeness(known)?)))
    }

    /// How `name` is easily taken for the other name `known`.
    fn likeness(&self, name: &str, known: &str) -> Option<NameLikeness> {
        let ((scope, base), (known_scope, known_base)) = (scope_and_base(name), scope_and_base(known));
        let (words, known_words) = (tokens(base), tokens(known_base));
        let is_told = |words: &[&str]| words.iter().any(|word| !self.is_generic(word));
        let sounds_like = |scope: &str, other: Option<&str>| {
            let brand = known_words.iter().filter(|word| word.len() >= MIN_BRAND && !self.is_generic(word));
            self.official.iter().any(|official| official == scope)
                || brand.into_iter().any(|brand| scope.starts_with(brand))
                || other.is_some_and(|other| self.is_slip(scope, other) || letters(scope) == letters(other))
        };
        let is_same_base = letters(base) == letters(known_base);
        if is_told(&tokens(known)) && look(&letters(name)) == look(&letters(known)) {
            let is_alike = scope.is_some() == known_scope.is_some();
            return Some(if is_alike { NameLikeness::Slip } else { NameLikeness::Scope });
        }
        match (scope, known_scope) {
            (None, Some(known)) => {
                (is_same_base && is_told(&known_words) && sounds_like(known, None)).then_some(NameLikeness::Scope)
            }
            (Some(scope), None) => (is_same_base && sounds_like(scope, None)).then_some(NameLikeness::Scope),
            (Some(scope), Some(known)) => {
                let is_slip = self.is_slip(scope, known) || letters(scope) == letters(known);
                let likeness = if is_slip { NameLikeness::Slip } else { NameLikeness::Scope };
                (is_same_base && sounds_like(scope, Some(known))).then_some(likeness)
            }
            (None, None) => {
                let mut others = words.iter().zip(&known_words).filter(|(word, known)| word != known);
                let one_word = words.len() == known_words.len()
                    && others.next().is_some_and(|(word, known)| self.is_slip(word, known))
                    && others.next().is_none();
                let split = || {
                    words.len().abs_diff(known_words.len()) == 1
                        && letters(known).len() >= MIN_LETTERS
                        && self.is_slip(&letters(name), &letters(known))
                };
                (is_told(&known_words) && (one_word || split())).then_some(NameLikeness::Slip)
            }
        }
    }

    fn is_generic(&self, word: &str) -> bool {
        self.generic.iter().any(|generic| generic == word)
    }

    /// True if `word` is `known` with one slip of typing. Short words that differ in one letter are often two words, words
    /// of every name are not; and a last letter more or less is a plural.
    fn is_slip(&self, word: &str, known: &str) -> bool {
        let (short, long) = if word.len() <= known.len() { (word, known) } else { (known, word) };
        let (short, long): (Vec<char>, Vec<char>) = (short.chars().collect(), long.chars().collect());
        if short == long {
            return false;
        }
        if look(word) == look(known) {
            return short.len() >= 4;
        }
        let is_generic = self.is_generic(known);
        if !is_generic && [word, known].iter().any(|word| word.contains(|c: char| c.is_ascii_digit())) {
            return false;
        }
        let at = short.iter().zip(&long).position(|(a, b)| a != b).unwrap_or(short.len());
        if at == 0 {
            return is_swapped(&short, &long, at) && is_generic && short.len() >= 3;
        }
        match long.len() - short.len() {
            0 if is_swapped(&short, &long, at) => short.len() >= if is_generic { 3 } else { 5 },
            0 => short[at + 1..] == long[at + 1..] && short.len() >= if is_generic { 6 } else { 8 },
            1 if short[at..] == long[at + 1..] && at + 1 < long.len() => {
                let is_doubled = long[at] == long[at - 1] || long[at] == long[at + 1];
                short.len()
                    >= if is_generic && is_doubled {
                        3
                    } else if is_generic || is_doubled {
                        5
                    } else {
                        6
                    }
            }
            _ => false,
        }
    }
}

/// True if two letters of the same length from `at` on are swapped, and the rest is the same.
fn is_swapped(word: &[char], other: &[char], at: usize) -> bool {
    word.len() == other.len()
        && at + 1 < word.len()
        && (word[at], word[at + 1]) == (other[at + 1], other[at])
        && word[at + 2..] == other[at + 2..]
}

/// A name as its registry tells it from others.
fn spelled(registry: Registry, name: &str) -> String {
    let name = name.to_lowercase();
    match registry {
        Registry::Pypi => tokens(&name).join("-"),
        Registry::Npm | Registry::Other => name,
    }
}

/// A common form of words that look alike.
fn look(word: &str) -> String {
    let word: String = if word.is_ascii() { word.to_owned() } else { skeleton(word).collect() };
    let letter = |c: char| match c {
        'i' | '1' => 'l',
        '0' => 'o',
        '5' => 's',
        other => other,
    };
    word.replace("rn", "m").replace("vv", "w").chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Ruleset;

    fn near(registry: Registry, names: &str) -> Vec<String> {
        let known = Ruleset::builtin().unwrap().known_packages;
        let near = |name: &str| {
            let package = Package { registry, name: name.to_owned(), version: None };
            known.near(&package).map_or("-".to_owned(), |(known, likeness)| format!("{likeness:?} {known}"))
        };
        names.split_whitespace().map(near).collect()
    }

    #[test]
    fn slips_of_typing_and_letters_that_look_alike_are_near() {
        let firecrawl = "firecrawi-mcp firecrawl-mpc firecrawlmcp fircrawl-mcp firecrawl_mcp firecravvl-mcp";
        assert_eq!(near(Registry::Npm, firecrawl), ["Slip firecrawl-mcp"; 6]);
        let scope = "@modelcontextprotcol/server-filesystem @modelcontextprotocoI/server-filesystem \
                     @model-context-protocol/server-filesystem @modelcontextprotoc\u{043E}l/server-filesystem";
        assert_eq!(near(Registry::Npm, scope), ["Slip @modelcontextprotocol/server-filesystem"; 4]);
        let fetch = "mcp-sever-fetch mpc-server-fetch mcpserverfetch";
        assert_eq!(near(Registry::Pypi, fetch), ["Slip mcp-server-fetch"; 3]);
        assert_eq!(near(Registry::Pypi, "blendr-mcp tavily-mcp"), ["Slip blender-mcp", "-"]);
    }

    #[test]
    fn a_name_without_its_scope_or_in_one_that_sounds_alike_is_near() {
        let names = "server-filesystem modelcontextprotocol-server-filesystem @mcp/server-filesystem";
        assert_eq!(near(Registry::Npm, names), ["Scope @modelcontextprotocol/server-filesystem"; 3]);
        let names = "notion-mcp-server @notion/notion-mcp-server";
        assert_eq!(near(Registry::Npm, names), ["Scope @notionhq/notion-mcp-server"; 2]);
        assert_eq!(
            near(Registry::Npm, "@firecrawl/firecrawl-mcp storybook-mcp"),
            ["Scope firecrawl-mcp", "Scope @storybook/mcp"]
        );
    }

    #[test]
    fn known_names_their_publishers_and_other_names_are_not_near() {
        let known = Ruleset::builtin().unwrap().known_packages.npm;
        let names: Vec<&str> = known.iter().take(200).map(String::as_str).collect();
        assert_eq!(near(Registry::Npm, &names.join(" ")), vec!["-"; names.len()]);
        let others = "@modelcontextprotocol/server-filesytem @johndoe/firecrawl-mcp linear-mcp-server mcp-server-mysql \
                      mcp-remotes chrome-devtools-mcp2 mcp-server playwright-mcp-server @acme/mcp mcp shop-mcp-server";
        assert_eq!(near(Registry::Npm, others), ["-"; 11]);
        let others =
            "mcp-server-got mcp-server-gist mcp-servers-git MCP_Server.Git mcp-server-times redis-mcp mcp-pdf-tools";
        assert_eq!(near(Registry::Pypi, others), ["-"; 7]);
        assert_eq!(near(Registry::Other, "firecrawi-mcp"), ["-"]);
        assert_eq!(near(Registry::Npm, &"a".repeat(5_000)), ["-"]);
    }
}
