//! The end record of a zip file, which locates its central directory.
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT> 4.3.16

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

const SIGNATURE: &[u8] = b"PK\x05\x06";
/// The signature of the zip64 locator, which precedes the end record of a large archive.
const LARGE_ARCHIVE: &[u8] = b"PK\x06\x07";
/// The length of the zip64 locator.
const LOCATOR: usize = 20;
/// The length of the record without its comment, and the maximum length of the comment.
const LENGTH: usize = 22;
const LONGEST_COMMENT: usize = 65_535;
/// The first and last bytes of the signature that the MCPB tool appends to a bundle.
/// <https://github.com/modelcontextprotocol/mcpb/blob/main/src/node/sign.ts>
const SIGNED: [(&[u8], &[u8]); 2] = [(b"MCPB_SIG_V1", b"MCPB_SIG_END"), (b"DXT_SIG_V1", b"DXT_SIG_END")];
/// Maximum length of a signature, in bytes.
const LONGEST_SIGNATURE: usize = 64 << 10;

/// The last end record of an archive.
pub struct EndRecord {
    at: u64,
    count: u16,
    directory_size: u32,
    comment: u16,
    is_large: bool,
    /// Whether a signature follows the record and its comment.
    is_signed: bool,
}

impl EndRecord {
    /// Finds the record in `file`. `None` if there is none.
    pub fn read(file: &mut File) -> io::Result<Option<Self>> {
        let size = file.seek(SeekFrom::End(0))?;
        let start = size.saturating_sub((LENGTH + LOCATOR + LONGEST_COMMENT + LONGEST_SIGNATURE) as u64);
        file.seek(SeekFrom::Start(start))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        file.rewind()?;
        let at = tail.windows(SIGNATURE.len()).rposition(|window| window == SIGNATURE);
        Ok(at.and_then(|at| {
            let record = tail.get(at..at + LENGTH)?;
            let short = |from: usize| u16::from_le_bytes([record[from], record[from + 1]]);
            let locator = at.checked_sub(LOCATOR).and_then(|from| tail.get(from..at)).unwrap_or_default();
            let comment = short(20);
            let behind = tail.get(at + LENGTH + usize::from(comment)..).unwrap_or_default();
            Some(Self {
                at: start + at as u64,
                count: short(10),
                directory_size: u32::from(short(14)) << 16 | u32::from(short(12)),
                comment,
                is_large: locator.starts_with(LARGE_ARCHIVE),
                is_signed: SIGNED.iter().any(|(head, foot)| behind.starts_with(head) && behind.ends_with(foot)),
            })
        }))
    }

    /// The number of files in the archive. `None` for a zip64 archive, which stores it elsewhere.
    pub fn count(&self) -> Option<usize> {
        (!self.is_large && self.count != u16::MAX).then_some(self.count.into())
    }

    /// True if the central directory at offset `directory` ends at the record, and the record ends the archive of
    /// `size` bytes, apart from a signature.
    pub fn closes(&self, directory: u64, size: u64) -> bool {
        let is_large = self.is_large || self.directory_size == u32::MAX;
        let follows = is_large || directory.saturating_add(self.directory_size.into()) == self.at;
        let is_last = self.at + LENGTH as u64 + u64::from(self.comment) == size;
        follows && (is_last || self.is_signed)
    }
}
