//! What a package does besides its tools: scripts that run when it is installed, code that acts as soon as it is loaded,
//! code that hides what it does, and compiled programs.

use serde_json::Value;

use super::compiled::CompiledFile;
use super::effects;
use super::extraction::{PackageWarning, SourcePlace, WarningKind};
use super::source_tree::{self, SourceTree};
use crate::model::CodeEffect;

/// Scripts of package.json that run when the package is installed from a registry.
const INSTALL_SCRIPTS: [&str; 3] = ["preinstall", "install", "postinstall"];
/// What a build script of Python calls to do more than to describe the package.
const BUILD_EFFECTS: [&str; 6] = ["subprocess", "os.system", "urlopen", "requests.", "exec(", "socket."];
/// Names as programs that obfuscate JavaScript give them, and how many make a file obfuscated.
const OBFUSCATED_NAME: &str = "_0x";
const MIN_NAMES: usize = 200;
/// Python that decodes itself and runs the result.
const RUNS_DECODED: [&str; 5] = ["exec(base64.", "exec(zlib.", "exec(marshal.", "exec(__import__(", "eval(base64."];
/// Endings of files that people and programs read as text or as a picture, besides those of source.
const READABLE: [&str; 15] = [
    ".md", ".html", ".css", ".svg", ".xml", ".csv", ".log", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".pdf",
    ".woff2",
];
/// The most files that are named for one kind.
const MAX_FILES: usize = 5;
/// The longest script that is quoted, in characters.
const MAX_SCRIPT: usize = 200;

/// The warnings about the files of a package, not those of its dependencies.
pub(crate) fn find(tree: &SourceTree) -> Vec<PackageWarning> {
    let mut warnings = install_scripts(tree);
    warnings.extend(build_script(tree));
    let own = tree.paths().filter(|path| source_tree::is_code(path) && !path.starts_with("node_modules/"));
    let hidden = own.filter_map(|path| tree.text(path).and_then(hidden_line).map(|line| (path, line)));
    warnings.extend(hidden.take(MAX_FILES).map(|(path, line)| PackageWarning {
        kind: WarningKind::HiddenCode,
        text: String::new(),
        place: SourcePlace { file: path.to_owned(), line },
    }));
    warnings.extend(effects::at_load(tree).into_iter().map(|CodeEffect { effect, call, file, line }| PackageWarning {
        kind: WarningKind::ActsWhenLoaded,
        text: format!("{effect}: {call}"),
        place: SourcePlace { file, line },
    }));
    warnings.extend(compiled(tree));
    warnings
}

/// The compiled programs of the package, those under the name of something else apart.
fn compiled(tree: &SourceTree) -> Vec<PackageWarning> {
    let own = tree.compiled().iter().filter(|file| !file.path.starts_with("node_modules/"));
    let (mut disguised, mut plain): (Vec<&CompiledFile>, Vec<_>) = own.partition(|file| is_disguised(&file.path));
    let warning = |kind, files: &mut Vec<&CompiledFile>| {
        files.sort();
        let first = files.first()?;
        let text = match files.len() - 1 {
            0 => format!("a program for {}", first.system),
            more => format!("a program for {} and {more} more", first.system),
        };
        Some(PackageWarning { kind, text, place: SourcePlace { file: first.path.clone(), line: 1 } })
    };
    let both = [warning(WarningKind::DisguisedProgram, &mut disguised), warning(WarningKind::CompiledCode, &mut plain)];
    both.into_iter().flatten().collect()
}

fn install_scripts(tree: &SourceTree) -> Vec<PackageWarning> {
    let Some(text) = tree.text("package.json") else { return Vec::new() };
    let Ok(manifest) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let script = |name: &&str| {
        let script = manifest.get("scripts")?.get(*name)?.as_str()?;
        let line = text.lines().position(|line| line.contains(&format!("\"{name}\""))).unwrap_or_default() + 1;
        let place = SourcePlace { file: "package.json".into(), line };
        let script: String = script.chars().take(MAX_SCRIPT).collect();
        Some(PackageWarning { kind: WarningKind::InstallScript, text: format!("{name}: {script}"), place })
    };
    INSTALL_SCRIPTS.iter().filter_map(script).collect()
}

/// `setup.py`, if it does more than to describe the package.
fn build_script(tree: &SourceTree) -> Option<PackageWarning> {
    let text = tree.text("setup.py")?;
    let (line, effect) = text.lines().enumerate().find_map(|(at, line)| {
        let code = line.split('#').next().unwrap_or_default();
        Some((at + 1, BUILD_EFFECTS.iter().find(|effect| code.contains(**effect))?))
    })?;
    let place = SourcePlace { file: "setup.py".into(), line };
    let text = format!("setup.py calls {}", effect.trim_end_matches(['(', '.']));
    Some(PackageWarning { kind: WarningKind::InstallScript, text, place })
}

/// True for a path whose name says that the file is text, source or a picture.
fn is_disguised(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    source_tree::is_source(&path) || READABLE.iter().any(|ending| path.ends_with(ending))
}

