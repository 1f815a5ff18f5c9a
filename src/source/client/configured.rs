//! A server from a configuration. It is started or connected to only with the user's consent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::json;
use url::Url;

use super::entry::Entry;
use super::error::{AddressCause, ConfigurationCause, LaunchRefusal, MAX_LAUNCH};
use super::given::Given;
use super::influence::{package_sources, replaces_packages};
use super::placeholders::{Filled, Inputs, Placeholders};
use super::proposal::{Proposal, ReadAs, Variable};
use super::start_check::StartCheck;
use crate::model::{ClientName, Origin, Package, Redacted, Registry};
use crate::source::command::Command;
use crate::source::error::{SourceCause, SourceError};
use crate::source::options::Options;
use crate::source::package;
use crate::source::secret;
#[cfg(unix)]
use crate::source::socket_scheme::UNIX_SCHEME;
use crate::text::digest;
use crate::text::reveal::reveal;

/// Files of a project by which package managers may choose another registry.
const PACKAGE_SETTINGS: [&str; 4] = [".npmrc", ".yarnrc", ".yarnrc.yml", "bunfig.toml"];

/// Keeps Python from writing compiled files into the project, which would end an agreement that covers its files.
const WRITES_NOTHING: (&str, &str) = ("PYTHONDONTWRITEBYTECODE", "1");

/// A server from a configuration, or why its entry is unusable.
pub(crate) type ServerEntry = Result<Configured, SourceError>;

/// A server from a configuration. When displayed, it keeps the placeholders of environment variables.
#[derive(Clone, PartialEq, Eq)]
pub struct Configured {
    /// The place in a configuration that names the server.
    pub origin: Origin,
    entry: Entry,
    placeholders: Placeholders,
    inputs: Inputs,
    project: PathBuf,
    read_as: ReadAs,
    agreement: ConsentState,
}

/// The server that the words of a guard name.
pub(crate) struct BehindGuard {
    pub(crate) launch: GuardedLaunch,
    /// The variables and headers that the guard adds.
    pub(crate) env: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
}

/// How a guard reaches its server.
pub(crate) enum GuardedLaunch {
    Command(Command),
    Url(String),
}

/// Whether the user consented to starting or connecting to the server.
#[derive(Clone, PartialEq, Eq)]
enum ConsentState {
    /// The user was not asked yet.
    None,
    /// With what to check before the start. `None` if the agreement is for this run and covers no files.
    Given(Option<StartCheck>),
    Refused(LaunchRefusal),
}

impl fmt::Debug for Configured {
    /// Hides values that may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configured").field("origin", &self.origin).field("shown", &self.shown()).finish_non_exhaustive()
    }
}

/// The resolved launch: a command or a URL with all placeholders filled in.
pub(in crate::source) enum Launch {
    /// Start a command.
    Command(Command),
    /// Connect to a URL.
    Url(Url),
}

impl Configured {
    /// Creates the server from `entry` and fills in folder placeholders.
    pub(in crate::source) fn new(
        origin: Origin,
        mut entry: Entry,
        placeholders: Placeholders,
        project: PathBuf,
        inputs: Inputs,
    ) -> ServerEntry {
        let texts = entry.words.iter_mut().chain(&mut entry.url).chain(&mut entry.cwd);
        for text in texts.chain(entry.env.values_mut()).chain(entry.headers.values_mut()) {
            *text = placeholders.with_folders(text, &project);
        }
        let (read_as, agreement) = (ReadAs::default(), ConsentState::None);
        let configured = Self { origin, entry, placeholders, inputs, project, read_as, agreement };
        match configured.entry.url.as_deref().filter(|_| configured.command().is_none()) {
            Some(url) if !configured.placeholders.stand_in(url) => address(url).map(|_| ()),
            _ => Ok(()),
        }
        .map_err(|cause| configured.failure(ConfigurationCause::EntryAddress(cause)))?;
        Ok(configured)
    }

