//! The tools of `mcp-scan serve` and their limits: they read only inside one folder, and start or connect to only what
//! the user allowed.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::answers::{self, error as error_text};
use crate::classify::{self, ServerContext};
use crate::cli::allowed::Allowed;
use crate::cli::args::{CommonArgs, ServeArgs, ServerArgs};
use crate::cli::consent::{self, DisabledEntries};
use crate::cli::diagnose::Messages;
use crate::cli::error::{AGREE, UsageCause, UsageError};
use crate::cli::progress::{Progress, SilenceReason};
use crate::cli::read::{ReadSettings, read_one};
use crate::cli::session::choose_profile;
use crate::cli::targets;
use crate::config::{Config, ServerIdentity};
use crate::model::{Report, ReportedError, ServerReport, Tool};
use crate::orders::Siblings;
use crate::policy::{self, Dialect};
use crate::report::explanation;
use crate::rules::Ruleset;
use crate::server::CallResult;
use crate::source::{Budget, Reading, SourceError, Target, TargetCause, decode};
use crate::text::prose;

/// The scanner behind the tools.
pub(crate) struct Scanner {
    folder: PathBuf,
    allow_urls: bool,
    server: ServerArgs,
    rules: Option<PathBuf>,
    ruleset: Ruleset,
    config: Config,
}

/// The arguments of `check_mcp_server`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckServer {
    target: String,
}

/// The arguments of `check_tool` and `explain`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfTool {
    definition: Value,
}

/// The arguments of `make_policy`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MakePolicy {
    target: String,
    format: Option<String>,
    profile: Option<String>,
}

impl Scanner {
    /// Creates a scanner with the permissions in `args`.
    pub(crate) fn new(
        args: &ServeArgs,
        common: &CommonArgs,
        ruleset: Ruleset,
        config: Config,
    ) -> Result<Self, UsageError> {
        let no_folder = |cause: UsageCause| UsageError::new(args.folder.display().to_string(), cause);
        let folder = args.folder.canonicalize().map_err(|cause| no_folder(UsageCause::Folder(cause)))?;
        if !folder.is_dir() {
            return Err(no_folder(UsageCause::FolderIsFile));
        }
        if let Some(file) = args.launch_allow.as_deref() {
            // A scan would create this file, but here nobody can give consent.
            if !file.exists() {
                return Err(UsageError::new(file.display().to_string(), UsageCause::NoAgreements));
            }
            Allowed::read(file)?;
        }
        let public_only = !args.allow_local_urls;
        let launch_allow = args.launch_allow.clone();
        let server = ServerArgs { launch_allow, public_only, is_of_agent: true, ..ServerArgs::default() };
        let allow_urls = args.allow_urls || args.allow_local_urls;
        Ok(Self { folder, allow_urls, server, rules: common.rules.clone(), ruleset, config })
    }

    /// Handles a tool call.
    pub(crate) async fn call(&self, name: &str, arguments: Map<String, Value>) -> CallResult {
        match name {
            "check_mcp_server" => {
                let requested: CheckServer = parsed(arguments)?;
                Ok(answers::server_check(&self.report(&requested.target, &self.ruleset).await?))
            }
            "check_tool" => {
                let tool = self.tool(arguments)?;
                let (alone, unknown) = (ServerContext::default(), ServerIdentity::default());
                let (settings, siblings) = (&self.ruleset.settings, Siblings::default());
                let report =
                    crate::assess_tool_with(tool, &alone, &siblings, &unknown, &self.ruleset, settings, &self.config);
                Ok(answers::tool_check(&report))
            }
            "explain" => {
                let mut text = Vec::new();
                let explained = classify::explain(&self.tool(arguments)?, &ServerContext::default(), &self.ruleset);
                explanation::write(&[explained], &mut text)?;
                Ok(answers::explanation(&String::from_utf8_lossy(&text)))
            }
            "make_policy" => self.policy(parsed(arguments)?).await,
            other => Err(CallError::UnknownTool(other.to_owned()).into()),
        }
    }

    fn tool(&self, arguments: Map<String, Value>) -> Result<Tool, CallError> {
        let (tool, _) = decode::tool(&parsed::<OfTool>(arguments)?.definition, 1);
        match tool.error {
            Some(why) => Err(CallError::Definition(why)),
            None => Ok(tool),
        }
    }

