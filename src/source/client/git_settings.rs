//! The settings of a git repository that can name programs: filters, hooks, editors, included files. What every clone
//! sets for itself is left out, so that an agreement holds in another clone.

use std::fs;
use std::io;
use std::path::Path;

/// Keys that cannot name a program.
const INERT: [&str; 17] = [
    "repositoryformatversion",
    "filemode",
    "bare",
    "logallrefupdates",
    "ignorecase",
    "precomposeunicode",
    "symlinks",
    "fetch",
    "merge",
    "remote",
    "rebase",
    "email",
    "extraheader",
    "auto",
    "active",
    "vscode-merge-base",
    "github-pr-owner-number",
];

/// The lines of the git configuration at `path` that can name a program, each with its section.
pub(crate) fn that_run_programs(path: &Path) -> io::Result<String> {
    let text = fs::read(path)?;
    let text = String::from_utf8_lossy(&text);
    let mut kept = String::new();
    let mut section = "";
    let mut continues = false;
    for line in text.lines().map(str::trim) {
        let is_continued = std::mem::replace(&mut continues, line.ends_with('\\'));
        if is_continued {
            kept.push_str(&format!("{section} {line}\n"));
        } else if line.starts_with('[') {
            section = line;
            // A key may follow in the same line.
            if !line.ends_with(']') {
                kept.push_str(&format!("{line}\n"));
            }
        } else if !line.is_empty() && !line.starts_with(['#', ';']) && !is_inert(line) {
            kept.push_str(&format!("{section} {line}\n"));
        }
    }
    Ok(kept)
}

fn is_inert(line: &str) -> bool {
    let (key, value) = line.split_once('=').unwrap_or((line, ""));
    let key = key.trim().to_ascii_lowercase();
    // An address such as `ext::sh -c x` is a command.
    let is_address = key == "url" && !value.contains("::") && !line.ends_with('\\');
    is_address || INERT.contains(&key.as_str()) && !line.ends_with('\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_program_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        let kept = |text: &str| {
            fs::write(&path, text).unwrap();
            that_run_programs(&path).unwrap()
        };
        let usual = "[core]\n\tbare = false\n[remote \"o\"]\n\turl = git@h.example:x.git\n\tfetch = +refs/*\n# x = y\n";
        assert_eq!(kept(usual), "");
        assert_eq!(kept("[core]\n fsmonitor = ./x\n"), "[core] fsmonitor = ./x\n");
        assert_eq!(kept("[core] sshCommand = ./x\n"), "[core] sshCommand = ./x\n");
        assert_eq!(kept("[a]\n url = ext::sh -c x\n"), "[a] url = ext::sh -c x\n");
        assert!(kept("[core]\n bare = false \\\n x\n").contains('x'));
    }
}
