//! Packages of registries, caches and images, read without running them.

#[path = "support/program.rs"]
mod program;
#[path = "support/registry.rs"]
mod registry;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use program::{finished, program};
use registry::{add_to_npm_cache, add_to_uv_cache, hex, integrity, npm_package, server};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The JSON reports and messages of a scan that uses the registry at `address` and nothing of this machine.
fn scan(address: &str, home: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = program();
    command.current_dir(home).env("HOME", home).env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
    command.env("npm_config_registry", address).env("PIP_INDEX_URL", format!("{address}/simple"));
    for name in ["npm_config_cache", "XDG_CACHE_HOME", "UV_CACHE_DIR", "PIP_CACHE_DIR", "PIP_CONFIG_FILE"] {
        command.env_remove(name);
    }
    finished(command.args(["-f", "json"]).args(args))
}

fn ids(server: &Value) -> Vec<&str> {
    server["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect()
}

/// The description of `name` with five versions, of which the last one is by another account and a day old.
fn description(address: &str, name: &str, tarball: &[u8]) -> Value {
    let mut versions = json!({});
    let mut time = json!({"created": "2025-01-02T00:00:00Z"});
    for (minor, (day, by)) in
        [("2025-01-02", "ann"), ("2025-02-02", "ann"), ("2025-03-02", "bob"), ("2026-11-27", "eve")].iter().enumerate()
    {
        let version = format!("1.{minor}.0");
        let tarball_of = if minor == 3 { tarball.to_vec() } else { npm_package(name, &version, "Lists orders.") };
        versions[&version] = json!({"_npmUser": {"name": by}, "dist": {
            "tarball": format!("{address}/{name}/-/{name}-{version}.tgz"), "integrity": integrity(&tarball_of)}});
        time[&version] = json!(format!("{day}T08:00:00Z"));
    }
    json!({"dist-tags": {"latest": "1.3.0"}, "versions": versions, "time": time,
        "maintainers": [{"name": "ann"}, {"name": "eve"}]})
}

fn npm_files(address: &str, name: &str) -> BTreeMap<String, Vec<u8>> {
    let tarball = npm_package(name, "1.3.0", "Lists orders.");
    let described = description(address, name, &tarball).to_string().into_bytes();
    BTreeMap::from([(format!("/{name}"), described), (format!("/{name}/-/{name}-1.3.0.tgz"), tarball)])
}

#[test]
fn what_the_registry_states_of_a_publication_is_reported() {
    let home = tempfile::tempdir().unwrap();
    let address = registry::registry(|address| npm_files(address, "firecrawi-mcp"));
    let (code, report, messages) = scan(&address, home.path(), &["npm:firecrawi-mcp"]);
    assert_eq!(code, 0, "{messages}");
    assert!(messages.contains("npm:firecrawi-mcp is npm:firecrawi-mcp@1.3.0, the newest version"), "{messages}");
    let found = server(&report);
    assert_eq!(found["tools"][0]["name"], "list_orders");
    let published = json!({"published": "2026-11-27", "first_published": "2025-01-02", "as_of": "2026-11-28",
        "earlier_versions": 3, "provenance": false, "publisher": "eve", "earlier_publishers": ["ann", "bob"],
        "maintainers": 2});
    assert_eq!(found["publication"], published);
    let ids = ids(&found);
    for id in ["name-like-a-known-one", "new-version", "new-publisher"] {
        assert!(ids.contains(&id), "{id} in {ids:?}");
    }
    assert!(!ids.contains(&"new-package"), "{ids:?}");
    // A saved report has the same findings.
    fs::write(home.path().join("report.json"), &report).unwrap();
    let (_, again, _) = scan(&address, home.path(), &["report.json"]);
    assert_eq!(server(&again)["publication"], published);
}

#[test]
fn an_older_version_by_its_author_has_no_such_finding() {
    let home = tempfile::tempdir().unwrap();
    let address = registry::registry(|address| {
        let mut files = npm_files(address, "shop");
        files.insert("/shop/-/shop-1.2.0.tgz".into(), npm_package("shop", "1.2.0", "Lists orders."));
        files
    });
    let (code, report, messages) = scan(&address, home.path(), &["npm:shop@1.2.0"]);
    assert_eq!(code, 0, "{messages}");
    let found = server(&report);
    // The account of the third version was not seen before either, but two versions make no habit.
    let ids = ids(&found);
    assert!(!ids.iter().any(|id| id.starts_with("new-") || id.starts_with("name-")), "{ids:?}");
}

#[test]
fn without_a_network_a_package_comes_from_the_cache_of_npm() {
    let home = tempfile::tempdir().unwrap();
    let nobody = "http://127.0.0.1:9";
    let tarball = npm_package("shop", "1.3.0", "Lists orders.");
    let cache = home.path().join(".npm");
    let (code, _, messages) = scan(nobody, home.path(), &["--offline", "npm:shop"]);
    assert_eq!(code, 3);
    assert!(messages.contains("the description of shop, http://127.0.0.1:9/shop is not in"), "{messages}");
    assert!(messages.contains(&cache.join("_cacache").display().to_string()), "{messages}");
    add_to_npm_cache(&cache, &format!("{nobody}/shop"), description(nobody, "shop", &tarball).to_string().as_bytes());
    let older = npm_package("shop", "1.1.0", "Lists orders.");
    add_to_npm_cache(&cache, "x", &older);
    let (code, _, messages) = scan(nobody, home.path(), &["--offline", "npm:shop"]);
    assert_eq!(code, 3);
    assert!(messages.contains("npm:shop@1.3.0 is not in"), "{messages}");
    assert!(messages.contains("name a version that it has: 1.1.0"), "{messages}");
    add_to_npm_cache(&cache, "y", &tarball);
    let (code, report, messages) = scan(nobody, home.path(), &["--offline", "npm:shop"]);
    assert_eq!(code, 0, "{messages}");
    assert!(messages.contains("npm:shop@1.3.0, the newest version in the cache"), "{messages}");
    let found = server(&report);
    assert_eq!(
        (&found["tools"][0]["name"], &found["publication"]["publisher"]),
        (&json!("list_orders"), &json!("eve"))
    );
    // A cache at another place, and one whose content was changed.
    let other = home.path().join("other");
    fs::rename(&cache, &other).unwrap();
    fs::write(home.path().join(".npmrc"), format!("cache={}\n", other.display())).unwrap();
    let (code, _, messages) = scan(nobody, home.path(), &["--offline", "npm:shop@1.1.0"]);
    assert_eq!(code, 0, "{messages}");
    let digest = hex(&sha2::Sha512::digest(&tarball));
    let content = other.join("_cacache/content-v2/sha512").join(&digest[..2]).join(&digest[2..4]).join(&digest[4..]);
    fs::write(&content, b"other bytes").unwrap();
    let (code, _, messages) = scan(nobody, home.path(), &["--offline", "npm:shop"]);
    assert_eq!(code, 3);
    assert!(messages.contains("in the cache does not have the digest"), "{messages}");
}

const PYTHON: [(&str, &str); 1] = [(
    "shop/__init__.py",
    "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('shop')\n\n@mcp.tool()\ndef list_orders(limit: int) -> str:\n    \"\"\"Lists orders.\"\"\"\n    return ''\n\ndef main():\n    mcp.run()\n",
)];

#[test]
fn without_a_network_a_package_comes_from_the_cache_of_uv() {
    let home = tempfile::tempdir().unwrap();
    let nobody = "http://127.0.0.1:9";
    let (code, _, messages) = scan(nobody, home.path(), &["--offline", "pypi:shop-server"]);
    assert_eq!(code, 3);
    assert!(messages.contains("http-v2 and ") && messages.contains(".cache/uv"), "{messages}");
    let cache = home.path().join(".cache/uv");
    let digest = hex(&Sha256::digest("a wheel"));
    add_to_uv_cache(&cache, "shop-server", "1.2", &PYTHON, &digest);
    let lock = |digest: &str| {
        fs::write(home.path().join("requirements.txt"), format!("shop-server==1.2 --hash=sha256:{digest}\n"))
    };
    lock(&digest).unwrap();
    for args in
        [&["--offline", "pypi:Shop_Server"][..], &["--offline", "--lockfile", "requirements.txt", "pypi:shop-server"]]
    {
        let (code, report, messages) = scan(nobody, home.path(), args);
        assert_eq!(code, 0, "{messages}");
        let found = server(&report);
        assert_eq!((&found["tools"][0]["name"], &found["package"]["version"]), (&json!("list_orders"), &json!("1.2")));
    }
    lock(&hex(&Sha256::digest("another wheel"))).unwrap();
    let (code, _, messages) =
        scan(nobody, home.path(), &["--offline", "--lockfile", "requirements.txt", "pypi:shop-server"]);
    assert_eq!(code, 3);
    assert!(messages.contains("the package does not have the digest that it states"), "{messages}");
    let (_, _, messages) = scan(nobody, home.path(), &["--offline", "pypi:shop-server==2.0"]);
    assert!(messages.contains("name a version that it has: 1.2"), "{messages}");
    fs::write(cache.join("wheels-v8/pypi/shop-server/1.2-py3-none-any/shop/__init__.py"), "import os\n").unwrap();
    let (code, _, messages) = scan(nobody, home.path(), &["--offline", "pypi:shop-server"]);
    assert_eq!(code, 3);
    assert!(messages.contains("in the cache does not have the digest"), "{messages}");
}

#[test]
fn a_lock_file_decides_the_version_and_the_digest() {
    let home = tempfile::tempdir().unwrap();
    let older = npm_package("shop", "1.2.0", "Lists orders.");
    let address = registry::registry(|address| {
        let mut files = npm_files(address, "shop");
        files.insert("/shop/-/shop-1.2.0.tgz".into(), npm_package("shop", "1.2.0", "Lists orders."));
        files
    });
    let lock = |integrity: &str| {
        let lock = json!({"lockfileVersion": 3, "packages": {"": {},
            "node_modules/shop": {"version": "1.2.0", "integrity": integrity}}});
        fs::write(home.path().join("package-lock.json"), lock.to_string()).unwrap();
    };
    let scan = |word: &str| scan(&address, home.path(), &["--lockfile", "package-lock.json", word]);
    lock(&integrity(&older));
    let (code, report, messages) = scan("npm:shop");
    assert_eq!(code, 0, "{messages}");
    assert!(messages.contains("npm:shop@1.2.0, as the lock file pins it"), "{messages}");
    assert_eq!(server(&report)["package"]["version"], "1.2.0");
    for (word, why) in [
        ("npm:shop@1.3.0", "package-lock.json: it pins version 1.2.0 of it"),
        ("npm:other", "package-lock.json: it does not name the package"),
        ("pypi:shop", "package-lock.json: it pins packages of npm"),
    ] {
        let (code, report, messages) = scan(word);
        assert_eq!((code, messages.contains(why)), (3, true), "{messages} {report}");
    }
    lock(&integrity(b"something else"));
    let (code, _, messages) = scan("npm:shop");
    assert_eq!(code, 3);
    assert!(messages.contains("the package does not have the digest that it states"), "{messages}");
    fs::remove_file(home.path().join("package-lock.json")).unwrap();
    let (code, _, messages) = scan("npm:shop");
    assert_eq!(code, 3);
    assert!(messages.contains("package-lock.json: "), "{messages}");
}
