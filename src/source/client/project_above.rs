//! Tools that look for their project in the folders above the one that they start in, and run what stands there.

use std::path::{Path, PathBuf};

use super::known_files::is_of_system;
use super::repository::is_home;

/// Such tools, each with the files by which it knows the folder of its project.
const TOOLS: [(&[&str], &[&str]); 12] = [
    (&["npm", "npx", "pnpm", "pnpx", "yarn", "yarnpkg", "bun", "bunx", "corepack"], &["package.json"]),
    (&["uv", "uvx", "poetry", "pdm", "hatch", "rye", "pixi"], &["pyproject.toml", "pixi.toml"]),
    (&["pipenv"], &["Pipfile"]),
    (&["cargo"], &["Cargo.toml"]),
    (&["go"], &["go.mod", "go.work"]),
    (&["deno"], &["deno.json", "deno.jsonc", "package.json"]),
    (&["bundle", "bundler", "rake"], &["Gemfile", "gems.rb", "Rakefile", "rakefile", "Rakefile.rb", "rakefile.rb"]),
    (&["just"], &["justfile", "Justfile", "JUSTFILE", ".justfile"]),
    (
        &["task", "go-task"],
        &["Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml", "Taskfile.dist.yml", "Taskfile.dist.yaml"],
    ),
    (&["invoke", "inv"], &["tasks.py"]),
    (&["gradle"], &["settings.gradle", "settings.gradle.kts"]),
    (&["nx", "turbo", "mise", "devbox"], &["nx.json", "turbo.json", "mise.toml", ".mise.toml", "devbox.json"]),
];
/// Folders directly below the root hold many projects.
const SHALLOWEST: usize = 3;

/// The folders of the projects that a tool among the programs `names` finds from `folder`, without `folder` itself.
pub(super) fn projects_above<'a>(folder: &Path, names: impl Iterator<Item = &'a str>) -> Vec<PathBuf> {
    let names: Vec<&str> = names.map(|name| name.rsplit(['/', '\\']).next().unwrap_or(name)).collect();
    let used = TOOLS.iter().filter(|(tools, _)| tools.iter().any(|tool| names.contains(tool)));
    let found = used.filter_map(|(_, files)| {
        let is_project = |folder: &&Path| files.iter().any(|file| folder.join(file).symlink_metadata().is_ok());
        folder.ancestors().take_while(|folder| !is_home(folder)).find(is_project)
    });
    let is_above = |found: &&Path| *found != folder && found.components().count() >= SHALLOWEST && !is_of_system(found);
    found.filter(is_above).map(Path::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_finds_its_own_project_above_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let start = root.join("shop/server/src");
        std::fs::create_dir_all(&start).unwrap();
        std::fs::write(root.join("shop/package.json"), "{}").unwrap();
        std::fs::write(root.join("justfile"), "").unwrap();
        let found = |names: &[&str]| projects_above(&start, names.iter().copied());
        assert_eq!(found(&["/usr/bin/npm", "start"]), [root.join("shop")]);
        assert_eq!(found(&["just"]), [root.clone()]);
        for names in [&["node", "s.js"][..], &["cargo", "run"], &["sh", "npm.sh"]] {
            assert_eq!(found(names), [""; 0].map(PathBuf::from), "{names:?}");
        }
        // A nearer one is the project.
        std::fs::write(start.join("package.json"), "{}").unwrap();
        assert_eq!(found(&["npm"]), [""; 0].map(PathBuf::from));
    }
}
