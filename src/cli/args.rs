//! The arguments, as clap types; the doc comments are the help.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ColorChoice, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

mod add;
mod catalogue;
mod discover;
mod drift;
mod eval;
mod fleet;
mod format;
mod gate;
mod guard;
mod guard_commands;
mod guard_run;
mod hook;
mod login;
mod overlay;
mod policy_calls;
mod policy_format;
mod serve;
mod server;

pub(crate) use add::{AddArgs, PlaceArgs, RemoveArgs};
pub(crate) use catalogue::CatalogueArgs;
pub(crate) use discover::DiscoverArgs;
pub(crate) use drift::{DiffArgs, DriftFormat, LOCK_FILE, LockArgs};
pub(crate) use eval::{AnnotationMode, BlindMode, EvalArgs, PartMode};
pub(crate) use fleet::FleetArgs;
pub(crate) use format::{Format, ReportFile, TextFormat};
pub(crate) use gate::{FailOnDrift, GateArgs};
pub(crate) use guard::GuardArgs;
pub(crate) use guard_commands::{
    GuardCommand, GuardInstallArgs, GuardLogArgs, GuardPlaceArgs, GuardStatusArgs, GuardUninstallArgs,
};
pub(crate) use guard_run::{ApproveWith, GuardRunArgs, Translate};
pub(crate) use hook::HookArgs;
pub(crate) use login::{LoginArgs, LogoutArgs};
use overlay::overlay;
pub(crate) use overlay::{OverlayArgs, PolicyOverlay};
pub(crate) use policy_calls::{PolicyLearnArgs, PolicyReplayArgs};
pub(crate) use policy_format::PolicyFormat;
pub(crate) use serve::ServeArgs;
pub(crate) use server::{Home, ServerArgs};

use crate::cli::values;
use crate::policy::Dialect;
use crate::rules::DEFAULT_PROFILE;
use format::wanted_report;
use policy_format::policy_formats;

