//! The sessions of all clients over HTTP. Each has a connection to the server of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::http::StatusCode;
use futures::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};

use super::reply_room::ReplyRoom;
use super::session::HttpSession;
use super::shared_session::SharedSession;
use crate::guard::call_gate::CallGate;
use crate::guard::era::Era;
use crate::guard::mutex::lock;
use crate::guard::output::Output;
use crate::guard::random_id::random_id;
use crate::guard::server_connection::{QUEUE, ServerConnection, ServerTasks};
use crate::guard::server_link::ServerLink;
use crate::guard::session::Session;
use crate::guard::session_error::SessionError;
use crate::guard::translation::Translator;
use crate::source::Running;
use crate::source::queue::{Receiver, queue};

/// Most sessions at once.
const MAX_SESSIONS: usize = 500;
/// How long a client may ask for nothing before its session ends, and how often this is checked.
const MAX_IDLE: Duration = Duration::from_secs(30 * 60);
const CHECK_EVERY: Duration = Duration::from_secs(60);
/// How long the output of a server is still read after the client has ended the session.
const AFTERWARDS: Duration = Duration::from_secs(2);
/// How long to wait before `server/discover` is sent again to a server that did not answer it.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// Opens a connection to the server.
pub(crate) type Connect = Box<dyn Fn() -> BoxFuture<'static, Result<Connected, SessionError>> + Send + Sync>;

/// A connection, and the process of the server if it was started for it.
pub(crate) type Connected = (ServerConnection, Option<Running>);

/// The sessions of all clients.
pub(super) struct Sessions {
    gate: Arc<CallGate>,
    patience: Duration,
    /// Room for the replies of all sessions.
    room: Arc<ReplyRoom>,
    connect: Connect,
    /// Whether clients without sessions share a server that speaks only revisions with sessions, by a translation.
    shares_older_servers: bool,
    /// A permit for each session, from before its server is started until that has ended.
    permits: Arc<Semaphore>,
    table: Mutex<HashMap<String, Arc<HttpSession>>>,
    /// The session of all clients without sessions. Locked while it begins.
    shared: tokio::sync::Mutex<Shared>,
}

/// What is known of the session of all clients without sessions.
#[derive(Default)]
enum Shared {
    #[default]
    NotBegun,
    Begun(Arc<SharedSession>),
    /// The server has answered that it speaks only revisions with sessions.
    Legacy,
    /// The server had not answered at this time.
    Silent(Instant),
}

/// A connection to the server, opened for a session.
struct Opened {
    session: Session,
    server: ServerConnection,
    running: Option<Running>,
    for_client: Receiver<Output>,
    for_server: Receiver<Output>,
    permit: OwnedSemaphorePermit,
}

/// Why a client without a session is not served.
pub(super) enum NotShared {
    /// The server speaks only revisions with sessions.
    Legacy,
    /// The server did not say which revisions it speaks.
    Silent,
    /// The server cannot be reached.
    Failed(SessionError),
}

impl Shared {
    /// What a client gets at once. `None` if the session has to begin first.
    fn known(&self) -> Option<Result<Arc<SharedSession>, NotShared>> {
        match self {
            Self::Begun(session) if !session.is_over() => Some(Ok(Arc::clone(session))),
            Self::Legacy => Some(Err(NotShared::Legacy)),
            Self::Silent(time) if time.elapsed() < RETRY_AFTER => Some(Err(NotShared::Silent)),
            Self::NotBegun | Self::Begun(_) | Self::Silent(_) => None,
        }
    }
}

