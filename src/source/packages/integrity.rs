//! Digests of archives as registries state them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::error::PackageCause;

/// Checks `bytes` against `stated` in the form of npm, `sha512-BASE64`. Of several digests the strongest counts.
pub(crate) fn check_npm(bytes: &[u8], stated: &str) -> Result<(), PackageCause> {
    let of = |algorithm: &str| {
        stated.split_whitespace().find_map(|digest| digest.strip_prefix(algorithm)?.strip_prefix('-'))
    };
    let (stated, found) = if let Some(stated) = of("sha512") {
        (stated, STANDARD.encode(Sha512::digest(bytes)))
    } else if let Some(stated) = of("sha384") {
        (stated, STANDARD.encode(Sha384::digest(bytes)))
    } else if let Some(stated) = of("sha256") {
        (stated, STANDARD.encode(Sha256::digest(bytes)))
    } else {
        return Err(PackageCause::NoIntegrity);
    };
    // A digest may carry options after a question mark.
    if stated.split('?').next() == Some(found.as_str()) { Ok(()) } else { Err(PackageCause::Integrity) }
}

/// Checks `bytes` against `stated`, a SHA-256 in hexadecimal digits.
pub(crate) fn check_sha256(bytes: &[u8], stated: &str) -> Result<(), PackageCause> {
    let found: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if stated.eq_ignore_ascii_case(&found) { Ok(()) } else { Err(PackageCause::Integrity) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_that_differs_is_refused() {
        let sha512 = format!("sha512-{}", STANDARD.encode(Sha512::digest(b"abc")));
        assert!(check_npm(b"abc", &sha512).is_ok());
        assert!(check_npm(b"abc", &format!("sha1-xyz {sha512}?x")).is_ok());
        assert!(matches!(check_npm(b"abd", &sha512), Err(PackageCause::Integrity)));
        assert!(matches!(check_npm(b"abc", "sha1-xyz"), Err(PackageCause::NoIntegrity)));
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(check_sha256(b"abc", sha256).is_ok());
        assert!(matches!(check_sha256(b"abd", sha256), Err(PackageCause::Integrity)));
    }
}
