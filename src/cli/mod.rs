//! The command line; the only part that prints.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::ColorChoice;

mod allowed;
mod args;
mod artefacts;
mod catalogue;
mod compared;
mod completions;
mod config;
mod consent;
mod diagnose;
mod diff;
mod discover;
mod eval;
mod explain;
mod init;
mod interrupt;
mod lock;
mod output;
mod parse;
mod places;
mod policy;
mod preview;
mod progress;
mod read;
mod reports;
mod resume;
mod rules;
mod scan;
mod serve;
mod stream;
mod tally;
mod targets;
mod values;

use args::{Cli, Command};
use diagnose::Messages;

use crate::model::TargetError;
use crate::rules::Ruleset;
use crate::source::{self, Target};

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Done = 0,
    GateFailed = 1,
    Usage = 2,
    Unread = 3,
    Interrupted = 130,
}

/// Parses the arguments, runs the command, and gives the exit code.
pub fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    {
        if let Some(done) = source::helper() {
            return done;
        }
        source::protect_this_process();
    }
    let exit = parsed_and_run();
    source::end_all();
    exit
}

fn parsed_and_run() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let parsed = match parse::parse(&args, Target::takes_all_words) {
        Ok(parsed) => parsed,
        Err(usage) => {
            let _ = usage.print();
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(Exit::Usage as u8));
        }
    };
    let common = parsed.cli.common.clone();
    choose_colour(common.color);
    let messages = Messages { quiet: common.quiet };
    let exit = run(parsed.cli, parsed.forced, messages).unwrap_or_else(|error| {
        messages.error(&error);
        Exit::Usage
    });
    ExitCode::from(exit as u8)
}

/// Runs the command; an error is one of usage, rules or writing.
fn run(cli: Cli, forced: bool, messages: Messages) -> Result<Exit, TargetError> {
    match cli.command {
        Some(Command::Completions { shell }) => completions::run(shell).map(|()| Exit::Done),
        Some(Command::Scan(scan)) => scan::run(&scan, &cli.common, forced),
        Some(Command::Catalogue(args)) => catalogue::run(&args, &cli.common),
        Some(Command::Explain(args)) => explain::run(&args, &cli.common, forced),
        Some(Command::Discover(args)) => discover::run(&args, &cli.common),
        Some(Command::Eval(args)) => eval::run(&args, cli.common.rules.as_deref(), messages),
        Some(Command::Policy(args)) => policy::run(&args, &cli.common, forced, messages),
        Some(Command::Rules(args)) => rules::run(&args.command, cli.common.rules.as_deref(), messages),
        Some(Command::Lock(args)) => lock::run(&args, &cli.common, forced),
        Some(Command::Diff(args)) => diff::run(&args, &cli.common, forced),
        Some(Command::Serve(args)) => serve::run(&args, &cli.common, messages),
        Some(Command::Init { file, force }) => init::run(&file, force, messages),
        None => scan::run(&cli.scan, &cli.common, forced),
    }
}

/// The rules that judge, with the files of `folder` over the built-in ones.
fn ruleset(folder: Option<&Path>) -> Result<Ruleset, TargetError> {
    Ruleset::load(folder).map_err(|cause| TargetError {
        target: folder.map_or_else(|| "the built-in rules".into(), |folder| folder.display().to_string()),
        what: "could not read the rules".into(),
        why: cause.to_string(),
        hint: folder.map(|_| "`mcp-scan rules export DIR` writes files of the right form".into()),
    })
}

/// Without a choice, `NO_COLOR`, `CLICOLOR` and the terminal decide.
fn choose_colour(choice: ColorChoice) {
    match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}
