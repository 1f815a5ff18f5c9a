//! Git's own data: what git writes at every commit, fetch or collection and never runs. Such a file is known by its name
//! and by its form, so that a script of another form in its place counts.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::ZlibDecoder;
use sha2::{Digest, Sha256};

use super::known_files::{is_program, open_regular, shown};

/// Largest list of names that is read, in bytes. A larger one counts.
const MAX_NAMES: u64 = 16 << 20;
/// Largest file that names a folder of git, in bytes.
const MAX_POINTER: u64 = 1 << 20;

/// Bytes of a file that tell whether it is an object: more than the longest list of codes that compressed data begin with.
const START: usize = 512;

/// Starts of packs, of their indexes, and of other files beside them.
const PACKED: [&[u8]; 9] = [b"PACK", b"\xfftOc", b"RIDX", b"MIDX", b"BITM", b"MTME", b"CGPH", b"DIRC", b"REFT"];
/// What the content of a loose object starts with.
const OBJECTS: [&[u8]; 4] = [b"blob ", b"tree ", b"commit ", b"tag "];

/// Files that hold names of branches and commits.
const NAMES: [&str; 13] = [
    "HEAD",
    "FETCH_HEAD",
    "ORIG_HEAD",
    "MERGE_HEAD",
    "AUTO_MERGE",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "REBASE_HEAD",
    "BISECT_HEAD",
    "packed-refs",
    "shallow",
    "packs",
    "commit-graph-chain",
];
/// Files with text for people.
const TEXTS: [&str; 6] = ["COMMIT_EDITMSG", "MERGE_MSG", "MERGE_MODE", "SQUASH_MSG", "TAG_EDITMSG", "gc.log"];
/// Files with comments and patterns of names, and the description that git writes.
const COMMENTS: [&str; 2] = ["description", "exclude"];
const DESCRIPTION: &str = "Unnamed repository; edit this file 'description' to name the repository.";

/// Whether git's own data counts: where a command names it, it may be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum GitData {
    Counts,
    Skipped,
}

/// What a file in a folder of git is to an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GitFile {
    /// It counts like any file.
    Counts,
    /// Settings. Some of their lines do not count.
    Settings,
    /// An object, a pack or an index.
    Packed,
    /// Names of branches and commits.
    Names,
    /// Lines about commits.
    Log,
    /// Comments and patterns of names.
    Comments,
    /// The path of a work tree.
    Path,
    /// The folder of git that a work tree shares, above its own.
    Shared,
    /// The names of tables of branches.
    Tables,
    /// A large file that git keeps by the digest of its content.
    Large,
    /// Messages for people. Git does not run them, and their form does not tell them from a script.
    Text,
}

impl GitFile {
    /// The kind of the file with the path `below` in a folder of git.
    pub(super) fn new(below: &str) -> Self {
        // Git writes a file under another name first.
        let below = below.strip_suffix(".lock").unwrap_or(below);
        let (folders, name) = below.rsplit_once('/').unwrap_or(("", below));
        let is_in = |folder: &str| folders.split('/').any(|part| part == folder);
        let is_list = NAMES.contains(&name) || name == "refs" && folders == "info" || name.ends_with(".promisor");
        if is_in("hooks") {
            Self::Counts
        } else if ["config", "config.worktree"].contains(&name) {
            Self::Settings
        } else if is_in("logs") {
            Self::Log
        } else if folders.starts_with("lfs/objects/") {
            Self::Large
        } else if name == "tables.list" && is_in("reftable") {
            Self::Tables
        } else if is_in("refs") || is_list {
            Self::Names
        } else if is_in("objects") || is_in("reftable") || name == "index" || name.starts_with("sharedindex.") {
            Self::Packed
        } else if COMMENTS.contains(&name) {
            Self::Comments
        } else if TEXTS.contains(&name) {
            Self::Text
        } else if name == "gitdir" && is_in("worktrees") {
            Self::Path
        } else if name == "commondir" && is_in("worktrees") {
            Self::Shared
        } else {
            Self::Counts
        }
    }

