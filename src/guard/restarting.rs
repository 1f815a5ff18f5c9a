//! Whether a session translates between revisions, and how it starts its server anew for that.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::output::Output;
use super::server_connection::{QUEUE, ServerConnection, ServerTasks};
use super::server_link::ServerLink;
use super::session::Session;
use super::session_error::SessionError;
use super::translation::Translator;
use crate::source::queue::{Sender, queue};

/// Starts the server anew, because it does not go on after a request before `initialize`.
pub(crate) type Restart = Box<dyn FnOnce() -> BoxFuture<'static, Result<ServerConnection, SessionError>> + Send>;

/// How a session translates between the revisions of its client and its server.
#[derive(Default)]
pub(crate) enum Translation {
    /// It does not.
    #[default]
    Off,
    /// It does if they need it. `None` if the server cannot be started anew.
    On(Option<Restart>),
}

impl Translation {
    /// The way of a session to a server that reads `to_server`, and how to start the server anew.
    pub(super) fn link(self, to_server: Sender<Output>) -> (ServerLink, Option<Restart>) {
        match self {
            Self::Off => (ServerLink::new(to_server, Translator::off(), false), None),
            Self::On(restart) => (ServerLink::new(to_server, Translator::for_one_client(), restart.is_some()), restart),
        }
    }
}

/// Waits until the server of `session` has ended for good. It is started anew once if it does not go on while it is not known
/// which revisions it speaks.
pub(super) async fn until_it_ends(session: &Arc<Session>, server: &mut ServerTasks, restart: &mut Option<Restart>) {
    loop {
        tokio::select! {
            () = server.ended() => {}
            () = session.server.restart_wanted.notified() => {}
        }
        let Some(restart) = restart.take_if(|_| session.server.translator.is_negotiating()) else {
            match server.has_ended() {
                true => return,
                false => continue,
            }
        };
        session.server.translator.server_has_ended();
        match restart().await {
            Ok(connection) => {
                let (to_server, for_server) = queue(QUEUE);
                *server = connection.serve(session, for_server);
                session.server.has_restarted(to_server);
            }
            Err(why) => return session.gate.report(&format!("the server could not be started anew: {why}")),
        }
    }
}
