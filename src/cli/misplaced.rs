//! Detects our own options after the first word of a command. They would be passed to the server, and a gate that they
//! request would be missing.

use std::ffi::OsString;
use std::path::Path;

use clap::error::ErrorKind;
use clap::{Arg, Command};

use super::args::{Cli, command};
use crate::text::likely::likely;

/// Options whose values may be secrets.
const SECRET: [&str; 5] = ["-H", "--header", "--env", "--input", "--compare-env"];
/// Options about an address. In a command that is given an address, these are of the program that reaches it.
const HEADERS: [&str; 2] = ["-H", "--header"];

/// Extensions of files that an option of ours writes: a report, a lock, a policy.
const WRITTEN: [&str; 10] = ["json", "jsonl", "sarif", "html", "md", "xml", "yaml", "yml", "lock", "txt"];

/// Characters that chat programs and word processors write in the place of `-` or `--`.
const DASHES: [char; 7] = ['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}'];

/// Fails if one of `words`, a command with its arguments, is one of our options. `args` are all arguments and end with
/// these words.
pub(crate) fn check(args: &[OsString], words: &[String]) -> Result<(), clap::Error> {
    let before = args.len().saturating_sub(words.len());
    let head: Vec<String> = args.iter().take(before).skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let mut root = command();
    root.build();
    let options = options(&root, &head);
    let mut ours: Vec<String> = Vec::new();
    let mut theirs: Vec<String> = Vec::new();
    let mut first = None;
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        if word == "--" && ends_options(&theirs) {
            theirs.extend_from_slice(rest);
            break;
        }
        let next = after.first().map(String::as_str);
        let sends_headers = words.iter().any(|word| word.starts_with("http://") || word.starts_with("https://"));
        let Some(Written { name, shown, value_follows }) =
            written(&options, word, next).filter(|written| !(sends_headers && HEADERS.contains(&&*written.name)))
        else {
            theirs.push(word.clone());
            rest = after;
            continue;
        };
        first.get_or_insert_with(|| word.split('=').next().unwrap_or(word).to_owned());
        let secret = SECRET.contains(&name.as_str());
        ours.push(if secret { name } else { shown });
        rest = if value_follows { after.get(1..).unwrap_or_default() } else { after };
        match next.filter(|_| value_follows) {
            _ if secret => ours.push("...".into()),
            Some(value) => ours.push(value.to_owned()),
            None => {}
        }
    }
    let Some(option) = first else { return Ok(()) };
    // What is glued to a short option may be a secret.
    let option = if option.starts_with("-H") { "-H".to_owned() } else { option };
    let mut head = shown_head(&head);
    let is_forced = head.last().is_some_and(|word| word == "--");
    let text = if is_forced {
        head.pop();
        theirs.insert(0, "--".into());
        format!(
            "{option} stands behind `--` and is given to the server\n\n  to give it to mcp-scan: mcp-scan{}",
            line(&[head, ours, theirs].concat())
        )
    } else {
        format!(
            "{option} stands behind the command and would be given to the server\n\n  to give it to mcp-scan: mcp-scan{}\n  to give it to the server: put `--` before {}",
            line(&[head, ours, theirs].concat()),
            words.first().map_or("the command", String::as_str),
        )
    };
    Err(root.error(ErrorKind::ArgumentConflict, text))
}

/// Fails if one of the targets `words` begins with a long dash where `-` or `--` belongs. `is_there` decides whether a word
/// is the name of a file or program.
pub(crate) fn check_dashes(
    args: &[OsString],
    words: &[String],
    is_there: impl Fn(&str) -> bool,
) -> Result<(), clap::Error> {
    let Some(word) = words.iter().find(|word| with_dashes(word).is_some() && !is_there(word)) else { return Ok(()) };
    let all = args.iter().skip(1).map(|word| word.to_string_lossy().into_owned());
    let corrected: Vec<String> = all.map(|word| with_dashes(&word).unwrap_or(word)).collect();
    let text = format!(
        "{word} begins with a long dash, which a program wrote in the place of `--`\n\n  with `--`: mcp-scan{}",
        line(&shown_head(&corrected))
    );
    Err(command().error(ErrorKind::UnknownArgument, text))
}

/// `word` with `--` in the place of the long dashes that it begins with. `None` if it does not begin with one.
fn with_dashes(word: &str) -> Option<String> {
    let name = word.trim_start_matches(DASHES);
    // One letter is a short option: `-f`.
    let dashes = if name.chars().count() == 1 { "-" } else { "--" };
    (name.len() < word.len()).then(|| format!("{dashes}{}", name.trim_start_matches('-')))
}

/// True if `--` after `words` ends the options of the server, not those of a program that starts it: `npx -y -- pkg` names no
/// server before it.
fn ends_options(words: &[String]) -> bool {
    let pairs = words.iter().zip(words.get(1..).unwrap_or_default());
    let takes_value = |option: &str| option.starts_with('-') && !["-y", "--yes", "-q", "--quiet"].contains(&option);
    pairs.into_iter().any(|(before, word)| !word.starts_with('-') && !takes_value(before))
}

/// `words` as they follow a program on a command line.
fn line(words: &[String]) -> String {
    words.iter().map(|word| format!(" {}", quoted(word))).collect()
}

