//! Paths that are another file for every process that opens them.

use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Maximum number of links to follow in one path, as the kernel does.
const MAX_LINKS: usize = 40;

/// Links into the files of a process that a program only writes to.
const OUTPUTS: [&str; 2] = ["/dev/stdout", "/dev/stderr"];

/// True if the absolute `path` leads through the files of a process, also by a link in the middle. The end of the path
/// need not exist: it may exist for another process.
pub(super) fn leads_by_process(path: &Path) -> bool {
    let mut here = PathBuf::new();
    let mut rest: Vec<OsString> = reversed(path);
    let mut links = 0;
    while let Some(part) = rest.pop() {
        match Path::new(&part).components().next() {
            Some(Component::ParentDir) => drop(here.pop()),
            Some(Component::CurDir) | None => {}
            Some(_) => here.push(&part),
        }
        if is_output(&here) {
            return false;
        }
        if here.starts_with("/proc") && here != Path::new("/proc") {
            return true;
        }
        if let Ok(target) = fs::read_link(&here) {
            links += 1;
            if links > MAX_LINKS {
                return false;
            }
            here.pop();
            rest.extend(reversed(&target));
        }
    }
    false
}

/// True for a path to which a program only writes.
pub(super) fn is_output(path: &Path) -> bool {
    OUTPUTS.iter().any(|output| path == Path::new(output))
}

fn reversed(path: &Path) -> Vec<OsString> {
    path.components().rev().map(|part| part.as_os_str().to_owned()).collect()
}

/// True if `text` has a path below `/proc`.
pub(super) fn names_a_process(text: &str) -> bool {
    let starts = |(at, _): (usize, &str)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "_.-".contains(c))
    };
    text.match_indices("/proc/").any(starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_by_way_of_a_process_is_known() {
        for text in ["/proc/self/cwd/run.sh", "sh /proc/$$/cwd/x", "--file=/proc/1/root/x", "//proc/self"] {
            assert!(names_a_process(text), "{text}");
        }
        for text in ["/host/proc/", "/my-proc/x", "proc/self", "/process/x"] {
            assert!(!names_a_process(text), "{text}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_link_in_the_middle_of_a_path_is_followed() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        symlink("/proc/self", at("process")).unwrap();
        symlink("process/cwd", at("here")).unwrap();
        symlink("loop", at("loop")).unwrap();
        symlink(".", at("plain")).unwrap();
        for name in ["process/cwd/run.sh", "here/not-there/run.sh", "plain/here", "plain/process/root"] {
            assert!(leads_by_process(&at(name)), "{name}");
        }
        for name in ["plain/run.sh", "loop/run.sh", "not-there/x"] {
            assert!(!leads_by_process(&at(name)), "{name}");
        }
        assert!(leads_by_process(Path::new("/dev/fd/3")) && !leads_by_process(Path::new("/dev/stderr")));
    }
}
