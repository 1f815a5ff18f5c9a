//! Separates our own options from those of a server.
//!
//! `mcp-scan npx -y pkg --flag` starts a server: everything after its first word belongs to the server. `mcp-scan
//! a.json -f json` reads a file: later words may be our options. The first word decides, so the arguments are parsed as
//! a command first, and again if they are not one.

use std::ffi::OsString;
use std::path::Path;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, FromArgMatches};

use super::args::{Cli, Command, PolicyCommand, command};
use super::misplaced;

/// The parsed command line.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// The arguments. The targets of a scan are all its words.
    pub(crate) cli: Cli,
    /// Whether `--` marks the words as a command, whatever they look like.
    pub(crate) forced: bool,
}

/// Parses `args`, which begin with the program's name. `is_command` decides whether a first word is a command,
/// `is_program` whether a word can be started.
pub(crate) fn parse(
    args: &[OsString],
    is_command: impl Fn(&str) -> bool,
    is_program: impl Fn(&str) -> bool,
) -> Result<Parsed, clap::Error> {
    let cli = read(args, true).map_err(|error| swallowed(args, error))?;
    let words = targets_of(&cli);
    let Some(first) = words.first() else { return Ok(Parsed { cli, forced: false }) };
    // The words of a command are not parsed, so they are the last arguments.
    let before = args.len().saturating_sub(words.len() + 1);
    let forced = args.get(before).is_some_and(|word| word == "--");
    if forced {
        return Ok(Parsed { cli, forced });
    }
    let is_there = |word: &str| is_program(word) || Path::new(word).exists();
    misplaced::check_dashes(args, &words[..1], is_there)?;
    if is_command(first) {
        misplaced::check_names(&cli, words, &is_program)?;
        misplaced::check(args, words)?;
        return Ok(Parsed { cli, forced });
    }
    let tip = format!("to start {first} as a server with options of its own, put `--` before it");
    let cli = read(args, false).map_err(|e| with_tip(e, &tip))?;
    misplaced::check_dashes(args, targets_of(&cli), is_there)?;
    Ok(Parsed { cli, forced: false })
}

/// The targets of the subcommand. Empty if it has none.
fn targets_of(cli: &Cli) -> &[String] {
    match &cli.command {
        Some(Command::Scan(scan)) => &scan.targets,
        Some(Command::Discover(_)) => &[],
        Some(Command::Explain(explain)) => &explain.targets,
        Some(Command::Lock(lock)) => &lock.targets,
        Some(Command::Add(add)) => &add.targets,
        Some(Command::Diff(diff)) => &diff.targets,
        Some(Command::Guard(guard)) => &guard.run.targets,
        Some(Command::Policy(policy)) => match &policy.command {
            PolicyCommand::Check(check) => &check.targets,
            PolicyCommand::Diff(_) | PolicyCommand::Learn(_) | PolicyCommand::Replay(_) | PolicyCommand::Test(_) => &[],
        },
        Some(
            Command::Catalogue(_)
            | Command::Eval(_)
            | Command::Rules(_)
            | Command::Remove(_)
            | Command::Serve(_)
            | Command::Hook(_)
            | Command::Login(_)
            | Command::Logout(_)
            | Command::Init { .. }
            | Command::Completions { .. },
        )
        | None => &cli.scan.targets,
    }
}

fn read(args: &[OsString], all_is_the_command: bool) -> Result<Cli, clap::Error> {
    let targets = |arg: clap::Arg| arg.trailing_var_arg(all_is_the_command);
    let mut command = command();
    command = command.mut_arg("targets", targets);
    let takes_targets = |command: &&clap::Command| command.get_arguments().any(|arg| arg.get_id() == "targets");
    let names = command.get_subcommands().filter(takes_targets).map(|command| command.get_name().to_owned());
    for name in names.collect::<Vec<_>>() {
        command = command.mut_subcommand(name, |subcommand| subcommand.mut_arg("targets", targets));
    }
    command = command
        .mut_subcommand("policy", |policy| policy.mut_subcommand("check", |check| check.mut_arg("targets", targets)));
    // The words of `discover` are folders, and all are optional.
    let projects = |_| {
        let help = "Look into these projects beside the current folder";
        clap::Arg::new("targets").num_args(0..).value_name("PROJECT").help(help).value_hint(clap::ValueHint::DirPath)
    };
    command = command.mut_subcommand("discover", |discover| discover.mut_arg("targets", projects));
    let matches = command.try_get_matches_from_mut(args)?;
    if let Some((name, _)) = matches.subcommand()
        && let Some(option) = own_option(&command, &matches)
    {
        let text = format!("{option} stands before `{name}`: put the options of a command after its name");
        return Err(command.error(ErrorKind::ArgumentConflict, text));
    }
    Cli::from_arg_matches(&matches).map_err(|e| e.format(&mut command))
}

