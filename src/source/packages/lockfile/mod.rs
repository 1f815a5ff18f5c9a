//! Lock files of package managers: which version of a package they pin, and with which digests.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use nodejs_semver::{Range, Version};
use pep440_rs::VersionSpecifiers;

use super::error::PackageCause;
use super::integrity;
use super::lockfile_error::LockfileCause;
use super::simple_index::normalized;
use crate::model::{Package, Registry};
use crate::text::file;

mod javascript;
mod locked;
mod python;

use locked::Locked;

/// The most versions that an error names.
const MAX_NAMED: usize = 5;

/// A lock file.
pub(crate) struct Lockfile {
    file: String,
    registry: Registry,
    packages: Vec<Locked>,
}

/// What a lock file pins of one package.
#[derive(Debug, Clone)]
pub(crate) struct Pin {
    file: String,
    registry: Registry,
    pub(crate) version: String,
    digests: Vec<String>,
}

impl Lockfile {
    /// Reads the lock file at `path`, of the kind that its content shows.
    pub(crate) fn read(path: &Path) -> Result<Self, PackageCause> {
        let shown = path.display().to_string();
        let failed = |cause| PackageCause::Lockfile { file: shown.clone(), cause };
        let text = file::read_text(path).map_err(|cause| failed(LockfileCause::Io(Arc::new(cause))))?;
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let (registry, packages) = parse(name, &text).map_err(failed)?;
        Ok(Self { file: shown, registry, packages })
    }

    /// What the file pins of `requested`.
    pub(crate) fn pin(&self, requested: &Package) -> Result<Pin, PackageCause> {
        let failed = |cause| PackageCause::Lockfile { file: self.file.clone(), cause };
        if requested.registry != self.registry {
            return Err(failed(LockfileCause::OtherRegistry { is_npm: self.registry == Registry::Npm }));
        }
        let spelled = |name: &str| if self.registry == Registry::Pypi { normalized(name) } else { name.to_owned() };
        let wanted = spelled(&requested.name);
        let named: Vec<&Locked> = self.packages.iter().filter(|package| spelled(&package.name) == wanted).collect();
        if named.is_empty() {
            return Err(failed(LockfileCause::NotNamed));
        }
        let is_allowed = |package: &&&Locked| {
            requested.version.as_deref().is_none_or(|version| is_version(self.registry, version, &package.version))
        };
        let allowed: Vec<&Locked> = named.iter().filter(is_allowed).copied().collect();
        let direct: Vec<&Locked> = allowed.iter().filter(|package| package.is_direct).copied().collect();
        let chosen = if direct.is_empty() { allowed } else { direct };
        let Some(first) = chosen.first() else {
            return Err(failed(LockfileCause::OtherVersion { versions: versions(&named) }));
        };
        if chosen.iter().any(|other| other.version != first.version) {
            return Err(failed(LockfileCause::SeveralVersions { versions: versions(&chosen) }));
        }
        if first.digests.is_empty() {
            return Err(failed(LockfileCause::NoDigest));
        }
        let (version, digests) = (first.version.clone(), first.digests.clone());
        Ok(Pin { file: self.file.clone(), registry: self.registry, version, digests })
    }
}

impl Pin {
    /// Checks the bytes of an archive against the digests.
    pub(crate) fn check(&self, bytes: &[u8]) -> Result<(), PackageCause> {
        let is_pinned = |digest: &String| match self.registry {
            Registry::Npm => integrity::check_npm(bytes, digest).is_ok(),
            Registry::Pypi | Registry::Other => integrity::check_sha256(bytes, digest).is_ok(),
        };
        if self.digests.iter().any(is_pinned) { Ok(()) } else { Err(self.mismatch()) }
    }

    /// True if the SHA-256 `digest` is one of the digests.
    pub(crate) fn names(&self, digest: Option<&str>) -> bool {
        digest.is_some_and(|digest| self.digests.iter().any(|pinned| pinned.eq_ignore_ascii_case(digest)))
    }

    /// Checks that one of the digests stands in `note`, which a package manager wrote when it fetched the archive.
    pub(crate) fn check_noted(&self, note: &str) -> Result<(), PackageCause> {
        if self.digests.iter().any(|digest| note.contains(digest.as_str())) { Ok(()) } else { Err(self.mismatch()) }
    }

    /// The digest in the form of npm.
    pub(crate) fn npm_integrity(&self) -> Option<String> {
        self.digests.first().filter(|_| self.registry == Registry::Npm).cloned()
    }

