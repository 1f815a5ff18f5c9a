//! Tests of whole sessions.

mod approvals;
mod calls;
mod ends;
mod faults;
mod pins;
mod server_messages;
mod session_in_memory;
mod several;
mod translation;
