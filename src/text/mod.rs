//! Text, before it means anything: words of an identifier or a sentence, text made safe to show, slugs for file
//! names, quoting for YAML and JSON, YAML that people write, and the small grammar (plurals, articles) that generated sentences
//! need. Independent of MCP.

pub mod clean;
pub mod digest;
pub mod duration;
pub mod embedded;
pub mod fold;
pub mod hidden;
pub mod json;
pub mod likely;
pub mod log;
pub mod markdown;
pub mod prefix;
pub mod prose;
pub mod quote;
pub mod reveal;
pub mod shell;
pub mod slug;
pub mod stem;
pub mod unedited;
pub mod words;
pub mod yaml;