/// The line where hidden code starts.
fn hidden_line(text: &str) -> Option<usize> {
    let line_of = |at: usize| text[..at].matches('\n').count() + 1;
    if let Some(at) = RUNS_DECODED.iter().find_map(|call| text.find(call)) {
        return Some(line_of(at));
    }
    let is_name = |at: usize| {
        let digits = text.as_bytes()[at + OBFUSCATED_NAME.len()..].iter().take_while(|byte| byte.is_ascii_hexdigit());
        digits.count() >= 4
    };
    let mut names = text.match_indices(OBFUSCATED_NAME).filter(|(at, _)| is_name(*at));
    let first = names.next()?.0;
    (names.take(MIN_NAMES).count() == MIN_NAMES).then(|| line_of(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<(WarningKind, String, usize)> {
        let mut tree = SourceTree::default();
        tree.add(path, text.as_bytes().to_vec());
        find(&tree).into_iter().map(|warning| (warning.kind, warning.text, warning.place.line)).collect()
    }

    #[test]
    fn scripts_that_run_at_the_installation_are_found() {
        let manifest = "{\"name\": \"shop\",\n\"scripts\": {\"build\": \"tsc\",\n\"postinstall\": \"node setup.js\"}}";
        let script = (WarningKind::InstallScript, "postinstall: node setup.js".to_owned(), 3);
        assert_eq!(found("package.json", manifest), [script]);
        let setup = "from setuptools import setup\nimport subprocess\nsetup(name='shop')\n";
        assert_eq!(found("setup.py", setup), [(WarningKind::InstallScript, "setup.py calls subprocess".to_owned(), 2)]);
        assert!(found("setup.py", "from setuptools import setup\nsetup(name='shop')  # exec(\n").is_empty());
    }

    #[test]
    fn code_that_hides_itself_is_found() {
        let hidden = format!("const a = 1;\n{}", "_0x12ab('x');".repeat(MIN_NAMES + 1));
        assert_eq!(found("dist/a.js", &hidden), [(WarningKind::HiddenCode, String::new(), 2)]);
        assert_eq!(found("a.py", "import base64\nexec(base64.b64decode('eA=='))").len(), 1);
        assert!(found("node_modules/b/a.js", &hidden).is_empty());
        assert!(found("a.js", &"const color = 0x12ab + _0xy;".repeat(500)).is_empty());
    }

    #[test]
    fn code_that_acts_when_it_is_loaded_is_found() {
        let acts = |path: &str, text: &str| {
            let found = found(path, text).into_iter().filter(|(kind, ..)| *kind == WarningKind::ActsWhenLoaded);
            found.map(|(_, text, line)| format!("{text} ({line})")).collect::<Vec<_>>()
        };
        let text = "import requests\nif True:\n    requests.post('https://stats.example', json={})\n";
        assert_eq!(acts("shop/__init__.py", text), ["uses the network: requests.post (3)"]);
        let text = "import subprocess\nsubprocess.run(['id'])\n";
        assert_eq!(acts("shop/a.py", text), ["runs programs: subprocess.run (2)"]);
        let text = "import https from 'node:https';\n(async () => {\n  https.get('https://stats.example');\n})();\n";
        assert_eq!(acts("dist/index.js", text), ["uses the network: https:get (3)"]);
        assert_eq!(
            acts("dist/a.mjs", "const list = await fetch('https://stats.example');"),
            ["uses the network: fetch (1)"]
        );
        // A client that is made, a server that is started, what only a tool does, and what is not loaded.
        for (path, text) in [
            ("shop/a.py", "import httpx\nclient = httpx.AsyncClient()\ndef get():\n    return client.get('x')\n"),
            ("shop/a.py", "import requests\nif __name__ == '__main__':\n    requests.get('x')\n"),
            ("shop/a.py", "import requests\ndef go():\n    requests.get('x')\n    mcp.run()\ngo()\n"),
            (
                "a.js",
                "import axios from 'axios';\nconst api = axios.create({});\nserver.tool('x', async () => fetch('x'));",
            ),
            ("a.js", "async function main() { await fetch('x'); await server.connect(new Transport()); }\nmain();"),
            ("tests/a.py", "import requests\nrequests.get('x')\n"),
            ("node_modules/b/a.js", "fetch('x');"),
        ] {
            assert_eq!(acts(path, text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_program_under_the_name_of_a_text_is_disguised() {
        for path in ["dist/helper.js", "logo.PNG", "LICENSE.txt", "package.json"] {
            assert!(is_disguised(path), "{path}");
        }
        for path in ["bin/helper", "lib/core.so", "core.cpython-312-x86_64-linux-gnu.so", "addon.node", "x.exe"] {
            assert!(!is_disguised(path), "{path}");
        }
    }

    #[test]
    fn compiled_programs_are_named_once() {
        let program = "\u{7f}ELF\u{2}\u{1}\u{1}\0";
        let disguised = (WarningKind::DisguisedProgram, "a program for Linux".to_owned(), 1);
        assert_eq!(found("dist/icon.js", program), [disguised]);
        let mut tree = SourceTree::default();
        for path in ["bin/b", "bin/a", "node_modules/x/addon.node"] {
            tree.note_compiled(path, program.as_bytes());
        }
        let warnings = find(&tree);
        assert_eq!(warnings.len(), 1);
        let PackageWarning { kind, text, place } = &warnings[0];
        assert_eq!((*kind, text.as_str()), (WarningKind::CompiledCode, "a program for Linux and 1 more"));
        assert_eq!(place.file, "bin/a");
    }
}