/// The error for a required option that was given after the command; `error` if there is none.
fn swallowed(args: &[OsString], error: clap::Error) -> clap::Error {
    if error.kind() != ErrorKind::MissingRequiredArgument {
        return error;
    }
    let command = command().ignore_errors(true);
    let Ok(matches) = command.try_get_matches_from(args) else { return error };
    let words = matches.subcommand().and_then(|(_, own)| own.try_get_many::<String>("targets").ok().flatten());
    let words: Vec<String> = words.into_iter().flatten().cloned().collect();
    misplaced::check(args, &words).err().unwrap_or(error)
}

/// The first given option of the default subcommand, although another subcommand follows.
fn own_option(command: &clap::Command, matches: &ArgMatches) -> Option<String> {
    let given = |arg: &&clap::Arg| {
        !arg.is_global_set() && matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
    };
    command.get_arguments().find(given).map(ToString::to_string)
}

fn with_tip(mut error: clap::Error, tip: &str) -> clap::Error {
    if error.kind() == ErrorKind::UnknownArgument {
        let tips = clap::error::ContextValue::StyledStrs(vec![clap::builder::StyledStr::from(tip.to_owned())]);
        error.insert(clap::error::ContextKind::Suggested, tips);
    }
    error
}

#[cfg(test)]
mod tests {
    use super::super::args::ScanArgs;
    use super::*;

    fn parse(words: &str) -> Result<Parsed, clap::Error> {
        let args: Vec<OsString> = format!("mcp-scan {words}").split_whitespace().map(OsString::from).collect();
        let is_program = |word: &str| ["npx", "uvx", "sh"].contains(&word);
        super::parse(&args, |word| !word.ends_with(".json") && word != "-" && !word.contains("://"), is_program)
    }

    fn targets(words: &str) -> (Vec<String>, bool) {
        let parsed = parse(words).unwrap_or_else(|e| panic!("{e}"));
        (targets_of(&parsed.cli).to_vec(), parsed.forced)
    }

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn clap_finds_no_fault_with_the_arguments() {
        command().debug_assert();
    }

    #[test]
    fn what_follows_a_command_is_its_own() {
        for line in ["npx -y pkg -f --stdio json", "scan npx -y pkg -f --stdio json", "-q npx -y pkg -f --stdio json"] {
            let (targets, forced) = targets(line);
            assert_eq!(targets, words("npx -y pkg -f --stdio json"), "{line}");
            assert!(!forced);
        }
        assert_eq!(targets("npx eval -- -h").0, words("npx eval -- -h"));
        for line in ["npx pkg -f compose.yaml", "npx pkg -f", "npx pkg -v -q -o out", "npx pkg -- -f json"] {
            assert_eq!(targets(line).0, words(line), "{line}");
        }
    }

    #[test]
    fn an_option_of_ours_behind_a_command_is_refused() {
        for (line, corrected) in [
            ("npx -y pkg --fail-on critical", "mcp-scan --fail-on critical npx -y pkg\n"),
            ("-f json npx pkg --fail-on=high x", "mcp-scan -f json --fail-on=high npx pkg x\n"),
            ("scan npx pkg --quiet", "mcp-scan scan --quiet npx pkg\n"),
            ("policy check p.yaml npx pkg --profile strict", "mcp-scan policy check p.yaml --profile strict npx pkg\n"),
            ("npx pkg --header secret", "mcp-scan --header ... npx pkg\n"),
            ("npx -y pkg -f json", "mcp-scan -f json npx -y pkg\n"),
            ("npx -y pkg -fsarif x", "mcp-scan -fsarif npx -y pkg x\n"),
            ("explain npx pkg -f=json", "mcp-scan explain -f=json npx pkg\n"),
            ("add npx -y pkg --client cursor", "mcp-scan add --client cursor npx -y pkg\n"),
            ("add npx -y pkg --client=cursor --yes", "mcp-scan add --client=cursor --yes npx -y pkg\n"),
            ("npx pkg -f json --header secret", "mcp-scan -f json --header ... npx pkg\n"),
            ("npx -y pkg -o out.json", "mcp-scan -o out.json npx -y pkg\n"),
            ("npx -y pkg -qf json", "mcp-scan -qf json npx -y pkg\n"),
            ("npx -y pkg --failon high", "mcp-scan --fail-on high npx -y pkg\n"),
            ("npx -y pkg --fial-on=high", "mcp-scan --fail-on=high npx -y pkg\n"),
            ("npx -y pkg --fail_on high", "mcp-scan --fail-on high npx -y pkg\n"),
            ("npx -y pkg --fromat json", "mcp-scan --format json npx -y pkg\n"),
            ("npx -y pkg \u{2014}fail-on high", "mcp-scan --fail-on high npx -y pkg\n"),
            ("npx -y -- pkg --fail-on high", "mcp-scan --fail-on high npx -y -- pkg\n"),
            ("npx --package pkg -- pkg -f json", "mcp-scan -f json npx --package pkg -- pkg\n"),
            ("guard npx -y pkg --policy p.yaml", "mcp-scan guard --policy p.yaml npx -y pkg\n"),
        ] {
            let error = parse(line).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{line}");
            let text = error.to_string();
            assert!(
                text.contains(corrected) && text.contains("put `--` before npx") && !text.contains("secret"),
                "{text}"
            );
        }
        let header = ["mcp-scan", "npx", "-y", "pkg", "-H", "Authorization: secret"].map(OsString::from);
        let text = super::parse(&header, |_| true, |_| true).unwrap_err().to_string();
        assert!(text.contains("mcp-scan -H ... npx -y pkg\n") && !text.contains("secret"), "{text}");
        let text = parse("add -- npx -y pkg --client cursor").unwrap_err().to_string();
        let corrected = "mcp-scan add --client cursor -- npx -y pkg\n";
        assert!(text.contains(corrected) && !text.contains("put `--`"), "{text}");
        assert!(parse("-- npx -y pkg --fail-on critical").unwrap().forced);
        assert!(parse("npx pkg -- --fail-on critical").is_ok());
    }

