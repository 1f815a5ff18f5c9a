//! Classifies the words of a target: `-`, an http(s) URL, a package of a registry, an existing file or folder, otherwise a command with all
//! following words as its arguments.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use url::Url;

use super::client::Configured;
use super::command::{Command, quoted};
use super::error::{SourceError, TargetCause};
use super::listing_file::{self, GZIP_MAGIC, ZSTD_MAGIC};
use super::manifest;
use super::package;
use super::packages;
use super::secret;
use super::socket_scheme::UNIX_SCHEME;
use crate::model::{Origin, Package, Redacted};
use crate::text::digest;
use crate::text::likely::likely;

/// The supported URL schemes.
const SCHEMES: &[&str] = if cfg!(unix) { &["http", "https", UNIX_SCHEME] } else { &["http", "https"] };

/// A target that the user named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A listing on standard input.
    Stdin,
    /// A server over HTTP.
    Url(Url),
    /// A saved listing.
    File(PathBuf),
    /// A folder of saved listings.
    Folder(PathBuf),
    /// A package of a registry, which is read and not run.
    Package(Package),
    /// A server to start.
    Command(Command),
    /// A server that a client configuration names.
    Configured(Box<Configured>),
}

impl Target {
    /// Parses the target words; each has its own result. With `forced_command` (after `--`) all words are one command,
    /// whatever they look like. The program of a command must exist.
    pub fn parse(words: &[String], forced_command: bool) -> Vec<Result<Self, SourceError>> {
        let Some(first) = words.first().filter(|_| !forced_command) else { return vec![Self::command(words)] };
        match Self::not_a_command(first) {
            Ok(None) if !is_missing_file(first) => return vec![Self::command(words)],
            Err(refused) => return vec![Err(refused)],
            Ok(_) => {}
        }
        let read = |(place, word): (usize, &String)| {
            Self::not_a_command(word).and_then(|target| target.ok_or_else(|| no_such_file(word, place)))
        };
        words.iter().enumerate().map(read).collect()
    }

    /// True if `first` takes all following words as its arguments: it is a program name, or it is refused.
    pub(crate) fn takes_all_words(first: &str) -> bool {
        !matches!(Self::not_a_command(first), Ok(Some(_))) && !is_missing_file(first)
    }

    /// True if `word` can be started: it is a file, or a program on the PATH.
    pub(crate) fn is_program(word: &str) -> bool {
        Path::new(word).exists() || which::which(word).is_ok()
    }

