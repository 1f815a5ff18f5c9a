//! Waits on this machine for the browser to come back from the authorization server.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use url::Url;

use super::error::LoginCause;
use crate::text::clean;

/// Maximum size of a request, in bytes, and the time that it may take.
const MAX_REQUEST: usize = 16 << 10;
const REQUEST_LIMIT: Duration = Duration::from_secs(5);
/// How long to wait for the user.
const PATIENCE_MINUTES: u64 = 10;
/// The path of the redirect address.
const PATH: &str = "/callback";

/// A listener for one redirect.
pub(super) struct Loopback {
    listener: TcpListener,
    /// The address that the browser is redirected to.
    pub(super) redirect: Url,
}

/// Why the authorization server sent no code, in its own words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) String);

/// What the authorization server sent with the browser.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Callback {
    pub(super) code: Result<String, Refusal>,
    /// The issuer (RFC 9207).
    pub(super) issuer: Option<String>,
}

impl Loopback {
    /// Listens on `port` of 127.0.0.1; 0 is any free port.
    pub(super) async fn bind(port: u16) -> Result<Self, LoginCause> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = format!("http://{}{PATH}", listener.local_addr()?);
        let redirect = Url::parse(&address).map_err(|cause| LoginCause::Refused(cause.to_string()))?;
        Ok(Self { listener, redirect })
    }

    /// Waits for the redirect with this `state`. Other requests are answered and ignored.
    pub(super) async fn callback(self, state: &str) -> Result<Callback, LoginCause> {
        let limit = Duration::from_secs(PATIENCE_MINUTES * 60);
        let (sender, mut receiver) = mpsc::channel(1);
        let state = state.to_owned();
        let accepting = async move {
            // A browser also opens connections that it does not use, so one must not block the others.
            while let Ok((stream, _)) = self.listener.accept().await {
                let (state, sender) = (state.clone(), sender.clone());
                tokio::spawn(async move {
                    if let Ok(Some(callback)) = tokio::time::timeout(REQUEST_LIMIT, answered(stream, &state)).await {
                        let _ = sender.send(callback).await;
                    }
                });
            }
        };
        tokio::select! {
            () = accepting => Err(LoginCause::TimedOut(0)),
            callback = receiver.recv() => callback.ok_or(LoginCause::TimedOut(0)),
            () = tokio::time::sleep(limit) => Err(LoginCause::TimedOut(PATIENCE_MINUTES)),
        }
    }
}

/// Answers one request. Returns the callback if it is the expected one.
async fn answered(mut stream: TcpStream, state: &str) -> Option<Callback> {
    let mut bytes = Vec::new();
    let mut buffer = [0u8; 4096];
    while !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(buffer.get(..read)?);
        if bytes.len() > MAX_REQUEST {
            return None;
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    let callback = callback(text.lines().next().unwrap_or_default(), state);
    let (status, body) = match &callback {
        Some(Callback { code: Ok(_), .. }) => ("200 OK", "You can close this page and go back to mcp-scan."),
        Some(Callback { code: Err(_), .. }) => {
            ("200 OK", "The sign-in was refused. Go back to mcp-scan for the reason.")
        }
        None => ("404 Not Found", "There is nothing here."),
    };
    let head = "Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\nConnection: close";
    let response = format!("HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let _ = stream.write_all(response.as_bytes()).await;
    let _ = stream.shutdown().await;
    callback
}

/// The callback in a request line. `None` if its path or its state is another one.
fn callback(line: &str, state: &str) -> Option<Callback> {
    let target = line.strip_prefix("GET ")?.split(' ').next()?;
    let url = Url::parse("http://127.0.0.1").ok()?.join(target).ok()?;
    let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    if url.path() != PATH || value("state").as_deref() != Some(state) {
        return None;
    }
    let code = match value("error") {
        None => Ok(value("code")?),
        Some(error) => {
            let text = value("error_description").map_or_else(|| error.clone(), |about| format!("{error}: {about}"));
            Err(Refusal(clean::excerpt(&text, 300)))
        }
    };
    Some(Callback { code, issuer: value("iss") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_answer_to_our_request_counts() {
        let found = |line: &str| callback(line, "s1");
        let issuer = Some("https://sign.example".to_owned());
        assert_eq!(
            found("GET /callback?code=a%20b&state=s1&iss=https%3A%2F%2Fsign.example HTTP/1.1"),
            Some(Callback { code: Ok("a b".into()), issuer })
        );
        let refused = found("GET /callback?error=access_denied&error_description=no%1b&state=s1 HTTP/1.1").unwrap();
        assert!(refused.code.unwrap_err().0.starts_with("access_denied: no"));
        for line in [
            "GET /callback?code=a&state=s2 HTTP/1.1",
            "GET /callback?code=a HTTP/1.1",
            "GET /other?code=a&state=s1 HTTP/1.1",
            "POST /callback?code=a&state=s1 HTTP/1.1",
            "GET /callback?state=s1 HTTP/1.1",
            "nonsense",
        ] {
            assert_eq!(found(line), None, "{line}");
        }
    }
}