    #[test]
    fn an_option_that_a_server_may_have_is_its_own() {
        for line in [
            "npx -y pkg --port 1",
            "npx -y pkg --tools all --toolsets repos --read-only",
            "npx -y pkg --host 0.0.0.0 --logs --output-dir out",
            "npx -y pkg -o out -p 80 -H localhost -f compose.yaml",
            "npx -y pkg --formal x --fort json",
            "npx -y bridge https://x.example/mcp --header X-A:b",
            "npx -y pkg -- --failon high",
        ] {
            assert_eq!(targets(line).0, words(line), "{line}");
        }
    }

    #[test]
    fn a_long_dash_is_corrected() {
        for (line, corrected) in [
            ("\u{2014} npx -y pkg", "mcp-scan -- npx -y pkg\n"),
            ("-f json \u{2013} npx pkg --header x", "mcp-scan -f json -- npx pkg --header ...\n"),
            ("\u{2014}fail-on high npx pkg", "mcp-scan --fail-on high npx pkg\n"),
            ("a.json \u{2014}fail-on high", "mcp-scan a.json --fail-on high\n"),
            ("lock \u{2013}o x.lock a.json", "mcp-scan lock -o x.lock a.json\n"),
        ] {
            let text = parse(line).unwrap_err().to_string();
            assert!(text.contains(corrected), "{line}: {text}");
        }
    }

    #[test]
    fn what_follows_a_file_may_be_ours() {
        for line in ["a.json b.json --format json", "a.json -f json b.json", "scan a.json -f json b.json"] {
            let parsed = parse(line).unwrap();
            let scan: &ScanArgs = match &parsed.cli.command {
                Some(Command::Scan(scan)) => scan,
                _ => &parsed.cli.scan,
            };
            assert_eq!((&scan.targets, scan.format), (&words("a.json b.json"), super::super::args::Format::Json));
        }
        assert_eq!(targets("explain a.json --tool t b.json").0, ["a.json", "b.json"]);
        assert_eq!(targets("- -f json").0, ["-"]);
        assert_eq!(targets("policy check p.yaml a.json -f sarif").0, ["a.json"]);
        assert_eq!(targets("policy check p.yaml npx pkg -f x").0, words("npx pkg -f x"));
        assert_eq!(targets("https://x.example/mcp --timeout 8").0, ["https://x.example/mcp"]);
    }

    #[test]
    fn a_misspelt_command_and_a_tool_without_its_server_are_answered() {
        for (line, meant) in [
            ("polcy check p.yaml", "did you mean: mcp-scan policy check p.yaml"),
            ("lok a.json", "did you mean: mcp-scan lock a.json"),
            ("explain run_sql", "mcp-scan explain --tool run_sql SERVER"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().contains(meant), "{line}: {error}");
        }
        assert!(parse("my-own-server x").is_ok());
        assert!(parse("-- polcy check").unwrap().forced);
    }

    #[test]
    fn two_dashes_force_a_command() {
        assert_eq!(targets("-f json -- a.json --flag"), (words("a.json --flag"), true));
        assert_eq!(targets("scan -- a.json -x"), (words("a.json -x"), true));
        assert_eq!(targets("-- npx -- x"), (words("npx -- x"), true));
    }

    #[test]
    fn an_unknown_option_is_refused_wherever_it_is_ours() {
        for line in ["--polcy p npx", "a.json --polcy p", "scan --polcy p npx", "a.json --fail-on 9"] {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
        }
        let text = parse("a.json --stdio").unwrap_err().to_string();
        assert!(text.contains("put `--` before it"), "{text}");
    }

    #[test]
    fn no_target_and_misplaced_options_are_usage_errors() {
        for line in ["", "-f json", "scan", "--policy p eval x", "--policy-format seed a.json", "-q -v a.json"] {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
        }
        assert!(matches!(parse("-q eval x.jsonl").unwrap().cli.command, Some(Command::Eval(_))));
    }
}
