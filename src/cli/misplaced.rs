//! Detects our own options after the first word of a command. They would be passed to the server, and a gate that they
//! request would be missing.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, Command};

use super::args::{Cli, command};
use crate::text::likely::likely;

/// Options whose values may be secrets.
const SECRET: [&str; 5] = ["-H", "--header", "--env", "--input", "--compare-env"];

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
        if word == "--" {
            theirs.extend_from_slice(rest);
            break;
        }
        let next = after.first().map(String::as_str);
        let Some((name, value_follows)) = options.iter().find_map(|option| written(option, word, next)) else {
            theirs.push(word.clone());
            rest = after;
            continue;
        };
        first.get_or_insert_with(|| name.clone());
        let secret = SECRET.contains(&name.as_str());
        ours.push(if secret { name } else { word.clone() });
        rest = if value_follows { after.get(1..).unwrap_or_default() } else { after };
        match next.filter(|_| value_follows) {
            _ if secret => ours.push("...".into()),
            Some(value) => ours.push(value.to_owned()),
            None => {}
        }
    }
    let Some(option) = first else { return Ok(()) };
    let mut head = shown_head(&head);
    let line =
        |parts: [Vec<String>; 3]| parts.concat().iter().map(|word| format!(" {}", quoted(word))).collect::<String>();
    let is_forced = head.last().is_some_and(|word| word == "--");
    let text = if is_forced {
        head.pop();
        theirs.insert(0, "--".into());
        format!(
            "{option} stands behind `--` and is given to the server\n\n  to give it to mcp-scan: mcp-scan{}",
            line([head, ours, theirs])
        )
    } else {
        format!(
            "{option} stands behind the command and would be given to the server\n\n  to give it to mcp-scan: mcp-scan{}\n  to give it to the server: put `--` before {}",
            line([head, ours, theirs]),
            words.first().map_or("the command", String::as_str),
        )
    };
    Err(root.error(ErrorKind::ArgumentConflict, text))
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

/// How `option` is named in `word`, and whether `next` is its value. `None` if `word` is not this option. Servers have short
/// options too, so a short one counts only with one of our own values: `-f json`.
fn written(option: &Arg, word: &str, next: Option<&str>) -> Option<(String, bool)> {
    if let Some(rest) = word.strip_prefix("--") {
        let name = rest.split('=').next().unwrap_or(rest);
        let is_ours = option.get_long() == Some(name) && name != "help" && name != "version";
        let takes_next = option.get_action().takes_values() && !rest.contains('=') && next.is_some();
        return is_ours.then(|| (format!("--{name}"), takes_next));
    }
    let short = option.get_short()?;
    let attached = word.strip_prefix('-')?.strip_prefix(short)?;
    let value = if attached.is_empty() { next? } else { attached.strip_prefix('=').unwrap_or(attached) };
    let is_ours = option.get_possible_values().iter().any(|possible| possible.matches(value, false));
    is_ours.then(|| (format!("-{short}"), attached.is_empty()))
}

/// `word`, quoted for a shell if necessary.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
}