    /// True if the file at `path` is git's own data of this kind.
    pub(super) fn is_data(self, path: &Path, metadata: &Metadata) -> io::Result<bool> {
        if is_program(metadata) {
            return Ok(false);
        }
        // An empty file runs nothing.
        if metadata.len() == 0 {
            return Ok(true);
        }
        let mut file = File::open(path)?;
        match self {
            Self::Counts | Self::Settings => Ok(false),
            Self::Packed => {
                let mut start = [0; START];
                let length = filled(&mut file, &mut start)?;
                let start = start.get(..length).unwrap_or_default();
                Ok(PACKED.iter().any(|known| start.starts_with(known)) || is_object(start))
            }
            Self::Names | Self::Log | Self::Comments | Self::Path | Self::Shared | Self::Tables
                if metadata.len() > MAX_NAMES =>
            {
                Ok(false)
            }
            Self::Shared => lines_are(file, |line| line == "../.."),
            Self::Tables => lines_are(file, |line| {
                line.strip_suffix(".ref")
                    .is_some_and(|name| name.bytes().all(|c| c.is_ascii_hexdigit() || b"x-".contains(&c)))
            }),
            Self::Large => {
                let mut hash = Sha256::new();
                io::copy(&mut file, &mut hash)?;
                let digest = format!("{:x}", hash.finalize());
                Ok(path.file_name().is_some_and(|name| name == digest.as_str()))
            }
            Self::Names => lines_are(file, is_name_line),
            Self::Log => lines_are(file, is_log_line),
            Self::Comments => lines_are(file, |line| {
                let is_pattern = line.chars().all(|c| c.is_alphanumeric() || "/_.-*?!~".contains(c));
                is_pattern || line.starts_with('#') && !line.starts_with("#!") || line == DESCRIPTION
            }),
            Self::Path => {
                lines_are(file, |line| line.ends_with("/.git") && !line.contains([';', '|', '&', '$', '`', '<', '(']))
            }
            Self::Text => {
                let mut start = [0; 2];
                Ok(filled(&mut file, &mut start)? < 2 || start != *b"#!")
            }
        }
    }
}

/// True if the file is text of which each line fits.
fn lines_are(file: File, fits: impl Fn(&str) -> bool) -> io::Result<bool> {
    let mut bytes = Vec::new();
    file.take(MAX_NAMES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).lines().all(fits))
}