/// Fails if the first of `words` cannot be started and is probably a misspelled subcommand, or a tool to explain
/// without its server.
pub(crate) fn check_names(cli: &Cli, words: &[String], is_program: impl Fn(&str) -> bool) -> Result<(), clap::Error> {
    let Some(first) = words.first() else { return Ok(()) };
    let is_name = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if !is_name(first) || is_program(first) {
        return Ok(());
    }
    let mut root = command();
    match &cli.command {
        None => {
            let Some(meant) = likely(first, root.get_subcommands().map(Command::get_name)) else { return Ok(()) };
            let rest: String = words[1..].iter().map(|word| format!(" {}", quoted(word))).collect();
            let text = format!(
                "{first} is neither a command of mcp-scan nor a program\n\n  did you mean: mcp-scan {meant}{rest}\n  to start a server of that name: put `--` before {first}"
            );
            Err(root.error(ErrorKind::InvalidSubcommand, text))
        }
        Some(super::args::Command::Explain(explain)) if explain.tool.is_empty() => {
            let text = format!(
                "{first} is neither a file nor a program\n\n  to explain the tool {first}, name its server too: mcp-scan explain --tool {first} SERVER..."
            );
            Err(root.error(ErrorKind::InvalidValue, text))
        }
        Some(_) => Ok(()),
    }
}

/// Our own words before the command, without option values that may be secrets.
fn shown_head(head: &[String]) -> Vec<String> {
    let mut hidden = false;
    let shown = head.iter().map(|word| {
        let was_secret = std::mem::replace(&mut hidden, SECRET.contains(&word.as_str()));
        let name = word.split('=').next().unwrap_or(word);
        match () {
            () if was_secret => "...".to_owned(),
            () if word.starts_with("-H") && word.len() > 2 => "-H...".to_owned(),
            () if word.contains('=') && SECRET.contains(&name) => format!("{name}=..."),
            () => word.clone(),
        }
    });
    shown.collect()
}

/// The options of the subcommand in `head`, and those of every subcommand.
fn options<'a>(root: &'a Command, head: &[String]) -> Vec<&'a Arg> {
    let named = head.iter().fold(root, |command, word| command.find_subcommand(word).unwrap_or(command));
    let own = named.get_arguments();
    let common = root.get_arguments().filter(|arg| arg.is_global_set());
    own.chain(common).filter(|arg| arg.get_long().is_some()).collect()
}

/// An option of ours in the words of a command.
struct Written {
    /// Its name, `--fail-on` or `-f`.
    name: String,
    /// The word with the name as it is spelled.
    shown: String,
    /// Whether the next word is its value.
    value_follows: bool,
}

/// The option of ours that `word` names, before the word `next`. `None` if it is none.
fn written(options: &[&Arg], word: &str, next: Option<&str>) -> Option<Written> {
    let dashed = with_dashes(word);
    let word = dashed.as_deref().unwrap_or(word);
    match word.strip_prefix("--") {
        Some(rest) => long(options, rest, next),
        None => short(options, word.strip_prefix('-')?, next),
    }
}

fn long(options: &[&Arg], text: &str, next: Option<&str>) -> Option<Written> {
    let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
    let named = options.iter().find(|option| option.get_long() == Some(name));
    let option = named.or_else(|| options.iter().find(|option| is_misspelled(option, name, value.or(next))))?;
    let long = option.get_long().filter(|long| !["help", "version"].contains(long))?;
    let value_follows = option.get_action().takes_values() && value.is_none() && next.is_some();
    let value = value.map(|value| format!("={value}")).unwrap_or_default();
    Some(Written { name: format!("--{long}"), shown: format!("--{long}{value}"), value_follows })
}

/// True if `name` is certainly meant to be `option`. Servers have options too, so a name of several words may differ in
/// how they are joined or in one letter, and a name of one word only before a value that no other option has.
fn is_misspelled(option: &Arg, name: &str, value: Option<&str>) -> bool {
    let Some(long) = option.get_long() else { return false };
    let joined = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let is_near = || strsim::damerau_levenshtein(long, name) == 1;
    if long.contains('-') {
        return joined(long) == joined(name) || is_near();
    }
    value.is_some_and(|value| is_own_value(option, value)) && is_near()
}

/// The option that `letters`, short options without the dash, end with. Servers have short options too, so one counts only
/// with a value that is likely ours: `-f json`.
fn short(options: &[&Arg], letters: &str, next: Option<&str>) -> Option<Written> {
    for (at, letter) in letters.char_indices() {
        let option = options.iter().find(|option| option.get_short() == Some(letter))?;
        if !option.get_action().takes_values() {
            continue;
        }
        let attached = &letters[at + letter.len_utf8()..];
        let value = if attached.is_empty() { next? } else { attached.strip_prefix('=').unwrap_or(attached) };
        let written =
            Written { name: format!("-{letter}"), shown: format!("-{letters}"), value_follows: attached.is_empty() };
        return is_own_value(option, value).then_some(written);
    }
    None
}

/// True if `value` looks like a value of `option`: one of its values, a file that a report is written to, or a header.
fn is_own_value(option: &Arg, value: &str) -> bool {
    if option.get_possible_values().iter().any(|possible| possible.matches(value, false)) {
        return true;
    }
    match option.get_long() {
        Some("output") => {
            let extension = Path::new(value).extension().and_then(|extension| extension.to_str());
            extension.is_some_and(|extension| WRITTEN.contains(&extension))
        }
        Some("header") => value.split_once(": ").is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        }),
        _ => false,
    }
}

/// `word`, quoted for a shell if necessary.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
}
