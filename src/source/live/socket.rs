//! Servers that speak HTTP over a Unix socket: `http+unix://%2Frun%2Fshop.sock/mcp` names the socket where other
//! addresses name the host.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::source::target::UNIX_SCHEME;

/// The socket that `url` names, and the address behind it; `None` for an address of another kind.
pub(crate) fn socket(url: &Url) -> Option<(PathBuf, Url)> {
    if url.scheme() != UNIX_SCHEME {
        return None;
    }
    let path = percent_decode_str(url.host_str()?).decode_utf8().ok()?.into_owned();
    let mut address = Url::parse("http://localhost/").ok()?;
    address.set_path(url.path());
    address.set_query(url.query());
    Some((path.into(), address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_the_socket() {
        let (path, address) = socket(&Url::parse("http+unix://%2Frun%2Fshop.sock/mcp?k=v").unwrap()).unwrap();
        assert_eq!((path, address.as_str()), ("/run/shop.sock".into(), "http://localhost/mcp?k=v"));
        assert_eq!(socket(&Url::parse("http://localhost/mcp").unwrap()), None);
    }
}