    /// Notes how its configuration was read.
    pub(super) fn read_as(self, read_as: ReadAs) -> Self {
        Self { read_as, ..self }
    }

    /// True if the configuration disables the server. Disabled servers are not scanned.
    pub(crate) fn is_disabled(&self) -> bool {
        self.entry.disabled
    }

    /// Switches the server off, as another file than its own says.
    pub(in crate::source) fn switch_off(&mut self) {
        self.entry.disabled = true;
        self.origin.disabled = true;
    }

    /// True if no consent could start the server: it is disabled, or what it runs is not in the configuration.
    pub(crate) fn never_starts(&self) -> bool {
        self.why_never().is_some()
    }

    /// Why the server is never started. `None` if it may be.
    pub(crate) fn why_never(&self) -> Option<LaunchRefusal> {
        let client_is_known = self.origin.client != ClientName::UNKNOWN.title;
        match (self.entry.disabled, self.entry.is_of_extension) {
            (true, _) if !client_is_known => Some(LaunchRefusal::PerhapsDisabled),
            (true, _) => Some(LaunchRefusal::Disabled),
            (false, true) => Some(LaunchRefusal::OfExtension),
            (false, false) => None,
        }
    }

    /// True if the server is reached at a URL.
    pub(crate) fn is_remote(&self) -> bool {
        self.entry.words.is_empty() && self.entry.url.is_some()
    }

    /// True if the user consented to starting or connecting to the server.
    pub(crate) fn is_agreed(&self) -> bool {
        matches!(self.agreement, ConsentState::Given(_))
    }

    /// Starts or connects to `server` instead: the server behind a guard, whose entry stays the same otherwise.
    pub(crate) fn replace_launch(&mut self, server: BehindGuard) {
        match server.launch {
            GuardedLaunch::Command(command) => {
                self.entry.words = std::iter::once(command.program).chain(command.args).collect();
                self.entry.url = None;
            }
            GuardedLaunch::Url(url) => {
                self.entry.words = Vec::new();
                self.entry.url = Some(url);
            }
        }
        self.entry.env.extend(server.env);
        self.entry.headers.extend(server.headers);
    }

    /// Records the user's consent, which includes access to the variables that the entry names. The server starts only
    /// if `check` still holds then.
    pub(crate) fn agree(&mut self, check: Option<StartCheck>) {
        self.agreement = ConsentState::Given(check);
    }

    /// Records why the server must not be started or connected to.
    pub(crate) fn refuse(&mut self, refusal: LaunchRefusal) {
        self.agreement = ConsentState::Refused(refusal);
    }

    /// Why the server must not be started or connected to now, or `None` with consent. `inputs` are the user's values for
    /// placeholders. Files may be read.
    pub(in crate::source) fn refusal(&self, inputs: &[(String, String)]) -> Option<LaunchRefusal> {
        match &self.agreement {
            ConsentState::Given(check) => check.as_ref().and_then(|check| check.refusal(self.proposal(inputs))),
            ConsentState::None => Some(LaunchRefusal::NotAgreed { command: self.shown_filled(inputs).into() }),
            ConsentState::Refused(refusal) => Some(refusal.clone()),
        }
    }

    /// Why what the server listed is not what was agreed to, if it ran without a sandbox. Files may be read.
    pub(in crate::source) fn refusal_afterwards(&self, inputs: &[(String, String)]) -> Option<LaunchRefusal> {
        match &self.agreement {
            ConsentState::Given(Some(check)) => check.refusal_afterwards(self.proposal(inputs)),
            ConsentState::Given(None) | ConsentState::None | ConsentState::Refused(_) => None,
        }
    }

    /// The command as written in the configuration. `None` for a URL.
    pub(crate) fn command(&self) -> Option<Command> {
        let (program, args) = self.entry.words.split_first()?;
        Some(Command { program: program.clone(), args: args.to_vec() })
    }

    /// The URL as written in the configuration.
    pub(super) fn address(&self) -> Option<&str> {
        self.entry.url.as_deref()
    }