/// Report whether an MCP server can be added, and limit what its tools can do.
///
/// A TARGET is `-` (a listing on standard input), an http(s) URL, an existing file or folder of saved listings, or else
/// a command that starts a server, followed by the arguments of that command. Scanning is the default command:
/// `mcp-scan TARGET` is `mcp-scan scan TARGET`.
#[derive(Debug, Parser)]
#[command(version, bin_name = "mcp-scan", subcommand_negates_reqs = true, subcommand_value_name = "COMMAND")]
#[command(after_help = EXAMPLES, after_long_help = LONG_EXAMPLES)]
pub(crate) struct Cli {
    /// The command; none is `scan`.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// The options of the default command.
    #[command(flatten)]
    pub(crate) scan: ScanArgs,
    /// What every command understands.
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// The command line.
pub fn command() -> clap::Command {
    Cli::command().override_usage(
        "mcp-scan [OPTIONS] TARGET...\n       mcp-scan [OPTIONS] -- PROGRAM [ARGUMENT]...\n       mcp-scan COMMAND ...",
    )
}

/// What stands below the help on one screen, and below the whole of it.
const EXAMPLES: &str = "\
Example: mcp-scan npx -y @modelcontextprotocol/server-everything";
const LONG_EXAMPLES: &str = "\
An example of each group:
  Options        mcp-scan --policy policy.yaml -f json -o report.json listing.json
  Output         mcp-scan --catalogue site --report sarif=scan.sarif listing.json
  Fleets         mcp-scan --targets servers.txt --resume results
  Gate           mcp-scan --fail-on high --lock mcp-scan.lock -- ./my-server --stdio
  Configuration  mcp-scan --config team.yaml listing.json
  Servers        mcp-scan --header 'Authorization: Bearer ...' https://example.com/mcp
  Messages       mcp-scan --plain --color never listing.json
  Rules          mcp-scan --rules my-rules listing.json

Exit codes:
  0 done, 1 the gate failed, 2 usage, 3 a target not read, 70 internal failure, 130 interrupted";

/// One command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan servers and saved listings (the default command)
    #[command(override_usage = "mcp-scan scan [OPTIONS] TARGET...\n       \
                                mcp-scan scan [OPTIONS] -- COMMAND [ARGUMENT]...")]
    Scan(Box<ScanArgs>),
    /// Show how a verdict was reached
    #[command(override_usage = "mcp-scan explain [OPTIONS] TARGET... [--tool NAME]...\n       \
                                mcp-scan explain [OPTIONS] --tool NAME -- COMMAND [ARGUMENT]...")]
    Explain(ExplainArgs),
    /// Build a static site from saved reports and listings
    Catalogue(CatalogueArgs),
    /// List or scan the servers in the configurations of MCP clients
    #[command(override_usage = "mcp-scan discover [OPTIONS] [PROJECT]...\n       \
                                mcp-scan discover --scan [SCAN OPTIONS] [PROJECT]...")]
    Discover(Box<DiscoverArgs>),
    /// Measure the accuracy of the rules on labelled tools
    Eval(EvalArgs),
    /// List, show, test or export the rules
    Rules(RulesArgs),
    /// Check, compare, test, learn and replay policies
    Policy(PolicyArgs),
    /// Enforce a policy in front of a server
    #[command(override_usage = "mcp-scan guard --policy FILE [OPTIONS] -- COMMAND [ARGUMENT]...")]
    Guard(Box<GuardArgs>),
    /// Decide a tool call that a client hands to its hook
    Hook(HookArgs),
    /// Record the approved state of servers and tools in a lock file
    #[command(override_usage = "mcp-scan lock [OPTIONS] TARGET...\n       \
                                mcp-scan lock [OPTIONS] -- COMMAND [ARGUMENT]...")]
    Lock(LockArgs),
    /// Show the changes since the lock; exit with 1 if one fails
    #[command(override_usage = "mcp-scan diff [OPTIONS] TARGET...\n       \
                                mcp-scan diff [OPTIONS] -- COMMAND [ARGUMENT]...")]
    Diff(DiffArgs),
    /// Scan a server and add it to a client, with policy and lock
    #[command(override_usage = "mcp-scan add [OPTIONS] --client NAME SERVER...\n       \
                                mcp-scan add [OPTIONS] --client NAME -- COMMAND [ARGUMENT]...")]
    Add(Box<AddArgs>),
    /// Undo what `add` wrote
    Remove(Box<RemoveArgs>),
    /// Sign in to a server that asks for authorization (OAuth)
    Login(LoginArgs),
    /// Remove the tokens of a server
    Logout(LogoutArgs),
    /// Run as an MCP server that lets an agent check other servers
    Serve(ServeArgs),
    /// Write a commented mcp-scan.yaml
    Init {
        /// Configuration file to write
        #[arg(value_name = "FILE", default_value = crate::config::FILE_NAME, value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Overwrite an existing file
        #[arg(long)]
        force: bool,
    },
    /// Print shell completions
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Messages")]
pub(crate) struct CommonArgs {
    /// Colour the output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_short_help = true)]
    pub(crate) color: ColorChoice,
    /// Print only errors on standard error, and only the answers of a table
    #[arg(short, long, global = true, conflicts_with = "verbose", hide_short_help = true)]
    pub(crate) quiet: bool,
    /// Print progress on standard error
    #[arg(short, long, global = true, hide_short_help = true)]
    pub(crate) verbose: bool,
    /// Write tables as sentences, without columns and colour, for screen readers
    #[arg(long, global = true, hide_short_help = true)]
    pub(crate) plain: bool,
    /// Overlay rule files from DIR: an entry replaces the built-in entry with its id, or is added
    #[arg(long, global = true, value_name = "DIR", help_heading = "Rules", value_hint = ValueHint::DirPath, hide_short_help = true)]
    pub(crate) rules: Option<PathBuf>,
}

/// The options of a scan.
#[derive(Debug, Clone, Args)]
pub(crate) struct ScanArgs {
    /// What to scan: `-`, URLs, files and folders, or a command with its arguments
    #[arg(value_name = "TARGET", required_unless_present = "targets_file", trailing_var_arg = true, value_hint = ValueHint::AnyPath, hide_short_help = true)]
    pub(crate) targets: Vec<String>,

