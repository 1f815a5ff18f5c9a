//! Bounded downloads from registries. A credential goes to the host that it belongs to, and nowhere else.

use std::time::Duration;

use jiff::civil::Date;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use reqwest::header::{ACCEPT, AUTHORIZATION, DATE, HeaderValue};
use reqwest::{Client, StatusCode};
use url::Url;

use super::error::PackageCause;
use super::registry_note::RegistryNote;
use crate::model::{Package, Publication};
use crate::package::source_tree::SourceTree;
use crate::text::clean;
use crate::text::root_cause::root_cause;

/// The files of a package and what it is.
pub(crate) struct Fetched {
    pub(crate) package: Package,
    pub(crate) tree: SourceTree,
    pub(crate) notes: Vec<RegistryNote>,
    pub(crate) publication: Option<Publication>,
}

/// How much of the description of a package is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What its files are.
    Files,
    /// Also how each version was published.
    Publication,
}

/// The answer of a registry.
pub(crate) struct Fetch {
    pub(crate) bytes: Vec<u8>,
    /// The day of the answer in UTC, by the registry's clock.
    pub(crate) day: Option<Date>,
}

/// The longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(20);
/// The longest wait for one whole download.
const TOTAL: Duration = Duration::from_secs(180);
/// The largest description of a package, in bytes. Of packages with thousands of versions it is tens of megabytes.
pub(crate) const MAX_METADATA: u64 = 64 << 20;
/// The largest archive of a package, in bytes.
pub(crate) const MAX_ARCHIVE: u64 = 128 << 20;

/// A client for registries. Proxies are those of the environment.
pub(crate) fn client() -> Result<Client, PackageCause> {
    let client = Client::builder()
        .connect_timeout(CONNECT)
        .timeout(TOTAL)
        .user_agent(concat!("mcp-scan/", env!("CARGO_PKG_VERSION")));
    client.build().map_err(|cause| failed("the registry", &cause))
}

/// The bytes at `url`, at most `max`. `authorization` is the value of the header for the host of `url`; it is not sent to
/// another host after a redirect.
pub(crate) async fn get(
    client: &Client,
    url: &Url,
    accept: &str,
    authorization: Option<&str>,
    max: u64,
) -> Result<Fetch, PackageCause> {
    let registry = host(url);
    if !["http", "https"].contains(&url.scheme()) {
        return Err(PackageCause::Address(clean::excerpt(url.as_str(), 100)));
    }
    let mut request = client.get(url.clone()).header(ACCEPT, accept);
    if let Some(mut value) = authorization.and_then(|value| HeaderValue::from_str(value).ok()) {
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    let mut response = request.send().await.map_err(|cause| failed(&registry, &cause))?;
    match response.status() {
        status if status.is_success() => {}
        StatusCode::NOT_FOUND => return Err(PackageCause::NoPackage { registry }),
        status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            return Err(PackageCause::Refused { registry, status: status.as_u16() });
        }
        status => return Err(PackageCause::Status { registry, status: status.as_u16() }),
    }
    let date = response.headers().get(DATE).and_then(|date| rfc2822::parse(date.to_str().ok()?).ok());
    let day = date.map(|date| date.with_time_zone(TimeZone::UTC).date());
    let mut bytes = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|cause| failed(&registry, &cause))? {
        if (bytes.len() + part.len()) as u64 > max {
            return Err(PackageCause::TooLarge { mib: max >> 20 });
        }
        bytes.extend_from_slice(&part);
    }
    Ok(Fetch { bytes, day })
}

/// The host of a registry, for messages.
pub(crate) fn host(url: &Url) -> String {
    url.host_str().unwrap_or("the registry").to_owned()
}

fn failed(registry: &str, error: &reqwest::Error) -> PackageCause {
    PackageCause::Connection { registry: registry.to_owned(), cause: root_cause(error) }
}
