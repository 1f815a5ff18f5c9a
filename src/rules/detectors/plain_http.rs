//! Finds servers that are reached over unencrypted HTTP, directly or by a program that is started for it.

use url::Url;

use crate::text::clean;
use crate::text::this_machine::is_local_url;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "an http address of another machine, also as an argument";

/// Longest URL in a message, in characters.
const MAX_ADDRESS: usize = 100;

/// The finding if `target` is a plain HTTP URL of another machine, or a command with one that is no proxy.
pub(crate) fn find(target: &str) -> Option<String> {
    let words = || target.split_whitespace().map(|word| word.trim_matches(['"', '\'', ';', ',', ')', '(']));
    let before = std::iter::once("").chain(words());
    let address = words().zip(before).find_map(|(word, before)| {
        let (option, value) = word
            .split_once("=http://")
            .map_or((before, word), |(option, _)| (option, word.get(option.len() + 1..).unwrap_or_default()));
        let url = Url::parse(value).ok().filter(|url| url.scheme() == "http" && !is_local_url(url))?;
        // A program may be called a proxy too.
        let is_proxy = (option.starts_with('-') || word.contains('=')) && option.to_ascii_lowercase().contains("proxy");
        (!is_proxy).then(|| url.as_str().to_owned())
    })?;
    Some(format!("{} is reached over plain http.", clean::excerpt(&address, MAX_ADDRESS)))
}
