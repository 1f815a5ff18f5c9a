//! Previews a site: serves its folder over HTTP on this machine only, until an interrupt.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::serve::{Listener, ListenerExt};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tower_http::services::{ServeDir, ServeFile};

use super::diagnose::Messages;
use super::site;
use super::site_error::{SiteCause, SiteError};
use super::values::base_url;
use crate::text::this_machine::is_local_host;

/// Serves the site in `dir` at `port`. 0 chooses a free port.
pub(crate) fn run(dir: &Path, port: u16, messages: Messages) -> Result<(), SiteError> {
    if !dir.join("index.html").is_file() {
        return Err(site::error(dir, SiteCause::Nothing));
    }
    let refused = |cause: io::Error| site::error(dir, SiteCause::Serve(cause));
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(refused)?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let (address, path) = (listener.local_addr()?, path(dir));
        messages.note(&format!("serving {} at http://{address}{path} until interrupted", dir.display()));
        axum::serve(at_once(listener), site(dir, &path)).await
    });
    served.map_err(refused)
}

/// The part of `index.json` that is needed here.
#[derive(Deserialize)]
struct FirstPage {
    url: Option<String>,
}

/// The path of the URL that the site in `dir` was built for, with a trailing slash.
fn path(dir: &Path) -> String {
    let twin = std::fs::read(dir.join("index.json")).ok();
    let first = twin.and_then(|twin| serde_json::from_slice::<FirstPage>(&twin).ok());
    let address = first.and_then(|first| base_url(&first.url?).ok());
    address.map_or_else(|| "/".into(), |url| url.path().to_owned())
}

/// Serves the files of `dir` and its 404 page, both below `path`, where the links of the page lead, and at the root.
fn site(dir: &Path, path: &str) -> Router {
    let files = ServeDir::new(dir).not_found_service(ServeFile::new(dir.join("404.html")));
    let below = match path.trim_end_matches('/') {
        "" => Router::new(),
        folder => {
            let home = Redirect::temporary(path);
            // Axum must not treat `:name` in the path as a parameter.
            let router = Router::new().without_v07_checks().route("/", get(async || home));
            router.nest_service(folder, files.clone())
        }
    };
    let guard = RequestFilter { root: dir.canonicalize().unwrap_or_else(|_| dir.to_owned()), path: path.to_owned() };
    below.fallback_service(files).layer(middleware::from_fn(move |request: Request, next: Next| {
        let refusal = guard.refusal(&request);
        async move {
            match refusal {
                Some(refusal) => refusal,
                None => next.run(request).await,
            }
        }
    }))
}

/// Refuses requests with another host name, which would let a web page read the site (DNS rebinding), and links out of
/// the folder.
#[derive(Clone)]
struct RequestFilter {
    root: PathBuf,
    path: String,
}

impl RequestFilter {
    fn refusal(&self, request: &Request) -> Option<Response> {
        let named = request.headers().get_all(HOST).iter().map(|host| host.to_str().unwrap_or_default());
        let hosts: Vec<&str> = named.chain(request.uri().authority().map(|authority| authority.as_str())).collect();
        if hosts.is_empty() || !hosts.iter().all(|host| is_local_host(host)) {
            return Some((StatusCode::MISDIRECTED_REQUEST, "this is served for this machine alone\n").into_response());
        }
        self.leads_out(request.uri().path()).then(|| StatusCode::NOT_FOUND.into_response())
    }

    /// True if the file for `path` is outside the folder.
    fn leads_out(&self, path: &str) -> bool {
        let below = path.strip_prefix(self.path.trim_end_matches('/')).filter(|_| self.path != "/");
        [Some(path), below].into_iter().flatten().any(|path| {
            let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
            let parts = path.split('/').filter(|part| !["", ".", ".."].contains(part));
            let file = parts.fold(self.root.clone(), |file, part| file.join(part));
            // A missing file is answered with this page.
            let served = if file.exists() { file } else { self.root.join("404.html") };
            [served.join("index.html"), served]
                .iter()
                .any(|file| file.canonicalize().is_ok_and(|real| !real.starts_with(&self.root)))
        })
    }
}

