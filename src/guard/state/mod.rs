//! Counts the calls of limits. Guards and hooks that share a store never let through more than a limit together.
//!
//! A call is counted before it is made, against all its limits or none. What is not released counts until its window
//! ends, so a process that is killed leaves no room for another call.

use std::collections::HashMap;
use std::sync::Mutex;

pub(crate) use error::StateError;
pub(crate) use location::StateLocation;
use redis_store::RedisStore;
use sqlite_thread::SqliteThread;

use crate::guard::mutex::lock;
use crate::policy::limit::Limit;
use crate::policy::{Addition, Counters};

mod error;
mod location;
mod redis_store;
mod sqlite_store;
mod sqlite_thread;
#[cfg(test)]
mod tests;

/// Where the counts are kept.
pub(crate) enum CounterStore {
    /// In this process: nobody shares them.
    Memory(Mutex<HashMap<String, Counters>>),
    /// In a file that processes on one machine share.
    Sqlite(SqliteThread),
    /// In a server that several machines share.
    Redis(RedisStore),
}

/// A call that is counted and not yet made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reservation {
    namespace: String,
    additions: Vec<Addition>,
}

/// The answer of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reserved {
    /// The call is counted.
    Counted(Reservation),
    /// The call is not counted: it would exceed the limit with this index.
    Exceeded(usize),
}

impl CounterStore {
    /// Opens the store. A file is created if it does not exist; a server is not contacted before the first call.
    pub(crate) async fn open(location: &StateLocation) -> Result<Self, StateError> {
        match location {
            StateLocation::Memory => Ok(Self::Memory(Mutex::default())),
            StateLocation::File(path) => Ok(Self::Sqlite(SqliteThread::open(path.clone()).await?)),
            StateLocation::Redis(server) => Ok(Self::Redis(RedisStore::new(server)?)),
        }
    }

    /// Counts a call at second `now` against all `limits`, or against none if it would exceed one. `namespace` is the name
    /// of the server: limits of the same name on different servers are counted apart. Redis uses its own clock.
    pub(crate) async fn reserve(&self, namespace: &str, limits: &[Limit], now: u64) -> Result<Reserved, StateError> {
        let namespace = namespace.to_owned();
        let additions = match self {
            _ if limits.is_empty() => Ok(Vec::new()),
            Self::Memory(counters) => {
                let mut counters = lock(counters);
                counters.entry(namespace.clone()).or_default().reserve(limits, now)
            }
            Self::Sqlite(store) => {
                let (namespace, limits) = (namespace.clone(), limits.to_vec());
                store.run(move |file| file.reserve(&namespace, &limits, now)).await?
            }
            Self::Redis(store) => store.reserve(&namespace, limits).await?,
        };
        Ok(match additions {
            Ok(additions) => Reserved::Counted(Reservation { namespace, additions }),
            Err(exceeded) => Reserved::Exceeded(exceeded),
        })
    }

    /// Takes back a call that was not made.
    pub(crate) async fn release(&self, reservation: Reservation) -> Result<(), StateError> {
        let Reservation { namespace, additions } = reservation;
        match self {
            _ if additions.is_empty() => Ok(()),
            Self::Memory(counters) => {
                let mut counters = lock(counters);
                counters.entry(namespace).or_default().release(&additions);
                Ok(())
            }
            Self::Sqlite(store) => store.run(move |file| file.release(&namespace, &additions)).await,
            Self::Redis(store) => store.release(&namespace, &additions).await,
        }
    }
}
