//! The dependencies of a package that its tools may come from. They are fetched round by round: what one imports may come
//! from another one. Packages that mention no tools are left out.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use serde_json::Value;

use super::fetch::{Detail, Fetched};
use super::simple_index::normalized;
use super::supply::Supply;
use crate::model::{Package, Registry};
use crate::package::extraction::{Extraction, Gap, Language, OutsideModule, ServerGapKind};
use crate::package::source_tree::{self, SourceTree};

/// The most rounds.
pub(super) const MAX_ROUNDS: usize = 4;
/// The most packages of one round.
const MAX_IN_ROUND: usize = 12;
/// The most packages altogether.
const MAX_PACKAGES: usize = 28;

/// Packages that define protocols, schemas and servers. What they do is known, so their source is not needed.
const KNOWN: [&str; 15] = [
    "@modelcontextprotocol/sdk",
    "@modelcontextprotocol/server",
    "@modelcontextprotocol/core",
    "@modelcontextprotocol/node",
    "zod",
    "zod-to-json-schema",
    "@sinclair/typebox",
    "typebox",
    "mcp-framework",
    "xmcp",
    "fastmcp",
    "mcp",
    "pydantic",
    "starlette",
    "uvicorn",
];
/// Words in the source of a package that lists or registers tools.
const MENTIONS: [&str; 9] = [
    ".tool(",
    "registerTool",
    "ListToolsRequestSchema",
    "tools/list",
    "inputSchema",
    "list_tools",
    "addTool",
    "FastMCP",
    "McpServer",
];

/// The dependencies that were requested and those that were read.
pub(super) struct Dependencies<'s> {
    supply: &'s Supply,
    requested: BTreeSet<String>,
    pub(super) read: Vec<Package>,
}

impl<'s> Dependencies<'s> {
    pub(super) fn new(supply: &'s Supply) -> Self {
        Self { supply, requested: BTreeSet::new(), read: Vec::new() }
    }

    /// Fetches what `found` needs and adds it to `tree`. True if something was added.
    pub(super) async fn add_wanted(&mut self, own: &str, found: &Extraction, tree: &mut SourceTree) -> bool {
        let mut wanted = self.wanted(own, found, tree);
        wanted.truncate(MAX_IN_ROUND.min(MAX_PACKAGES.saturating_sub(self.requested.len())));
        self.requested.extend(wanted.iter().map(|package| package.name.clone()));
        let fetched = join_all(wanted.iter().map(|package| self.supply.fetch(package, Detail::Files))).await;
        let before = self.read.len();
        for Fetched { package, tree: files, .. } in
            fetched.into_iter().flatten().filter(|it| is_about_tools(own, &it.package.name) || mentions_tools(&it.tree))
        {
            let folder = if package.registry == Registry::Npm {
                format!("node_modules/{}/", package.name)
            } else {
                String::new()
            };
            tree.merge(&folder, files);
            self.read.push(package);
        }
        self.read.len() > before
    }

    /// The packages to fetch, those that are likeliest to have tools first.
    fn wanted(&self, own: &str, found: &Extraction, tree: &SourceTree) -> Vec<Package> {
        let no_tools = found.tools.is_empty();
        let is_open = found.gaps.iter().any(|gap| {
            matches!(gap.kind, ServerGapKind::ToolName | ServerGapKind::UnknownTable | ServerGapKind::FetchedTools)
        });
        // A description or a schema may come from another package of the same authors.
        let lacks_parts = found.tools.iter().any(|tool| {
            tool.gaps.iter().any(|gap| matches!(gap, Gap::Description | Gap::InputSchema | Gap::MoreParameters))
        });
        let is_wanted = |module: &OutsideModule| {
            module.gets_server || no_tools || ((is_open || lacks_parts) && is_about_tools(own, &module.name))
        };
        let modules: Vec<&OutsideModule> = found.outside.iter().filter(|module| is_wanted(module)).collect();
        let of = |language: Language| modules.iter().filter(move |module| module.language == language).copied();
        let mut packages = self.npm_packages(of(Language::JavaScript), tree);
        packages.extend(self.python_packages(&of(Language::Python).collect::<Vec<_>>(), no_tools, tree));
        let gets_server = |name: &str| modules.iter().any(|module| module.gets_server && module.name == name);
        packages.sort_by_key(|package| (!gets_server(&package.name), !is_about_tools(own, &package.name)));
        packages
    }

