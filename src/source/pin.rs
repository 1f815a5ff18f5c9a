//! Finds the exact version of a package that a command starts without a version.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::Target;
use super::command::Command;
use super::package;
use crate::model::{Package, Registry};

/// Why a target cannot be pinned.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PinError {
    /// No program that can query the registry is installed.
    #[error("the version of {package} is unknown: {programs} is not installed, so its registry cannot be queried")]
    NoProgram {
        package: String,
        /// The programs that could query it.
        programs: &'static str,
    },
    /// The registry returned no version.
    #[error("the version of {package} is unknown: `{command}` returned none{}", in_parentheses(.stderr))]
    NoVersion {
        package: String,
        /// The command that was run.
        command: String,
        /// The most informative line of its error output, or empty.
        stderr: String,
    },
    /// A registry that is not supported.
    #[error("the version of {0} is unknown, and its registry is not supported")]
    OtherRegistry(String),
    /// The command names the package in a form that takes no version.
    #[error("the command names {0} in a way that takes no version")]
    NoPlace(String),
}

fn in_parentheses(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!(" ({stderr})") }
}

/// Longest time for the answer of a registry.
const MAX_TIME: Duration = Duration::from_secs(60);
/// Longest time between two looks whether the program has ended.
const PAUSE: Duration = Duration::from_millis(20);
/// Longest output that is read, in bytes.
const MAX_OUTPUT: u64 = 1 << 20;

/// A command that queries a registry for the newest version of a package.
struct Query {
    program: &'static str,
    args: &'static [&'static str],
    /// Whether the package is passed on standard input instead of as the last word.
    by_stdin: bool,
    /// Extracts the version from the output.
    read: fn(&str) -> Option<String>,
}

/// Queries the npm registry that npm is configured to use.
const NPM: [Query; 1] = [Query {
    program: "npm",
    args: &["--fetch-retries=0", "view", "--", "@", "version"],
    by_stdin: false,
    read: npm_version,
}];
/// Query the index that uv or pip is configured to use. Nothing is built, because a build runs the package's code.
const PYPI: [Query; 3] = [
    Query {
        program: "uv",
        args: &["pip", "compile", "-", "--no-deps", "--no-header", "--no-build", "--quiet"],
        by_stdin: true,
        read: uv_version,
    },
    Query { program: "pip", args: PIP, by_stdin: false, read: pip_version },
    Query { program: "pip3", args: PIP, by_stdin: false, read: pip_version },
];
const PIP: &[&str] = &["--disable-pip-version-check", "--retries", "0", "index", "versions", "--", "@"];

/// Adds the newest version to a command that names a package without one. The package is not started: its package
/// manager queries the registry.
pub(crate) fn pinned(target: Target) -> Result<Target, PinError> {
    let Some(Package { registry, name, version: None }) = target.package() else { return Ok(target) };
    let Target::Command(command) = target else { return Ok(target) };
    // A name such as `-r` would be an option of the program that is asked.
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '@') {
        return Err(PinError::NoPlace(name));
    }
    let (version, separator) = match registry {
        Registry::Npm => (newest(&name, &NPM, "npm")?, "@"),
        Registry::Pypi => (newest(&name, &PYPI, "neither uv nor pip")?, "=="),
        Registry::Other => return Err(PinError::OtherRegistry(name)),
    };
    with_version(&command, &name, separator, &version).map(Target::Command)
}

/// `command` with the version appended to the word that names the package.
fn with_version(command: &Command, name: &str, separator: &str, version: &str) -> Result<Command, PinError> {
    let names = |word: &str| {
        let bare = word.strip_suffix("@latest").unwrap_or(word);
        bare == name || bare.split('[').next() == Some(name) && bare.ends_with(']')
    };
    let args = command.args.iter().map(|word| match word.strip_suffix("@latest").unwrap_or(word) {
        bare if names(word) => format!("{bare}{separator}{version}"),
        _ => word.clone(),
    });
    let pinned = Command { program: command.program.clone(), args: args.collect() };
    match package::of_command(&pinned) {
        Some(Package { version: Some(_), .. }) => Ok(pinned),
        _ => Err(PinError::NoPlace(name.to_owned())),
    }
}

/// The newest version of the package `name`, from the first of `queries` that returns one.
fn newest(name: &str, queries: &[Query], programs: &'static str) -> Result<String, PinError> {
    let mut failed = PinError::NoProgram { package: name.to_owned(), programs };
    let unknown = |command: String, cause: io::Error| PinError::NoVersion {
        package: name.to_owned(),
        command,
        stderr: error_line(&cause.to_string()),
    };
    // In an empty folder, so that settings of the project (.npmrc, uv.toml) choose no registry and send it no variables.
    let empty = tempfile::tempdir().map_err(|cause| unknown(String::new(), cause))?;
    for query in queries {
        let Ok(program) = which::which(query.program) else { continue };
        let args: Vec<&str> = query.args.iter().map(|arg| if *arg == "@" { name } else { arg }).collect();
        let command = format!("{} {}", query.program, args.join(" "));
        let (stdout, stderr) =
            match run(Process::new(program).args(&args), query.by_stdin.then_some(name), empty.path()) {
                Ok(output) => output,
                Err(cause) => (String::new(), cause.to_string()),
            };
        match (query.read)(&stdout).filter(|version| is_version(version)) {
            Some(version) => return Ok(version),
            None => failed = PinError::NoVersion { package: name.to_owned(), command, stderr: error_line(&stderr) },
        }
    }
    Err(failed)
}