    fn mismatch(&self) -> PackageCause {
        PackageCause::Lockfile { file: self.file.clone(), cause: LockfileCause::Mismatch }
    }
}

/// The packages of a lock file, by its name and its content.
fn parse(name: &str, text: &str) -> Result<(Registry, Vec<Locked>), LockfileCause> {
    let starts = |key: &str| text.lines().any(|line| line.starts_with(key));
    let is_toml =
        name.ends_with(".toml") || text.lines().any(|line| ["[[package]]", "[[packages]]"].contains(&line.trim()));
    if text.trim_start().starts_with('{') {
        Ok((Registry::Npm, javascript::package_lock(text)?))
    } else if starts("lockfileVersion:") {
        Ok((Registry::Npm, javascript::pnpm_lock(name, text)?))
    } else if starts("__metadata:") {
        Err(LockfileCause::YarnOfItsOwn)
    } else if starts("# yarn lockfile") || name == "yarn.lock" {
        Ok((Registry::Npm, javascript::yarn_lock(text)))
    } else if is_toml {
        Ok((Registry::Pypi, python::toml_lock(text)?))
    } else {
        let packages = python::requirements(text);
        if packages.is_empty() { Err(LockfileCause::NoLockFile) } else { Ok((Registry::Pypi, packages)) }
    }
}

/// True if `wanted`, a version or a range of versions, allows `version`.
fn is_version(registry: Registry, wanted: &str, version: &str) -> bool {
    if wanted == version {
        return true;
    }
    match registry {
        Registry::Npm => {
            let (range, version) = (Range::parse(wanted), Version::parse(version));
            range.is_ok_and(|range| version.is_ok_and(|version| range.satisfies(&version)))
        }
        Registry::Pypi | Registry::Other => {
            let Ok(version) = pep440_rs::Version::from_str(version) else { return false };
            pep440_rs::Version::from_str(wanted).is_ok_and(|wanted| wanted == version)
                || VersionSpecifiers::from_str(wanted).is_ok_and(|range| range.contains(&version))
        }
    }
}