    /// The package that the command starts. Variables that the configuration sets, and settings of npm in its project,
    /// may replace the one that the public registry has under this name.
    pub(crate) fn package(&self) -> Option<Package> {
        let package = package::of_command(&self.command()?)?;
        let is_replaced = self.set_variables().any(|(name, value)| replaces_packages(name, value));
        let folders = [self.starting_folder(&[]), self.project.clone()];
        let has_settings = folders.iter().any(|folder| PACKAGE_SETTINGS.iter().any(|file| folder.join(file).exists()));
        Some(if is_replaced || has_settings { package::not_as_published(package) } else { package })
    }

    /// True if the command is the runner of a package that the public registry has, so that a scan starts it in an empty
    /// folder.
    fn is_published_package(&self) -> bool {
        let mut set = self.set_variables();
        let is_plain = self.command().is_some_and(|command| package::is_plainly_run(&command));
        is_plain && self.entry.cwd.is_none() && !set.any(|(name, value)| replaces_packages(name, value))
    }

    /// The variables that the entry sets, and those of the file that it names unless the entry has them too.
    fn set_variables(&self) -> impl Iterator<Item = (&String, &String)> {
        let entry = &self.entry;
        entry.env.iter().chain(entry.env_of_file.iter().filter(|(name, _)| !entry.env.contains_key(*name)))
    }

    /// The command with default values filled in, or the URL; without secrets.
    pub(crate) fn shown_filled(&self, inputs: &[(String, String)]) -> Redacted {
        let with_defaults = |word: &String| self.placeholders.with_defaults(word, &self.inputs, inputs);
        let words: Vec<String> = self.entry.words.iter().map(with_defaults).collect();
        match words.split_first() {
            Some((program, args)) => Command { program: program.clone(), args: args.to_vec() }.redacted(),
            None => self.shown(),
        }
        .map(|line| reveal(&line))
    }

    /// The command or URL for display, without secrets. A command keeps its placeholders; a URL has the real host.
    pub fn shown(&self) -> Redacted {
        match (self.command(), &self.entry.url) {
            (Some(command), _) => command.redacted(),
            (None, Some(url)) => {
                let filled = self.fill(url, &[]);
                match Url::parse(&filled.value).ok().filter(|_| filled.missing.is_none()) {
                    Some(url) => secret::redact_values(secret::redact_url(&url), &filled.secrets),
                    None => secret::redact_unparsed_address(url),
                }
            }
            (None, None) => "an extension of the client".into(),
        }
    }

    fn fill(&self, text: &str, given: &[(String, String)]) -> Filled {
        self.placeholders.fill(text, &self.inputs, given)
    }

    /// The names of the environment variables involved, sorted: those that the configuration sets, those passed on from
    /// our environment, and those used in the command, URL and headers.
    pub fn environment(&self) -> Vec<String> {
        let entry = &self.entry;
        let texts = entry.words.iter().chain(&entry.url).chain(entry.env.values()).chain(entry.headers.values());
        let mut names: BTreeSet<String> = texts.flat_map(|text| self.placeholders.variables(text)).collect();
        names.extend(entry.env.keys().chain(entry.env_of_file.keys()).chain(&entry.pass_env).cloned());
        names.extend(entry.env_headers.values().map(|(_, variable)| variable.clone()));
        names.into_iter().collect()
    }

    /// The names of the headers that are sent to the server.
    pub fn headers(&self) -> Vec<String> {
        self.entry.headers.keys().chain(self.entry.env_headers.keys()).cloned().collect()
    }

    /// A digest of the entry as written, which identifies it.
    pub fn fingerprint(&self) -> String {
        let entry = &self.entry;
        let what = json!([
            entry.words,
            entry.url,
            entry.cwd,
            entry.env,
            entry.env_file,
            entry.pass_env,
            entry.headers,
            entry.env_headers,
            self.project
        ]);
        digest::sha256([what.to_string()])
    }

