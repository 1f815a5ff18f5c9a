//! The arguments of `hook`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};

use super::{OverlayArgs, PolicyOverlay, overlay, readable_dialects};
use crate::cli::values;
use crate::policy::Dialect;
use crate::policy::hook::HookClient;

/// The options of `hook`.
#[derive(Debug, Clone, Args)]
pub(crate) struct HookArgs {
    /// The policy file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) policy: PathBuf,
    /// The client that runs the hook
    #[arg(long, value_name = "NAME", value_parser = clients())]
    pub(crate) client: HookClient,
    /// What the client calls the server; calls of other servers' tools are left to the client
    #[arg(long, value_name = "NAME", value_parser = values::server_name)]
    pub(crate) server_name: String,
    /// Count calls in PLACE: a folder, a .db file or redis://HOST:PORT; hooks and guards that name the same place share
    /// their limits [default: the user's state folder]
    #[arg(long, value_name = "PLACE", value_hint = ValueHint::AnyPath)]
    pub(crate) state: Option<String>,
    /// The policy's form; what it looks like when not given
    #[arg(long, value_name = "NAME", value_parser = readable_dialects())]
    pub(crate) policy_format: Option<Dialect>,
    /// Tighten the policy by another one: a call must pass both. AGENT=FILE is for the client AGENT only (repeatable)
    #[arg(long, value_name = "[AGENT=]FILE", value_parser = overlay)]
    pub(crate) overlay: Vec<PolicyOverlay>,
}

impl HookArgs {
    /// The overlays; the client is the agent.
    pub(crate) fn overlays(&self) -> OverlayArgs {
        OverlayArgs { overlay: self.overlay.clone(), agent: Some(self.client.name().to_owned()) }
    }
}

fn clients() -> impl TypedValueParser<Value = HookClient> {
    let named = |name: String| HookClient::from_name(&name).ok_or("no such client");
    PossibleValuesParser::new(HookClient::ALL.map(HookClient::name)).try_map(named)
}