/// Runs `process` in `folder` and returns its standard output and standard error, each up to [`MAX_OUTPUT`].
fn run(process: &mut Process, stdin: Option<&str>, folder: &Path) -> io::Result<(String, String)> {
    let given = if stdin.is_some() { Stdio::piped() } else { Stdio::null() };
    let process = process.current_dir(folder).stdin(given).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = process.spawn()?;
    if let (Some(mut pipe), Some(text)) = (child.stdin.take(), stdin) {
        pipe.write_all(text.as_bytes())?;
    }
    let (stdout, stderr) = (start_of(child.stdout.take()), start_of(child.stderr.take()));
    let started = Instant::now();
    while child.try_wait()?.is_none() {
        if started.elapsed() > MAX_TIME {
            child.kill()?;
            child.wait()?;
            return Err(io::Error::other(format!("error: no answer in {} seconds", MAX_TIME.as_secs())));
        }
        thread::sleep(PAUSE);
    }
    let text =
        |reader: thread::JoinHandle<Vec<u8>>| String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned();
    Ok((text(stdout), text(stderr)))
}

/// Reads the start of an output, and discards the rest so that its writer is not blocked.
fn start_of(output: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut start = Vec::new();
        if let Some(mut output) = output {
            let _ = output.by_ref().take(MAX_OUTPUT).read_to_end(&mut start);
            let _ = io::copy(&mut output, &mut io::sink());
        }
        start
    })
}

/// The most informative line of an error output: the first error line that is more than an error code, otherwise the
/// last line.
fn error_line(stderr: &str) -> String {
    let lines = || stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_error = |line: &&str| line.to_lowercase().contains("error") && !line.contains("error code");
    let line = lines().find(is_error).or_else(|| lines().next_back()).unwrap_or_default();
    crate::text::clean::excerpt(line, 200)
}

fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-+!".contains(c))
}

/// `npm view NAME version` writes `1.2.3`.
fn npm_version(stdout: &str) -> Option<String> {
    Some(stdout.trim().to_owned())
}

/// `uv pip compile` writes `name==1.2.3`.
fn uv_version(stdout: &str) -> Option<String> {
    let (_, version) = stdout.lines().find_map(|line| line.split_once("=="))?;
    version.split_whitespace().next().map(str::to_owned)
}

/// `pip index versions` writes `name (1.2.3)`.
fn pip_version(stdout: &str) -> Option<String> {
    let (_, version) = stdout.lines().next()?.split_once('(')?;
    version.split(')').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> Command {
        let mut words = line.split(' ').map(str::to_owned);
        Command { program: words.next().unwrap(), args: words.collect() }
    }

    #[test]
    fn the_version_stands_where_the_package_is_named() {
        for (line, name, separator, pinned) in [
            ("npx -y a-server --stdio", "a-server", "@", "npx -y a-server@1.2.3 --stdio"),
            ("npx -y @scope/pkg@latest", "@scope/pkg", "@", "npx -y @scope/pkg@1.2.3"),
            ("uvx a-server --db a-server.db", "a-server", "==", "uvx a-server==1.2.3 --db a-server.db"),
            ("uvx --from a-server run-it", "a-server", "==", "uvx --from a-server==1.2.3 run-it"),
            ("uvx --from a-server[cli] run-it", "a-server", "==", "uvx --from a-server[cli]==1.2.3 run-it"),
            ("pipx run a-server", "a-server", "==", "pipx run a-server==1.2.3"),
        ] {
            let with = with_version(&command(line), name, separator, "1.2.3").unwrap();
            assert_eq!(with, command(pinned), "{line}");
        }
        assert!(matches!(with_version(&command("npx -y other"), "a-server", "@", "1.2.3"), Err(PinError::NoPlace(_))));
    }

    #[test]
    fn each_registry_is_read_as_its_client_writes() {
        assert_eq!(npm_version("1.2.3\n").as_deref(), Some("1.2.3"));
        assert_eq!(uv_version("a-server==2026.1.1\n").as_deref(), Some("2026.1.1"));
        assert_eq!(pip_version("a-server (0.6.2)\nAvailable versions: 0.6.2\n").as_deref(), Some("0.6.2"));
        for text in ["", "error\n", "(((\n"] {
            let read = [npm_version(text), uv_version(text), pip_version(text)];
            assert!(read.into_iter().flatten().all(|version| !is_version(&version)), "{text}");
        }
        assert!(!is_version("1.0; rm -rf x") && !is_version("--index-url"));
    }

    #[test]
    fn a_hostile_name_is_no_option_of_the_program_that_is_asked() {
        for line in ["uvx --from -rrequirements.txt run", "uvx --from --index-url=x run"] {
            let refused = pinned(Target::Command(command(line)));
            assert!(refused.is_err(), "{line}: {refused:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_query_runs_in_an_empty_folder_and_its_output_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let script = format!("ls -A; cat; yes | head -c {}", 3 * MAX_OUTPUT);
        let (stdout, _) = run(Process::new("sh").args(["-c", &script]), Some("given\n"), folder.path()).unwrap();
        assert!(stdout.starts_with("given\ny\n") && stdout.len() as u64 == MAX_OUTPUT, "{}", stdout.len());
    }

    #[test]
    fn a_failure_names_what_was_asked_and_why_it_failed() {
        let command = "pip index versions -- x".to_owned();
        let text =
            PinError::NoVersion { package: "x".into(), command, stderr: error_line("WARNING: y\nERROR: No match\n\n") };
        let expected = "the version of x is unknown: `pip index versions -- x` returned none (ERROR: No match)";
        assert_eq!(text.to_string(), expected);
        assert_eq!(
            error_line("npm error code E404\nnpm error 404 Not Found\nnpm error 404\n"),
            "npm error 404 Not Found"
        );
    }
}
