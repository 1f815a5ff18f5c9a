//! The record at the end of a zip file, which says where its list of files is.
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT> 4.3.16

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

const SIGNATURE: &[u8] = b"PK\x05\x06";
/// Stands before the record when the numbers of a large archive stand elsewhere.
const LARGE_ARCHIVE: &[u8] = b"PK\x06\x07";
/// The length of that.
const LOCATOR: usize = 20;
/// The length of the record without its comment, and the longest comment.
const LENGTH: usize = 22;
const LONGEST_COMMENT: usize = 65_535;
/// How the signature begins and ends that the tool of MCPB puts behind a bundle.
/// <https://github.com/modelcontextprotocol/mcpb/blob/main/src/node/sign.ts>
const SIGNED: [(&[u8], &[u8]); 2] = [(b"MCPB_SIG_V1", b"MCPB_SIG_END"), (b"DXT_SIG_V1", b"DXT_SIG_END")];
/// Longest signature, in bytes.
const LONGEST_SIGNATURE: usize = 64 << 10;

/// The last such record of an archive.
pub struct EndRecord {
    at: u64,
    count: u16,
    directory_size: u32,
    comment: u16,
    is_large: bool,
    /// What stands behind the record and its comment is a signature.
    is_signed: bool,
}

impl EndRecord {
    /// The record in `file`, `None` if there is none.
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

    /// How many files the archive holds; `None` for a large one, which counts them elsewhere.
    pub fn count(&self) -> Option<usize> {
        (!self.is_large && self.count != u16::MAX).then_some(self.count.into())
    }

    /// True when the list of files that begins at `directory` ends at the record, and the archive of `size` bytes ends behind
    /// it.
    pub fn closes(&self, directory: u64, size: u64) -> bool {
        let is_large = self.is_large || self.directory_size == u32::MAX;
        let follows = is_large || directory.saturating_add(self.directory_size.into()) == self.at;
        let is_last = self.at + LENGTH as u64 + u64::from(self.comment) == size;
        follows && (is_last || self.is_signed)
    }
}
