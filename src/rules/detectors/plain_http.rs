//! A server that is reached without encryption.

use url::{Host, Url};

use crate::text::clean;

/// What it does, for `rules show`.
pub(crate) const ABOUT: &str = "an http address of another machine";

/// Longest address in a sentence, in characters.
const MAX_ADDRESS: usize = 100;

/// The address `target`, if it is reached over plain http.
pub(crate) fn find(target: &str) -> Option<String> {
    let url = Url::parse(target).ok().filter(|url| url.scheme() == "http")?;
    let is_local = match url.host()? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    (!is_local).then(|| format!("{} is reached over plain http.", clean::excerpt(target, MAX_ADDRESS)))
}
