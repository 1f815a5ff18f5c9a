//! Why a run ends: the errors of other modules and those of the command line itself.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::add::error::{AddError, RemoveError};
use super::guard::error::GuardError;
use super::guard::install_error::InstallError;
pub(crate) use super::internal_error::{InternalCause, InternalError};
pub(crate) use super::policy_file_error::{PolicyFileCause, PolicyFileError};
use super::site_error::SiteError;
use crate::audit::{BaselineError, lock::LockError};
use crate::config::ConfigError;
use crate::guard::log::LogReadError;
use crate::model::{Failure, FailureCause};
use crate::policy::recorded::RecordError;
use crate::rules::{RulesError, SettingError};
use crate::source::SourceError;
use crate::source::authorization::LoginError;
use crate::text::prose;

/// An error that ends the run.
#[derive(Debug, Error)]
pub(crate) enum CliError {
    /// A target that could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// `mcp-scan.yaml` is invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The rule files are invalid.
    #[error(transparent)]
    Rules(#[from] RulesError),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    #[error(transparent)]
    Policy(#[from] PolicyFileError),
    /// A server cannot be added to a client.
    #[error(transparent)]
    Add(#[from] AddError),
    /// Signing in or out failed.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// A server cannot be removed from a client.
    #[error(transparent)]
    Remove(#[from] RemoveError),
    /// A guard cannot be put in front of a server.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// A server cannot be guarded.
    #[error(transparent)]
    Guard(#[from] GuardError),
    #[error(transparent)]
    Site(#[from] SiteError),
    /// A file or stream cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A command-line argument is unusable.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// A failure of this program or of the machine.
    #[error(transparent)]
    Internal(#[from] InternalError),
    /// The run was interrupted while targets were read.
    #[error("interrupted before {} of {of} had answered", prose::count(*unread, "target"))]
    Interrupted {
        /// The number of targets without a result.
        unread: usize,
        /// The number of all targets.
        of: usize,
    },
    /// The user quit at a question.
    #[error("you quit")]
    Quit,
}

/// A command-line argument that is unusable.
pub(crate) type UsageError = Failure<UsageCause>;

/// Why a command-line argument is unusable.
#[derive(Debug, Error)]
pub(crate) enum UsageCause {
    /// `--profile`: unknown profile.
    #[error("no profile has this name")]
    NoProfile {
        /// The known profiles.
        known: Vec<String>,
    },
    /// `lock --approve`: no such server or tool.
    #[error("no server of this name was read, and no locked server has a tool of this name")]
    NothingToApprove,
    /// `lock --approve`: several servers or tools have the name. Each as it is named alone.
    #[error("the name fits {}", prose::list(.0))]
    SeveralToApprove(Vec<String>),
    /// `--set`: invalid setting.
    #[error(transparent)]
    Setting(SettingError),
    /// `rules show`: unknown rule.
    #[error("no rule has this id")]
    NoRule,
    /// `rules export`: the files cannot be written.
    #[error("{0}")]
    Export(io::Error),
    /// `--fail-on` with an id that never fails.
    #[error("no finding has this id, and no flow that would fail here{}", did_you_mean(.likely.as_deref()))]
    NoFinding {
        /// The most similar id.
        likely: Option<String>,
    },
    /// `--baseline` without a gate.
    #[error("--baseline needs a gate")]
    BaselineWithoutGate,
    /// `--server-name` with several servers.
    #[error("it is the name of one server, and {} were read", prose::count(*servers, "server"))]
    ServerName {
        /// The number of servers.
        servers: usize,
    },
    /// `policy check` with several servers.
    #[error("it applies to one server, and {} were read", prose::count(*servers, "server"))]
    SeveralServers {
        /// The number of servers.
        servers: usize,
    },
    /// `discover` with a folder that does not exist.
    #[error("there is no such folder")]
    NoProject,
    /// `explain --tool`: no such tool.
    #[error("no tool of that name is among the {}", prose::count(*of, "tool"))]
    NoTool {
        /// The requested name.
        tool: String,
        /// The number of tools.
        of: usize,
        /// Some of their names.
        names: Vec<String>,
    },
    /// `explain`: a target is the name of a tool.
    #[error("no file or folder is called so; the name of a tool stands behind --tool")]
    ToolAsTarget {
        /// The command that explains it.
        command: String,
    },
    /// `--targets`: the file cannot be read.
    #[error("{0}")]
    Targets(io::Error),
    /// `--targets`: the file is too large.
    #[error("it is larger than {mib} MiB")]
    TargetsTooLarge {
        /// The limit, in MiB.
        mib: u64,
    },
    /// `--targets`: the file contains no target.
    #[error("the file names no target, so nothing would be scanned and any gate would pass")]
    NoTargets,
    /// `--targets -`: standard input is also one of the targets.
    #[error("it holds the targets and is one of them")]
    StdinTwice,
    /// `--header` with addresses of several origins.
    #[error("it would go to {}, and a header is for one of them", prose::list(origins))]
    SharedHeader {
        /// The origins, sorted.
        origins: Vec<String>,
    },
    /// `--resume`: the folder cannot be created.
    #[error("{0}")]
    Results(io::Error),
    /// `discover -f` with a format that a list of servers does not have.
    #[error("`discover` writes table, json or jsonl")]
    ListFormat,
    /// `eval`: invalid labels.
    #[error("{0}")]
    Labels(String),
    /// `policy test`: the calls cannot be read.
    #[error("{0}")]
    Calls(io::Error),
    /// The recorded calls are invalid.
    #[error(transparent)]
    Recorded(RecordError),
    /// `policy test`: invalid calls. The text shows the line with a caret.
    #[error("{0}")]
    CallsSyntax(String),
    /// `guard log`: the log cannot be read.
    #[error(transparent)]
    GuardLog(LogReadError),
    /// `serve --folder`: the folder cannot be opened.
    #[error("{0}")]
    Folder(io::Error),
    /// `serve --folder` is a file.
    #[error("it is a file")]
    FolderIsFile,
    /// `--launch-allow`: the file cannot be read.
    #[error("{0}")]
    Agreements(io::Error),
    /// `--launch-allow`: the file is invalid.
    #[error("{0}")]
    AgreementsSyntax(serde_json::Error),
    /// `--launch-allow`: the file has another version.
    #[error("it is of version {found}, and this program knows {known}")]
    AgreementsVersion {
        /// The version of the file.
        found: u32,
        /// The supported version.
        known: u32,
    },
    /// `serve --launch-allow`: no such file.
    #[error("there is no such file")]
    NoAgreements,
}

/// How the user can allow an agent's server to start.
pub(crate) const AGREE: &str = "the user looks at the configuration and agrees with `mcp-scan --launch-allow FILE CONFIGURATION`, \
                         and then serves with `mcp-scan serve --launch-allow FILE`";

impl FailureCause for UsageCause {
    fn attempt(&self) -> String {
        match self {
            Self::NoProfile { .. } => "could not choose the profile",
            Self::NothingToApprove | Self::SeveralToApprove(_) => "could not approve the change",
            Self::Setting(_) => "could not set the value",
            Self::NoRule => "could not show the rule",
            Self::Export(_) => "could not export the rules",
            Self::NoFinding { .. } | Self::BaselineWithoutGate => "could not set the gate",
            Self::ServerName { .. } => "could not call the server by this name",
            Self::SeveralServers { .. } => "could not check the policy",
            Self::NoProject => "could not look into the project",
            Self::ListFormat => "could not write the list",
            Self::NoTool { tool, .. } => return format!("could not explain {tool}"),
            Self::ToolAsTarget { .. } => "could not read the target",
            Self::Targets(_) | Self::TargetsTooLarge { .. } => "could not read the file of targets",
            Self::NoTargets => "could not find a target",
            Self::StdinTwice => "could not read standard input",
            Self::SharedHeader { .. } => "could not send the header",
            Self::Results(_) => "could not make the folder of results",
            Self::Labels(_) => "could not read the labelled tools",
            Self::Calls(_) | Self::CallsSyntax(_) | Self::Recorded(_) => "could not read the calls",
            Self::GuardLog(_) => "could not read the log",
            Self::Folder(_) | Self::FolderIsFile => "could not serve the folder",
            Self::Agreements(_) | Self::AgreementsSyntax(_) | Self::AgreementsVersion { .. } | Self::NoAgreements => {
                "could not read the file of agreements"
            }
        }
        .into()
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoProfile { known } => return Some(format!("there are {}", prose::list(known))),
            Self::NoTool { names, of, .. } => {
                let more = if *of > names.len() { " (and others)" } else { "" };
                return (!names.is_empty()).then(|| format!("choose one of {}{more}", prose::list(names)));
            }
            Self::ToolAsTarget { command } => return Some(command.clone()),
            Self::NothingToApprove => {
                "name a server as the lock calls it, or a tool; `mcp-scan diff` lists what has changed"
            }
            Self::SeveralToApprove(_) => "name one of these: SERVER/ is the whole server, SERVER/TOOL a tool of it",
            Self::Setting(_) => "write it like --set path-root=/srv/project",
            Self::NoRule => "`mcp-scan rules list` names them all",
            Self::Export(_) => "give the path of a folder that does not exist yet, in one that does",
            Self::NoFinding { .. } => "`mcp-scan rules list` shows the ids; a flow needs several servers",
            Self::BaselineWithoutGate => "say what fails the gate: --fail-on, or fail_on in mcp-scan.yaml",
            Self::ServerName { .. } => "name one target, or leave --server-name out",
            Self::SeveralServers { .. } => "name the one server that the policy is for",
            Self::NoProject => "`mcp-scan discover` takes folders of projects; `mcp-scan FILE` reads a configuration",
            Self::ListFormat => "`discover --scan` scans the servers and writes every format",
            Self::Targets(_) | Self::TargetsTooLarge { .. } => "give a text file with one target or command per line",
            Self::NoTargets => {
                "write one target or command per line: a listing, a folder, a URL, or the command of a server"
            }
            Self::StdinTwice => "put the targets into a file",
            Self::SharedHeader { .. } => "scan each origin in a run of its own",
            Self::Results(_) => "check the place and its permissions",
            Self::Labels(_) => {
                "give JSONL: one tool per line with its label (Read, Write, Execute, Destructive, Financial, NonRead)"
            }
            Self::Calls(_) => "`mcp-scan --policy FILE --policy-tests TARGET` writes a companion beside the policy",
            Self::CallsSyntax(_) | Self::Recorded(_) => {
                "a call is an object with tool and arguments; at, expect and rule are optional"
            }
            Self::GuardLog(_) => "give the file that `mcp-scan guard --log FILE` writes",
            Self::Folder(_) | Self::FolderIsFile => {
                "--folder names the folder that holds the listings and the configurations"
            }
            Self::Agreements(_) | Self::AgreementsSyntax(_) | Self::AgreementsVersion { .. } => {
                "a run with --launch --launch-allow writes a new file of agreements"
            }
            Self::NoAgreements => AGREE,
        };
        Some(hint.into())
    }
}

fn did_you_mean(likely: Option<&str>) -> String {
    likely.map_or_else(String::new, |id| format!("; did you mean {id}?"))
}

/// An output that cannot be written.
pub(crate) type OutputError = Failure<OutputCause>;

/// An output that cannot be written, and why.
#[derive(Debug, Error)]
#[error("{why}")]
pub(crate) struct OutputCause {
    /// The kind of output: "the policy".
    pub(crate) what: &'static str,
    pub(crate) why: Unwritable,
}

/// Why an output cannot be written.
#[derive(Debug, Error)]
pub(crate) enum Unwritable {
    /// An error of the operating system.
    #[error("{0}")]
    File(io::Error),
    /// An error of the operating system on standard output.
    #[error("{0}")]
    Stdout(io::Error),
    /// `-`, which many programs take for standard output.
    #[error("it would be a file called -, not standard output")]
    Dash,
    /// The path is a folder.
    #[error("it is a folder")]
    IsFolder,
    /// The folder does not exist.
    #[error("there is no folder {}", .0.display())]
    NoFolder(PathBuf),
    /// A link to a file elsewhere that does not exist: who put it there chose what is written.
    #[error("it is a link to {}, which does not exist", .0.display())]
    LeadsElsewhere(PathBuf),
    /// It, or a folder in its path, is a link out of the repository: who wrote that chose where the output goes.
    #[error("a link in its path leads out of this repository, to {}", .0.display())]
    FolderLeadsElsewhere(PathBuf),
    /// It would overwrite an input.
    #[error("{0} is read from this file and would be lost")]
    IsInput(&'static str),
    /// It would overwrite a file in a folder that is scanned.
    #[error("it is one of the files of {}, which is scanned, and would be lost", .0.display())]
    IsScanned(PathBuf),
    /// It would overwrite a file that a scanned server runs.
    #[error("a server that is scanned may run this file, which would be lost")]
    IsRun,
    /// Another output has the same file.
    #[error("{0} goes to the same file")]
    SameAs(&'static str),
    /// Another output has the same folder.
    #[error("{0} goes there too")]
    SameFolder(&'static str),
    /// The folder contains an input.
    #[error("{0} is read from this folder")]
    HoldsInput(&'static str),
    /// The folder contains the scanned folder.
    #[error("it contains the folder that is scanned")]
    HoldsScanned,
    /// A companion file with edits of the user.
    #[error("the file that is there was edited and would be lost")]
    EditedCompanion,
    /// A file with edits of the user, or one that is not ours.
    #[error("the file that is there is not as mcp-scan writes it, and what a person wrote there would be lost")]
    Edited,
    /// The configuration exists already.
    #[error("it is there already")]
    Exists,
}

impl FailureCause for OutputCause {
    fn attempt(&self) -> String {
        format!("could not write {}", self.what)
    }

    fn hint(&self) -> Option<String> {
        let hint = match self.why {
            Unwritable::File(_) => "check the place and its permissions",
            Unwritable::Stdout(_) => "check where standard output leads, and the space there",
            Unwritable::Dash => "a report goes to standard output without -o; for a file of this name give ./-",
            Unwritable::IsFolder => "give the name of a file",
            Unwritable::NoFolder(_) => "create the folder first, or give another path",
            Unwritable::LeadsElsewhere(_) | Unwritable::FolderLeadsElsewhere(_) => {
                "remove the link, or give the path that it leads to"
            }
            Unwritable::IsInput(_) | Unwritable::IsRun => "give another path",
            Unwritable::IsScanned(_) => "give a path outside of the folder",
            Unwritable::SameAs(_) => "give each a file of its own",
            Unwritable::SameFolder(_) | Unwritable::HoldsInput(_) | Unwritable::HoldsScanned => {
                "give each a place of its own"
            }
            Unwritable::EditedCompanion => "move it away or leave out --policy-tests; nothing was written",
            Unwritable::Edited => "move it away, or give another path; --force writes over it where the command has it",
            Unwritable::Exists => "give another name, or --force to write over it",
        };
        Some(hint.into())
    }
}