    /// Parses `word` as anything but a command. `None` if it is only usable as a command.
    fn not_a_command(word: &str) -> Result<Option<Self>, SourceError> {
        if word == "-" {
            return Ok(Some(Self::Stdin));
        }
        if let Some(place) = word.strip_prefix("oci:") {
            return image(word, Path::new(place)).map(Some);
        }
        if let Some(package) = packages::parse(word) {
            return Ok(Some(Self::Package(package)));
        }
        if let Some((scheme, _)) = word.split_once("://") {
            return address(word, scheme).map(Some);
        }
        let path = Path::new(word);
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Ok(Some(Self::Folder(path.to_owned()))),
            // A pipe or device can be read only once, so its content is not checked here.
            Ok(found) if found.is_file() && is_program(path, &found) => {
                Err(SourceError::new(word, TargetCause::Program { command: start_of(path) }))
            }
            Ok(_) => Ok(Some(Self::File(path.to_owned()))),
            Err(_) => Ok(None),
        }
    }

    fn command(words: &[String]) -> Result<Self, SourceError> {
        let Some((program, args)) = words.split_first() else {
            return Err(SourceError::new("--", TargetCause::NoCommand));
        };
        if let Err(cause) = which::which(program) {
            return Err(unknown_command(program, cause));
        }
        Ok(Self::Command(Command { program: program.clone(), args: args.to_vec() }))
    }

    /// The target without secrets.
    pub(crate) fn display(&self) -> String {
        match self {
            Self::Stdin => "standard input".into(),
            Self::Url(url) => secret::redact_url(url).into(),
            Self::File(path) | Self::Folder(path) => path.display().to_string(),
            Self::Package(package) => packages::display(package),
            Self::Command(command) => command.display(),
            Self::Configured(configured) => configured.origin.display(),
        }
    }

    /// The package that a command starts. `None` if there is none or it is not recognized.
    pub(crate) fn package(&self) -> Option<Package> {
        match self {
            Self::Package(package) => Some(package.clone()),
            Self::Command(command) => package::of_command(command),
            Self::Configured(configured) => configured.package(),
            Self::Stdin | Self::Url(_) | Self::File(_) | Self::Folder(_) => None,
        }
    }

    /// What is started, connected to or read, without secrets. For a configured server this is its command or URL.
    pub(crate) fn launched(&self) -> Redacted {
        match self {
            Self::Configured(configured) => configured.shown(),
            Self::Command(command) => command.redacted(),
            Self::Url(url) => secret::redact_url(url),
            Self::Stdin | Self::File(_) | Self::Folder(_) | Self::Package(_) => self.display().into(),
        }
    }

    /// A digest of the full target, secrets included, so that targets that differ only in their secrets stay distinct.
    pub(crate) fn digest(&self) -> String {
        match self {
            Self::Configured(configured) => digest::sha256([configured.origin.display(), configured.fingerprint()]),
            Self::Command(command) => {
                digest::sha256(std::iter::once(&command.program).chain(&command.args).map(|word| format!("{word:?}")))
            }
            Self::Url(url) => digest::sha256([url.as_str()]),
            Self::Stdin | Self::File(_) | Self::Folder(_) | Self::Package(_) => digest::sha256([self.display()]),
        }
    }

    /// The place in a configuration that names this target, if any.
    pub(crate) fn origin(&self) -> Option<Origin> {
        match self {
            Self::Configured(configured) => Some(configured.origin.clone()),
            Self::Stdin | Self::Url(_) | Self::File(_) | Self::Folder(_) | Self::Package(_) | Self::Command(_) => None,
        }
    }

    /// A fallback name for a server without one: its package, host, file or program.
    pub(crate) fn suggested_name(&self) -> String {
        match self {
            Self::Stdin => "stdin".into(),
            Self::Url(url) => url.host_str().unwrap_or("server").to_owned(),
            Self::File(path) | Self::Folder(path) => listing_file::stem(path),
            Self::Package(package) => package.name.clone(),
            Self::Command(command) => match package::of_command(command) {
                Some(package) => package.name,
                None => command.program_name().to_owned(),
            },
            Self::Configured(configured) => configured.origin.server.clone(),
        }
    }
}

/// The image at `place`: a folder or an archive.
fn image(word: &str, place: &Path) -> Result<Target, SourceError> {
    if packages::is_image(place) {
        return Ok(if place.is_dir() { Target::Folder(place.to_owned()) } else { Target::File(place.to_owned()) });
    }
    let cause = if place.exists() { TargetCause::NotAnImage } else { TargetCause::RemoteImage };
    Err(SourceError::new(word, cause))
}

fn address(word: &str, scheme: &str) -> Result<Target, SourceError> {
    let parsed = Url::parse(word);
    let shown: String =
        parsed.as_ref().map_or_else(|_| format!("{scheme}://..."), |url| secret::redact_url(url).into());
    if let Some(path) = word.strip_prefix("file://") {
        return Err(SourceError::new(shown, TargetCause::FileAddress { path: path.to_owned() }));
    }
    if !SCHEMES.contains(&scheme.to_lowercase().as_str()) {
        return Err(SourceError::new(shown, TargetCause::Scheme(scheme.to_owned())));
    }
    let url = match parsed {
        Ok(url) => url,
        Err(cause) => return Err(SourceError::new(shown, TargetCause::from(cause))),
    };
    if !url.username().is_empty() || url.password().is_some() {
        let host = url.host_str().unwrap_or_default().to_owned();
        return Err(SourceError::new(shown, TargetCause::UserPart { host }));
    }
    Ok(Target::Url(url))
}

