//! Text functions that know nothing about MCP: words of identifiers and sentences, escaping for display, slugs for file
//! names, quoting for YAML and JSON, hand-written YAML, and grammar (plurals, articles) for generated sentences.

pub mod clean;
pub(crate) mod comments;
pub(crate) mod digest;
pub(crate) mod duplicate_keys;
pub(crate) mod duration;
pub(crate) mod embedded;
pub(crate) mod file;
pub(crate) mod fold;
pub(crate) mod hidden;
pub(crate) mod json;
pub(crate) mod likely;
pub(crate) mod log;
pub(crate) mod markdown;
pub(crate) mod os_error;
pub(crate) mod prefix;
pub(crate) mod prose;
pub(crate) mod public_address;
pub(crate) mod quote;
pub(crate) mod quoted;
pub(crate) mod reveal;
pub(crate) mod root_cause;
pub(crate) mod shell;
pub mod slug;
pub(crate) mod stem;
pub(crate) mod this_machine;
pub(crate) mod unedited;
pub mod words;
pub mod yaml;
