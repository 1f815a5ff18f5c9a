//! The paths that words of a command may name: quoted, glued to an option, with a pattern of a shell or a variable.

use std::collections::BTreeSet;

use super::shell_quotes;
use super::unchecked_files::UncheckedFiles;

/// Most bytes in the words and values of one server that are searched for paths.
const MAX_TEXT: usize = 256 << 10;
/// Most paths that they may name.
const MAX_PATHS: usize = 20_000;

/// The characters of a shell's pattern, or of a variable that is not known.
const PATTERN: [char; 5] = ['*', '?', '[', '{', '$'];

/// The paths that `texts` may name, as written. `value` returns the value of a variable.
pub(super) fn paths<'a>(
    texts: impl Iterator<Item = &'a str>,
    value: impl Fn(&str) -> Option<String>,
) -> Result<BTreeSet<String>, UncheckedFiles> {
    let mut found = BTreeSet::new();
    let mut length = 0;
    for text in texts {
        length += text.len();
        if length > MAX_TEXT {
            return Err(UncheckedFiles::LongCommand);
        }
        let decoded = shell_quotes::decoded(text);
        for text in std::iter::once(text).chain(decoded.as_deref()) {
            add(text, &mut found);
            if text.contains('$') {
                let filled = with_values(text, &value);
                length += filled.len();
                if length > MAX_TEXT {
                    return Err(UncheckedFiles::LongCommand);
                }
                add(&filled, &mut found);
            }
        }
        if found.len() > MAX_PATHS {
            return Err(UncheckedFiles::LongCommand);
        }
    }
    match found.iter().find(|path| is_home_of_another(path)) {
        Some(path) => Err(UncheckedFiles::HomeOfUser(path.clone())),
        None => Ok(found),
    }
}

/// The parts of an argument, a list of paths or a piece of code that may be paths.
pub(crate) fn parts(text: &str) -> impl Iterator<Item = &str> {
    let divides = |c: char| c.is_whitespace() || "'\"=:,;|&()<>`@".contains(c);
    text.split(divides).filter(|part| !part.is_empty())
}

fn add(text: &str, found: &mut BTreeSet<String>) {
    let mut unescaped = if text.contains('\\') { unescaped(text) } else { Vec::new() };
    // A shell joins what stands in quotes to what stands beside them.
    let joined = text.replace(['\'', '"'], "");
    unescaped.extend(parts(&joined).filter(|_| joined.len() < text.len()).map(str::to_owned));
    unescaped.extend(decoded_file(text));
    let value = text.split_once('=').map(|(_, value)| value);
    let quoted = text.split(['\'', '"', '`']).filter(|piece| piece.len() < text.len()).map(str::trim);
    let pieces = parts(text).chain([text]).chain(value).chain(quoted).chain(unescaped.iter().map(String::as_str));
    for piece in pieces {
        // `${X:-/usr/x}`: what closes stands behind the path.
        for piece in [piece, piece.trim_end_matches(['}', ']'])].map(before_pattern) {
            found.insert(piece.to_owned());
            let starts = [piece.find('/'), piece.find("../"), piece.find("./"), piece.find('~')];
            found.extend(starts.into_iter().flatten().filter_map(|at| glued(piece, at)).map(str::to_owned));
        }
    }
    found.remove("");
}

/// The part of `piece` from `at` on, if another thing stands before it: `-I/opt/x`, `-I../x`, `+/opt/x`.
fn glued(piece: &str, at: usize) -> Option<&str> {
    let (before, path) = piece.split_at_checked(at)?;
    let is_option =
        before.strip_prefix('-').is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    let is_long = before.len() > 2 && path.trim_matches('/').split('/').count() < 2;
    let is_divided = before.chars().next_back().is_some_and(|c| !c.is_alphanumeric() && !"._-~/}".contains(c));
    (path != "/" && (is_option && !is_long || is_divided)).then_some(path)
}

/// The part of a path before a shell's pattern: the folder in which files are looked for.
fn before_pattern(path: &str) -> &str {
    match path.find(PATTERN).and_then(|at| path.get(..at)) {
        Some(before) => match before.rsplit_once('/') {
            // Behind a blank another word begins.
            Some((folder, name)) if !name.contains(char::is_whitespace) => &before[..=folder.len()],
            _ => "",
        },
        None => path,
    }
}

