//! The text of a configuration file.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::error::FileCause;

/// Maximum size of a configuration, in bytes.
const MAX_FILE: u64 = 8 << 20;

/// Reads a regular file as text: UTF-16 with a byte-order mark, as Windows programs write it, otherwise UTF-8. Bytes that
/// are neither become replacement characters.
pub(crate) fn text(path: &Path) -> Result<String, FileCause> {
    if !fs::metadata(path)?.is_file() {
        return Err(FileCause::NotAFile);
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(FileCause::TooLarge { mib: MAX_FILE >> 20 });
    }
    Ok(decoded(&bytes).trim_start_matches('\u{feff}').to_owned())
}

fn decoded(bytes: &[u8]) -> String {
    let units =
        |read: fn([u8; 2]) -> u16| -> Vec<u16> { bytes.chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect() };
    match bytes {
        [0xff, 0xfe, ..] => String::from_utf16_lossy(&units(u16::from_le_bytes)),
        [0xfe, 0xff, ..] => String::from_utf16_lossy(&units(u16::from_be_bytes)),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}
