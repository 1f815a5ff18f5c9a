//! Counts in a Redis server that several machines share. One script counts a call, so no other comes in between.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, Script, ScriptInvocation};

use super::StateError;
use crate::policy::Addition;
use crate::policy::limit::{CounterKey, Demand, Limit, demands};

/// How long to wait for a connection or an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Most attempts to connect for one call.
const ATTEMPTS: usize = 2;

/// Counts at one Redis server.
pub(crate) struct RedisStore {
    /// The server without its password.
    server: String,
    connection: ConnectionManager,
    reserve: Script,
    release: Script,
}

impl RedisStore {
    /// A store at the server with this URL. It connects with the first call, and again whenever the connection breaks.
    pub(crate) fn new(url: &str) -> Result<Self, StateError> {
        // The text of the error holds no part of the URL, which may contain a password.
        let invalid = |cause: RedisError| StateError::Url { cause: cause.category().to_owned() };
        let client = Client::open(url).map_err(invalid)?;
        let server = client.get_connection_info().addr().to_string();
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(ATTEMPTS)
            .set_min_delay(Duration::from_millis(50))
            .set_response_timeout(Some(PATIENCE))
            .set_connection_timeout(Some(PATIENCE));
        let connection = ConnectionManager::new_lazy_with_config(client, config).map_err(invalid)?;
        Ok(Self {
            server,
            connection,
            reserve: Script::new(include_str!("reserve.lua")),
            release: Script::new(include_str!("release.lua")),
        })
    }

    /// Counts a call against all `limits`, or returns the index of the limit that it would exceed.
    pub(crate) async fn reserve(
        &self,
        namespace: &str,
        limits: &[Limit],
    ) -> Result<Result<Vec<Addition>, usize>, StateError> {
        let demands = demands(limits);
        let mut invocation = self.reserve.key(hash(namespace));
        for demand in &demands {
            invocation.arg(field(demand.counter)).arg(demand.counter.window_seconds).arg(demand.max).arg(demand.amount);
        }
        let answer = self.invoke(&invocation).await?;
        let unexpected = || StateError::Answer { server: self.server.clone() };
        let (word, numbers) = answer.split_first().ok_or_else(unexpected)?;
        let numbers: Vec<u64> =
            numbers.iter().map(|number| number.parse()).collect::<Result<_, _>>().map_err(|_| unexpected())?;
        match (word.as_str(), numbers.as_slice()) {
            ("exceeded", [index]) => {
                let demand = usize::try_from(*index).ok().and_then(|index| demands.get(index));
                Ok(Err(demand.ok_or_else(unexpected)?.limit))
            }
            ("counted", windows) if windows.len() == demands.len() => {
                let addition = |(demand, window): (&Demand<'_>, &u64)| Addition {
                    counter: demand.counter.clone(),
                    window: *window,
                    amount: demand.amount,
                };
                Ok(Ok(demands.iter().zip(windows).map(addition).collect()))
            }
            _ => Err(unexpected()),
        }
    }

    /// Takes back `additions`.
    pub(crate) async fn release(&self, namespace: &str, additions: &[Addition]) -> Result<(), StateError> {
        let mut invocation = self.release.key(hash(namespace));
        for addition in additions {
            invocation.arg(field(&addition.counter)).arg(addition.window).arg(addition.amount);
        }
        let failed = |cause| StateError::Redis { server: self.server.clone(), cause };
        // Once: twice would take back somebody else's call.
        invocation.invoke_async::<String>(&mut self.connection.clone()).await.map(drop).map_err(failed)
    }

    /// Runs the script, and once more if the connection broke: a call that is counted twice lets no other through.
    async fn invoke(&self, invocation: &ScriptInvocation<'_>) -> Result<Vec<String>, StateError> {
        let mut connection = self.connection.clone();
        let mut answer = invocation.invoke_async(&mut connection).await;
        if answer.as_ref().is_err_and(|cause: &RedisError| cause.is_connection_dropped()) {
            answer = invocation.invoke_async(&mut connection).await;
        }
        answer.map_err(|cause| StateError::Redis { server: self.server.clone(), cause })
    }
}

/// The key of the hash with the counts of `namespace`. Braces keep it on one node of a cluster.
fn hash(namespace: &str) -> String {
    format!("mcp-scan:counts:{{{namespace}}}")
}

fn field(counter: &CounterKey) -> String {
    let CounterKey { scope, counts, window_seconds } = counter;
    format!("{window_seconds} {}:{counts} {scope}", counts.len())
}