    fn npm_packages<'m>(&self, modules: impl Iterator<Item = &'m OutsideModule>, tree: &SourceTree) -> Vec<Package> {
        let ranges = npm_ranges(tree);
        let names: BTreeSet<&str> = modules.map(|module| module.name.as_str()).collect();
        let names = names
            .into_iter()
            .filter(|name| self.is_new(name) && !tree.contains(&format!("node_modules/{name}/package.json")));
        let package = |name: &str| {
            let range = ranges.get(name)?;
            Some(Package { registry: Registry::Npm, name: name.to_owned(), version: range.clone() })
        };
        names.filter_map(package).collect()
    }

    /// The requirements whose names are those of imported modules. Without tools also others that are about tools: the
    /// names of a package and of its modules may differ.
    fn python_packages(&self, modules: &[&OutsideModule], no_tools: bool, tree: &SourceTree) -> Vec<Package> {
        let imported = |name: &str| modules.iter().any(|module| normalized(&module.name) == name);
        let is_wanted = |name: &str| imported(name) || (no_tools && !modules.is_empty() && is_about_tools("", name));
        let requirements = python_requirements(tree).into_iter();
        let wanted = requirements.filter(|(name, _)| self.is_new(name) && is_wanted(name));
        wanted.map(|(name, version)| Package { registry: Registry::Pypi, name, version }).collect()
    }

    fn is_new(&self, name: &str) -> bool {
        !KNOWN.contains(&name) && !self.requested.contains(name)
    }
}

/// True if the name of a package is of the same scope as `own`, or has a word for tools.
fn is_about_tools(own: &str, name: &str) -> bool {
    let scope = own.split_once('/').map(|(scope, _)| scope).filter(|scope| scope.starts_with('@'));
    scope.is_some_and(|scope| name.split_once('/').is_some_and(|(other, _)| other == scope))
        || name
            .split(['-', '_', '/', '@', '.'])
            .any(|word| ["mcp", "agent", "tool", "tools", "toolkit"].contains(&word))
}

fn mentions_tools(tree: &SourceTree) -> bool {
    let code = tree.paths().filter(|path| source_tree::is_code(path)).filter_map(|path| tree.text(path));
    code.into_iter().any(|text| MENTIONS.iter().any(|word| text.contains(word)))
}

/// The ranges of versions that the manifests in `tree` state: of the package itself, then of its dependencies.
fn npm_ranges(tree: &SourceTree) -> BTreeMap<String, Option<String>> {
    let mut ranges = BTreeMap::new();
    let nested = |path: &&str| path.starts_with("node_modules/") && path.ends_with("/package.json");
    for path in std::iter::once("package.json").chain(tree.paths().filter(nested)) {
        let Some(manifest) = tree.text(path).and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
            continue;
        };
        for field in ["dependencies", "optionalDependencies", "peerDependencies"] {
            for (name, range) in manifest.get(field).and_then(Value::as_object).into_iter().flatten() {
                let range = range.as_str().filter(|range| *range != "*").map(str::to_owned);
                ranges.entry(name.clone()).or_insert(range);
            }
        }
    }
    ranges
}

