//! Finds out which revisions the server of a session speaks, for a client that may need a translation.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::era::{Era, discover, era};
use super::session::Session;
use super::session_error::SessionError;
use super::translation::{Opening, OwnRequest, Step};

/// How long a server may take to say which revisions it speaks, before it is sent `initialize`. Servers of the older revisions
/// may stay silent.
const PROBE: Duration = Duration::from_secs(10);
/// How long a server may take to answer `initialize`. It may just have been started.
const HANDSHAKE: Duration = Duration::from_secs(30);

/// What the guard learned of the server.
enum Learned {
    /// It speaks the client's revision.
    Modern,
    /// Its reply to `initialize`.
    Initialized(String),
    /// It ended, or cannot be reached.
    Ended,
    Silent,
    /// It is known by now how the session goes on.
    Known,
}

impl Session {
    /// Finds out what the server speaks, and then passes on what the client has sent meanwhile. Boxed, since what is passed on
    /// may lead here.
    pub(super) fn negotiate(self: Arc<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            if let Err(why) = self.negotiated().await {
                self.gate.report(&format!("the client cannot be served: {why}"));
                self.do_steps(self.server.translator.fails(&why.to_string())).await;
            }
        })
    }

    async fn negotiated(self: &Arc<Self>) -> Result<(), SessionError> {
        let discover = discover(&OwnRequest::Discover.id().into()).to_string();
        let Some(mut reply) = self.ask_server(OwnRequest::Discover, |_| discover).await else { return Ok(()) };
        let late = match timeout(PROBE, &mut reply).await {
            Ok(Ok(reply)) if era(reply.as_bytes()) == Era::Modern => return self.goes_on_as_it_is().await,
            Ok(Ok(_)) => None,
            Ok(Err(_)) if !self.server.translator.is_negotiating() => return Ok(()),
            // Some servers end at a request before `initialize`. Others can still be sent it.
            Ok(Err(_)) if self.server.can_restart() => {
                self.restarts().await?;
                None
            }
            Ok(Err(_)) => None,
            Err(_) => Some(reply),
        };
        match self.initialize(late).await {
            // Some answer nothing any more after a request before `initialize`.
            Err(_) if self.server.can_restart() => {
                self.restarts().await?;
                self.initialize(None).await
            }
            done => done,
        }
    }

    /// Makes the handshake with a server of the older revisions in the place of its client. `late` is where the server may still
    /// say that it is none.
    pub(super) async fn initialize(
        self: &Arc<Self>,
        late: Option<oneshot::Receiver<String>>,
    ) -> Result<(), SessionError> {
        match self.initialized(late).await {
            Learned::Known => Ok(()),
            Learned::Modern => self.goes_on_as_it_is().await,
            Learned::Silent | Learned::Ended => Err(SessionError::Silent),
            Learned::Initialized(reply) => {
                let notify = |line: String| self.server.try_send(line.into());
                let steps = self.server.translator.becomes_ready(&reply, notify)?;
                self.do_steps(steps).await;
                Ok(())
            }
        }
    }

    async fn initialized(self: &Arc<Self>, late: Option<oneshot::Receiver<String>>) -> Learned {
        let request = self.ask_server(OwnRequest::Initialize, |opening| opening.initialize()).await;
        let Some(mut reply) = request else { return Learned::Known };
        let modern = async {
            let late = match late {
                Some(late) => late.await.ok(),
                None => None,
            };
            if late.is_none_or(|reply| era(reply.as_bytes()) != Era::Modern) {
                std::future::pending::<()>().await;
            }
        };
        tokio::pin!(modern);
        let answered = tokio::select! {
            biased;
            () = &mut modern => return Learned::Modern,
            answered = timeout(HANDSHAKE, &mut reply) => answered,
        };
        match answered {
            Ok(Ok(reply)) => Learned::Initialized(reply),
            Ok(Err(_)) if !self.server.translator.is_negotiating() => Learned::Known,
            Ok(Err(_)) => Learned::Ended,
            Err(_) => Learned::Silent,
        }
    }

    /// Sends a request of the guard itself. Returns where the reply arrives; `None` if it is known by now how the session goes on.
    async fn ask_server(
        self: &Arc<Self>,
        own: OwnRequest,
        request: impl FnOnce(&Opening) -> String,
    ) -> Option<oneshot::Receiver<String>> {
        let (opening, reply) = self.server.translator.asks(own)?;
        if !self.server.send(request(&opening).into()).await {
            self.server.translator.server_has_ended();
        }
        Some(reply)
    }

    /// The server speaks the client's revision: what waited goes to it as it is.
    async fn goes_on_as_it_is(&self) -> Result<(), SessionError> {
        loop {
            let held = self.server.translator.becomes_native();
            if held.is_empty() {
                return Ok(());
            }
            for line in held {
                self.server.send(line.into()).await;
            }
        }
    }

    /// Has the server started anew.
    async fn restarts(&self) -> Result<(), SessionError> {
        self.server.restart_wanted.notify_one();
        let restarted = timeout(HANDSHAKE, self.server.restarted.notified()).await;
        restarted.map_err(|_| SessionError::Silent)
    }

    /// Does what the translation of a message says. False if the server no longer reads.
    pub(super) async fn do_steps(self: &Arc<Self>, steps: Vec<Step>) -> bool {
        let mut reads = true;
        for step in steps {
            match step {
                Step::ToServer(line) => reads &= self.server.send(line.into()).await,
                Step::FromServer(line) => self.server_line(&line).await,
            }
        }
        reads
    }
}