    /// What starting or connecting to the server would do, for the user's consent. `given` are the values of inputs.
    pub fn proposal(&self, given: &[(String, String)]) -> Result<Proposal, LaunchRefusal> {
        let entry = &self.entry;
        let fill = |text: &String| self.fill(text, given);
        let folder = self.starting_folder(given);
        let mut words: Vec<Filled> = entry.words.iter().map(fill).collect();
        if let Some(program) = words.first_mut() {
            let located = |program: &str| self.program(program, &folder);
            *program = Filled { value: located(&program.value), shown: located(&program.shown), ..program.clone() };
        }
        let set = entry.env.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        if words.iter().map(|word| word.value.len()).sum::<usize>() + set > MAX_LAUNCH {
            return Err(LaunchRefusal::TooLong);
        }
        let address = entry.url.as_ref().filter(|_| words.is_empty()).map(fill);
        if let Some(address) = &address
            && let Ok(url) = Url::parse(&address.value)
        {
            without_user(&url)?;
        }
        let ours = |name: &String| (name.clone(), Variable::Ours(std::env::var(name).ok()));
        let mut variables: BTreeMap<String, Variable> = self.environment().iter().map(ours).collect();
        if !words.is_empty() {
            let program = words.first().map(|word| word.value.as_str()).unwrap_or_default();
            variables.extend(package_sources(program).map(|(name, value)| (name, Variable::Ours(Some(value)))));
        }
        // A file of variables is kept on this machine like our environment: its secrets may be renewed.
        let of_file = entry.env_of_file.iter().map(|(name, value)| (name.clone(), Variable::Ours(Some(value.clone()))));
        variables.extend(of_file);
        variables.extend(entry.env.iter().map(|(name, value)| (name.clone(), Variable::Set(fill(value)))));
        let written_folder = PathBuf::from(self.folder().map(|cwd| self.fill(cwd, given).value).unwrap_or_default());
        let folder = folder.canonicalize().unwrap_or(folder);
        let file = PathBuf::from(&self.origin.file);
        let file = file.canonicalize().unwrap_or(file);
        let headers = self.headers().into_iter().collect();
        let project = self.project.canonicalize().unwrap_or_else(|_| self.project.clone());
        let is_package = self.is_published_package();
        let is_elsewhere = |package: Package| package.registry == Registry::Other;
        let names_folders = self.command().as_ref().and_then(package::of_command).is_some_and(is_elsewhere);
        let (read_as, given) = (self.read_as, Given::default());
        Ok(Proposal {
            words,
            address,
            folder,
            file,
            project,
            variables,
            headers,
            written_folder,
            is_package,
            names_folders,
            read_as,
            given,
        })
    }

    /// The names of variables and headers whose secrets are too short to redact from server output.
    pub(crate) fn short_secrets(&self, given: &[(String, String)]) -> Vec<String> {
        let named = self.entry.env.iter().chain(&self.entry.headers);
        let is_short = |(name, value): &(&String, &String)| secret::is_too_short(name, &self.fill(value, given).value);
        named.filter(is_short).map(|(name, _)| name.clone()).collect()
    }

    /// The working folder as written in the configuration.
    pub(crate) fn folder(&self) -> Option<&str> {
        self.entry.cwd.as_deref()
    }

    fn starting_folder(&self, given: &[(String, String)]) -> PathBuf {
        let folder = self.folder().map(|cwd| self.project.join(self.fill(cwd, given).value));
        folder.unwrap_or_else(|| self.project.clone())
    }