/// True for a file that is run, not read: a binary, a script, or an executable file that cannot be JSON.
fn is_program(path: &Path, found: &fs::Metadata) -> bool {
    let mut start = [0u8; 64];
    let read = File::open(path).and_then(|mut file| file.read(&mut start)).unwrap_or(0);
    let start = start.get(..read).unwrap_or_default();
    const MAGIC: [&[u8]; 5] = [b"#!", b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"];
    if MAGIC.iter().any(|magic| start.starts_with(magic)) {
        return true;
    }
    let first = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).iter().find(|b| !b.is_ascii_whitespace());
    let could_be_listing = matches!(first, Some(b'{' | b'['))
        || start.starts_with(GZIP_MAGIC)
        || start.starts_with(ZSTD_MAGIC)
        || start.starts_with(b"PK");
    !could_be_listing && (interpreter(path).is_some() || is_executable(found))
}

#[cfg(unix)]
fn is_executable(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}

/// The program that usually runs files with this extension.
fn interpreter(path: &Path) -> Option<&'static str> {
    match path.extension()?.to_str()? {
        "py" => Some("python3"),
        "js" | "mjs" | "cjs" | "ts" => Some("node"),
        "sh" => Some("sh"),
        "rb" => Some("ruby"),
        "php" => Some("php"),
        _ => None,
    }
}

fn start_of(path: &Path) -> String {
    let bare = path.components().count() == 1;
    let shown = if bare { format!("./{}", path.display()) } else { path.display().to_string() };
    match interpreter(path) {
        Some(program) => format!("{program} {shown}"),
        None => shown,
    }
}

fn no_such_file(word: &str, place: usize) -> SourceError {
    let cause = match word {
        _ if word.starts_with('-') => TargetCause::OptionAmongTargets,
        _ if is_missing_file(word) => TargetCause::NoSuchPath,
        _ => TargetCause::NoSuchFile { number: place + 1 },
    };
    SourceError::new(word, cause)
}

/// True if `word` looks like the name of a listing or an archive, but no such file and no such program exists.
fn is_missing_file(word: &str) -> bool {
    let path = Path::new(word);
    let is_file_name = listing_file::is_listing_name(path) || packages::is_archive(path) || manifest::is_archive(path);
    !word.contains("://") && is_file_name && !path.exists() && which::which(word).is_err()
}

fn unknown_command(program: &str, cause: which::Error) -> SourceError {
    let exists = Path::new(program).exists();
    let is_scoped = program.strip_prefix('@').is_some_and(|rest| rest.split('/').count() == 2);
    let is_versioned = program.split_once('@').is_some_and(|(name, version)| {
        let is_version = version == "latest" || version.starts_with(|c: char| c.is_ascii_digit());
        is_version && !name.is_empty() && !name.contains(['/', '\\'])
    });
    if !exists && (is_scoped || is_versioned || program.contains("==")) {
        let starter = if is_scoped || is_versioned { "npx -y" } else { "uvx" };
        return SourceError::new(program, TargetCause::PackageName { command: format!("{starter} {program}") });
    }
    let is_address = |url: &Url| matches!(url.scheme(), "http" | "https") && program.contains("://");
    if let Some(url) = Url::parse(program).ok().filter(is_address) {
        let address = String::from(secret::redact_url(&url));
        return SourceError::new(address.clone(), TargetCause::AddressAsCommand { address });
    }
    if let Some(cause) = mistaken(program).filter(|_| !exists) {
        return SourceError::new(quoted(program.to_owned()), cause);
    }
    if !exists && (program.ends_with(".gz") || program.contains(['/', '\\'])) {
        return SourceError::new(program, TargetCause::NoSuchPath);
    }
    let cause = if exists { TargetCause::NotExecutable } else { TargetCause::NotOnPath(cause) };
    SourceError::new(quoted(program.to_owned()), cause)
}

/// Most files of the current folder that are compared with a misspelled name.
const MAX_FILES: usize = 1_000;

/// What was probably meant by `word`, which is neither a file nor a program. `None` if nothing suggests itself.
fn mistaken(word: &str) -> Option<TargetCause> {
    if word.strip_suffix(':').is_some_and(|registry| ["npm", "pypi"].contains(&registry)) {
        return Some(TargetCause::NoPackageName);
    }
    if let Some(words) = shlex::split(word).filter(|words| words.len() > 1)
        && let Some((program, args)) = words.split_first()
        && !program.contains(['/', '\\'])
    {
        let command = Command { program: program.clone(), args: args.to_vec() };
        return Some(TargetCause::QuotedCommand { command: command.display() });
    }
    if let Some(address) = address_without_scheme(word) {
        return Some(TargetCause::AddressWithoutScheme { address: secret::redact_url(&address).into() });
    }
    let name = Path::new(word).file_name()?.to_str().filter(|name| *name == word && name.contains('.'))?;
    let there = fs::read_dir(".").ok()?.take(MAX_FILES).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let there: Vec<String> = there.collect();
    likely(name, there.iter().map(String::as_str)).map(|file| TargetCause::Misspelled { file: quoted(file.to_owned()) })
}

