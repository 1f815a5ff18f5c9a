//! The policy enforced on live calls: what its limits have counted, and a log of every decision.

mod active_policy;
mod approval;
pub(crate) mod asking;
mod call_gate;
mod calls;
mod categories;
mod client;
mod connections;
mod deciding;
mod era;
mod error_codes;
mod file_id;
mod hosts;
pub(crate) mod http;
mod imitation;
mod item_listing;
mod lines;
mod listed;
pub(crate) mod log;
mod message;
mod methods;
pub(crate) mod metrics;
pub(crate) mod metrics_server;
mod mutex;
mod negotiating;
mod output;
mod pins;
mod random_id;
mod raw_object;
mod relay;
mod replies;
mod reporter;
mod restarting;
mod results;
mod server_connection;
mod server_link;
mod session;
pub(crate) mod several;
mod spelling;
pub(crate) mod state;
mod tool_call;
mod tool_listing;
pub(crate) mod traces;
mod translation;
mod watching;

pub(crate) use active_policy::{ActivePolicy, Load, WatchedPolicy};
pub(crate) use call_gate::{CallGate, CallGateOptions, OnError};
pub(crate) use categories::Categories;
pub(crate) use relay::{Ended, relay};
pub(crate) use reporter::Reporter;
pub(crate) use restarting::{Restart, Translation};
pub(crate) use results::{OnInjection, ResultReader};
pub(crate) use server_connection::{ServerConnection, Streams};

#[cfg(test)]
mod tests;
