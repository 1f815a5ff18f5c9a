//! Finds servers that are reached over unencrypted HTTP.

use url::Url;

use crate::text::clean;
use crate::text::this_machine::is_local_url;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "an http address of another machine";

/// Longest URL in a message, in characters.
const MAX_ADDRESS: usize = 100;

/// The finding if `target` is a plain HTTP URL of another machine.
pub(crate) fn find(target: &str) -> Option<String> {
    let url = Url::parse(target).ok().filter(|url| url.scheme() == "http")?;
    (!is_local_url(&url)).then(|| format!("{} is reached over plain http.", clean::excerpt(target, MAX_ADDRESS)))
}
