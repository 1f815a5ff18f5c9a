//! The architecture: which module may import which, what each may name, and how long a file may be.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

#[path = "structure/circles.rs"]
mod circles;

/// What each module may import. `render` (templates) serves all writers of documents; `eval` (verdicts against labels) builds
/// on classification.
const ARROWS: [(&str, &[&str]); 18] = [
    ("text", &[]),
    ("model", &["text"]),
    ("orders", &["model", "text"]),
    ("rules", &["orders", "model", "text"]),
    // The source of a package becomes the tools that it registers.
    ("package", &["model", "text"]),
    ("source", &["package", "model", "text"]),
    // Only the protocol: what its tools do is handed over by `cli`.
    ("server", &[]),
    ("classify", &["rules", "model", "text"]),
    ("config", &["classify", "rules", "model", "text"]),
    ("audit", &["config", "classify", "rules", "orders", "model", "text"]),
    ("render", &["text"]),
    ("policy", &["classify", "rules", "model", "text", "render"]),
    // Nothing below the command line knows the guard.
    ("guard", &["source", "audit", "policy", "classify", "rules", "orders", "model", "text"]),
    ("eval", &["audit", "orders", "classify", "rules", "model", "text"]),
    ("catalogue", &["audit", "policy", "classify", "rules", "model", "text", "render"]),
    ("report", &["audit", "policy", "eval", "classify", "rules", "model", "text", "render"]),
    (
        "cli",
        &[
            "lib",
            "source",
            "server",
            "guard",
            "catalogue",
            "report",
            "audit",
            "config",
            "policy",
            "eval",
            "classify",
            "rules",
            "orders",
            "model",
            "text",
        ],
    ),
    // The pipeline: it joins modules that may not import each other.
    (
        "lib",
        &[
            "source",
            "catalogue",
            "report",
            "audit",
            "policy",
            "config",
            "eval",
            "classify",
            "rules",
            "orders",
            "model",
            "text",
            "cli",
        ],
    ),
];

/// Longest file, in lines.
const MAX_LINES: usize = 500;

/// A file below `src/`.
struct Source {
    path: PathBuf,
    /// The module directly below the crate that it belongs to; `lib` for the crate itself.
    module: String,
    lines: usize,
    /// Its code without comments and without tests.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut open, mut texts) = (vec![root.clone()], BTreeMap::new());
    while let Some(folder) = open.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                texts.insert(path.clone(), fs::read_to_string(path).unwrap());
            }
        }
    }
    let tests: BTreeSet<PathBuf> = texts.iter().flat_map(|(path, text)| test_files(path, text)).collect();
    // A module for tests is a file, or all files of a folder.
    let is_test =
        |path: &Path| tests.contains(path) || path.ancestors().any(|it| tests.contains(&it.with_extension("rs")));
    let source = |(path, text): (PathBuf, String)| {
        let relative = path.strip_prefix(&root).unwrap().to_owned();
        let first = relative.components().next().unwrap().as_os_str().to_str().unwrap();
        let code = if is_test(&path) { String::new() } else { code(&text) };
        Source {
            module: first.strip_suffix(".rs").unwrap_or(first).to_owned(),
            lines: text.lines().count(),
            path: relative,
            code,
        }
    };
    texts.into_iter().map(source).filter(|source| source.module != "main").collect()
}

/// The files that `path` declares as modules for tests only.
fn test_files(path: &Path, text: &str) -> Vec<PathBuf> {
    let folder = match path.file_name().unwrap().to_str().unwrap() {
        "mod.rs" | "lib.rs" => path.parent().unwrap().to_owned(),
        _ => path.with_extension(""),
    };
    let declared = |rest: &str| {
        let name = rest.trim_start().strip_prefix("mod ")?.split_once(';')?.0;
        name.chars().all(|c| c.is_alphanumeric() || c == '_').then(|| folder.join(name).with_extension("rs"))
    };
    text.split("#[cfg(test)]").skip(1).filter_map(declared).collect()
}

/// `text` without its last part, the tests, and without comments.
fn code(text: &str) -> String {
    let code = text.split("\nmod tests {").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// What `code` names directly below `crate::`; a function there belongs to `lib`.
fn named(code: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let place = |text: &str| {
        let name = word(text);
        let is_function = text[name.len()..].starts_with('(');
        let is_module = ARROWS.iter().any(|(module, _)| *module == name);
        if is_function || !is_module { "lib".to_owned() } else { name }
    };
    let each = |rest: &str| match rest.strip_prefix('{') {
        None => vec![place(rest)],
        Some(group) => top_level(group).into_iter().map(place).collect(),
    };
    code.split("crate::").skip(1).flat_map(each).collect()
}

/// The parts of a `use` group up to its closing brace: `a::{b, c}, d}` gives `a::{b, c}` and `d`.
fn top_level(group: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' | ',' if depth == 0 => {
                parts.push(group[start..at].trim());
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[test]
fn the_arrows_are_kept() {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.into();
    let mut broken = Vec::new();
    for source in sources() {
        let Some(allowed) = arrows.get(source.module.as_str()) else {
            broken.push(format!("{}: give `{}` its place among the arrows", source.path.display(), source.module));
            continue;
        };
        let others = named(&source.code).into_iter().filter(|name| *name != source.module);
        for name in others.filter(|name| !allowed.contains(&name.as_str())) {
            broken.push(format!("{}: `{}` does not know `{name}`", source.path.display(), source.module));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn each_part_names_only_what_is_its_own() {
    // What may not be named, and which modules it is kept from.
    type Kept = fn(&str) -> bool;
    let kept: [(&[&str], Kept); 3] = [
        (&["reqwest::", "walkdir::"], |module| module != "source"),
        // Both sides of the wire: the client that lists, and the server that we are.
        (&["rmcp::"], |module| module != "source" && module != "server"),
        (&["std::fs", "std::net", "std::process", "fs::", "process::"], |module| module == "model"),
    ];
    let mut broken = Vec::new();
    for source in sources() {
        for word in kept.iter().filter(|(_, from)| from(&source.module)).flat_map(|(words, _)| *words) {
            if source.code.contains(word) {
                broken.push(format!("{} names {word}", source.path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn no_files_import_each_other() {
    let module = |source: &Source| {
        let mut parts: Vec<String> =
            source.path.with_extension("").iter().map(|p| p.to_str().unwrap().into()).collect();
        parts.pop_if(|last| *last == "mod" || *last == "lib");
        parts
    };
    let code = sources().into_iter().filter(|source| !source.code.is_empty());
    let code = code.map(|source| (module(&source), source.code)).collect();
    let circles = circles::Modules::new(code).circles();
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn no_file_is_too_long() {
    let long =
        |source: &Source| (source.lines > MAX_LINES).then(|| format!("{}: {}", source.path.display(), source.lines));
    let long: Vec<String> = sources().iter().filter_map(long).collect();
    assert!(long.is_empty(), "more than {MAX_LINES} lines: {long:#?}");
}

#[test]
fn a_broken_arrow_would_be_seen() {
    let text = "use crate::{cli, text::{clean, slug}};\n// crate::source\nfn f() { crate::report(); crate::report::x() }\n\
                #[cfg(test)]\nmod tests { use crate::catalogue; }\n";
    let names: Vec<String> = named(&code(text)).into_iter().collect();
    assert_eq!(names, ["cli", "lib", "report", "text"]);
    assert_eq!(test_files(Path::new("a/mod.rs"), "#[cfg(test)]\nmod cases;\nmod b;"), [Path::new("a/cases.rs")]);
}
