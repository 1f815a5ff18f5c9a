//! Options of ours behind the first word of a command. They would be the server's, and the gate that they ask for would not
//! be there.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, Command};

use super::args::{Cli, command};
use crate::text::likely::likely;

/// Options whose values may be secrets.
const SECRET: [&str; 4] = ["--header", "--env", "--input", "--compare-env"];

/// An error when one of `words`, a command with its arguments, is an option of ours; `args` are all arguments, which end
/// with these words.
pub(crate) fn check(args: &[OsString], words: &[String]) -> Result<(), clap::Error> {
    let before = args.len().saturating_sub(words.len());
    let head: Vec<String> = args.iter().take(before).skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let mut root = command();
    root.build();
    let options = options(&root, &head);
    let mut ours: Vec<String> = Vec::new();
    let mut theirs: Vec<String> = Vec::new();
    let mut first = None;
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if word == "--" {
            theirs.push(word.clone());
            theirs.extend(rest.by_ref().cloned());
        } else if let Some(option) = options.iter().find(|option| is(option, word)) {
            first.get_or_insert_with(|| word.split('=').next().unwrap_or(word).to_owned());
            let name = word.split('=').next().unwrap_or(word);
            let secret = SECRET.contains(&name);
            ours.push(if secret { name.to_owned() } else { word.clone() });
            if option.get_action().takes_values() && !word.contains('=') {
                ours.extend(rest.next().map(|value| if secret { "...".into() } else { value.clone() }));
            } else if secret {
                ours.push("...".into());
            }
        } else {
            theirs.push(word.clone());
        }
    }
    let Some(option) = first else { return Ok(()) };
    let head = shown_head(&head);
    let text = format!(
        "{option} stands behind the command and would be given to the server\n\n  to give it to mcp-scan: mcp-scan{}\n  to give it to the server: put `--` before {}",
        [head, ours, theirs].concat().iter().map(|word| format!(" {}", quoted(word))).collect::<String>(),
        words.first().map_or("the command", String::as_str),
    );
    Err(root.error(ErrorKind::ArgumentConflict, text))
}

/// An error when the first of `words` cannot be started and is most likely one of our commands misspelt, or a tool that is
/// to be explained without its server.
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

/// Our own words before the command, without the values of options that may be secrets.
fn shown_head(head: &[String]) -> Vec<String> {
    let mut hidden = false;
    let shown = head.iter().map(|word| {
        let was_secret = std::mem::replace(&mut hidden, SECRET.contains(&word.as_str()));
        let name = word.split('=').next().unwrap_or(word);
        match () {
            () if was_secret => "...".to_owned(),
            () if word.contains('=') && SECRET.contains(&name) => format!("{name}=..."),
            () => word.clone(),
        }
    });
    shown.collect()
}

/// The long options of the command that `head` names, and those of every command.
fn options<'a>(root: &'a Command, head: &[String]) -> Vec<&'a Arg> {
    let named = head.iter().fold(root, |command, word| command.find_subcommand(word).unwrap_or(command));
    let own = named.get_arguments();
    let common = root.get_arguments().filter(|arg| arg.is_global_set());
    own.chain(common).filter(|arg| arg.get_long().is_some()).collect()
}

/// True when `word` is this option, with a value or without.
fn is(option: &Arg, word: &str) -> bool {
    let name = word.strip_prefix("--").map(|rest| rest.split('=').next().unwrap_or(rest));
    name.is_some() && name == option.get_long() && name != Some("help") && name != Some("version")
}

/// `word` as a shell would need it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
}
