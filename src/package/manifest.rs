//! What a package says of itself: its name, its version and where its programs start.

use serde_json::Value;

use super::source_tree::SourceTree;

/// The manifest of a package, in the terms that all registries share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    /// Where the programs of the package start. Empty if it names none.
    pub(crate) entry_points: Vec<EntryPoint>,
}

/// A program of a package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct EntryPoint {
    /// The command that it is installed as.
    pub(crate) command: String,
    /// For npm and bundles the path of a file in the package, without a leading `./`; for Python `module:function`.
    pub(crate) target: String,
}

impl Manifest {
    /// The manifest in the files of a package, whatever its language.
    pub(crate) fn from_tree(tree: &SourceTree) -> Self {
        let mut manifest = of_node(tree).unwrap_or_default();
        for other in [of_wheel(tree), of_pyproject(tree), of_go(tree), of_cargo(tree)].into_iter().flatten() {
            if manifest.name.is_empty() {
                manifest.name = other.name;
            }
            manifest.version = manifest.version.or(other.version);
            manifest.entry_points.extend(other.entry_points);
        }
        if manifest.entry_points.is_empty() {
            manifest.entry_points.extend(of_bundle(tree));
        }
        manifest
    }
}

/// The file that starts an MCPB bundle, from its `manifest.json`.
fn of_bundle(tree: &SourceTree) -> Option<EntryPoint> {
    let document: Value = serde_json::from_str(tree.text("manifest.json")?).ok()?;
    document.get("manifest_version").or_else(|| document.get("dxt_version"))?;
    let path = document.get("server")?.get("entry_point")?.as_str()?;
    let command = document.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(EntryPoint { command, target: path.strip_prefix("./").unwrap_or(path).to_owned() })
}

/// `package.json`.
fn of_node(tree: &SourceTree) -> Option<Manifest> {
    let document: Value = serde_json::from_str(tree.text("package.json")?).ok()?;
    let text = |key: &str| document.get(key).and_then(Value::as_str);
    let name = text("name").unwrap_or_default().to_owned();
    let entry = |command: &str, path: &str| EntryPoint {
        command: command.to_owned(),
        target: path.strip_prefix("./").unwrap_or(path).to_owned(),
    };
    let mut entry_points: Vec<EntryPoint> = match document.get("bin") {
        Some(Value::String(path)) => vec![entry(&name, path)],
        Some(Value::Object(programs)) => {
            programs.iter().filter_map(|(command, path)| Some(entry(command, path.as_str()?))).collect()
        }
        _ => Vec::new(),
    };
    if entry_points.is_empty() {
        entry_points.extend(text("main").or(text("module")).map(|path| entry(&name, path)));
    }
    Some(Manifest { name, version: text("version").map(str::to_owned), entry_points })
}

/// `METADATA` and `entry_points.txt` of a wheel.
fn of_wheel(tree: &SourceTree) -> Option<Manifest> {
    let path = tree.paths().find(|path| path.ends_with(".dist-info/METADATA") || *path == "PKG-INFO")?;
    let header = tree.text(path)?.split("\n\n").next()?;
    let field = |key: &str| {
        let line = header.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        line.map(|value| value.trim().to_owned())
    };
    let scripts = path.strip_suffix("METADATA").map(|folder| format!("{folder}entry_points.txt"));
    let scripts = scripts.and_then(|path| tree.text(&path)).unwrap_or_default();
    let mut entry_points = Vec::new();
    let mut in_scripts = false;
    for line in scripts.lines().map(str::trim) {
        if line.starts_with('[') {
            in_scripts = line == "[console_scripts]";
        } else if let Some((command, target)) = line.split_once('=').filter(|_| in_scripts) {
            entry_points.push(python_entry(command, target));
        }
    }
    Some(Manifest { name: field("Name").unwrap_or_default(), version: field("Version"), entry_points })
}

/// `pyproject.toml` of source.
fn of_pyproject(tree: &SourceTree) -> Option<Manifest> {
    let document: toml::Table = toml::from_str(tree.text("pyproject.toml")?).ok()?;
    let table = |keys: &[&str]| keys.iter().try_fold(&document, |table, key| table.get(*key)?.as_table());
    let project = table(&["project"]).or_else(|| table(&["tool", "poetry"]))?;
    let text = |key: &str| project.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let scripts = project.get("scripts").and_then(toml::Value::as_table);
    let scripts = scripts.into_iter().flatten();
    let entry_points = scripts.filter_map(|(command, target)| Some(python_entry(command, target.as_str()?))).collect();
    Some(Manifest { name: text("name").unwrap_or_default(), version: text("version"), entry_points })
}