    async fn policy(&self, requested: MakePolicy) -> CallResult {
        let dialect = requested.format.map_or(Ok(Dialect::INTERCEPT), |name| {
            let known: Vec<String> = Dialect::all().map(|dialect| dialect.name().to_owned()).collect();
            Dialect::from_name(&name).ok_or_else(|| CallError::UnknownFormat(prose::list(&known)))
        })?;
        let report = match requested.profile {
            None => self.report(&requested.target, &self.ruleset).await?,
            Some(profile) => {
                let mut ruleset = Ruleset::load(self.rules.as_deref()).map_err(CallError::reported)?;
                choose_profile(&mut ruleset, &profile).map_err(CallError::reported)?;
                self.report(&requested.target, &ruleset).await?
            }
        };
        if report.servers.is_empty() {
            return Err(CallError::not_read(&report).into());
        }
        let place = format!("policy.{}", dialect.file_extension());
        let files = policy::write_all(&report, Path::new(&place), dialect, None).into_iter();
        let files = files.collect::<Result<Vec<_>, _>>()?;
        Ok(answers::policies(&files))
    }

    /// Scans the target `word`. Fails if nothing could be read.
    async fn report(&self, word: &str, ruleset: &Ruleset) -> Result<Report, CallError> {
        let requested = targets::numbered([self.target(word)]);
        let messages = Messages { quiet: true, verbose: false };
        let terms = consent::Terms {
            args: &self.server,
            config: &self.config,
            messages,
            written: &[],
            disabled: DisabledEntries::LeftOut,
        };
        let settled = consent::settle(requested, &terms);
        let settled = settled.map_err(|error| CallError::reported(&error))?;
        let mut reading = Reading::default();
        for requested in settled {
            let is_open = matches!(&requested.target, Ok(Target::Configured(configured)) if !configured.is_agreed());
            let mut read = match requested.target {
                Ok(target) => {
                    read_one(
                        &target,
                        ReadSettings { args: &self.server, config: &self.config, recorded: None },
                        &Progress::Silent(SilenceReason::Option),
                        &Budget::default(),
                    )
                    .await
                }
                Err(error) => error.into(),
            };
            if is_open {
                let agree = |error: &SourceError| ReportedError { hint: Some(AGREE.into()), ..error.into() }.into();
                read.errors = read.errors.iter().map(agree).collect();
            }
            reading.listings.extend(read.listings);
            reading.errors.extend(read.errors);
        }
        let report = crate::report_with(reading.listings, reading.errors, ruleset, &self.config);
        let is_known = |server: &ServerReport| server.findings().next().is_some();
        let is_empty = report.servers.is_empty() && !report.unread.iter().any(is_known);
        if is_empty { Err(CallError::not_read(&report)) } else { Ok(report) }
    }

    /// Parses the target `word` and checks that it may be read. Commands and files outside the folder are refused.
    fn target(&self, word: &str) -> Result<Target, SourceError> {
        let refused = |cause: TargetCause| Err(SourceError::new(word, cause));
        if word.contains("://") {
            return match Target::parse(&[word.to_owned()], false).pop() {
                Some(Ok(target @ Target::Url(_))) if self.allow_urls => Ok(target),
                Some(Err(error)) => Err(error),
                Some(Ok(_)) | None => Err(SourceError::new("the address", TargetCause::AddressNotServed)),
            };
        }
        let Ok(path) = self.folder.join(word).canonicalize() else {
            return refused(TargetCause::NotInServedFolder);
        };
        if !path.starts_with(&self.folder) {
            return refused(TargetCause::OutsideServedFolder);
        }
        match (path.is_dir(), path.is_file()) {
            (true, _) => Ok(Target::Folder(path)),
            (_, true) => Ok(Target::File(path)),
            _ => refused(TargetCause::SpecialFile),
        }
    }
}

/// Why a tool call failed.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error("there is no tool {0}")]
    UnknownTool(String),
    #[error("could not read the arguments: {0}")]
    Arguments(#[from] serde_json::Error),
    #[error("could not read the definition: {0}")]
    Definition(String),
    /// With the known formats.
    #[error("the formats are {0}")]
    UnknownFormat(String),
    /// An error of the scan, formatted as on the command line.
    #[error("{0}")]
    Reported(String),
}

impl CallError {
    fn reported(error: impl Into<ReportedError>) -> Self {
        Self::Reported(error_text(error))
    }

    /// The error that nothing was read, with all errors of the report.
    fn not_read(report: &Report) -> Self {
        Self::Reported(report.errors.iter().map(error_text).collect::<Vec<_>>().join("\n"))
    }
}

fn parsed<T: DeserializeOwned>(arguments: Map<String, Value>) -> Result<T, CallError> {
    Ok(serde_json::from_value(Value::Object(arguments))?)
}
