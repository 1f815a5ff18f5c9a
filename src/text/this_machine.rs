//! Tells this machine from all others by what an address or a `Host` header names.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

/// True if `url` names this machine: a loopback address, `localhost`, or a name below it.
pub(crate) fn is_local_url(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// True if `host`, a `Host` header with or without a port, names this machine. A name below `localhost` does not count:
/// a browser may be sent anywhere by it.
pub(crate) fn is_local_host(host: &str) -> bool {
    let address = host.parse::<SocketAddr>().map(|address| address.ip()).or_else(|_| host.parse::<IpAddr>());
    let port = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let name = port.map_or(host, |(name, _)| name);
    let unbracketed = |text: &str| text.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    match address.ok().or_else(|| unbracketed(host)).or_else(|| unbracketed(name)) {
        Some(address) => address.is_loopback(),
        None => name.eq_ignore_ascii_case("localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_local() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1", "127.8.0.1:9", "[::1]:80", "[::1]", "::1"] {
            assert!(is_local_host(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example:80",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "a.localhost",
            "localhost:80@evil.example",
        ] {
            assert!(!is_local_host(host), "{host}");
        }
        for url in
            ["http://localhost", "http://a.localhost:1/x", "http://127.0.0.1", "http://[::1]/", "http://2130706433/"]
        {
            assert!(is_local_url(&Url::parse(url).unwrap()), "{url}");
        }
        for url in ["http://localhost@evil.example", "http://10.0.0.1", "http://[::ffff:10.0.0.1]/", "data:,x"] {
            assert!(!is_local_url(&Url::parse(url).unwrap()), "{url}");
        }
    }
}