    /// Format of the report
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: Format,
    /// Write the report to FILE, not to standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Write another report to FILE (repeatable)
    #[arg(long, value_name = "FORMAT=FILE", value_parser = wanted_report, help_heading = "Output", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub(crate) report: Vec<ReportFile>,
    /// Write a starter policy to FILE
    ///
    /// With several formats, write one file each into the folder FILE.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) policy: Option<PathBuf>,
    /// Show the rule of verdict.yaml that gave the answer, what it matched, and the rules that did not hold
    #[arg(long, help_heading = "Output", hide_short_help = true)]
    pub(crate) explain_verdict: bool,
    /// Format of the policy (repeatable); `all` for every format
    #[arg(long, value_name = "NAME", default_value = Dialect::INTERCEPT.name(), value_parser = policy_formats(), requires = "policy", help_heading = "Output", hide_short_help = true)]
    pub(crate) policy_format: Vec<PolicyFormat>,
    /// Name of the server in client configurations, for policies that are client settings; needs a single target
    #[arg(long, value_name = "NAME", value_parser = values::server_name, requires = "policy", help_heading = "Output", hide_short_help = true)]
    pub(crate) server_name: Option<String>,
    /// Policy profile: starter, read-only, no-irreversible, no-money, strict, or one from your own rules
    #[arg(long, value_name = "NAME", default_value = DEFAULT_PROFILE, help_heading = "Output", hide_short_help = true)]
    pub(crate) profile: String,
    /// Set a value that the policy's guards use: path-root=DIR, public-host=HOST, amount-cap=NUMBER (repeatable)
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Output", hide_short_help = true)]
    pub(crate) set: Vec<String>,
    /// Merge new tools into the policy in FILE and mark removed and changed ones; keeps manual edits
    #[arg(long, requires = "policy", conflicts_with = "policy_tests", help_heading = "Output", hide_short_help = true)]
    pub(crate) merge: bool,
    /// Overwrite files that a person has edited, and merge into the policy of another server
    #[arg(long, help_heading = "Output", hide_short_help = true)]
    pub(crate) force: bool,
    /// Write NAME.tests.yaml beside the policy: an allowed and a refused call for each guarded tool
    #[arg(long, requires = "policy", help_heading = "Output", hide_short_help = true)]
    pub(crate) policy_tests: bool,
    /// Write a static site about the servers and their tools into the folder DIR
    #[arg(long, value_name = "DIR", help_heading = "Output", value_hint = ValueHint::DirPath, hide_short_help = true)]
    pub(crate) catalogue: Option<PathBuf>,

    /// Many targets, and which of them.
    #[command(flatten)]
    pub(crate) fleet: FleetArgs,
    /// What may not pass.
    #[command(flatten)]
    pub(crate) gate: GateArgs,

    /// Which configuration is in force.
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// How servers are started and reached.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Which configuration is in force.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct ConfigArgs {
    /// Read overrides and ignores from FILE instead of from mcp-scan.yaml in the working folder
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub(crate) config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long, conflicts_with = "config", hide_short_help = true)]
    pub(crate) no_config: bool,
}

/// The formats whose policies can decide a single call.
fn decidable_dialects() -> impl TypedValueParser<Value = Dialect> {
    let named = |name: String| Dialect::from_name(&name).ok_or("no such format");
    PossibleValuesParser::new(Dialect::decidable().map(Dialect::name)).try_map(named)
}

fn readable_dialects() -> impl TypedValueParser<Value = Dialect> {
    let named = |name: String| Dialect::from_name(&name).ok_or("no such format");
    PossibleValuesParser::new(Dialect::readable().map(Dialect::name)).try_map(named)
}

/// The options of `explain`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ExplainArgs {
    /// Targets, as in a scan
    #[arg(value_name = "TARGET", required = true, trailing_var_arg = true, value_hint = ValueHint::AnyPath)]
    pub(crate) targets: Vec<String>,
    /// Tool to explain (repeatable) [default: all tools]
    #[arg(long, value_name = "NAME")]
    pub(crate) tool: Vec<String>,
    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub(crate) format: TextFormat,
    /// Which configuration is in force.
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// How servers are started and reached.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// The options of `policy`.
#[derive(Debug, Clone, Args)]
pub(crate) struct PolicyArgs {
    /// What to do with it
    #[command(subcommand)]
    pub(crate) command: PolicyCommand,
}

