//! Finds secrets in user input and configurations, by the name next to them or by their shape, and redacts them
//! wherever a command, URL or server message is shown.

mod code_words;
mod digits;
mod encodings;
mod escapes;
mod forms;
#[cfg(test)]
mod forms_tests;
mod interpreters;
mod issued;
mod issuers;
mod known;
mod names;
mod numbers;
mod packed;
mod picked;
mod pieces;
mod prose;
mod redact;
mod redaction;
mod report_texts;
mod searcher;
mod shifted;
mod spelling;
#[cfg(test)]
mod tests;

pub(crate) use issued::{hide_issued, writes_in_pieces};
pub(crate) use known::KnownSecrets;
pub(crate) use names::{is_secret_name, is_secret_variable, is_too_short};
pub(crate) use redact::{
    has_secret, is_secret, is_secret_value, redact_args, redact_json, redact_program, redact_unparsed_address,
    redact_url, redact_values, words_with_secrets,
};
pub(crate) use report_texts::hide_in_report;
