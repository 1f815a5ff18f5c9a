//! What a release is made of: names, platforms, the packages of npm, the formula, man pages and completions.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

fn parsed(file: &str) -> Value {
    serde_saphyr::from_str(&text(file)).unwrap()
}

fn targets_of_npm() -> BTreeSet<String> {
    let platforms = parsed("packaging/npm/platforms.json");
    platforms.as_array().unwrap().iter().map(|platform| platform["target"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_platform_of_npm_is_built_by_the_release() {
    let release = parsed(".github/workflows/release.yml");
    let built = release["jobs"]["programs"]["strategy"]["matrix"]["include"].as_array().unwrap();
    let built: BTreeSet<String> = built.iter().map(|row| row["target"].as_str().unwrap().to_owned()).collect();
    assert_eq!(built, targets_of_npm());
}

#[test]
fn the_names_of_packages_agree() {
    let names = parsed("packaging/names.json");
    let python: toml::Value = toml::from_str(&text("packaging/pypi/pyproject.toml")).unwrap();
    assert_eq!(python["project"]["name"].as_str(), names["pypi"].as_str());
    let cargo: toml::Value = toml::from_str(&text("Cargo.toml")).unwrap();
    assert_eq!(python["project"]["license"], cargo["package"]["license"]);
    for taken in ["npm", "pypi"] {
        assert_ne!(names[taken], "mcp-scan", "that is another program there");
    }
}

#[test]
fn actions_of_others_are_pinned_and_no_input_stands_in_a_script() {
    for file in [".github/workflows/release.yml", ".github/workflows/check.yml"] {
        let jobs = &parsed(file)["jobs"];
        for step in jobs.as_object().unwrap().values().flat_map(|job| job["steps"].as_array().unwrap()) {
            if let Some(action) = step["uses"].as_str() {
                let commit = action.split_once('@').unwrap().1;
                assert!(
                    commit.len() == 40 && commit.chars().all(|letter| letter.is_ascii_hexdigit()),
                    "{file}: {action}"
                );
            }
            assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{file}: {step}");
        }
    }
}

/// A program of another name for every platform that npm has a package for.
fn programs(folder: &Path) {
    for target in targets_of_npm() {
        let name = if target.contains("windows") { "mcp-scan.exe" } else { "mcp-scan" };
        fs::create_dir_all(folder.join(&target)).unwrap();
        let program = folder.join(&target).join(name);
        fs::write(&program, format!("#!/bin/sh\necho {target} \"$@\"\nexit 3\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn node(arguments: &[&Path], version: &str) -> Output {
    let (script, rest) = arguments.split_first().unwrap();
    Command::new("node").arg(script).arg(version).args(rest).output().unwrap()
}

#[test]
fn the_launcher_of_npm_starts_the_program_of_its_platform() {
    let folder = tempfile::tempdir().unwrap();
    let (built, out) = (folder.path().join("programs"), folder.path().join("packages"));
    programs(&built);
    let script = root().join("packaging/npm/build.mjs");
    let made = node(&[&script, &built, &out], "1.2.3");
    assert!(made.status.success(), "{made:?}");
    let launcher: Value =
        serde_json::from_str(&fs::read_to_string(out.join("launcher/package.json")).unwrap()).unwrap();
    let name = launcher["name"].as_str().unwrap();
    assert_eq!(launcher["optionalDependencies"].as_object().unwrap().len(), targets_of_npm().len());
    let start = |arguments: &[&str]| {
        Command::new("node").arg(out.join("launcher/launcher.mjs")).args(arguments).output().unwrap()
    };
    // As npm leaves it where optional dependencies are omitted.
    let alone = start(&[]);
    assert_eq!(alone.status.code(), Some(70));
    assert!(String::from_utf8(alone.stderr).unwrap().contains("is not installed"));
    let modules = out.join("launcher/node_modules");
    for entry in fs::read_dir(&out).unwrap().map(Result::unwrap).filter(|entry| entry.file_name() != "launcher") {
        let place = modules.join(format!("{name}-{}", entry.file_name().to_str().unwrap()));
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(entry.path(), place).unwrap();
    }
    let started = start(&["-f", "json", "a b"]);
    assert_eq!(started.status.code(), Some(3));
    let printed = String::from_utf8(started.stdout).unwrap();
    let target = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux" };
    assert!(printed.contains(target) && printed.ends_with("-f json a b\n"), "{printed}");
}

#[test]
fn no_package_of_npm_is_made_without_its_program() {
    let folder = tempfile::tempdir().unwrap();
    programs(folder.path());
    fs::remove_file(folder.path().join("aarch64-apple-darwin/mcp-scan")).unwrap();
    let script = root().join("packaging/npm/build.mjs");
    let made = node(&[&script, folder.path(), &folder.path().join("out")], "1.2.3");
    assert_eq!(made.status.code(), Some(1));
    assert_eq!(node(&[&script, folder.path(), folder.path()], "newest").status.code(), Some(2));
}

#[test]
fn the_formula_is_filled_in_whole() {
    let folder = tempfile::tempdir().unwrap();
    for target in targets_of_npm() {
        fs::write(folder.path().join(format!("mcp-scan-{target}.tar.gz")), &target).unwrap();
    }
    let fill = Command::new(root().join("packaging/homebrew/fill"))
        .args(["1.2.3", "acme"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(fill.status.success(), "{fill:?}");
    let formula = String::from_utf8(fill.stdout).unwrap();
    for place in ["VERSION", "OWNER", "SHA256_"] {
        assert!(!formula.contains(place), "{place} in {formula}");
    }
    assert_eq!(formula.matches("sha256 \"").count(), 4);
    let fill =
        Command::new(root().join("packaging/homebrew/fill")).args(["1.2.3", "acme", "/nowhere"]).output().unwrap();
    assert!(!fill.status.success() && fill.stdout.is_empty());
}

#[test]
fn man_pages_and_completions_are_made_from_the_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let example = cargo_bin!("mcp-scan").with_file_name("examples").join("packaging");
    let made = Command::new(example).arg(folder.path()).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let page = fs::read_to_string(folder.path().join("man/mcp-scan.1")).unwrap();
    assert!(page.contains("\\-\\-policy"), "{page}");
    assert!(folder.path().join("man/mcp-scan-policy-check.1").exists());
    for file in ["mcp-scan.bash", "_mcp-scan", "mcp-scan.fish"] {
        assert!(
            fs::read_to_string(folder.path().join("completions").join(file)).unwrap().contains("discover"),
            "{file}"
        );
    }
}

/// A runner whose `gh` has the release 1.2.0, with `checksum` beside it.
fn install(inputs: &[(&str, &str)], checksum: &Value) -> (Output, bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir_all(path("bin")).unwrap();
    let program = |name: &str, text: &str| {
        fs::write(path("bin").join(name), text).unwrap();
        fs::set_permissions(path("bin").join(name), fs::Permissions::from_mode(0o755)).unwrap();
    };
    // `release download TAG --repo R --pattern P --dir D`
    let archive = "cd \"$9\"; printf released > mcp-scan; a=$(echo \"$7\" | sed 's/\\.\\*$/.tar.gz/'); tar -czf \"$a\" mcp-scan; rm mcp-scan";
    program(
        "gh",
        &format!(
            "#!/bin/sh\n[ \"$3\" = v1.2.0 ] || exit 1\nmkdir -p \"$9\"\n{archive}\n\
             d=$({checksum}); printf '%s  %s\\n' \"$d\" \"$a\" > \"${{a%.tar.gz}}.sha256\"\n",
            checksum = checksum.as_str().unwrap()
        ),
    );
    program(
        "cargo",
        "#!/bin/sh\nfor last; do :; done\nmkdir -p \"$last/bin\"; printf built > \"$last/bin/mcp-scan\"\n",
    );
    let output = Command::new(root().join("action/install.sh"))
        .env("PATH", format!("{}:{}", path("bin").display(), std::env::var("PATH").unwrap()))
        .env("RUNNER_TEMP", folder.path())
        .env("GITHUB_ACTION_PATH", root())
        .env("MCP_SCAN_ACTION_REPOSITORY", "acme/mcp-scan")
        .env("MCP_SCAN_VERSION", "")
        .envs(inputs.iter().copied())
        .output()
        .unwrap();
    let released = fs::read_to_string(path("mcp-scan/bin/mcp-scan")).is_ok_and(|program| program == "released");
    (output, released)
}

#[test]
fn the_action_runs_a_release_where_there_is_one_and_builds_else() {
    let right = json!("sha256sum \"$a\" | cut -d ' ' -f 1");
    let used_at = |reference| [("MCP_SCAN_ACTION_REF", reference)];
    let (output, released) = install(&used_at("v1.2.0"), &right);
    assert!(output.status.success() && released, "{output:?}");
    for reference in ["main", "v9.9.9", "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c"] {
        let (output, released) = install(&used_at(reference), &right);
        assert!(output.status.success() && !released, "{reference}: {output:?}");
    }
    let (output, released) = install(&[("MCP_SCAN_VERSION", "1.2.0")], &right);
    assert!(output.status.success() && released, "{output:?}");
    for version in ["9.9.9", "latest", "1.2.0; touch pwned"] {
        let (output, _) = install(&[("MCP_SCAN_VERSION", version)], &right);
        assert_eq!(output.status.code(), Some(2), "{version}: {output:?}");
    }
    let (output, released) = install(&used_at("v1.2.0"), &json!("echo 0000"));
    assert!(!output.status.success() && !released, "other bytes than the release states: {output:?}");
}
