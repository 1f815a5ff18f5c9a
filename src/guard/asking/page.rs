//! Asks on a page that only this machine reaches. Each question has a link of its own, which is valid once.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use std::{fmt::Write, io};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_FRAME_OPTIONS};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::guard::approval::{Choice, Choices};
use crate::guard::connections::Connections;
use crate::guard::http::Access;
use crate::guard::mutex::lock;
use crate::guard::random_id::random_id;

/// Most questions that wait for an answer at once.
const MAX_OPEN: usize = 100;
/// Longest form, in bytes.
const MAX_FORM: usize = 1_000;
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";
const STYLE: &str = "body{font:16px sans-serif;max-width:45em;margin:3em auto;padding:0 1em}\
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#eee;color:#000;padding:1em}button{font:inherit;margin:.3em .3em 0 0}";

/// Shows a link to a person.
type ShowLink = Box<dyn Fn(&str) + Send + Sync>;

/// A page for questions.
pub(crate) struct PageAsker {
    address: SocketAddr,
    questions: Arc<Questions>,
    show: ShowLink,
}

#[derive(Default)]
struct Questions(Mutex<HashMap<String, Question>>);

struct Question {
    text: String,
    choices: &'static Choices,
    answer: oneshot::Sender<Choice>,
}

/// Forgets a question when it is dropped.
struct Open<'q>(&'q Questions, String);

impl Questions {
    fn open(&self) -> MutexGuard<'_, HashMap<String, Question>> {
        lock(&self.0)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open().remove(&self.1);
    }
}

impl PageAsker {
    /// Serves the page at a free port of this machine. `show` gets the link of each question.
    pub(crate) async fn start(show: ShowLink) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let questions = Arc::<Questions>::default();
        let routes = Router::new().route("/approve/{token}", get(shown).post(answered));
        let routes = routes.with_state(Arc::clone(&questions));
        tokio::spawn(async move { axum::serve(Connections::new(listener), routes).await });
        Ok(Self { address, questions, show })
    }

    /// The answer to `question`, one of `choices`. `None` if there is none within `limit`.
    pub(super) async fn ask(&self, question: String, choices: &'static Choices, limit: Duration) -> Option<Choice> {
        let token = random_id::<32>().ok()?;
        let (answer, receiver) = oneshot::channel();
        let _open = {
            let mut open = self.questions.open();
            if open.len() >= MAX_OPEN {
                return None;
            }
            open.insert(token.clone(), Question { text: question, choices, answer });
            Open(&self.questions, token.clone())
        };
        (self.show)(&format!("http://{}/approve/{token}", self.address));
        tokio::time::timeout(limit, receiver).await.ok()?.ok()
    }
}

async fn shown(State(questions): State<Arc<Questions>>, Path(token): Path<String>, request: Request) -> Response {
    if let Err(refused) = Access::default().check(request.headers()) {
        return refused.into_response();
    }
    let question = questions.open().get(&token).map(|question| (escaped(&question.text), question.choices));
    let Some((text, choices)) = question else {
        return over();
    };
    let mut form = format!("<h1>May the agent make this call?</h1><pre>{text}</pre><form method=\"post\">");
    for (number, (words, _)) in choices.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(form, "<button name=\"choice\" value=\"{number}\">{words}</button>");
    }
    page(StatusCode::OK, &format!("{form}</form>"))
}

async fn answered(State(questions): State<Arc<Questions>>, Path(token): Path<String>, request: Request) -> Response {
    if let Err(refused) = Access::default().check(request.headers()) {
        return refused.into_response();
    }
    let body = to_bytes(request.into_body(), MAX_FORM).await.unwrap_or_default();
    let number =
        body.strip_prefix(b"choice=").and_then(|number| std::str::from_utf8(number).ok()?.parse::<usize>().ok());
    let choices = questions.open().get(&token).map(|question| question.choices);
    let Some(choices) = choices else { return over() };
    let Some((_, choice)) = number.and_then(|at| choices.get(at)) else {
        return page(StatusCode::BAD_REQUEST, "<p>Choose one of the answers.");
    };
    let question = questions.open().remove(&token);
    match question.map(|question| question.answer.send(*choice)) {
        Some(Ok(())) => page(StatusCode::OK, "<p>Done. You can close this page."),
        Some(Err(_)) | None => over(),
    }
}

fn over() -> Response {
    page(StatusCode::NOT_FOUND, "<p>This question is answered, or its time is over.")
}

fn page(status: StatusCode, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>mcp-scan guard</title><style>{STYLE}</style>{body}"
    );
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_FRAME_OPTIONS, "DENY"),
        // With no referrer at all, browsers send the form without its origin, and it is refused.
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ];
    (status, headers, html).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;
    use crate::guard::approval::CHOICES;

    async fn sent(link: &str, method: &str, headers: &str, body: &str) -> String {
        let (host, path) = link.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let mut stream = TcpStream::connect(host).await.unwrap();
        let host = if headers.contains("Host:") { String::new() } else { format!("Host: {host}\r\n") };
        let length = body.len();
        let request = format!(
            "{method} /{path} HTTP/1.1\r\n{host}{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn a_link_shows_one_question_and_answers_it_once() {
        let (links, shown) = std::sync::mpsc::channel();
        let asker = PageAsker::start(Box::new(move |link| links.send(link.to_owned()).unwrap())).await.unwrap();
        let limit = Duration::from_secs(10);
        let person = async {
            tokio::task::yield_now().await;
            let link = loop {
                match shown.try_recv() {
                    Ok(link) => break link,
                    Err(_) => tokio::task::yield_now().await,
                }
            };
            let page = sent(&link, "GET", "", "").await;
            assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"), "{page}");
            for (headers, status) in [("Host: evil.example\r\n", "421"), ("Origin: https://evil.example\r\n", "403")] {
                assert!(sent(&link, "POST", headers, "choice=0").await.contains(status), "{headers}");
            }
            assert!(sent(&link, "POST", "", "choice=9").await.contains("400"));
            assert!(sent(&link, "POST", "", "choice=0").await.contains("200 OK"));
            assert!(sent(&link, "POST", "", "choice=0").await.contains("404"), "the link is used up");
            assert!(sent(&link, "GET", "", "").await.contains("404"));
        };
        let (answer, ()) = tokio::join!(asker.ask("run <script>?".into(), CHOICES, limit), person);
        assert_eq!(answer, Some(Choice::Once));
        assert_eq!(asker.ask("late?".into(), CHOICES, Duration::from_millis(20)).await, None);
        assert!(asker.questions.open().is_empty());
    }
}
