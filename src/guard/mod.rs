//! The policy enforced on live calls: what its limits have counted, and a log of every decision.
#![allow(dead_code, unused_imports, reason = "the proxy, which comes next, uses the rest")]

mod file_id;
pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod state;