/// Sends responses at once. Otherwise small ones wait about 40 ms for more data (Nagle's algorithm).
fn at_once(listener: TcpListener) -> impl Listener<Io = TcpStream, Addr = SocketAddr> {
    listener.tap_io(|connection| {
        // A failure only affects speed.
        let _ = connection.set_nodelay(true);
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpStream};

    use super::*;

    /// The response to one GET request for `path`.
    fn get(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Serves the site in `dir` as long as the runtime is kept. Returns its address.
    fn serve(dir: &Path) -> (SocketAddr, runtime::Runtime) {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(axum::serve(listener, site(dir, &path(dir))).into_future());
        (address, runtime)
    }

    #[test]
    fn only_the_folder_is_served() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("site");
        std::fs::create_dir_all(root.join("a")).unwrap();
        for (path, text) in [("site/index.html", "home"), ("site/a/index.html", "page a"), ("site/404.html", "lost")] {
            std::fs::write(dir.path().join(path), text).unwrap();
        }
        std::fs::write(dir.path().join("secret"), "precious").unwrap();
        let (address, _runtime) = serve(&root);
        let home = get(address, "/");
        assert!(home.starts_with("HTTP/1.1 200") && home.contains("text/html") && home.ends_with("home"), "{home}");
        assert!(get(address, "/a/").ends_with("page a"));
        for path in ["/../secret", "/%2e%2e/secret", "/a/..%2f..%2fsecret", "/..%5csecret", "//etc/passwd", "/none"] {
            let answer = get(address, path);
            assert!(answer.starts_with("HTTP/1.1 4") && !answer.contains("precious"), "{path}: {answer}");
        }
    }

    #[test]
    fn other_hosts_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("index.html"), "home").unwrap();
        let (address, _runtime) = serve(dir.path());
        let ask = |head: &str| {
            let mut stream = TcpStream::connect(address).unwrap();
            write!(stream, "{head}Connection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        for host in ["localhost", "LOCALHOST:8643", "127.0.0.1", &address.to_string(), "[::1]:1"] {
            assert!(ask(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n")).ends_with("home"), "{host}");
        }
        for host in ["evil.example", "evil.example:8643", "localhost.evil.example", "127.0.0.1.evil.example", ""] {
            let answer = ask(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n"));
            assert!(answer.starts_with("HTTP/1.1 4") && !answer.contains("home"), "{host}: {answer}");
        }
        let absolute = ask("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n");
        assert!(absolute.starts_with("HTTP/1.1 4"), "{absolute}");
    }

    #[cfg(unix)]
    #[test]
    fn no_link_out_of_the_folder_is_followed() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("site");
        std::fs::create_dir_all(root.join("a")).unwrap();
        std::fs::create_dir_all(root.join("linked-index")).unwrap();
        std::fs::create_dir(dir.path().join("outside")).unwrap();
        for (path, text) in
            [("site/index.html", "home"), ("site/a/page.html", "page a"), ("outside/secret", "precious")]
        {
            std::fs::write(dir.path().join(path), text).unwrap();
        }
        symlink("../outside/secret", root.join("file")).unwrap();
        symlink("../outside", root.join("folder")).unwrap();
        symlink("../../outside/secret", root.join("linked-index/index.html")).unwrap();
        symlink("a/page.html", root.join("inside")).unwrap();
        let (address, _runtime) = serve(&root);
        assert!(get(address, "/inside").ends_with("page a"), "a link within the folder");
        for path in ["/file", "/folder/secret", "/f%69le", "/linked-index/", "/linked-index/index.html"] {
            let answer = get(address, path);
            assert!(answer.starts_with("HTTP/1.1 4") && !answer.contains("precious"), "{path}: {answer}");
        }
        symlink("../outside/secret", root.join("404.html")).unwrap();
        assert!(!get(address, "/none").contains("precious"));
    }

    #[test]
    fn a_site_for_an_address_is_served_below_its_path_too() {
        let dir = tempfile::tempdir().unwrap();
        for (file, text) in [
            ("index.html", "home"),
            ("index.json", r#"{"url": "https://host.example/:of/*all {tools}/"}"#),
            ("404.html", "lost"),
        ] {
            std::fs::write(dir.path().join(file), text).unwrap();
        }
        let path = path(dir.path());
        let (address, _runtime) = serve(dir.path());
        let first = get(address, "/");
        assert!(first.starts_with("HTTP/1.1 307") && first.contains(&format!("location: {path}\r\n")), "{first}");
        for found in [&path, &format!("{path}index.html"), "/index.html"] {
            assert!(get(address, found).ends_with("home"), "{found}");
        }
        for lost in [&format!("{path}none"), "/none", &format!("{path}%2e%2e/%2e%2e/secret")] {
            let answer = get(address, lost);
            assert!(answer.starts_with("HTTP/1.1 404") && answer.ends_with("lost"), "{answer}");
        }
    }
}
