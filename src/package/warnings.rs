//! What a package does besides its tools: scripts that run when it is installed, and code that hides what it does.

use serde_json::Value;

use super::extraction::{PackageWarning, SourcePlace, WarningKind};
use super::source_tree::{self, SourceTree};

/// Scripts of package.json that run when the package is installed from a registry.
const INSTALL_SCRIPTS: [&str; 3] = ["preinstall", "install", "postinstall"];
/// What a build script of Python calls to do more than to describe the package.
const BUILD_EFFECTS: [&str; 6] = ["subprocess", "os.system", "urlopen", "requests.", "exec(", "socket."];
/// Names as programs that obfuscate JavaScript give them, and how many make a file obfuscated.
const OBFUSCATED_NAME: &str = "_0x";
const MIN_NAMES: usize = 200;
/// Python that decodes itself and runs the result.
const RUNS_DECODED: [&str; 5] = ["exec(base64.", "exec(zlib.", "exec(marshal.", "exec(__import__(", "eval(base64."];
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
    warnings
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
}
