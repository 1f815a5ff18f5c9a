//! Digests: short names for long things, the same in every run.

use sha2::{Digest, Sha256};

/// `sha256:` and 64 hex digits over `parts`, each closed by a zero byte so that none runs into the next.
pub fn sha256(parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_ref());
        hash.update([0]);
    }
    hash.finalize().iter().fold(String::from("sha256:"), |digest, byte| digest + &format!("{byte:02x}"))
}
