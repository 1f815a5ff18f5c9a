//! Files in folders of packages that lead an interpreter to code elsewhere: what `pip install -e` and `uv sync` leave
//! behind for packages that stand in their sources.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;
use url::Url;

use super::known_files::open_regular;
use super::named_programs::python_packages;

/// Largest such file that is read, in bytes. Python reads a longer one too; nobody writes one.
const MAX_FILE: u64 = 1 << 20;

/// The existing files and folders that the file at `path` leads to. None if it is no such file.
pub(super) fn targets(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let found = match name {
        "direct_url.json" => text(path).and_then(|text| sources(&text)).into_iter().collect(),
        "pyvenv.cfg" => text(path).map(|text| packages_of_base(&text)).unwrap_or_default(),
        _ if name.ends_with(".pth") || name.ends_with(".egg-link") => {
            let beside = path.parent().unwrap_or(Path::new(""));
            // A line that imports is code, and counts with the file.
            let is_path =
                |line: &&str| !line.is_empty() && !line.starts_with(['#', '.']) && !line.starts_with("import");
            let text = text(path).unwrap_or_default();
            text.lines().map(str::trim).filter(is_path).map(|line| beside.join(line)).collect()
        }
        _ => Vec::new(),
    };
    found.into_iter().filter_map(|path: PathBuf| path.canonicalize().ok()).collect()
}

/// The folder with the sources of a package that is installed from there, by PEP 610.
fn sources(text: &str) -> Option<PathBuf> {
    let record: Value = serde_json::from_str(text).ok()?;
    let is_editable = record["dir_info"]["editable"].as_bool().unwrap_or(false);
    is_editable.then(|| Url::parse(record["url"].as_str()?).ok()?.to_file_path().ok()).flatten()
}

/// The packages of the Python that a virtual environment was made with, if it uses them.
fn packages_of_base(text: &str) -> Vec<PathBuf> {
    let value = |name: &str| {
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs.map(|(key, value)| (key.trim(), value.trim())).find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let uses = value("include-system-site-packages").is_some_and(|uses| uses.eq_ignore_ascii_case("true"));
    value("home").filter(|_| uses).map(|bin| python_packages(Path::new(bin))).unwrap_or_default()
}

fn text(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    open_regular(path).ok()?.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_lead_to_their_sources() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for folder in ["src", "beside", "python/bin", "python/lib/python3.12/site-packages"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        let found = |name: &str, text: String| {
            std::fs::write(root.join(name), text).unwrap();
            targets(&root.join(name))
        };
        let src = root.join("src");
        let lines = format!("# x\nimport sys; x\n{}\nbeside\n/nowhere\n\n", src.display());
        assert_eq!(found("e.pth", lines), [src.clone(), root.join("beside")]);
        assert_eq!(found("shop.egg-link", format!("{}\n.\n", src.display())), std::slice::from_ref(&src));
        let record = |is_editable: bool| {
            serde_json::json!({"url": Url::from_file_path(&src).unwrap(), "dir_info": {"editable": is_editable}})
                .to_string()
        };
        assert_eq!(found("direct_url.json", record(true)), std::slice::from_ref(&src));
        assert_eq!(found("direct_url.json", record(false)), Vec::<PathBuf>::new());
        let settings = |uses: bool| {
            format!("home = {}\ninclude-system-site-packages = {uses}\n", root.join("python/bin").display())
        };
        assert_eq!(found("pyvenv.cfg", settings(true)), [root.join("python/lib/python3.12/site-packages")]);
        assert_eq!(found("pyvenv.cfg", settings(false)), Vec::<PathBuf>::new());
        assert_eq!(found("x.py", src.display().to_string()), Vec::<PathBuf>::new());
    }
}