    /// The launch with all placeholders filled in, and `options` merged with the configuration. `--env` takes
    /// precedence; headers from the command line apply only to URLs on the command line.
    pub(in crate::source) fn launch(&self, options: &Options) -> Result<(Launch, Options), SourceError> {
        let mut values = Vec::new();
        let mut fill = |text: &str| {
            let filled = self.fill(text, &options.inputs);
            values.extend(filled.values);
            filled.missing.map_or(Ok(filled.value), |cause| Err(self.failure(cause)))
        };
        let entry = &self.entry;
        let words = entry.words.iter().map(|word| fill(word)).collect::<Result<Vec<_>, _>>()?;
        let url = entry.url.as_deref().map(&mut fill).transpose()?;
        let mut env = Vec::new();
        if matches!(self.agreement, ConsentState::Given(Some(_))) {
            env.push((WRITES_NOTHING.0.to_owned(), WRITES_NOTHING.1.to_owned()));
        }
        env.extend(self.set_variables().skip(entry.env.len()).map(|(name, value)| (name.clone(), value.clone())));
        for (name, value) in &entry.env {
            let filled = fill(value)?;
            // A value that resolves to an empty text counts as not set.
            if !filled.is_empty() || value.is_empty() {
                env.push((name.clone(), filled));
            }
        }
        let mut headers = Vec::new();
        for (name, value) in &entry.headers {
            headers.push((name.clone(), fill(value)?));
        }
        entry.cwd.as_deref().map(&mut fill).transpose()?;
        for (name, (before, variable)) in &entry.env_headers {
            let value = std::env::var(variable)
                .map_err(|_| self.failure(ConfigurationCause::HeaderVariable(variable.clone())))?;
            values.push(value.clone());
            headers.push((name.clone(), format!("{before}{value}")));
        }
        let mut options = options.clone();
        env.append(&mut options.env);
        options.env = env;
        options.containment.pass_env.extend(entry.pass_env.iter().cloned());
        options.headers = headers;
        options.base = Some(self.starting_folder(&options.inputs));
        options.starts_in_base = entry.cwd.is_some();
        options.secrets = values;
        let launch = match (words.split_first(), url) {
            (Some((program, args)), _) => {
                let folder = self.starting_folder(&options.inputs);
                Launch::Command(Command { program: self.program(program, &folder), args: args.to_vec() })
            }
            (None, Some(url)) => {
                let url = address(&url).and_then(|url| without_user(&url).map(|()| url));
                Launch::Url(url.map_err(|cause| self.failure(ConfigurationCause::Address(cause)))?)
            }
            (None, None) => Launch::Command(Command { program: String::new(), args: Vec::new() }),
        };
        Ok((launch, options))
    }

    /// Resolves a program path with a folder in it against `folder` or the project, independent of our current folder.
    fn program(&self, program: &str, folder: &Path) -> String {
        let path = Path::new(program);
        if path.is_absolute() || path.components().count() < 2 {
            return program.to_owned();
        }
        let places = [folder.join(path), self.project.join(path)];
        let found = places.iter().find(|place| place.is_file()).unwrap_or(&places[0]);
        found.display().to_string()
    }

    /// The error that the server failed because of `cause`.
    pub(in crate::source) fn failure(&self, cause: impl Into<SourceCause>) -> SourceError {
        SourceError::new(self.origin.display(), cause)
    }
}

/// Refuses a URL with credentials before the host, which a reader can mistake for the host.
fn without_user(url: &Url) -> Result<(), AddressCause> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(());
    }
    Err(AddressCause::User { host: url.host_str().unwrap_or_default().to_owned() })
}

fn address(text: &str) -> Result<Url, AddressCause> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        #[cfg(unix)]
        Ok(url) if url.scheme() == "unix" => {
            over_socket(&url).ok_or_else(|| AddressCause::Scheme(url.scheme().to_owned()))
        }
        Ok(url) => Err(AddressCause::Scheme(url.scheme().to_owned())),
        Err(cause) => Err(cause.into()),
    }
}

/// VS Code writes the path of a socket, and behind `#` the path to request over it: `unix:///run/shop.sock#/mcp`. `None` if
/// there is no path.
#[cfg(unix)]
fn over_socket(url: &Url) -> Option<Url> {
    let socket = url.path().strip_prefix('/').filter(|path| !path.is_empty() && url.host().is_none())?;
    let path = url.fragment().unwrap_or_default().trim_start_matches('/');
    Url::parse(&format!("{UNIX_SCHEME}://%2F{}/{path}", socket.replace('/', "%2F"))).ok()
}
