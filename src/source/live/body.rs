//! The body of an HTTP answer, within a bound.

use std::io::Read;

use flate2::read::{MultiGzDecoder, ZlibDecoder};
use futures::StreamExt;
use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;

use super::http_fault::HttpFault;
use crate::text::clean;
use crate::text::root_cause::root_cause;

/// The first bytes of gzip. JSON does not begin so.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads a body of at most `max` bytes. It is decompressed where a server compresses though nobody asked for it.
pub(crate) async fn bounded_body(response: Response, max: usize) -> Result<Vec<u8>, HttpFault> {
    let encoding = encoding(&response);
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|cause| HttpFault::Broken(root_cause(&cause)))?;
        if body.len() + chunk.len() > max {
            return Err(HttpFault::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    decompressed(body, &encoding, max)
}

/// The encoding of the body, in lower case. Empty for none.
pub(crate) fn encoding(response: &Response) -> String {
    let value = response.headers().get(CONTENT_ENCODING).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let value = value.map(|value| value.trim().to_lowercase()).unwrap_or_default();
    if value == "identity" { String::new() } else { value }
}

/// The content of `body` in `encoding`, at most `max` bytes.
fn decompressed(body: Vec<u8>, encoding: &str, max: usize) -> Result<Vec<u8>, HttpFault> {
    let read = |reader: &mut dyn Read| -> Result<Vec<u8>, HttpFault> {
        let mut content = Vec::new();
        reader.take(max as u64 + 1).read_to_end(&mut content).map_err(|_| HttpFault::Encoded(encoding.to_owned()))?;
        if content.len() > max { Err(HttpFault::TooLong) } else { Ok(content) }
    };
    match encoding {
        _ if body.starts_with(&GZIP) => read(&mut MultiGzDecoder::new(&*body)),
        "deflate" => read(&mut ZlibDecoder::new(&*body)),
        "" => Ok(body),
        other => Err(HttpFault::Encoded(clean::excerpt(other, 80))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compressed_body_is_read_within_its_bound() {
        let mut gzip = flate2::read::GzEncoder::new(&b"{\"a\": 1}"[..], flate2::Compression::default());
        let (mut body, mut zeros) = (Vec::new(), Vec::new());
        gzip.read_to_end(&mut body).unwrap();
        for encoding in ["gzip", "x-gzip", ""] {
            assert_eq!(decompressed(body.clone(), encoding, 100).unwrap(), b"{\"a\": 1}");
        }
        let bomb = vec![0; 1 << 20];
        flate2::read::GzEncoder::new(&*bomb, flate2::Compression::best()).read_to_end(&mut zeros).unwrap();
        assert_eq!(decompressed(zeros, "gzip", 1 << 10), Err(HttpFault::TooLong));
        let text = |encoding: &str| decompressed(b"\x8b\x02".to_vec(), encoding, 100).unwrap_err().to_string();
        assert_eq!(text("br"), "the server compresses its answer (br), which it was not asked for");
        assert!(text("deflate").contains("deflate"));
        assert_eq!(decompressed(b"{}".to_vec(), "", 100).unwrap(), b"{}");
    }
}