/// The path of the address `file:///...` in `text`, without percent signs.
fn decoded_file(text: &str) -> Option<String> {
    let start = text.find("file://")?;
    let address = text.get(start..)?.split(|c: char| c.is_whitespace() || "'\"`,;|&()<>".contains(c)).next()?;
    let path = url::Url::parse(address).ok()?.to_file_path().ok()?;
    Some(path.to_str()?.to_owned())
}

/// The words of `text`, divided where no backslash stands before the blank, without the backslashes.
fn unescaped(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_escaped = false;
    for c in text.chars() {
        match c {
            '\\' if !is_escaped => is_escaped = true,
            c if c.is_whitespace() && !is_escaped => words.push(String::new()),
            c => {
                is_escaped = false;
                words.last_mut().into_iter().for_each(|word| word.push(c));
            }
        }
    }
    words
}

/// `text` with the variables that have a value, as a shell fills them in. Each stands for itself if it has none.
pub(super) fn with_values(text: &str, value: &impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        filled.push_str(before);
        let braced = after.strip_prefix('{');
        let name_start = braced.unwrap_or(after);
        let end = name_start.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name_start.len());
        let (name, behind) = name_start.split_at(end);
        match value(name).filter(|value| filled.len() + value.len() <= MAX_TEXT) {
            Some(value) => {
                filled.push_str(&value);
                rest = if braced.is_some() { behind.strip_prefix('}').unwrap_or(behind) } else { behind };
            }
            None => {
                filled.push('$');
                rest = after;
            }
        }
    }
    filled + rest
}

/// True for `~name`: a shell looks the folder up by the name of the user.
fn is_home_of_another(path: &str) -> bool {
    path.strip_prefix('~').and_then(|rest| rest.chars().next()).is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_in_any_spelling() {
        let value = |name: &str| (name == "LIB").then(|| "/out/lib".to_owned());
        for (text, path) in [
            ("-I/out/lib", "/out/lib"),
            ("-I../lib", "../lib"),
            ("--root=/out/my lib", "/out/my lib"),
            ("exec '/out/my lib/run.sh' x", "/out/my lib/run.sh"),
            ("exec \"/out/my lib/run.sh\"", "/out/my lib/run.sh"),
            (r"exec /out/my\ lib/run.sh", "/out/my lib/run.sh"),
            (". /out/l*/run.sh", "/out/"),
            (". /out/{a,b}.sh", "/out/"),
            ("../l?b/run.sh", "../"),
            (". $LIB/run.sh", "/out/lib/run.sh"),
            (". ${LIB}/run.sh", "/out/lib/run.sh"),
            (". ${LIB:-x}/run.sh", "/out/lib"),
            (". ${X:-/out/lib}", "/out/lib"),
            (". /out/$X/run.sh", "/out/"),
            ("file:///out/x.js", "///out/x.js"),
            ("--import=file:///x/%6fut/run.mjs", "/x/out/run.mjs"),
            (". /x/o\"\"ut/run.sh", "/x/out/run.sh"),
            (". /x/o''ut/run.sh x", "/x/out/run.sh"),
            (r". $'/x/\x6fut/run.sh'", "/x/out/run.sh"),
            (r". /x/$'\157'ut/run.sh", "/x/out/run.sh"),
            ("~/x", "~/x"),
        ] {
            let found = paths([text].into_iter(), value).unwrap();
            assert!(found.contains(path), "{text}: {found:?}");
        }
    }

    #[test]
    fn the_middle_of_a_path_is_no_path() {
        for text in ["src/tmp", "data/home/x", "-Isrc/tmp", "application/json", "a/", "https://h.example/"] {
            let found = paths([text, "tar cf /x $(cat y)"].into_iter(), |_| None).unwrap();
            found.iter().for_each(|path| assert_ne!(path, "/", "{text}"));
            let found = paths([text].into_iter(), |_| None).unwrap();
            assert!(!found.iter().any(|path| path.starts_with('/') && !path.starts_with("//")), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_is_too_long_or_by_the_name_of_a_user_is_refused() {
        let none = |_: &str| None;
        let long = "/a ".repeat(1 << 20);
        assert_eq!(paths([long.as_str()].into_iter(), none), Err(UncheckedFiles::LongCommand));
        let grows = "$A".repeat(10_000);
        let value = |_: &str| Some("x".repeat(10_000));
        assert_eq!(paths([grows.as_str()].into_iter(), value), Err(UncheckedFiles::LongCommand));
        assert!(matches!(paths([". ~root/x"].into_iter(), none), Err(UncheckedFiles::HomeOfUser(_))));
    }
}
