//! The command line. The only module that prints.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use anstream::AutoStream;
use clap::ColorChoice;

mod add;
mod allowed;
mod approval;
mod args;
mod artefacts;
mod bounded_queue;
mod catalogue;
mod ci;
mod compared;
mod completions;
mod configuration;
mod consent;
mod diagnose;
mod diff;
mod discover;
mod error;
mod eval;
mod exit;
mod explain;
mod guard;
mod hook;
mod init;
mod internal_error;
mod interrupt;
mod lock;
mod locked;
mod login;
mod misplaced;
mod next_command;
mod output;
mod own_files;
mod parse;
mod places;
mod policy;
mod policy_file_error;
mod preview;
mod profile_notes;
mod progress;
mod question;
mod read;
mod reports;
mod resume;
mod rules;
mod scan;
mod scan_outcome;
mod serve;
mod session;
mod site;
mod site_error;
mod state_folder;
mod stream;
mod targets;
mod values;
mod written;

pub use args::command;
use args::{Cli, Command};
use diagnose::Messages;
use error::CliError;
use exit::Exit;

use crate::source::{self, Target};

/// Parses the arguments, runs the command and returns the exit code.
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
    let parsed = match parse::parse(&args, Target::takes_all_words, Target::is_program) {
        Ok(parsed) => parsed,
        Err(usage) => {
            let _ = print(&usage);
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(Exit::Usage as u8));
        }
    };
    let common = parsed.cli.common.clone();
    choose_colour(common.color);
    let messages = Messages::from(&common);
    let exit = run(parsed.cli, parsed.forced, messages).unwrap_or_else(|error| messages.end(&error));
    ExitCode::from(exit as u8)
}

/// Writes what clap has to say in one piece, not line by line as it would do itself.
fn print(usage: &clap::Error) -> io::Result<()> {
    let text = usage.render();
    let written = |choice| match choice {
        anstream::ColorChoice::Never => text.to_string(),
        anstream::ColorChoice::Auto | anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => {
            text.ansi().to_string()
        }
    };
    if usage.use_stderr() {
        anstream::stderr().write_all(written(AutoStream::choice(&io::stderr())).as_bytes())
    } else {
        anstream::stdout().write_all(written(AutoStream::choice(&io::stdout())).as_bytes())
    }
}

fn run(cli: Cli, forced: bool, messages: Messages) -> Result<Exit, CliError> {
    match cli.command {
        Some(Command::Completions { shell }) => completions::run(shell),
        Some(Command::Scan(scan)) => scan::run(&scan, &cli.common, forced),
        Some(Command::Catalogue(args)) => catalogue::run(&args, &cli.common),
        Some(Command::Explain(args)) => explain::run(&args, &cli.common, forced),
        Some(Command::Discover(args)) => discover::run(&args, &cli.common),
        Some(Command::Eval(args)) => eval::run(&args, cli.common.rules.as_deref(), messages),
        Some(Command::Policy(args)) => policy::run(&args, &cli.common, forced),
        Some(Command::Guard(args)) => guard::run(&args, &cli.common, forced),
        Some(Command::Hook(args)) => hook::run(&args, &cli.common),
        Some(Command::Rules(args)) => rules::run(&args.command, cli.common.rules.as_deref(), messages),
        Some(Command::Lock(args)) => lock::run(&args, &cli.common, forced),
        Some(Command::Diff(args)) => diff::run(&args, &cli.common, forced),
        Some(Command::Add(args)) => add::add(&args, &cli.common, forced),
        Some(Command::Remove(args)) => add::remove(&args, messages),
        Some(Command::Login(args)) => login::login(&args, messages),
        Some(Command::Logout(args)) => login::logout(&args, messages),
        Some(Command::Serve(args)) => serve::run(&args, &cli.common),
        Some(Command::Init { file, force }) => init::run(&file, force, messages),
        None => scan::run(&cli.scan, &cli.common, forced),
    }
}

/// With `auto`, `NO_COLOR`, `CLICOLOR` and the terminal decide.
fn choose_colour(choice: ColorChoice) {
    match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}
