//! The sessions of all clients over HTTP. Each has a connection to the server of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use futures::future::BoxFuture;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{sleep, timeout};

use super::session::HttpSession;
use crate::guard::gate::Gate;
use crate::guard::random_id::random_id;
use crate::guard::server_connection::{QUEUE, ServerConnection};
use crate::guard::session::Session;
use crate::source::Running;

/// Most sessions at once.
const MAX_SESSIONS: usize = 500;
/// How long a client may ask for nothing before its session ends, and how often this is checked.
const MAX_IDLE: Duration = Duration::from_secs(30 * 60);
const CHECK_EVERY: Duration = Duration::from_secs(60);
/// How long the output of a server is still read after the client has ended the session.
const AFTERWARDS: Duration = Duration::from_secs(2);

/// Opens a connection to the server. An error is a sentence.
pub(crate) type Connect = Box<dyn Fn() -> BoxFuture<'static, Result<Connected, String>> + Send + Sync>;

/// A connection, and the process of the server if it was started for it.
pub(crate) type Connected = (ServerConnection, Option<Running>);

/// The sessions of all clients.
pub(super) struct Sessions {
    gate: Arc<Gate>,
    patience: Duration,
    connect: Connect,
    /// A permit for each session, from before its server is started until that has ended.
    permits: Arc<Semaphore>,
    table: Mutex<HashMap<String, Arc<HttpSession>>>,
}

impl Sessions {
    pub(super) fn new(gate: Arc<Gate>, patience: Duration, connect: Connect) -> Self {
        Self { gate, patience, connect, permits: Arc::new(Semaphore::new(MAX_SESSIONS)), table: Mutex::default() }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<String, Arc<HttpSession>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session that a client names.
    pub(super) fn find(&self, name: Option<&str>) -> Result<Arc<HttpSession>, (StatusCode, &'static str)> {
        let name = name.ok_or((StatusCode::BAD_REQUEST, "the header Mcp-Session-Id is missing"))?;
        let found = self.table().get(name).cloned();
        found.ok_or((StatusCode::NOT_FOUND, "the session has ended, or never was; begin a new one"))
    }

    /// Ends the session that a client names.
    pub(super) fn end(&self, name: Option<&str>) -> Result<(), (StatusCode, &'static str)> {
        self.find(name)?.end();
        name.and_then(|name| self.table().remove(name));
        Ok(())
    }

    /// Begins a session with a connection to the server. Returns its name.
    pub(super) async fn begin(self: &Arc<Self>) -> Result<(String, Arc<HttpSession>), String> {
        let permit = Arc::clone(&self.permits).try_acquire_owned();
        let permit = permit.map_err(|_| "too many sessions are open".to_owned())?;
        let name = random_id::<32>().map_err(|cause| cause.to_string())?;
        let (connection, running) = (self.connect)().await?;
        let (to_client, for_client) = mpsc::channel(QUEUE);
        let (to_server, for_server) = mpsc::channel(QUEUE);
        let session = Session::new(Arc::clone(&self.gate), self.patience, to_client, to_server);
        let session = Arc::new(session.map_err(|cause| cause.to_string())?);
        let mut server = connection.serve(&session, for_server);
        let http = Arc::new(HttpSession::new(session));
        tokio::spawn(HttpSession::deliver(Arc::clone(&http.outbox), for_client));
        self.table().insert(name.clone(), Arc::clone(&http));
        let (sessions, begun, id) = (Arc::clone(self), Arc::clone(&http), name.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = server.ended() => begun.session.fail_pending("the server ended before it replied").await,
                () = begun.ending.notified() => {
                    begun.session.end_server().await;
                    let _ = timeout(AFTERWARDS, server.ended()).await;
                }
            }
            sessions.table().remove(&id);
            begun.session.end_client().await;
            if let Some(running) = running {
                running.end();
            }
            drop(permit);
        });
        Ok((name, http))
    }

    /// Ends sessions whose clients are gone, for ever.
    pub(super) async fn end_idle(self: Arc<Self>) {
        loop {
            sleep(CHECK_EVERY).await;
            let idle = |session: &&Arc<HttpSession>| session.outbox.idle().is_some_and(|time| time > MAX_IDLE);
            self.table().values().filter(idle).for_each(|session| session.end());
        }
    }
}
