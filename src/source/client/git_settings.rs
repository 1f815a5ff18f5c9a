//! The settings of a git repository that can name programs: filters, hooks, editors, included files. What every clone
//! sets for itself is left out, so that an agreement holds in another clone.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::known_files::{is_of_system, open_regular};
use super::named_paths;
use super::named_programs::is_code;
use super::repository::is_home;
use super::unchecked_files::UncheckedFiles;

/// Largest settings that are read line by line, in bytes. Larger ones count as any other file.
pub(super) const MAX_SETTINGS: u64 = 1 << 20;

/// Keys that cannot name a program, each with the section where this is so. Elsewhere, as in `[alias]`, any key can.
const INERT: [(&str, &str); 37] = [
    ("core", "repositoryformatversion"),
    ("core", "filemode"),
    ("core", "bare"),
    ("core", "logallrefupdates"),
    ("core", "ignorecase"),
    ("core", "precomposeunicode"),
    ("core", "symlinks"),
    ("remote", "fetch"),
    ("remote", "url"),
    ("submodule", "url"),
    ("submodule", "active"),
    ("branch", "merge"),
    ("branch", "remote"),
    ("branch", "rebase"),
    ("branch", "vscode-merge-base"),
    ("branch", "github-pr-owner-number"),
    ("pull", "rebase"),
    ("user", "email"),
    ("http", "extraheader"),
    ("gc", "auto"),
    ("maintenance", "auto"),
    ("core", "untrackedcache"),
    ("core", "autocrlf"),
    ("core", "eol"),
    ("extensions", "objectformat"),
    ("extensions", "refstorage"),
    ("extensions", "partialclone"),
    ("extensions", "worktreeconfig"),
    ("remote", "gh-resolved"),
    ("remote", "pushurl"),
    ("remote", "tagopt"),
    ("remote", "prune"),
    ("remote", "promisor"),
    ("remote", "partialclonefilter"),
    ("branch", "pushremote"),
    ("branch", "gh-merge-base"),
    ("lfs", "repositoryformatversion"),
];
/// Keys whose value is or may be an address. One such as `ext::sh -c x` is a command.
const ADDRESSES: [&str; 4] = ["url", "remote", "pushurl", "pushremote"];

/// How deep settings are followed that include others.
const MAX_INCLUDES: usize = 5;

/// The lines of the git configuration at `path` that can name a program, below the line of their section. A line that
/// includes another configuration stands for the lines there. An include that git follows and this does not is refused.
pub(super) fn that_run_programs(path: &Path) -> Result<String, UncheckedFiles> {
    lines_of(path, MAX_INCLUDES)
}

/// What the settings at `path` name outside of the folder `root`, whose links are resolved: folders of hooks, programs.
pub(super) fn named_elsewhere(path: &Path, root: &Path) -> Result<BTreeSet<PathBuf>, UncheckedFiles> {
    let settings = that_run_programs(path)?;
    let home = std::env::home_dir();
    // Git runs most programs in the work tree.
    let bases: Vec<&Path> = path.ancestors().skip(1).take(2).chain([root]).collect();
    let named =
        named_paths::paths(settings.lines().filter_map(|line| line.split_once('=')).map(|(_, value)| value), |_| None)?;
    let places = named.iter().flat_map(|named| {
        let of_home = named.strip_prefix("~/").and_then(|below| Some(home.as_ref()?.join(below)));
        bases.iter().map(|base| base.join(named)).chain(of_home).collect::<Vec<_>>()
    });
    let mut found = BTreeSet::new();
    for real in places.filter_map(|place| place.canonicalize().ok()) {
        if real.starts_with(root) || is_of_system(&real) {
            continue;
        }
        if root.starts_with(&real) && real.parent().is_some() {
            // Of a folder above, such as one of hooks, what lies directly in it.
            let entries = std::fs::read_dir(&real).into_iter().flatten().flatten();
            found.extend(entries.map(|entry| entry.path()).filter(|path| path.is_file()));
        } else if !root.starts_with(&real) {
            // Programs read what stands beside them.
            let beside = real.parent().filter(|folder| is_code(&real) && !is_home(folder) && !root.starts_with(folder));
            found.extend(beside.map(Path::to_owned));
            found.insert(real);
        }
    }
    Ok(found)
}