/// The first few versions of `packages`.
fn versions(packages: &[&Locked]) -> Vec<String> {
    let mut versions: Vec<String> = packages.iter().map(|package| package.version.clone()).collect();
    versions.sort();
    versions.dedup();
    versions.truncate(MAX_NAMED);
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lockfile(name: &str, text: &str) -> Lockfile {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Lockfile::read(&path).unwrap_or_else(|cause| panic!("{name}: {cause}"))
    }

    fn pinned(lockfile: &Lockfile, word: &str) -> String {
        match lockfile.pin(&super::super::parse(word).unwrap()) {
            Ok(pin) => format!("{} {}", pin.version, pin.digests.join(" ")),
            Err(PackageCause::Lockfile { cause, .. }) => cause.to_string(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_package_lock_pins_what_stands_at_the_top() {
        let text = r#"{"lockfileVersion": 3, "packages": {"": {"name": "app"},
            "node_modules/@acme/shop": {"version": "1.2.3", "integrity": "sha512-a"},
            "node_modules/kit": {"version": "2.0.0", "integrity": "sha512-b"},
            "node_modules/@acme/shop/node_modules/kit": {"version": "1.0.0", "integrity": "sha512-c"},
            "node_modules/own": {"resolved": "packages/own", "link": true},
            "node_modules/git": {"version": "0.1.0", "resolved": "git+ssh://x"}}}"#;
        let lock = lockfile("package-lock.json", text);
        assert_eq!(pinned(&lock, "npm:@acme/shop"), "1.2.3 sha512-a");
        assert_eq!(pinned(&lock, "npm:kit"), "2.0.0 sha512-b");
        assert_eq!(pinned(&lock, "npm:kit@1.0.0"), "1.0.0 sha512-c");
        assert_eq!(pinned(&lock, "npm:@acme/shop@2.0.0"), "it pins version 1.2.3 of it");
        assert_eq!(pinned(&lock, "npm:shop"), "it does not name the package");
        assert_eq!(pinned(&lock, "npm:git"), "it states no digest of the package");
        assert_eq!(pinned(&lock, "pypi:kit"), "it pins packages of npm, and this is one of PyPI");
    }

    #[test]
    fn lock_files_of_pnpm_and_yarn_are_read() {
        let new = "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      kit:\n        specifier: ^2\n        version: 2.0.0(zod@3.0.0)\n\
                   packages:\n  '@acme/shop@1.2.3':\n    resolution: {integrity: sha512-a}\n  kit@2.0.0:\n    resolution: {integrity: sha512-b}\n  \
                   kit@1.0.0:\n    resolution: {integrity: sha512-c}\n";
        let old = "lockfileVersion: '6.0'\ndependencies:\n  kit:\n    specifier: ^2\n    version: 2.0.0(zod@3.0.0)\n\
                   packages:\n  /@acme/shop@1.2.3:\n    resolution: {integrity: sha512-a}\n  /kit@2.0.0(zod@3.0.0):\n    resolution: {integrity: sha512-b}\n  \
                   /kit@1.0.0:\n    resolution: {integrity: sha512-c}\n";
        let yarn = "# yarn lockfile v1\n\n\n\"@acme/shop@^1.0.0\", \"@acme/shop@^1.2.0\":\n  version \"1.2.3\"\n  resolved \"x\"\n  integrity sha512-a\n\n\
                    kit@^2:\n  version \"2.0.0\"\n  integrity sha512-b\n  dependencies:\n    version \"9\"\n";
        for (name, text) in [("pnpm-lock.yaml", new), ("pnpm-lock.yaml", old), ("yarn.lock", yarn)] {
            let lock = lockfile(name, text);
            assert_eq!(pinned(&lock, "npm:@acme/shop"), "1.2.3 sha512-a", "{text}");
            assert_eq!(pinned(&lock, "npm:kit"), "2.0.0 sha512-b", "{text}");
        }
        let several = "# yarn lockfile v1\nkit@^1:\n  version \"1.0.0\"\n  integrity sha512-a\nkit@^2:\n  version \"2.0.0\"\n  integrity sha512-b\n";
        let lock = lockfile("yarn.lock", several);
        assert_eq!(pinned(&lock, "npm:kit"), "it pins several versions of it: 1.0.0 and 2.0.0");
        assert_eq!(pinned(&lock, "npm:kit@2.0.0"), "2.0.0 sha512-b");
        assert!(is_version(Registry::Npm, "^2.0.0", "2.1.0") && !is_version(Registry::Npm, "^2.0.0", "3.0.0"));
        assert!(is_version(Registry::Pypi, ">=1,<2", "1.2.0") && is_version(Registry::Pypi, "1.2", "1.2.0"));
    }

    #[test]
    fn lock_files_of_python_are_read() {
        let uv = "version = 1\n[[package]]\nname = \"shop-server\"\nversion = \"1.2\"\nsource = { registry = \"https://pypi.org/simple\" }\n\
                  sdist = { url = \"x\", hash = \"sha256:aa\" }\nwheels = [{ url = \"y\", hash = \"sha256:bb\" }]\n";
        let poetry = "[[package]]\nname = \"shop-server\"\nversion = \"1.2\"\nfiles = [{file = \"x\", hash = \"sha256:aa\"}, {file = \"y\", hash = \"sha256:bb\"}]\n\
                      [metadata]\nlock-version = \"2.1\"\n";
        let pylock = "lock-version = \"1.0\"\n[[packages]]\nname = \"shop-server\"\nversion = \"1.2\"\nsdist = { hashes = { sha256 = \"aa\" } }\n\
                      wheels = [{ hashes = { sha256 = \"bb\" } }]\n";
        let requirements = "--index-url https://pypi.org/simple\n# a comment\nother>=1\nShop_Server[cli]==1.2 ; python_version > '3.8' \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via x\n";
        for (name, text) in
            [("uv.lock", uv), ("poetry.lock", poetry), ("pylock.toml", pylock), ("requirements.txt", requirements)]
        {
            let lock = lockfile(name, text);
            assert_eq!(pinned(&lock, "pypi:Shop.Server"), "1.2 aa bb", "{name}");
            assert_eq!(pinned(&lock, "pypi:shop-server==1.3"), "it pins version 1.2 of it", "{name}");
        }
    }

    #[test]
    fn files_that_pin_nothing_are_refused() {
        let refused = |name: &str, text: &str| parse(name, text).unwrap_err().to_string();
        assert_eq!(refused("a.txt", "shop>=1\n"), "it is no lock file that is known, and pins no package with ==");
        assert!(refused("package-lock.json", r#"{"lockfileVersion": 1, "dependencies": {}}"#).contains("version 1"));
        assert!(refused("package-lock.json", "{").starts_with("it is damaged"));
        assert!(refused("uv.lock", "[[package]]\nname = 1").starts_with("it is damaged"));
        assert!(refused("yarn.lock", "__metadata:\n  version: 8\n").contains("Yarn"));
    }
}