/// `go.mod`. A module has no version in its files.
fn of_go(tree: &SourceTree) -> Option<Manifest> {
    let name = module_of(tree.text("go.mod")?)?.to_owned();
    Some(Manifest { name, ..Manifest::default() })
}

/// The import path in a `go.mod`.
pub(crate) fn module_of(text: &str) -> Option<&str> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("module "))?;
    let path = line.split("//").next()?.trim().trim_matches('"');
    (!path.is_empty()).then_some(path)
}

/// `Cargo.toml`: of a crate, or of the first member of a workspace that is a program and depends on an SDK.
fn of_cargo(tree: &SourceTree) -> Option<Manifest> {
    let parsed = |path: &str| toml::from_str::<toml::Table>(tree.text(path)?).ok();
    let root = parsed("Cargo.toml")?;
    let shared = root.get("workspace").and_then(|workspace| workspace.get("package"));
    let manifest = |document: &toml::Table| {
        let package = document.get("package")?;
        let version = package.get("version")?;
        let version = version.as_str().or_else(|| shared?.get("version")?.as_str());
        let name = package.get("name")?.as_str()?.to_owned();
        Some(Manifest { name, version: version.map(str::to_owned), entry_points: Vec::new() })
    };
    manifest(&root).or_else(|| {
        let members = tree.paths().filter(|path| path.ends_with("/Cargo.toml"));
        let speaks = |document: &toml::Table| {
            let has = |crates: &toml::Table| crates.keys().any(|name| name.contains("mcp"));
            document.get("dependencies").and_then(toml::Value::as_table).is_some_and(has)
        };
        members.filter_map(parsed).filter(speaks).find_map(|document| manifest(&document))
    })
}

fn python_entry(command: &str, target: &str) -> EntryPoint {
    let target = target.split('[').next().unwrap_or_default().trim();
    EntryPoint { command: command.trim().to_owned(), target: target.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> Manifest {
        let mut tree = SourceTree::default();
        files.iter().for_each(|(path, text)| tree.add(path, text.as_bytes().to_vec()));
        Manifest::from_tree(&tree)
    }

    #[test]
    fn each_language_names_its_programs() {
        let entry = |command: &str, target: &str| EntryPoint { command: command.into(), target: target.into() };
        let node = read(&[("package.json", r#"{"name":"@a/b","version":"1.0.0","bin":{"b":"./dist/x.js"}}"#)]);
        assert_eq!((node.name.as_str(), node.version.as_deref()), ("@a/b", Some("1.0.0")));
        assert_eq!(node.entry_points, [entry("b", "dist/x.js")]);
        let wheel = read(&[
            ("shop-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: shop\nVersion: 1.2\n\nName: other\n"),
            ("shop-1.2.dist-info/entry_points.txt", "[console_scripts]\nshop = shop.cli:main\n[gui]\nx = y:z\n"),
        ]);
        assert_eq!((wheel.name.as_str(), wheel.version.as_deref()), ("shop", Some("1.2")));
        assert_eq!(wheel.entry_points, [entry("shop", "shop.cli:main")]);
        let source = read(&[("pyproject.toml", "[project]\nname='s'\n[project.scripts]\ns='s.server:run'\n")]);
        assert_eq!(source.entry_points, [entry("s", "s.server:run")]);
        let module = read(&[("go.mod", "// Sells.\nmodule example.org/shop // v1\n\ngo 1.24\n")]);
        assert_eq!((module.name.as_str(), module.version.as_deref()), ("example.org/shop", None));
        let member = "[package]\nname = 'shop-mcp'\nversion.workspace = true\n[dependencies]\nrmcp = '1'\n";
        let workspace = "[workspace]\nmembers = ['a', 'b']\n[workspace.package]\nversion = '0.3.0'\n";
        let other = "[package]\nname = 'shop-core'\nversion = '0.1.0'\n";
        let files = [("Cargo.toml", workspace), ("a/Cargo.toml", other), ("b/Cargo.toml", member)];
        let workspace = read(&files);
        assert_eq!((workspace.name.as_str(), workspace.version.as_deref()), ("shop-mcp", Some("0.3.0")));
        let bundle =
            r#"{"manifest_version": "0.4", "name": "b", "server": {"type": "uv", "entry_point": "./src/server.py"}}"#;
        let bundle = read(&[("manifest.json", bundle), ("pyproject.toml", "[project]\nname='b'\n")]);
        assert_eq!(bundle.entry_points, [entry("b", "src/server.py")]);
    }
}
