//! Folders of packages, whose files are so many that a list of all of them is no use to a reader: one digest stands for a
//! package.

use std::collections::BTreeMap;
use std::path::Path;

use crate::text::digest;

/// Lists of more files are condensed.
const LONGEST_LIST: usize = 3_000;
/// Folders with a package in each of theirs.
const PACKAGES: [&str; 3] = ["node_modules", "site-packages", "dist-packages"];

/// Digests by path. A path is relative to its folder.
pub(crate) type Digests = BTreeMap<String, String>;

/// `digests` of the files in `root`, with one digest for each package if they are many.
pub(super) fn condensed(root: &Path, digests: Digests) -> Digests {
    if digests.len() <= LONGEST_LIST {
        return digests;
    }
    let is_packages = root.file_name().is_some_and(|name| PACKAGES.iter().any(|packages| name == *packages));
    let mut packages: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let mut condensed = Digests::new();
    for (name, digest) in digests {
        match package(&name, is_packages) {
            Some(package) => packages.entry(package.to_owned()).or_default().push((name, digest)),
            None => drop(condensed.insert(name, digest)),
        }
    }
    for (package, files) in packages {
        condensed.insert(package, digest::sha256(files.iter().flat_map(|(name, digest)| [name, digest])));
    }
    condensed
}

/// The folder of the outermost package that the file `name` is in, with the slash at its end. `None` for other files.
fn package(name: &str, is_packages: bool) -> Option<&str> {
    let mut at = 0;
    let mut folder_ends = name.split_inclusive('/').map(|part| {
        at += part.len();
        (part.trim_end_matches('/'), at)
    });
    let start = match is_packages {
        true => 0,
        false => folder_ends.find(|(part, _)| PACKAGES.contains(part))?.1,
    };
    let rest = name.get(start..)?;
    let mut length = rest.find('/')? + 1;
    // The packages of a scope are told from one another.
    if rest.starts_with('@') {
        length += rest.get(length..)?.find('/')? + 1;
    }
    name.get(..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_told_apart() {
        for (name, is_packages, want) in [
            ("src/a.js", false, None),
            ("node_modules/shop/src/a.js", false, Some("node_modules/shop/")),
            ("node_modules/shop/node_modules/x/a.js", false, Some("node_modules/shop/")),
            ("web/node_modules/@a/shop/a.js", false, Some("web/node_modules/@a/shop/")),
            ("node_modules/.package-lock.json", false, None),
            (".venv/lib/python3.12/site-packages/shop/a.py", false, Some(".venv/lib/python3.12/site-packages/shop/")),
            ("shop/a.py", true, Some("shop/")),
            ("e.pth", true, None),
        ] {
            assert_eq!(package(name, is_packages), want, "{name}");
        }
    }

    #[test]
    fn a_long_list_has_a_digest_for_each_package() {
        let list = |count: usize, digest: &str| {
            let files = (0..count).map(|at| (format!("node_modules/p{}/{at}.js", at % 7), "a".to_owned()));
            files.chain([("node_modules/p3/x.js".to_owned(), digest.to_owned()), ("a.js".into(), "a".into())]).collect()
        };
        let short: Digests = list(9, "a");
        assert_eq!(condensed(Path::new("/p"), short.clone()), short);
        let [before, after] = ["a", "b"].map(|digest| condensed(Path::new("/p"), list(4_000, digest)));
        let changed: Vec<&String> = before.keys().filter(|name| before[*name] != after[*name]).collect();
        assert_eq!((before.len(), changed), (8, vec![&"node_modules/p3/".to_owned()]));
    }
}
