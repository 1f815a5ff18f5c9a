//! Several servers behind one guard, as one server for a client at two streams.
//!
//! Each server has a session of its own, with its policy and its lock. Tools and prompts are `SERVER__NAME` for the client, and
//! resources `SERVER+URI`; a server reads the names that it knows.
//!
//! - [`names`] what the client sees; [`routing`] which server a request is for; [`merging`] replies of several as one

mod merging;
mod names;
mod requests;
mod routing;
mod servers;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{join_all, select_all};
use tokio::io::AsyncRead;

use super::error_codes::INVALID_REQUEST;
use super::lines::{Line, Lines, TOO_LONG, write};
use super::relay::Ended;
use super::replies;
use super::server_connection::{QUEUE, Streams};
use crate::source::queue::queue;
pub(crate) use names::is_usable;
pub(crate) use servers::OneOfSeveral;
use servers::{AFTERWARDS, Member, Servers};

/// Runs a session with several servers until the client or all of them end. A server that ends takes no other with it.
pub(crate) async fn relay_several(
    several: Vec<OneOfSeveral>,
    patience: Duration,
    client: Streams,
) -> io::Result<Ended> {
    let (to_client, for_client) = queue(QUEUE);
    let mut client_writer = tokio::spawn(write(for_client, client.write));
    let mut members = Vec::new();
    let mut started = Vec::new();
    for one in several {
        let (member, running) = Member::start(one, patience)?;
        members.push(member);
        started.push(running);
    }
    let servers = Arc::new(Servers::new(members, to_client));
    let begun = started.into_iter().enumerate();
    let mut ends: Vec<_> = begun.map(|(at, running)| tokio::spawn(running.run(Arc::clone(&servers), at))).collect();
    let mut requests = tokio::spawn(read_client(Arc::clone(&servers), client.read));
    let ended = loop {
        if ends.is_empty() {
            break Ended::Server;
        }
        tokio::select! {
            _ = &mut requests => break Ended::Client,
            _ = &mut client_writer => break Ended::Client,
            (_, at, _) = select_all(&mut ends) => drop(ends.remove(at)),
        }
    };
    if ended == Ended::Client {
        servers.client_has_ended(AFTERWARDS).await;
        let _ = tokio::time::timeout(AFTERWARDS, join_all(ends)).await;
    }
    let written = async {
        servers.end_client().await;
        client_writer.await
    };
    let _ = tokio::time::timeout(AFTERWARDS, written).await;
    Ok(ended)
}

async fn read_client(servers: Arc<Servers>, stream: impl AsyncRead + Unpin) {
    let mut lines = Lines::new(stream);
    while let Some(line) = lines.next().await {
        match line {
            Line::Whole(line) => servers.from_client(line).await,
            Line::TooLong => servers.send_to_client(replies::error(None, INVALID_REQUEST, TOO_LONG)).await,
        }
    }
}
