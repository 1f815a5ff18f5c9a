//! The two headers that a zip file has for each of its files, the one before the file and the one at the end: readers that go
//! by the one and readers that go by the other must unpack the same.
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT> 4.3.7

use std::io::{self, Read, Seek, SeekFrom};

use zip::CompressionMethod;
use zip::read::ZipFile;

const SIGNATURE: &[u8] = b"PK\x03\x04";
/// The length of a local header without its name.
const LENGTH: usize = 30;
/// The flag by which sizes and checksum follow the file instead.
const SIZES_FOLLOW: u16 = 1 << 3;
/// The flag of an encrypted file.
const ENCRYPTED: u16 = 1;
/// The extra field that gives another name.
const UNICODE_PATH: u16 = 0x7075;

/// What the header at the end says of a file.
pub(crate) struct Central {
    at: u64,
    name: Vec<u8>,
    extra: Vec<u8>,
    method: CompressionMethod,
    is_encrypted: bool,
    crc32: u32,
    compressed: u64,
    size: u64,
}

impl Central {
    /// The header of `entry`.
    pub(crate) fn new<R: Read>(entry: &ZipFile<'_, R>) -> Self {
        Self {
            at: entry.header_start(),
            name: entry.name_raw().to_vec(),
            extra: entry.extra_data().unwrap_or_default(),
            method: entry.compression(),
            is_encrypted: entry.encrypted(),
            crc32: entry.crc32(),
            compressed: entry.compressed_size(),
            size: entry.size(),
        }
    }

    /// Where the file's own header stands.
    pub(crate) fn start(&self) -> u64 {
        self.at
    }

    /// Where the file ends, when the header before it in `archive` says the same.
    pub(crate) fn end_if_both_agree(&self, archive: &mut (impl Read + Seek)) -> io::Result<Option<u64>> {
        let mut header = [0; LENGTH];
        archive.seek(SeekFrom::Start(self.at))?;
        archive.read_exact(&mut header)?;
        let short = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let long = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let mut name = vec![0; short(26).into()];
        archive.read_exact(&mut name)?;
        let mut extra = vec![0; short(28).into()];
        archive.read_exact(&mut extra)?;
        let same_method = match self.method {
            CompressionMethod::Stored => short(8) == 0,
            CompressionMethod::Deflated => short(8) == 8,
            _ => true,
        };
        // Sizes beyond 32 bits stand in an extra field.
        let same = |field: u32, value: u64| field == u32::MAX || u64::from(field) == value;
        let same_sizes = same(long(18), self.compressed) && same(long(22), self.size) && long(14) == self.crc32;
        let sizes_follow =
            short(6) & SIZES_FOLLOW != 0 && [long(14), long(18), long(22)].iter().all(|it| *it == 0 || *it == u32::MAX);
        let agree = header.starts_with(SIGNATURE)
            && name == self.name
            && same_method
            && (same_sizes || sizes_follow)
            && (short(6) & ENCRYPTED != 0) == self.is_encrypted
            && !gives_other_name(&extra, &self.name)
            && !gives_other_name(&self.extra, &self.name);
        let length = LENGTH + name.len() + extra.len();
        Ok(agree.then(|| self.at.saturating_add(length as u64).saturating_add(self.compressed)))
    }
}

/// True when an extra field gives the file another name than `name`.
fn gives_other_name(mut extra: &[u8], name: &[u8]) -> bool {
    while let [a, b, c, d, rest @ ..] = extra {
        let length = usize::from(u16::from_le_bytes([*c, *d]));
        let Some((field, after)) = rest.split_at_checked(length) else { return false };
        // A version and a checksum stand before the name.
        if u16::from_le_bytes([*a, *b]) == UNICODE_PATH && field.get(5..).is_some_and(|other| other != name) {
            return true;
        }
        extra = after;
    }
    false
}
