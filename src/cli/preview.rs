//! A look at a site: its folder over HTTP, for this machine alone, until an interrupt ends the program.

use std::io;
use std::net::Ipv4Addr;
use std::path::Path;

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime;
use tower_http::services::{ServeDir, ServeFile};

use super::diagnose::Messages;
use crate::model::TargetError;

/// Serves the site in `dir` at `port` (0: one that is free).
pub fn run(dir: &Path, port: u16, messages: Messages) -> Result<(), TargetError> {
    let failed = |why: String, hint: &str| TargetError {
        target: dir.display().to_string(),
        what: "could not serve the catalogue".into(),
        why,
        hint: Some(hint.into()),
    };
    if !dir.join("index.html").is_file() {
        return Err(failed("there is no site in it".into(), "name the reports to build it from as well"));
    }
    let refused = |cause: io::Error| failed(cause.to_string(), "give another port: --serve=8643");
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(refused)?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        messages.note(&format!("serving {} at http://{}/ until interrupted", dir.display(), listener.local_addr()?));
        axum::serve(listener, site(dir)).await
    });
    served.map_err(refused)
}

/// The files of `dir`, and its page for what is not there.
fn site(dir: &Path) -> Router {
    let files = ServeDir::new(dir).not_found_service(ServeFile::new(dir.join("404.html")));
    Router::new().fallback_service(files)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;

    /// The answer to one request, by its bare path.
    fn get(address: std::net::SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
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
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(axum::serve(listener, site(&root)).into_future());
        let home = get(address, "/");
        assert!(home.starts_with("HTTP/1.1 200") && home.contains("text/html") && home.ends_with("home"), "{home}");
        assert!(get(address, "/a/").ends_with("page a"));
        for path in ["/../secret", "/%2e%2e/secret", "/a/..%2f..%2fsecret", "/..%5csecret", "//etc/passwd", "/none"] {
            let answer = get(address, path);
            assert!(answer.starts_with("HTTP/1.1 4") && !answer.contains("precious"), "{path}: {answer}");
        }
    }
}