/// The requirements that the metadata in `tree` states, without those of extras: normalized names and versions.
fn python_requirements(tree: &SourceTree) -> BTreeMap<String, Option<String>> {
    let metadata = tree.paths().filter(|path| path.ends_with(".dist-info/METADATA") || *path == "PKG-INFO");
    let lines = metadata.filter_map(|path| tree.text(path)).flat_map(|text| {
        text.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.strip_prefix("Requires-Dist:"))
    });
    let mut requirements = BTreeMap::new();
    for line in lines {
        let (requirement, marker) = line.split_once(';').unwrap_or((line, ""));
        if marker.contains("extra") {
            continue;
        }
        let requirement = requirement.trim();
        let end = requirement.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)));
        let (name, rest) = requirement.split_at(end.unwrap_or(requirement.len()));
        let version = rest.rsplit_once(']').map_or(rest, |(_, after)| after);
        let version = version.trim().trim_start_matches('(').trim_end_matches(')').trim();
        let version = (!version.is_empty()).then(|| version.to_owned());
        requirements.entry(normalized(name)).or_insert(version);
    }
    requirements
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::extraction::{FoundTool, ServerGap};
    use crate::source::packages::specification::display;

    fn tree(files: &[(&str, &str)]) -> SourceTree {
        let mut tree = SourceTree::default();
        files.iter().for_each(|(path, text)| tree.add(path, text.as_bytes().to_vec()));
        tree
    }

    fn outside(language: Language, names: &[(&str, bool)]) -> BTreeSet<OutsideModule> {
        let module = |(name, gets_server): &(&str, bool)| OutsideModule {
            language,
            name: (*name).to_owned(),
            gets_server: *gets_server,
        };
        names.iter().map(module).collect()
    }

    fn names(found: &Extraction, tree: &SourceTree) -> Vec<String> {
        let supply = Supply::new(false, None).unwrap();
        let wanted = Dependencies::new(&supply).wanted("@acme/shop", found, tree);
        wanted.iter().map(display).collect()
    }

    #[test]
    fn without_tools_the_imported_dependencies_are_wanted() {
        let manifest = r#"{"dependencies": {"colors": "^1.4.0", "@acme/kit": "1.0.0", "zod": "3", "unused": "1"}}"#;
        let tree = tree(&[("package.json", manifest)]);
        let modules = [("colors", false), ("@acme/kit", false), ("zod", false), ("not-stated", false)];
        let found = Extraction { outside: outside(Language::JavaScript, &modules), ..Extraction::default() };
        assert_eq!(names(&found, &tree), ["npm:@acme/kit@1.0.0", "npm:colors@^1.4.0"]);
    }

    #[test]
    fn with_tools_only_what_gets_the_server_is_wanted() {
        let tree = tree(&[("package.json", r#"{"dependencies": {"colors": "1", "more-orders": "2"}}"#)]);
        let modules = [("colors", false), ("more-orders", true)];
        let tools = vec![FoundTool::default()];
        let gaps = vec![ServerGap { kind: ServerGapKind::PassedOn, place: None }];
        let found =
            Extraction { outside: outside(Language::JavaScript, &modules), tools, gaps, ..Extraction::default() };
        assert_eq!(names(&found, &tree), ["npm:more-orders@2"]);
    }

    #[test]
    fn a_package_of_the_same_scope_is_wanted_where_a_description_is_not_known() {
        let tree = tree(&[("package.json", r#"{"dependencies": {"colors": "1", "@acme/texts": "2"}}"#)]);
        let modules = [("colors", false), ("@acme/texts", false)];
        let wanted = |gaps: Vec<Gap>| {
            let tools = vec![FoundTool { gaps, ..FoundTool::default() }];
            let outside = outside(Language::JavaScript, &modules);
            names(&Extraction { outside, tools, ..Extraction::default() }, &tree)
        };
        assert_eq!(wanted(vec![Gap::Description]), ["npm:@acme/texts@2"]);
        assert!(wanted(vec![Gap::Conditional]).is_empty());
    }

    #[test]
    fn a_python_requirement_is_found_by_its_module_or_its_words() {
        let metadata = "Name: shop\nRequires-Dist: shop-core (>=2)\nRequires-Dist: mcp-for-shop==1.5\nRequires-Dist: httpx\n\
                        Requires-Dist: mcp-tests; extra == 'dev'\n\nRequires-Dist: mcp-in-the-text\n";
        let tree = tree(&[("shop-1.dist-info/METADATA", metadata)]);
        let found = Extraction {
            outside: outside(Language::Python, &[("shop_core", false), ("orders", false)]),
            ..Extraction::default()
        };
        assert_eq!(names(&found, &tree), ["pypi:mcp-for-shop====1.5", "pypi:shop-core==>=2"]);
    }

    #[test]
    fn a_dependency_replaces_no_file_of_the_package() {
        let mut own = tree(&[("shop/__init__.py", "own")]);
        own.merge("", tree(&[("shop/__init__.py", "other"), ("kit/__init__.py", "kit")]));
        assert_eq!((own.text("shop/__init__.py"), own.text("kit/__init__.py")), (Some("own"), Some("kit")));
    }
}
