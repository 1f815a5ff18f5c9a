//! Code that makes paths while it runs, so that its words do not tell which files it runs.

use super::named_paths::{parts, with_values};
use super::shell_quotes;

/// Commands that list files or run what they are given.
const LISTING: [&str; 6] = ["find", "fd", "xargs", "eval", "ls", "git"];

/// True if the word `text` names git's folder, in any spelling of a shell, or makes paths that may lead there. `value`
/// returns the value of a variable.
pub(super) fn may_reach_git(text: &str, value: impl Fn(&str) -> Option<String>) -> bool {
    let plain = plain(text);
    let is_git = |part: &str| part.split('/').any(may_be_git);
    parts(text).chain(parts(&plain)).chain([text]).any(is_git) || makes_paths(text, value)
}

/// True if `text` makes paths that do not stand in it.
pub(super) fn makes_paths(text: &str, value: impl Fn(&str) -> Option<String>) -> bool {
    if !is_code(text) {
        return ["find", "fd", "xargs"].contains(&text);
    }
    let filled = with_values(&plain(text), &value);
    let divides = |c: char| c.is_whitespace() || ";|&()<>".contains(c);
    let mut words = filled.split(divides);
    text.contains("$(")
        || text.contains('`')
        || words.any(|word| {
            let program = word.rsplit('/').next().unwrap_or(word);
            LISTING.contains(&program) || word.contains('$') && !stands_alone(word)
        })
}

/// True for code that makes the path of the folder above the one that it starts in.
pub(super) fn makes_folder_above(text: &str) -> bool {
    let takes_parent = text.contains("dirname") || text.contains("PWD%") || text.contains("pwd)/..");
    is_code(text) && takes_parent && (text.contains("PWD") || text.contains("pwd"))
}

/// The last parts of the paths in `text`, as far as they may be names or patterns of files.
pub(super) fn file_names(text: &str) -> impl Iterator<Item = String> {
    let plain = plain(text);
    let whole = [text, plain.as_str()];
    let pieces = whole.into_iter().flat_map(parts).chain(whole);
    let names = pieces.filter_map(|piece| piece.rsplit('/').next()).filter(|name| !name.is_empty() && *name != ".");
    names.map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// `text`, without quotes and backslashes, and with the variables that have a value.
pub(super) fn spellings(text: &str, value: impl Fn(&str) -> Option<String>) -> [String; 3] {
    let plain = plain(text);
    let filled = with_values(&plain, &value);
    [text.to_owned(), plain, filled]
}

/// True for code that a shell would expand or divide.
pub(super) fn is_code(text: &str) -> bool {
    text.contains(|c: char| c.is_whitespace() || "$`;|&<>*?[{".contains(c))
}

/// `text` as a shell reads it: without quotes and backslashes.
fn plain(text: &str) -> String {
    let decoded = shell_quotes::decoded(text);
    decoded.as_deref().unwrap_or(text).replace(['\'', '"', '\\'], "")
}

/// True for a word that is an argument of the code, or a value with a default.
fn stands_alone(word: &str) -> bool {
    let is_argument =
        |name: &str| ["@", "*", "#", "?", "$"].contains(&name) || name.bytes().all(|c| c.is_ascii_digit());
    let has_default = word.starts_with("${") && word.ends_with('}') && word.contains(":-");
    has_default || word.strip_prefix('$').is_some_and(is_argument)
}

/// True for a part of a path that is git's folder, or a shell's pattern for it.
fn may_be_git(name: &str) -> bool {
    name == ".git" || name.starts_with(['.', '?', '[', '{']) && name.contains(['*', '?', '[', '{'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_above_is_made_of_the_own_one() {
        for text in
            [". $(dirname $PWD)/lib/x.sh", ". \"${PWD%/*}/x.sh\"", "exec $(pwd)/../run", "cd `dirname \"$(pwd)\"`"]
        {
            assert!(makes_folder_above(text), "{text}");
        }
        for text in ["cd \"$(dirname \"$0\")\" && exec x", "echo $PWD", "dirname", "exec ./run --pwd"] {
            assert!(!makes_folder_above(text), "{text}");
        }
    }

    #[test]
    fn no_spelling_hides_the_folder_of_git() {
        let value = |name: &str| (name == "DIR").then(|| "/srv/shop".to_owned());
        for text in [
            ". ./.gi''t/logs/HEAD",
            r". ./.g\it/logs/HEAD",
            ". ./\".git\"/logs/HEAD",
            "G=.gi; . ./${G}t/logs/HEAD",
            "for f in a b; do . ./$f; done",
            "find . -name HEAD -exec sh {} \\;",
            "find",
            ". ./$(printf '.g%s' it)/logs/HEAD",
            "cat `ls -A | head -1`/logs/HEAD | sh",
            ". ./.[!.]*/logs/HEAD",
            "git log -1 --format=%B | sh",
            "/usr/bin/git checkout -q HEAD -- run.sh; . ./run.sh",
            r". ./$'\x2egit'/logs/HEAD",
            r"$'\147it' show main:run.sh | sh",
            "cd $HOLD; . logs/HEAD",
        ] {
            assert!(may_reach_git(text, value), "{text}");
        }
        for text in [
            "exit 0",
            "cd server && exec npm start",
            ". .venv/bin/activate && exec python s.py \"$@\"",
            "exec node $DIR/server.js --port ${PORT:-3000}",
            "git",
            "status",
            "server.js",
            ".github/x.sh",
            "exec sh run.sh $1",
        ] {
            assert!(!may_reach_git(text, value), "{text}");
        }
    }
}
