//! The policy enforced on live calls: what its limits have counted, and a log of every decision.

pub(crate) mod state;
