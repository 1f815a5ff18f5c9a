//! The protocol version that a server spoke when it was approved, so that the next scan starts with it.

use super::Lock;

impl Lock {
    /// The version that the server spoke whose redacted command or address is `launched`. `None` if the lock does not
    /// have it.
    pub(crate) fn protocol_of(&self, launched: &str) -> Option<&str> {
        let recorded = self.servers.iter().find(|server| server.launch.as_deref() == Some(launched))?;
        recorded.protocol.as_deref()
    }
}
