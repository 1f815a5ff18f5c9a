//! Compiled programs among the files of a package, by their first bytes.

use std::fmt;

/// How many bytes of a file show its format.
pub(crate) const HEAD: usize = 8;
/// More architectures than this in one file of macOS are none: classes of Java start with the same bytes.
const MAX_ARCHITECTURES: u32 = 30;

/// A compiled program, or a library of compiled code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CompiledFile {
    pub(crate) path: String,
    pub(crate) system: System,
}

/// The system that a compiled program is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum System {
    Linux,
    MacOs,
    Windows,
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Linux => "Linux",
            Self::MacOs => "macOS",
            Self::Windows => "Windows",
        })
    }
}

/// The system that a file is a program for, by its first bytes. `None` if it is no compiled program.
pub(crate) fn system(bytes: &[u8]) -> Option<System> {
    let (magic, rest) = bytes.get(..HEAD)?.split_first_chunk::<4>()?;
    match magic {
        [0x7f, b'E', b'L', b'F'] => Some(System::Linux),
        // A text may start with these two letters, but has no zeros.
        [b'M', b'Z', ..] if bytes[2..HEAD].contains(&0) => Some(System::Windows),
        [0xfe, 0xed, 0xfa, 0xce | 0xcf] | [0xce | 0xcf, 0xfa, 0xed, 0xfe] => Some(System::MacOs),
        [0xca, 0xfe, 0xba, 0xbe] => {
            let architectures = rest.first_chunk().map(|bytes| u32::from_be_bytes(*bytes));
            architectures.filter(|count| *count < MAX_ARCHITECTURES).map(|_| System::MacOs)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_programs_from_other_files() {
        assert_eq!(system(b"\x7fELF\x02\x01\x01\0"), Some(System::Linux));
        assert_eq!(system(b"MZ\x90\0\x03\0\0\0"), Some(System::Windows));
        assert_eq!(system(b"\xcf\xfa\xed\xfe\x0c\0\0\x01"), Some(System::MacOs));
        assert_eq!(system(b"\xca\xfe\xba\xbe\0\0\0\x02"), Some(System::MacOs));
        // A class of Java, a text, WebAssembly, and too little.
        assert_eq!(system(b"\xca\xfe\xba\xbe\0\0\0\x34"), None);
        assert_eq!(system(b"MZ is a name"), None);
        assert_eq!(system(b"\0asm\x01\0\0\0"), None);
        assert_eq!(system(b"\x7fELF"), None);
    }
}
