//! Serves the counts of a guard at `/metrics`, to this machine alone.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use super::connections::Connections;
use super::metrics::Metrics;
use crate::text::this_machine::is_local_host;

/// The type of the text format of Prometheus.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers requests on `listener` until the program ends.
pub(crate) async fn serve(listener: TcpListener, metrics: Arc<Metrics>) -> io::Result<()> {
    let answer = async move |request: Request| answer(&request, &metrics);
    axum::serve(Connections::new(listener), Router::new().route("/metrics", get(answer))).await
}

/// Refuses other host names, which would let a web page read the counts (DNS rebinding).
fn answer(request: &Request, metrics: &Metrics) -> Response {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next().and_then(|host| host.to_str().ok()), hosts.next()) {
        (Some(host), None) if is_local_host(host) => ([(CONTENT_TYPE, TEXT)], metrics.text()).into_response(),
        _ => (StatusCode::MISDIRECTED_REQUEST, "this is served for this machine alone\n").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    async fn asked(address: SocketAddr, path: &str, host: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn the_counts_are_for_this_machine_alone() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, Arc::default()));
        for host in [address.to_string(), "localhost:9".into(), "127.0.0.1".into(), "[::1]:80".into()] {
            let text = asked(address, "/metrics", &host).await;
            assert!(text.starts_with("HTTP/1.1 200") && text.contains("mcp_scan_guard_calls_total"), "{host}: {text}");
        }
        for host in ["evil.example", "localhost.evil.example", "10.0.0.1:80"] {
            let text = asked(address, "/metrics", host).await;
            assert!(text.starts_with("HTTP/1.1 421") && !text.contains("mcp_scan"), "{host}: {text}");
        }
        assert!(asked(address, "/", "localhost").await.starts_with("HTTP/1.1 404"));
    }
}