/// The address in `host.example/path`, `localhost:8080` or `https:/host`; `None` if `word` looks like none.
fn address_without_scheme(word: &str) -> Option<Url> {
    let lower = word.to_lowercase();
    for scheme in ["https", "http"] {
        if lower.starts_with(&format!("{scheme}:")) {
            let rest = word[scheme.len() + 1..].trim_start_matches('/');
            return Url::parse(&format!("{scheme}://{rest}")).ok();
        }
    }
    let (host_and_port, path) = word.split_once('/').unwrap_or((word, ""));
    let (host, port) = host_and_port.split_once(':').unwrap_or((host_and_port, ""));
    let is_port = !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
    let labels = || host.split('.');
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let is_domain = labels().count() > 1
        && labels().all(is_label)
        && labels().next_back().is_some_and(|top| top.len() > 1 && top.chars().all(|c| c.is_ascii_alphabetic()));
    let is_host = host == "localhost" || is_domain;
    let scheme = if host == "localhost" { "http" } else { "https" };
    let is_address = is_host && (is_port || (port.is_empty() && !path.is_empty()));
    is_address.then(|| Url::parse(&format!("{scheme}://{word}")).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FailureCause, ReportedError};
    use crate::source::error::SourceCause;

    fn parse(words: &[&str]) -> Result<Vec<Target>, SourceError> {
        Target::parse(&words.iter().map(|w| w.to_string()).collect::<Vec<_>>(), false).into_iter().collect()
    }

    fn command(program: &str, args: &[&str]) -> Target {
        Target::Command(Command { program: program.into(), args: args.iter().map(|a| a.to_string()).collect() })
    }

    #[test]
    fn an_address_in_the_place_of_a_program_is_named_as_such() {
        let words = ["https://me:planted@host.example/mcp".to_owned()];
        let error = ReportedError::from(Target::parse(&words, true).remove(0).unwrap_err());
        assert!(error.why.contains("it is an address"), "{}", error.why);
        assert!(!format!("{error:?}").contains("planted"), "{error:?}");
    }

    #[test]
    fn what_is_written_in_an_unusual_way_is_answered_with_what_was_meant() {
        for (word, why, hint) in [
            ("github.example/x/y", "begins with http", "mcp-scan https://github.example/x/y; to read its code"),
            ("localhost:3000", "begins with http", "mcp-scan http://localhost:3000/; to read"),
            ("host.example:8080/mcp", "begins with http", "mcp-scan https://host.example:8080/mcp"),
            ("http:/host.example/mcp", "begins with http", "mcp-scan http://host.example/mcp"),
            ("https:host.example", "begins with http", "mcp-scan https://host.example/"),
            ("npx -y some-server", "whole command in one word", "without the quotes: mcp-scan npx -y some-server"),
            ("npm:", "the name of the package is missing", "npm:@scope/name"),
            ("file:///tmp/a.json", "named by its path", "give its path: /tmp/a.json"),
            ("Crago.toml", "no file and no program", "did you mean: mcp-scan Cargo.toml"),
            ("./none/", "no such file or folder", "check the path"),
            ("no-such-program", "no program of this name", "check the spelling"),
        ] {
            let error = ReportedError::from(parse(&[word]).unwrap_err());
            assert!(error.why.contains(why), "{word}: {}", error.why);
            assert!(error.hint.as_deref().is_some_and(|told| told.contains(hint)), "{word}: {:?}", error.hint);
        }
    }

    #[test]
    fn the_name_of_a_package_is_answered_with_its_command() {
        for (word, command) in [
            ("@example/server@1.2", "npx -y @example/server@1.2"),
            ("server==1.0", "uvx server==1.0"),
            ("server@1.0", "npx -y server@1.0"),
            ("server@latest", "npx -y server@latest"),
        ] {
            let error = ReportedError::from(parse(&[word]).unwrap_err());
            assert!(error.why.contains("name of a package") && error.hint.unwrap().ends_with(command), "{word}");
        }
    }

    #[test]
    fn the_first_word_decides() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("tools.json");
        fs::write(&file, "  [ ]").unwrap();
        let (file, folder) = (file.to_str().unwrap(), dir.path().to_str().unwrap());
        assert_eq!(parse(&["-"]).unwrap(), [Target::Stdin]);
        assert_eq!(parse(&["cat", "-n", "https://x.example"]).unwrap(), [command("cat", &["-n", "https://x.example"])]);
        assert_eq!(
            parse(&[file, "HTTPS://Host.example/mcp", folder]).unwrap(),
            [
                Target::File(file.into()),
                Target::Url(Url::parse("https://host.example/mcp").unwrap()),
                Target::Folder(folder.into())
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let why = |words: &[&str]| {
            let error = ReportedError::from(parse(words).unwrap_err());
            (error.target, error.why, error.hint.unwrap())
        };
        assert!(why(&["no-such-program-here"]).1.contains("no program of this name was found"));
        assert_eq!(why(&[""]).0, "''");
        assert!(why(&["./missing/tools.json"]).1.contains("no such file"));
        assert!(why(&["missing.jsonl"]).1.contains("no such file"));
        assert!(why(&["missing.json", "-"]).1.contains("no such file"));
        assert!(!Target::takes_all_words("missing.json.gz") && Target::takes_all_words("cat"));
        assert!(why(&["-", "other"]).2.contains("a command stands alone"));
        assert!(why(&["-", "-y"]).2.contains("before the targets"));
        assert!(why(&["ws://me:pw@x.example/"]).1.contains("not ws"));
        assert!(!why(&["ws://me:pw@x.example/"]).0.contains("pw"));
        let user = why(&["http://api.example.com@127.0.0.1:1/"]);
        assert!(user.1.contains("the host, which is 127.0.0.1") && user.0 == "http://***@127.0.0.1:1/", "{user:?}");
        assert_eq!(why(&["https://"]).0, "https://...");
        let nothing = Target::parse(&[], true).remove(0).unwrap_err();
        assert!(matches!(*nothing.cause, SourceCause::Target(TargetCause::NoCommand)), "{nothing:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_is_not_read_as_a_listing() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str, text: &[u8], mode: u32| {
            let path = dir.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path.to_str().unwrap().to_owned()
        };
        for program in [at("a", b"#!/bin/sh\n", 0o644), at("b", b"\x7fELF..", 0o644), at("c", b"hello", 0o755)] {
            let error = parse(&[&program]).unwrap_err().cause;
            assert_eq!(error.hint().unwrap(), format!("to start it as a server: mcp-scan -- {program}"));
        }
        let script = at("server.py", b"print()", 0o644);
        assert!(parse(&[&script]).unwrap_err().cause.hint().unwrap().ends_with(&format!("-- python3 {script}")));
        let listing = at("tools", b"\xef\xbb\xbf\n {}", 0o755);
        assert_eq!(parse(&[&listing]).unwrap(), [Target::File(listing.into())]);
        let forced = Target::parse(&[at("run", b"#!/bin/sh\n", 0o755)], true);
        assert!(matches!(&forced[..], [Ok(Target::Command(_))]));
    }

    #[test]
    fn names_and_displays_hide_secrets() {
        let url = Target::Url(Url::parse("https://u:p@host.example/mcp?key=v").unwrap());
        assert_eq!(
            (url.display(), url.suggested_name()),
            ("https://***@host.example/mcp?key=***".into(), "host.example".into())
        );
        let run = command("/usr/bin/npx", &["-y", "@acme/shop@1.0.0", "--token", "t0p", "two words"]);
        assert_eq!(run.display(), "/usr/bin/npx -y @acme/shop@1.0.0 --token *** 'two words'");
        assert_eq!(run.suggested_name(), "@acme/shop");
        assert_eq!(Target::File("x/shop.json.gz".into()).suggested_name(), "shop");
        assert_eq!(command("bin\\server.exe", &[]).suggested_name(), "server");
    }
}
