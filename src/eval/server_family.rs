//! Server families, and the split of labelled rows into a work part and a sealed part.
//!
//! Versions, forks and repackagings of a server share most of their texts. All rows of a family are in the same part,
//! so the sealed part contains no server that the work part also contains.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Prefixes for the registry that a server name came from.
const REGISTRIES: [&str; 4] = ["smithery:", "pkg:", "acuvity:", "docker:"];
/// Words in many server names that do not identify a server.
const COMMON_WORDS: [&str; 2] = ["mcp", "server"];
/// One in this many families is sealed.
const FAMILIES_PER_SEALED: u8 = 5;

/// A part of the labelled rows. The rows are split by server family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Four fifths, for writing and tuning rules.
    Work,
    /// One fifth, scored but never inspected.
    Sealed,
}

impl Part {
    /// The part that the rows of `server` belong to.
    pub fn of_server(server: &str) -> Self {
        let digest = Sha256::digest(family(server));
        if digest[0].is_multiple_of(FAMILIES_PER_SEALED) { Self::Sealed } else { Self::Work }
    }
}

/// The family of a server: the last segment of its name, without registry, `mcp`, `server` and punctuation.
pub fn family(server: &str) -> String {
    let server = server.to_lowercase();
    let name = REGISTRIES.iter().find_map(|prefix| server.strip_prefix(prefix)).unwrap_or(&server);
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = name.split(':').next().unwrap_or(name);
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !COMMON_WORDS.contains(word));
    let family: String = words.flat_map(str::chars).filter(char::is_ascii_alphanumeric).collect();
    if family.is_empty() { name.to_owned() } else { family }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_server_share_a_family() {
        for (server, want) in [
            ("smithery:@acme/parcel-mcp-server", "parcel"),
            ("acme/Parcel", "parcel"),
            ("docker:mcp/parcel:latest", "parcel"),
            ("pkg:parcel_mcp@1.2.0", "parcel120"),
            ("acme/mcp-server", "mcp-server"),
            ("mcpserver", "mcpserver"),
            ("a/b:c/d_e.f", "def"),
            ("größe-mcp", "gre"),
            ("", ""),
        ] {
            assert_eq!(family(server), want, "{server}");
        }
    }

    #[test]
    fn a_part_is_the_same_in_every_run() {
        // First byte of SHA-256 modulo 5; check with `printf parcel | sha256sum`.
        for server in ["acme/parcel", "garden-mcp", "quarry"] {
            assert_eq!(Part::of_server(server), Part::Sealed, "{server}");
        }
        for server in ["atlas", "word-book", "smithery:meadow", ""] {
            assert_eq!(Part::of_server(server), Part::Work, "{server}");
        }
    }
}