/// True for a line of a log: the commits before and after, who and when, and a message behind a tab.
fn is_log_line(line: &str) -> bool {
    let who_and_when = line.split_once('\t').map_or(line, |(before, _)| before);
    let mut words = who_and_when.split(' ');
    let is_digest = |word: Option<&str>| {
        word.is_some_and(|word| [40, 64].contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    is_digest(words.next()) && is_digest(words.next()) && who_and_when.contains('<')
}

fn filled(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = buffer.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(length)
}

/// True for the start of a loose object. One that is not compressed could hold a script as it is.
fn is_object(start: &[u8]) -> bool {
    let is_stored = start.get(2).is_none_or(|first| first & 0b110 == 0);
    let mut content = [0; 7];
    let mut decoder = ZlibDecoder::new(start);
    let mut length = 0;
    while let Some(rest) = content.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match decoder.read(rest) {
            Ok(read) if read > 0 => length += read,
            Ok(_) | Err(_) => break,
        }
    }
    !is_stored && OBJECTS.iter().any(|known| content.get(..length).is_some_and(|content| content.starts_with(known)))
}

/// True for a line that starts with a digest or names a branch, without a character that is special to a shell.
fn is_name_line(line: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || !c.is_ascii() || "/_.:#^@+-' \t,%~=!()".contains(c);
    let rest = line.strip_prefix('^').unwrap_or(line);
    let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
    let starts = ["ref: refs/", "# pack-refs", "P pack-", "DIRC"].iter().any(|known| line.starts_with(known));
    line.is_empty() || line.chars().all(is_plain) && (starts || digits == 40 || digits == 64)
}

/// The folders of git that the file `.git` at `path` leads to, as in a worktree or a submodule: its own, and the one
/// that it shares with others. Each has its path below a folder of git.
pub(super) fn folders_of_pointer(path: &Path) -> Vec<(PathBuf, String)> {
    let line = |path: &Path| {
        let mut bytes = Vec::new();
        open_regular(path).ok()?.take(MAX_POINTER).read_to_end(&mut bytes).ok()?;
        Some(bytes.trim_ascii_end().to_owned())
    };
    let beside = |path: &Path, named: &[u8]| path.parent()?.join(path_of(named)).canonicalize().ok();
    let own = || beside(path, line(path)?.strip_prefix(b"gitdir:")?.trim_ascii_start());
    let Some(own) = own() else { return Vec::new() };
    let pointer = own.join("commondir");
    let shared = line(&pointer).and_then(|named| beside(&pointer, &named));
    let below = shared.as_ref().and_then(|shared| own.strip_prefix(shared).ok());
    let below = below.map(|below| below.iter().map(shown).collect::<Vec<_>>().join("/"));
    std::iter::once((own.clone(), below.unwrap_or_default()))
        .chain(shared.map(|shared| (shared, String::new())))
        .collect()
}

/// The path with the name `bytes`, which need not be UTF-8.
#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_pointer_leads_to_folders_of_any_name() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let shared = root.join(path_of(b"g\xff"));
        fs::create_dir_all(shared.join("worktrees/p")).unwrap();
        fs::write(shared.join("worktrees/p/commondir"), "../..\n").unwrap();
        fs::write(root.join(".git"), b"gitdir: g\xff/worktrees/p\n").unwrap();
        let want = [(shared.join("worktrees/p"), "worktrees/p".to_owned()), (shared, String::new())];
        assert_eq!(folders_of_pointer(&root.join(".git")), want);
        fs::write(root.join(".git"), "gitdir: gone\n").unwrap();
        assert_eq!(folders_of_pointer(&root.join(".git")), []);
    }

    fn sha256_of(content: &[u8]) -> String {
        format!("{:x}", Sha256::digest(content))
    }

    #[test]
    fn data_of_git_is_known_by_name_and_form() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let is_data = |below: &str, content: &[u8]| {
            fs::write(&path, content).unwrap();
            GitFile::new(below).is_data(&path, &fs::metadata(&path).unwrap()).unwrap()
        };
        let object_of = |text: &str, compression| {
            let mut out = ZlibEncoder::new(Vec::new(), compression);
            out.write_all(format!("blob {}\0{text}", text.len()).as_bytes()).unwrap();
            out.finish().unwrap()
        };
        let object = |compression| object_of(&"touch MARK\n".repeat(30), compression);
        // The list of codes at the start of compressed data is long where the text has many different characters.
        for seed in 1..100_usize {
            let text: String = (0..700).map(|at| char::from(b'!' + (at * at * seed % 89) as u8)).collect();
            assert!(is_data("objects/ab/cdef", &object_of(&text, Compression::default())), "{seed}");
        }
        let digest = "0123456789abcdef0123456789abcdef01234567";
        assert!(is_data("objects/ab/cdef", &object(Compression::default())));
        assert!(is_data("modules/sub/objects/pack/pack-1.pack", b"PACK\0\0\0\x02"));
        assert!(is_data("objects/info/packs", format!("P pack-{digest}.pack\n\n").as_bytes()));
        assert!(is_data("index", b"DIRC\0\0\0\x02"));
        assert!(is_data("HEAD", b"ref: refs/heads/main\n"));
        assert!(is_data("refs/heads/main", format!("{digest}\n").as_bytes()));
        let packed = format!("# pack-refs with: peeled fully-peeled sorted \n{digest} refs/tags/v1\n^{digest}\n");
        assert!(is_data("packed-refs", packed.as_bytes()) && is_data("info/refs", packed.as_bytes()));
        let fetched = format!("{digest}\tnot-for-merge\tbranch 'main' of https://h.example/x\n");
        assert!(is_data("FETCH_HEAD", fetched.as_bytes()));
        for (branch, from) in [
            ("main", "https://dev.example/org/My%20Project/_git/x"),
            ("fix(shop)=1!\u{1f41b}", "https://git.example/~me/x"),
        ] {
            let fetched = format!("{digest}\tnot-for-merge\tbranch '{branch}' of {from}\n");
            assert!(is_data("FETCH_HEAD", fetched.as_bytes()), "{fetched}");
        }
        assert!(is_data("reftable/0x01-0x02-ab12.ref", b"REFT\x01\0\0\0") && is_data("index.lock", b"DIRC\0\0\0\x02"));
        assert!(is_data("reftable/tables.list", b"0x000000000001-0x000000000002-ab12cd34.ref\n"));
        assert!(is_data("worktrees/p/commondir", b"../..\n"));
        let large = dir.path().join(sha256_of(b"large"));
        fs::write(&large, "large").unwrap();
        let is_large =
            || GitFile::new("lfs/objects/ab/cd/abcd").is_data(&large, &fs::metadata(&large).unwrap()).unwrap();
        assert!(is_large());
        fs::write(&large, "other").unwrap();
        assert!(!is_large());
        let log = format!("{digest} {digest} A <a@h.example> 1700000000 +0100\tcommit: first\n");
        assert!(is_data("logs/HEAD", log.as_bytes()) && is_data("COMMIT_EDITMSG", b"first\n"));
        let exclude = "# git ls-files --others --exclude-from=.git/info/exclude\n# *~\n/dist/*.js\n";
        assert!(
            is_data("info/exclude", exclude.as_bytes())
                && is_data("description", format!("{DESCRIPTION}\n").as_bytes())
        );
        for (below, script) in [
            ("objects/ab/cdef", "touch MARK\n"),
            ("objects/info/alternates", "touch MARK\n"),
            ("HEAD", "ref: refs/heads/a;touch${IFS}MARK\n"),
            ("refs/heads/main", "touch MARK\n"),
            ("refs/heads/main", "abcdef\n"),
            ("logs/HEAD", "#!/bin/sh\n"),
            ("logs/HEAD", "touch MARK\n"),
            ("logs/refs/heads/main", "0123 4567 A <a@h.example> 1 +0000\tx\n"),
            ("description", "touch MARK\n"),
            ("info/exclude", "*.log\ntouch MARK\n"),
            ("info/exclude", "#!/bin/sh\n"),
            ("worktrees/p/gitdir", "touch MARK\n"),
            ("hooks/pre-push.sample", "touch MARK\n"),
            ("lfs/objects/ab/cd/abcd", "touch MARK\n"),
            ("run.sh", "touch MARK\n"),
            ("FETCH_HEAD", &format!("{digest}\tbranch 'x'& touch MARK\n")),
            ("FETCH_HEAD", &format!("{digest}\tbranch 'x' of $(touch MARK)\n")),
            ("reftable/tables.list", "touch MARK\n"),
            ("reftable/0x01-0x02-ab12.ref", "touch MARK\n"),
            ("worktrees/p/commondir", "../../other\n"),
            ("index.lock", "touch MARK\n"),
            ("hooks/pre-commit.lock", "touch MARK\n"),
        ] {
            assert!(!is_data(below, script.as_bytes()), "{below}: {script}");
        }
        assert!(!is_data("objects/ab/cdef", &object(Compression::none())));
    }
}
