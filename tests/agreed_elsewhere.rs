//! What an agreement covers outside of the project: applications and packages elsewhere, what variables and the home lead
//! to. And what is no proof of our own work, and what changes while a server runs.

#![cfg(unix)]

#[path = "support/alone.rs"]
mod alone;
#[path = "support/place.rs"]
mod place;
mod support;

use std::fs;
use std::os::unix::fs::symlink;

use place::{Place, STARTED, code, sh};
use serde_json::json;
use sha2::{Digest, Sha256};

/// A project whose server is made with the folder that holds it.
fn placed(server: impl Fn(&str) -> serde_json::Value) -> Place {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let server = server(root.to_str().unwrap());
    Place::in_folder(dir, &server)
}

#[test]
fn an_application_elsewhere_counts_as_a_whole() {
    let place = placed(|root| json!({"command": format!("{root}/opt/bin/shop")}));
    place.program("opt/bin/shop", "#!/bin/sh\nexit 0\n");
    place.counts("opt/lib/x.sh");
    // A program that an interpreter is given has its libraries there too.
    let place = placed(|root| sh(&format!("{root}/opt/bin/shop.sh")));
    place.write("opt/bin/shop.sh", "exit 0\n");
    place.counts("opt/lib/x.sh");
    for mark in [".git/HEAD", "package.json", "pyproject.toml"] {
        let place = placed(|root| sh(&format!("{root}/shop/dist/run.sh")));
        place.write("shop/dist/run.sh", "exit 0\n");
        place.write(&format!("shop/{mark}"), "{}");
        place.counts("shop/src/x.sh");
    }
}

/// In whatever spelling the code names the program.
#[test]
fn a_program_that_code_names_counts() {
    for server in [
        json!({"command": "sh", "args": ["-c", "$CMD"], "env": {"CMD": "shop-server"}}),
        code("sh''op-server"),
        code(r"sh\op-server"),
        code(r"$'sh\x6fp-server'"),
    ] {
        let mut place = Place::new(&server);
        let system = std::env::var("PATH").unwrap();
        place.variables = vec![("PATH", format!("{}:{system}", place.at("bin").display()))];
        place.program("bin/shop-server", "#!/bin/sh\nexit 0\n");
        place.agree();
        place.program("bin/shop-server", "#!/bin/sh\nexit 1\n");
        place.is_refused("bin/shop-server");
    }
}

/// The package is known, and the code that it is given is not.
#[test]
fn what_a_package_or_a_container_runs_counts() {
    let mut places = Vec::new();
    for args in [
        ["run", "-i", "-v", "ROOT/out:/app", "node:20", "node", "/app/run.js"].as_slice(),
        &["run", "-i", "--volume=ROOT/out:/app:ro", "node:20", "node", "/app/run.js"],
        &["run", "-i", "--mount", "type=bind,src=ROOT/out,dst=/app", "node:20"],
    ] {
        places.push(("docker", args));
    }
    places.push(("npx", ["-y", "tsx@4.19.2", "ROOT/out/server.ts"].as_slice()));
    places.push(("uvx", &["fastmcp@2", "run", "ROOT/out/server.py"]));
    for (program, args) in places {
        let mut place = placed(|root| {
            let args: Vec<String> = args.iter().map(|arg| arg.replace("ROOT", root)).collect();
            json!({"command": program, "args": args})
        });
        let system = std::env::var("PATH").unwrap();
        place.variables = vec![("PATH", format!("{}:{system}", place.at("bin").display()))];
        place.program(&format!("bin/{program}"), "#!/bin/sh\nexit 0\n");
        place.write("out/server.ts", "x");
        place.write("out/server.py", "x");
        place.counts("out/lib.js");
    }
}