/// What to do with a policy.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Find missing, unused and weak rules; exit with 1 if there are any
    #[command(override_usage = "mcp-scan policy check [OPTIONS] POLICY TARGET\n       \
                                mcp-scan policy check [OPTIONS] POLICY -- COMMAND [ARGUMENT]...")]
    Check(Box<PolicyCheckArgs>),
    /// Show the decisions that differ between two policies; exit with 1 if any differ
    Diff(PolicyDiffArgs),
    /// Show which calls a policy allows, limits, denies or holds for approval; exit with 1 if a call does not match its
    /// expectation
    Test(PolicyTestArgs),
    /// Write a policy to standard output that allows what recorded calls did
    Learn(PolicyLearnArgs),
    /// Count which recorded calls a policy would have held back, by tool and rule
    Replay(PolicyReplayArgs),
}

/// The options of `policy check`.
#[derive(Debug, Clone, Args)]
pub(crate) struct PolicyCheckArgs {
    /// The policy file
    #[arg(value_name = "POLICY", value_hint = ValueHint::FilePath)]
    pub(crate) policy: PathBuf,
    /// Server that the policy is for, as in a scan
    #[arg(value_name = "TARGET", required = true, trailing_var_arg = true, value_hint = ValueHint::AnyPath)]
    pub(crate) targets: Vec<String>,
    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub(crate) format: CheckFormat,
    /// Format of the policy [default: detected]
    #[arg(long, value_name = "NAME", value_parser = decidable_dialects())]
    pub(crate) policy_format: Option<Dialect>,
    /// Policies that tighten it.
    #[command(flatten)]
    pub(crate) overlays: OverlayArgs,
    /// Profile to compare with: a rule that is weaker is a problem
    #[arg(long, value_name = "NAME", default_value = DEFAULT_PROFILE)]
    pub(crate) profile: String,
    /// Set a value that the profile's guards use, as when the policy was written (repeatable)
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Which configuration is in force.
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// How servers are started and reached.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// The options of `policy test`.
#[derive(Debug, Clone, Args)]
pub(crate) struct PolicyTestArgs {
    /// The policy file
    #[arg(value_name = "POLICY", value_hint = ValueHint::FilePath)]
    pub(crate) policy: PathBuf,
    /// Calls to test: one JSON object per line with tool, arguments, and optionally at (seconds), expect and rule; `-` is
    /// standard input; or a file that --policy-tests wrote [default: NAME.tests.yaml beside the policy]
    #[arg(value_name = "CALLS", value_hint = ValueHint::FilePath)]
    pub(crate) calls: Option<PathBuf>,
    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub(crate) format: TextFormat,
    /// Format of the policy [default: detected]
    #[arg(long, value_name = "NAME", value_parser = decidable_dialects())]
    pub(crate) policy_format: Option<Dialect>,
    /// Policies that tighten it.
    #[command(flatten)]
    pub(crate) overlays: OverlayArgs,
}

/// The options of `policy diff`.
#[derive(Debug, Clone, Args)]
pub(crate) struct PolicyDiffArgs {
    /// The policy before
    #[arg(value_name = "BEFORE", value_hint = ValueHint::FilePath)]
    pub(crate) before: PathBuf,
    /// The policy after
    #[arg(value_name = "AFTER", value_hint = ValueHint::FilePath)]
    pub(crate) after: PathBuf,
    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub(crate) format: TextFormat,
    /// Format of both policies [default: detected]
    #[arg(long, value_name = "NAME", value_parser = readable_dialects())]
    pub(crate) policy_format: Option<Dialect>,
    /// Policies that tighten the policy after.
    #[command(flatten)]
    pub(crate) overlays: OverlayArgs,
}

/// The form of what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// Text for people
    Text,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// The options of `rules`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RulesArgs {
    /// What to do with them
    #[command(subcommand)]
    pub(crate) command: RulesCommand,
}

/// What to do with the rules.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum RulesCommand {
    /// List the rules, one per line
    List {
        /// Output format
        #[arg(short, long, value_name = "FORMAT", default_value = "text")]
        format: TextFormat,
    },
    /// Show one rule with its reason and examples
    Show {
        /// Id of the rule
        id: String,
        /// Output format
        #[arg(short, long, value_name = "FORMAT", default_value = "text")]
        format: TextFormat,
    },
    /// Run the examples of every rule; exit with 1 if one fails
    Test,
    /// Write the built-in rule files into the new folder DIR, to start your own rules from
    Export {
        /// The folder
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
    },
}
