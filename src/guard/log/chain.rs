//! The digests that join the lines of a log.

use serde::Deserialize;
use std::borrow::Cow;

use crate::text::digest::sha256;

/// What stands before the digest at the end of a line.
const MARK: &str = r#","digest":""#;

/// The digest that the first line of a log has as its predecessor's.
pub(super) const START: &str = "start";

/// A line's place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) seq: u64,
    pub(super) previous: String,
    /// The digest at the end of the line.
    pub(super) digest: String,
    /// Whether the line has this digest.
    pub(super) intact: bool,
}

#[derive(Deserialize)]
struct Fields<'f> {
    seq: u64,
    #[serde(borrow)]
    previous: Cow<'f, str>,
    #[serde(borrow)]
    digest: Cow<'f, str>,
}

/// The line for a `record`, a JSON object, and its digest. The digest is over the text of the object.
pub(super) fn sealed(record: &str) -> (String, String) {
    let digest = sha256([record]);
    let open = record.strip_suffix('}').unwrap_or(record);
    (format!("{open}{MARK}{digest}\"}}\n"), digest)
}

/// Reads the place of a `line` without its line break. `None` if it is no line of a log.
pub(super) fn link(line: &str) -> Option<Link> {
    let Fields { seq, previous, digest } = serde_json::from_str(line).ok()?;
    let record = line.rsplit_once(MARK).map(|(open, _)| format!("{open}}}"));
    let intact = record.is_some_and(|record| sealed(&record).0.trim_end() == line);
    Some(Link { seq, previous: previous.into_owned(), digest: digest.into_owned(), intact })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_other_byte_is_another_digest() {
        let (line, digest) = sealed(r#"{"seq":1,"a":",\"digest\":\"","previous":"start"}"#);
        let whole = link(line.trim_end()).unwrap();
        assert_eq!((whole.seq, whole.previous.as_str(), whole.digest, whole.intact), (1, START, digest, true));
        assert!(!link(&line.trim_end().replace("start", "stars")).unwrap().intact);
        assert!(!link(&line.trim_end().replace("{\"seq", "{ \"seq")).unwrap().intact);
        assert!(!link(&(line.trim_end().strip_suffix('}').unwrap().to_owned() + r#","tool":"x"}"#)).unwrap().intact);
        assert_eq!(link("{}"), None);
    }
}
