//! Servers that use HTTP over a Unix socket: in `http+unix://%2Frun%2Fshop.sock/mcp` the socket path takes the place of
//! the host.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::source::socket_scheme::UNIX_SCHEME;

/// The socket path in `url` and the HTTP URL to request over it. `None` for other URLs.
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