impl Sessions {
    pub(super) fn new(
        gate: Arc<CallGate>,
        patience: Duration,
        connect: Connect,
        shares_older_servers: bool,
        room: Arc<ReplyRoom>,
    ) -> Self {
        Self {
            gate,
            patience,
            room,
            connect,
            shares_older_servers,
            permits: Arc::new(Semaphore::new(MAX_SESSIONS)),
            table: Mutex::default(),
            shared: tokio::sync::Mutex::default(),
        }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<String, Arc<HttpSession>>> {
        lock(&self.table)
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

    async fn open(&self, translator: Translator) -> Result<Opened, SessionError> {
        let permit = Arc::clone(&self.permits).try_acquire_owned();
        let permit = permit.map_err(|_| SessionError::TooMany)?;
        let (server, running) = (self.connect)().await?;
        let (to_client, for_client) = queue(QUEUE);
        let (to_server, for_server) = queue(QUEUE);
        let link = ServerLink::new(to_server, translator, false);
        let session = Session::new(Arc::clone(&self.gate), self.patience, to_client, link)?;
        Ok(Opened { session, server, running, for_client, for_server, permit })
    }

    /// Begins a session with a connection to the server. Returns its name.
    pub(super) async fn begin(self: &Arc<Self>) -> Result<(String, Arc<HttpSession>), SessionError> {
        let name = random_id::<32>()?;
        let Opened { session, server, running, for_client, for_server, permit } = self.open(Translator::off()).await?;
        let session = Arc::new(session);
        let mut server = server.serve(&session, for_server);
        let http = Arc::new(HttpSession::new(session, Arc::clone(&self.room)));
        tokio::spawn(HttpSession::deliver(Arc::clone(&http.outbox), for_client));
        self.table().insert(name.clone(), Arc::clone(&http));
        let (sessions, begun, id) = (Arc::clone(self), Arc::clone(&http), name.clone());
        tokio::spawn(async move {
            end(&begun.session, &mut server, begun.ending.notified()).await;
            sessions.table().remove(&id);
            begun.session.end_client().await;
            if let Some(running) = running {
                running.end();
            }
            drop(permit);
        });
        Ok((name, http))
    }

    /// The session of all clients without sessions. Begun with their first request, and again if it has ended.
    pub(super) async fn shared(self: &Arc<Self>) -> Result<Arc<SharedSession>, NotShared> {
        if let Some(known) = self.shared.lock().await.known() {
            return known;
        }
        let sessions = Arc::clone(self);
        // It begins, or ends its server, even if the client leaves meanwhile.
        let begun = tokio::spawn(async move { sessions.begin_shared().await }).await;
        begun.unwrap_or_else(|_| Err(NotShared::Failed(SessionError::BrokenOff)))
    }

    async fn begin_shared(&self) -> Result<Arc<SharedSession>, NotShared> {
        let mut shared = self.shared.lock().await;
        // Another client may have begun it meanwhile.
        if let Some(known) = shared.known() {
            return known;
        }
        let begun = self.shared_session(Translator::off()).await?;
        let known = match begun.era().await {
            Era::Modern => {
                *shared = Shared::Begun(Arc::clone(&begun));
                return Ok(begun);
            }
            Era::Legacy => Shared::Legacy,
            Era::Unknown => Shared::Silent(Instant::now()),
        };
        begun.end();
        if self.shares_older_servers {
            // Anew, because some servers do not go on after a request before `initialize`.
            let begun = self.shared_session(Translator::for_several_clients()).await?;
            return match begun.session().initialize(None).await {
                Ok(()) => {
                    *shared = Shared::Begun(Arc::clone(&begun));
                    Ok(begun)
                }
                Err(why) => {
                    *shared = Shared::Silent(Instant::now());
                    begun.end();
                    Err(NotShared::Failed(why))
                }
            };
        }
        let refused = match known {
            Shared::Silent(_) => NotShared::Silent,
            Shared::Legacy | Shared::NotBegun | Shared::Begun(_) => NotShared::Legacy,
        };
        *shared = known;
        Err(refused)
    }

    /// Opens a session for all clients without sessions.
    async fn shared_session(&self, translator: Translator) -> Result<Arc<SharedSession>, NotShared> {
        let opened = self.open(translator).await.map_err(NotShared::Failed)?;
        let Opened { session, server, running, for_client, for_server, permit } = opened;
        let session = Arc::new(session.of_several_clients());
        let mut server = server.serve(&session, for_server);
        let begun = Arc::new(SharedSession::new(session, Arc::clone(&self.room)));
        tokio::spawn(Arc::clone(&begun).deliver(for_client));
        let ended = Arc::clone(&begun);
        tokio::spawn(async move {
            end(ended.session(), &mut server, ended.ending()).await;
            ended.session().end_client().await;
            if let Some(running) = running {
                running.end();
            }
            drop(permit);
        });
        Ok(begun)
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

/// Waits until the server has ended, or until `ending` and then for the output that the server still has.
async fn end(session: &Session, server: &mut ServerTasks, ending: impl Future<Output = ()>) {
    tokio::select! {
        () = server.ended() => session.fail_pending("the server ended before it replied").await,
        () = ending => {
            let ended = async {
                session.server.end().await;
                server.ended().await;
            };
            // A server that does not read does not take the end either.
            let _ = timeout(AFTERWARDS, ended).await;
        }
    }
}