#[test]
fn what_packages_lead_to_counts() {
    let packages = "p/.venv/lib/python3.12/site-packages";
    for (file, text) in [
        ("e.pth", "ROOT/src\n"),
        ("shop.egg-link", "ROOT/src\n.\n"),
        ("shop-1.dist-info/direct_url.json", r#"{"url": "file://ROOT/src", "dir_info": {"editable": true}}"#),
    ] {
        let place = Place::new(&code("exit 0"));
        let root = place.dir.path().canonicalize().unwrap();
        place.write(&format!("{packages}/{file}"), &text.replace("ROOT", root.to_str().unwrap()));
        place.counts("src/shop.py");
    }
}

#[test]
fn every_version_behind_a_shim_counts() {
    let mut place = Place::new(&json!({"command": "shop-python", "args": ["-c", "pass"]}));
    let system = std::env::var("PATH").unwrap();
    place.variables = vec![("PATH", format!("{}:{system}", place.at("manager/shims").display()))];
    place.program("manager/shims/shop-python", "#!/bin/sh\nexit 0\n");
    place.program("manager/versions/3.12/bin/shop-python", "#!/bin/sh\nexit 0\n");
    place.counts("manager/versions/3.12/lib/python3.12/site-packages/shop.py");
    place.agree();
    place.write("manager/version", "3.11\n");
    place.is_refused("shims/shop-python");
}

#[test]
fn settings_of_the_runtimes_that_a_server_gets_count() {
    for (variable, settings) in
        [("CARGO_HOME", "runtime/config.toml"), ("NVM_DIR", "runtime/alias/default"), ("X", "runtime/etc/npmrc")]
    {
        let mut place = Place::new(&json!({"command": "shop-runner"}));
        let system = std::env::var("PATH").unwrap();
        place.variables = vec![
            ("PATH", format!("{}:{system}", place.at("runtime/bin").display())),
            (variable, place.at("runtime").display().to_string()),
        ];
        place.program("runtime/bin/shop-runner", "#!/bin/sh\nexit 0\n");
        place.counts(settings);
    }
}

/// Each file has a name of its own in the list, also where settings of git name several in other folders.
#[test]
fn all_that_settings_of_git_name_counts() {
    let settings = |text: &str| {
        let place = Place::new(&json!({"command": "git", "args": ["status"]}));
        let root = place.dir.path().canonicalize().unwrap();
        place.write("p/.git/HEAD", "ref: refs/heads/main\n");
        place.write("p/.git/config", &text.replace("ROOT", root.to_str().unwrap()));
        place
    };
    for changed in ["a/p.sh", "b/p.sh", "a/lib.sh"] {
        let place = settings("[core]\n\tfsmonitor = ROOT/a/p.sh\n\tpager = ROOT/b/p.sh\n");
        ["a/p.sh", "b/p.sh"].iter().for_each(|name| place.write(name, "exit 0\n"));
        place.write(changed, "exit 0\n");
        place.scan(&["--launch"]);
        place.write(changed, "exit 1\n");
        place.is_refused(".git/config/.");
    }
    let place = settings("[core]\n\thooksPath = ROOT\n");
    place.write("pre-commit", "exit 0\n");
    place.scan(&["--launch"]);
    place.write("pre-commit", "exit 1\n");
    place.is_refused(".git/config/.");
}

#[test]
fn what_our_variables_lead_to_counts() {
    // A folder that a server is pointed to, and variables that the command line gives.
    for (variable, args) in
        [("NVM_DIR", vec![]), ("CARGO_HOME", vec![]), ("SHOP_HOME", vec!["--pass-env".to_owned(), "SHOP_HOME".into()])]
    {
        let mut place = Place::new(&code(&format!(". \"${variable}/x.sh\"")));
        place.variables = vec![(variable, place.at("elsewhere").display().to_string())];
        place.args = args;
        place.counts("elsewhere/x.sh");
    }
    let mut place = Place::new(&code("exit 0"));
    place.args = vec!["--env".into(), format!("NODE_OPTIONS=--require {}", place.at("x/h.js").display())];
    place.counts("x/h.js");
    place.agree();
    place.args = vec!["--env".into(), "NODE_OPTIONS=--no-warnings".into()];
    place.is_refused("changed: the variable NODE_OPTIONS");
    // Installations by their content, and where they are another one. Those of the system are none.
    let mut place = Place::new(&sh("run.sh"));
    place.write("p/run.sh", "exit 0\n");
    place.variables = vec![("JAVA_HOME", place.at("java").display().to_string())];
    place.counts("java/bin/java");
    place.agree();
    place.write("other/bin/java", "x");
    place.variables = vec![("JAVA_HOME", place.at("other").display().to_string())];
    place.is_refused("other/bin/java");
    place.variables = vec![("JAVA_HOME", "/usr".into())];
    let (_, err) = place.scan(&[]);
    assert!(err.contains(STARTED), "{err}");
}

#[test]
fn another_way_of_its_traffic_ends_an_agreement() {
    for name in ["HTTPS_PROXY", "NODE_EXTRA_CA_CERTS", "DOCKER_HOST"] {
        let mut place = Place::new(&code("exit 0"));
        // An empty one is as none.
        place.variables = vec![(name, String::new())];
        place.agree();
        place.variables = vec![(name, "http://127.0.0.1:9".into())];
        place.is_refused(&format!("new: the variable {name}"));
        place.agree();
        place.variables = vec![(name, "http://127.0.0.1:10".into())];
        place.is_refused(&format!("changed: the variable {name}"));
        // Without it the traffic goes straight.
        place.variables = vec![(name, String::new())];
        let (_, err) = place.scan(&[]);
        assert!(err.contains(STARTED), "{err}");
    }
}

#[test]
fn settings_in_the_home_count_where_a_server_gets_it() {
    for name in [".bashrc", ".npmrc", ".gitconfig", ".node_modules/zz/index.js", ".config/git/config"] {
        let mut place = Place::new(&code("exit 0"));
        place.args = vec!["--home".into(), "real".into()];
        place.variables = vec![("HOME", place.at("home").display().to_string())];
        place.counts(&format!("home/{name}"));
        place.args = Vec::new();
        place.agree();
        place.write(&format!("home/{name}"), "exit 2\n");
        let (_, err) = place.scan(&[]);
        assert!(err.contains(STARTED), "{name}: {err}");
    }
    for text in [". ~/mcp/run.sh", ". $HOME/mcp/run.sh"] {
        let mut place = Place::new(&code(text));
        place.args = vec!["--home".into(), "real".into()];
        place.variables = vec![("HOME", place.at("home").display().to_string())];
        place.counts("home/mcp/run.sh");
    }
}

/// Whoever changes a repository can put a record of our own work beside the file.
#[test]
fn a_state_folder_in_the_repository_proves_nothing() {
    let mut place = Place::new(&code(". ./run.sh"));
    place.variables = vec![("XDG_STATE_HOME", place.at("p/.state").display().to_string())];
    place.write("p/run.sh", ". ./lib.sh\n");
    place.write("p/lib.sh", "exit 0\n");
    place.agree();
    let changed = "exit 1\n";
    let hex = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let path = place.at("p/lib.sh").canonicalize().unwrap();
    let name = hex(&[path.as_os_str().as_encoded_bytes(), b"\0"].concat());
    let digest = hex(&[changed.as_bytes(), b"\0"].concat());
    place.write(&format!("p/.state/mcp-scan/written/{name}"), &format!("sha256:{digest}"));
    place.write("p/lib.sh", changed);
    place.is_refused("lib.sh");
}

#[test]
fn what_no_run_wrote_counts_in_an_output_folder_too() {
    let mut place = Place::new(&code(". ./run.sh"));
    place.args = vec!["--resume".into(), "out".into()];
    place.write("p/run.sh", ". ./out/x.sh\n");
    place.counts("p/out/x.sh");
}

#[test]
fn quotes_with_escapes_and_empty_folders_count() {
    let place = placed(|root| code(&format!(". $'{root}/\\x6f/run.sh'")));
    place.counts("o/run.sh");
    let place = Place::new(&code("[ -d sub/x ] && exit 1; exit 0"));
    place.agree();
    fs::create_dir_all(place.at("p/sub/x")).unwrap();
    place.is_refused("sub/x");
    // A folder by a link is one as well.
    let place = Place::new(&code("exit 0"));
    fs::create_dir(place.at("o")).unwrap();
    symlink("../o", place.at("p/o")).unwrap();
    place.agree();
    fs::create_dir(place.at("o/x")).unwrap();
    place.is_refused("o/./x");
}

#[test]
fn a_change_while_a_server_runs_fails_it() {
    let server = alone::example_alone("fixture-server");
    let mark = format!("agreed-elsewhere-{}.", std::process::id());
    let place = Place::new(&code(&format!("echo exit 1 > lib.sh; exec {} normal {mark}", server.display())));
    place.write("p/lib.sh", "exit 0\n");
    place.scan(&["--launch"]);
    place.write("p/lib.sh", "exit 0\n");
    let (code_of_scan, err) = place.scan(&[]);
    assert!(code_of_scan == 3 && err.contains("it changed while the server ran"), "{code_of_scan}: {err}");
    assert!(err.contains("changed: the file lib.sh"), "{err}");
    support::assert_nothing_left(&mark);
    // Nothing changes now.
    let (code_of_scan, err) = place.scan(&["--launch"]);
    assert!(code_of_scan < 3, "{err}");
    let (code_of_scan, err) = place.scan(&[]);
    assert!(code_of_scan < 3, "{code_of_scan}: {err}");
}

#[test]
fn agreements_in_the_scanned_repository_are_warned_about_in_ci() {
    let place = Place::new(&code("exit 0"));
    place.agree();
    let warned = |ci: &str, file: &str| {
        let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("mcp-scan"));
        command.current_dir(place.at("p")).env("HOME", "/nonexistent").env("CI", ci);
        let output = command.args(["--sandbox", "none", "--launch-allow", file, ".mcp.json"]).output().unwrap();
        String::from_utf8_lossy(&output.stderr).contains("stands in the repository that is scanned")
    };
    assert!(warned("true", "allowed.json"));
    assert!(!warned("", "allowed.json") && !warned("true", "../allowed.json"));
}

/// The throw-away folder of a server stands below no folder that others can write.
#[test]
fn nothing_of_others_is_above_the_folder_of_a_server() {
    let place = Place::new(&json!({"command": "sh", "args": ["-c", "pwd > $OUT; exit 0"]}));
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let out = place.at("out");
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("mcp-scan"));
    command.current_dir(place.at("p")).env("XDG_CACHE_HOME", home.path());
    command.args(["-q", "--sandbox", "none", "--env", &format!("OUT={}", out.display()), "--"]);
    command.args(["sh", "-c", "pwd > $OUT; exit 0"]).output().unwrap();
    let started_in = fs::read_to_string(out).unwrap();
    let others_can_write = home.path().ancestors().any(|folder| {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(folder).unwrap().mode() & 0o022 != 0
    });
    let is_private = started_in.starts_with(home.path().canonicalize().unwrap().to_str().unwrap());
    assert!(is_private || others_can_write, "{started_in}");
}