fn lines_of(path: &Path, depth: usize) -> Result<String, UncheckedFiles> {
    let unreadable = |_| UncheckedFiles::Unreadable(path.display().to_string());
    let mut bytes = Vec::new();
    open_regular(path).map_err(unreadable)?.take(MAX_SETTINGS + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_SETTINGS {
        return Err(UncheckedFiles::Size(path.display().to_string()));
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut kept = String::new();
    let mut section = "";
    // Whether the line of the section is in `kept`, and whether it is certain which section this is.
    let (mut is_shown, mut is_certain) = (true, true);
    let mut continues = false;
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        let is_continued = std::mem::replace(&mut continues, line.ends_with('\\'));
        if line.starts_with('[') && is_header(line) && !is_continued {
            (section, is_shown, is_certain) = (line, false, true);
            continue;
        }
        // A key or another header may follow in the line, and a comment is not continued.
        is_certain &= !line.starts_with('[');
        let is_empty = line.is_empty() || line.starts_with(['#', ';']);
        let names_file = is_include(section, line) && !is_empty;
        // `[include] path = x` in one line.
        let is_hidden = line.to_ascii_lowercase().contains("[include") && !is_empty;
        if is_hidden || names_file && (!is_certain || is_continued || !is_plain(line)) {
            return Err(UncheckedFiles::GitInclude(path.display().to_string()));
        }
        if let Some(included) = included(path, line).filter(|_| names_file) {
            let depth = depth.checked_sub(1).ok_or_else(|| UncheckedFiles::GitInclude(path.display().to_string()))?;
            kept.push_str(&lines_of(&included, depth)?);
            continue;
        }
        let is_left_out = is_empty || is_certain && is_inert(section, line);
        if !is_left_out || is_continued {
            if !std::mem::replace(&mut is_shown, true) {
                kept.push_str(section);
                kept.push(' ');
            }
            kept.push_str(line);
            kept.push('\n');
        }
    }
    Ok(kept)
}

/// True for a line that is the header of a section and nothing else.
fn is_header(line: &str) -> bool {
    line.find(']').is_some_and(|end| end + 1 == line.len())
}

/// True for a line that includes other settings, in a section with the header `header`.
fn is_include(header: &str, line: &str) -> bool {
    let key = line.split_once('=').map_or(line, |(key, _)| key);
    section_of(header).starts_with("include") && key.trim().eq_ignore_ascii_case("path")
}

/// True for a line whose value is written without quotes, comments, or anything that git fills in.
fn is_plain(line: &str) -> bool {
    line.split_once('=').is_some_and(|(_, value)| !value.contains(['"', '\\', '#', ';', '~', '%']))
}

/// The file that `line` includes, if it exists.
fn included(path: &Path, line: &str) -> Option<PathBuf> {
    let (_, value) = line.split_once('=')?;
    Some(path.parent()?.join(value.trim())).filter(|file| file.exists())
}

/// The name of the section with the header `header`, in small letters.
fn section_of(header: &str) -> String {
    let name = header.trim_start_matches('[').split(|c: char| c.is_whitespace() || ".\"]".contains(c)).next();
    name.unwrap_or_default().to_ascii_lowercase()
}

/// True for a line that cannot name a program in the section with the header `header`.
fn is_inert(header: &str, line: &str) -> bool {
    let section = section_of(header);
    let (key, value) = line.split_once('=').unwrap_or((line, ""));
    let key = key.trim().to_ascii_lowercase();
    // Quotes and backslashes can divide the `::`.
    let is_command = ADDRESSES.contains(&key.as_str()) && (value.contains("::") || value.contains(['"', '\\']));
    // The monitor of files is a program, or a switch.
    let is_switch =
        (section.as_str(), key.as_str()) == ("core", "fsmonitor") && ["true", "false"].contains(&value.trim());
    let is_inert = INERT.contains(&(section.as_str(), key.as_str())) || is_switch;
    is_inert && !is_command && !line.ends_with('\\')
}

#[cfg(test)]
mod tests {
    use std::fs;

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
        let of_tools = "[core]\n fsmonitor = true\n autocrlf = input\n[extensions]\n refstorage = reftable\n\
            [remote \"o\"]\n gh-resolved = base\n pushurl = git@h.example:x.git\n promisor = true\n\
            [branch \"m\"]\n pushRemote = o\n gh-merge-base = main\n[lfs]\n repositoryformatversion = 0\n";
        assert_eq!(kept(of_tools), "");
        assert_eq!(kept("[core] sshCommand = ./x\n"), "[core] sshCommand = ./x\n");
        assert_eq!(kept("[a]\n url = ext::sh -c x\n"), "[a] url = ext::sh -c x\n");
        assert!(kept("[core]\n bare = false \\\n x\n").contains('x'));
        assert_eq!(kept("[core]\n bare = true\n a = 1\n b = 2\n"), "[core] a = 1\nb = 2\n");
    }

    #[test]
    fn an_included_file_counts_by_what_stands_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        let other = dir.path().join("other");
        fs::write(&path, format!("[includeIf \"gitdir:/x\"]\n\tpath = {}\n", other.display())).unwrap();
        assert!(that_run_programs(&path).unwrap().contains("path ="), "it may appear");
        fs::write(&other, "[http \"https://h.example/\"]\n\textraheader = x\n").unwrap();
        assert_eq!(that_run_programs(&path).unwrap(), "");
        fs::write(&other, "[core]\n\tfsmonitor = ./evil\n").unwrap();
        assert!(that_run_programs(&path).unwrap().contains("./evil"));
        fs::write(&other, format!("[include]\n\tpath = {}\n", other.display())).unwrap();
        assert!(matches!(that_run_programs(&path), Err(UncheckedFiles::GitInclude(_))), "a circle ends");
        for text in [
            "[include]\n\tpath = \"other\"\n",
            "[include]\n\tpath = other # x\n",
            "[include]\n\tPaTh = other ; x\n",
            "[include]\n\tpath = ~/other\n",
            "[include]\n\tpath = \\\nother\n",
            "[include] path = other\n",
            "[core] [INCLUDE] path = other\n",
            "[include] # x\n\tpath = other\n",
            "[includeIf \"gitdir:**\"] path = other\n",
        ] {
            fs::write(&path, text).unwrap();
            assert!(matches!(that_run_programs(&path), Err(UncheckedFiles::GitInclude(_))), "{text}");
        }
    }

    #[test]
    fn folders_of_hooks_and_programs_elsewhere_are_known() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap().join("p");
        fs::create_dir_all(root.join(".git")).unwrap();
        fs::create_dir_all(root.join("hooks")).unwrap();
        fs::create_dir_all(root.join("../other")).unwrap();
        let path = root.join(".git/config");
        let named = |text: &str| {
            fs::write(&path, text).unwrap();
            named_elsewhere(&path, &root).unwrap().len()
        };
        assert_eq!(named("[core]\n\thooksPath = ../other\n"), 1);
        assert_eq!(named("[core]\n\tfsmonitor = \"../other/x --y\"\n"), 0, "it does not exist");
        assert_eq!(named(&format!("[credential]\n\thelper = !{}/../other a\n", root.display())), 1);
        assert_eq!(named("[core]\n\thooksPath = hooks\n\tpager = /bin/sh\n[remote \"o\"]\n\turl = ../other\n"), 0);
    }

    #[test]
    fn no_spelling_hides_a_program() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        for text in [
            "[core] sshCommand = ./evil #]\n",
            "[core] [alias]\n\tmerge = !./evil\n",
            "[pager]\n\tfetch = ./evil\n",
            "[ALIAS]\n\turl = !./evil\n",
            "[alias]\n\tactive = !./evil\n",
            "\u{feff}[alias]\n\tmerge = !./evil\n",
            "# \\\n[alias]\n\tmerge = !./evil\n",
            "[core]\n\thooksPath = ./evil\n",
            "[include]\n\tpath = ./evil\n",
            "[includeIf \"gitdir:x\"]\n\tpath = ./evil\n",
            "[filter \"x\"]\n\tclean = ./evil\n",
            "[diff \"x\"]\n\tcommand = ./evil\n",
            "[merge \"x\"]\n\tdriver = ./evil\n",
            "[credential]\n\thelper = ./evil\n",
            "[branch \"m\"]\n\tremote = ext::./evil\n",
            "[remote \"o\"]\n\turl = ext:\"\":./evil\n",
            "[remote \"o\"]\n\tpushurl = ext::./evil\n",
            "[branch \"m\"]\n\tpushRemote = ext::./evil\n",
            "[core]\n\tfsmonitor = true ./evil\n",
        ] {
            fs::write(&path, text).unwrap();
            assert!(that_run_programs(&path).unwrap().contains("./evil"), "{text}");
        }
    }
}
