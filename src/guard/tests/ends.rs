//! How a session ends: by its client or by its server.

use super::session_in_memory::{Guarded, Setup, call, guarded};
use crate::guard::Ended;
use crate::guard::state::StateLocation;

#[tokio::test]
async fn when_the_server_ends_every_request_has_an_answer() {
    let mut g = guarded().await;
    g.client.send(&call(1, "look", "{}")).await;
    g.client.send(r#"{"id":2,"method":"ping"}"#).await;
    g.server.receive().await;
    g.server.receive().await;
    drop(g.server);
    let mut ids = vec![g.client.json().await["id"].as_u64(), g.client.json().await["id"].as_u64()];
    ids.sort();
    assert_eq!((ids, g.session.await.unwrap()), (vec![Some(1), Some(2)], Ended::Server));
}

#[tokio::test]
async fn a_call_that_is_counted_in_a_file_is_made_although_the_client_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateLocation::in_path(folder.path().to_owned());
    let Guarded { mut client, mut server, session, .. } = Setup { state, ..Setup::new() }.start().await;
    client.send(&call(1, "change", "{}")).await;
    drop(client);
    assert_eq!(server.receive().await, call(1, "change", "{}"));
    drop(server);
    assert_eq!(session.await.unwrap(), Ended::Client);
}

#[tokio::test]
async fn when_the_client_ends_the_server_may_finish() {
    let Guarded { client, mut server, session, .. } = guarded().await;
    drop(client);
    assert_eq!(server.lines.next_line().await.unwrap(), None, "the server's input ends");
    drop(server);
    assert_eq!(session.await.unwrap(), Ended::Client);
}
