//! Restricts connections to public internet addresses, so that no host name leads to this machine or a private network.

use std::io;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::text::public_address::is_public;

/// A resolver that returns only public addresses.
pub(crate) struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(io::Error::other(format!("{} has no public address", name.as_str())).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// True if the host of `url` is a public address, or a name, which `PublicResolver` checks later.
pub(crate) fn may_be_public(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(_)) => true,
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_public_however_it_is_written() {
        for (url, public) in [
            ("http://0x7f.1/", false),
            ("http://2130706433/", false),
            ("http://[::ffff:7f00:1]/", false),
            ("http://127.1/", false),
            ("https://1.1.1.1/", true),
            ("https://host.example/", true),
        ] {
            assert_eq!(may_be_public(&Url::parse(url).unwrap()), public, "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_has_no_address() {
        let resolved = PublicResolver.resolve("localhost".parse().unwrap()).await;
        assert!(resolved.err().unwrap().to_string().contains("no public address"));
    }
}
