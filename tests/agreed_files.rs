//! A recorded agreement ends when any file changes that the agreed command may run, however it names the file.

#![cfg(unix)]

mod terminal;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

fn write(project: &Path, name: &str, text: &str) {
    let path = project.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A project with one server.
fn project(server: &Value) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "p/.mcp.json", &json!({"mcpServers": {"a": server}}).to_string());
    dir
}

/// The exit code and standard error of a scan in the folder `p`.
fn scan(dir: &TempDir, args: &[&str]) -> (i32, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("mcp-scan"));
    let command = command.current_dir(dir.path().join("p")).env("HOME", dir.path()).env_remove("XDG_STATE_HOME");
    let command = command.args(["--sandbox", "none", "--start-timeout", "5s", "--launch-allow", "allowed.json"]);
    let output = command.args(args).arg(".mcp.json").output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Agrees to the server of the project. It need not be one that works.
fn agree(dir: &TempDir) -> String {
    scan(dir, &["-q", "--launch"]).1
}

const STARTED: &str = "ended before it answered";

#[test]
fn any_changed_file_of_the_project_ends_an_agreement() {
    let dir = project(&json!({"command": "sh", "args": ["-c", "exit 0"]}));
    let project = dir.path().join("p");
    for name in [
        "run.sh",
        "sub/Makefile",
        "lib/X.pm",
        "q",
        "list",
        "bin/tool",
        "s.py",
        "node_modules/shop/index.js",
        ".venv/lib/python3.11/site-packages/shop.py",
        ".npmrc",
        ".git/hooks/post-checkout",
        ".git/HEAD",
    ] {
        write(&project, name, "one\n");
    }
    write(&dir.path().join("outside"), "run.sh", "one\n");
    symlink("../outside", project.join("linked")).unwrap();
    agree(&dir);
    let again = |said: &str| {
        let (code, err) = scan(&dir, &["-q"]);
        assert!(code == 3 && err.contains("it is not what was agreed to") && err.contains(said), "{said}: {err}");
    };
    assert!(scan(&dir, &["-q"]).1.contains(STARTED), "{:?}", scan(&dir, &[]));
    for name in [
        "run.sh",
        "sub/Makefile",
        "lib/X.pm",
        "q",
        "node_modules/shop/index.js",
        ".venv/lib/python3.11/site-packages/shop.py",
        ".git/hooks/post-checkout",
        "linked/./run.sh",
    ] {
        write(&project, name, "two\n");
        again(&format!("changed: the file {name}"));
        write(&project, name, "one\n");
    }
    // Files that appear can stand before others.
    for name in ["json.py", "sitecustomize.py", "conftest.py", "package.json", "sub/.npmrc", "GNUmakefile"] {
        write(&project, name, "one\n");
        again(&format!("new: the file {name}"));
        fs::remove_file(project.join(name)).unwrap();
    }
    fs::remove_file(project.join(".npmrc")).unwrap();
    again("gone: the file .npmrc");
    write(&project, ".npmrc", "one\n");
    fs::set_permissions(project.join("bin/tool"), fs::Permissions::from_mode(0o755)).unwrap();
    again("changed: the file bin/tool");
    fs::set_permissions(project.join("bin/tool"), fs::Permissions::from_mode(0o644)).unwrap();
    // What git and this program write themselves is no code.
    write(&project, ".git/HEAD", "two\n");
    let (_, err) = scan(&dir, &["-q", "-o", "report.txt"]);
    assert!(err.contains(STARTED), "{err}");
    fs::remove_file(project.join("report.txt")).unwrap();
    for at in 0..15 {
        write(&project, &format!("more/{at}"), "one\n");
    }
    again("and 5 more files");
}

#[test]
fn what_cannot_be_checked_is_never_recorded() {
    let at = |folder: &str| json!({"command": "sh", "args": ["run.sh"], "cwd": folder});
    let with = |name: &str, value: &str| json!({"command": "sh", "args": ["run.sh"], "env": {name: value}});
    for (server, why) in [
        (json!({"command": "sh", "args": ["/proc/self/cwd/run.sh"]}), "by way of a process"),
        (json!({"command": "sh", "args": ["-c", ". /proc/$$/cwd/run.sh"]}), "by way of a process"),
        (with("BASH_ENV", "/proc/self/cwd/run.sh"), "by way of a process"),
        (at("linked"), "linked is a link that leads out of the project"),
        (at("./sub/../linked"), "is a link that leads out of the project"),
        (with("PYTHONPATH", "sub:linked"), "linked is a link that leads out of the project"),
        (with("PATH", "/bin:./linked:/usr/bin"), "linked is a link that leads out of the project"),
        (with("HOME", "linked"), "linked is a link that leads out of the project"),
    ] {
        let dir = project(&server);
        let project = dir.path().join("p");
        write(&project, "run.sh", "exit 0\n");
        write(&project, "sub/x", "");
        write(dir.path(), "outside/run.sh", "exit 0\n");
        symlink("../outside", project.join("linked")).unwrap();
        let (_, err) = scan(&dir, &["--launch"]);
        assert!(err.contains("is asked about each time") && err.contains(why), "{server}: {err}");
        let (code, err) = scan(&dir, &["-q"]);
        assert!(code == 3 && err.contains("nobody can agree to it for later runs") && err.contains(why), "{err}");
        assert!(!project.join("allowed.json").exists());
    }
}

#[test]
fn a_project_that_is_too_large_is_asked_about_each_time() {
    let dir = project(&json!({"command": "sh", "args": ["run.sh"]}));
    let project = dir.path().join("p");
    fs::File::create(project.join("large")).unwrap().set_len(1 << 40).unwrap();
    assert!(scan(&dir, &["--launch"]).1.contains("are larger than"));
    let (code, err) = scan(&dir, &["-q"]);
    assert!(code == 3 && err.contains("nobody can agree to it for later runs"), "{err}");
    let args = ["--sandbox", "none", "--launch-allow", "allowed.json", ".mcp.json"];
    let (_, screen) = terminal::run(&project, "n", &args);
    assert!(screen.contains("an agreement is not recorded: the files in"), "{screen}");
}

#[test]
fn a_published_package_needs_no_file_of_the_project() {
    for (server, counts) in [
        (json!({"command": "npx", "args": ["-y", "@example/shop@1.0.0"]}), false),
        (json!({"command": "uvx", "args": ["shop", "--verbose"], "env": {"NODE_ENV": "production"}}), false),
        (json!({"command": "npx", "args": ["-y", "@example/shop@1.0.0", "data"]}), true),
        (json!({"command": "npx", "args": ["-y", "@example/shop@1.0.0", "--root=./data"]}), true),
        (json!({"command": "npx", "args": ["-y", "@example/shop@1.0.0"], "cwd": "."}), true),
        (json!({"command": "npx", "args": ["-y", "@example/shop@1.0.0"], "env": {"NODE_OPTIONS": "-r ./x"}}), true),
        (json!({"command": "sh", "args": ["-c", "npx -y @example/shop@1.0.0"]}), true),
        (json!({"command": "docker", "args": ["run", "-v", "data:/data", "example/shop"]}), true),
    ] {
        let dir = project(&server);
        write(&dir.path().join("p"), "data/x", "");
        // No package is fetched: the programs are stand-ins.
        for name in ["npx", "uvx", "docker"] {
            write(dir.path(), &format!("bin/{name}"), "#!/bin/sh\nexit 0\n");
            fs::set_permissions(dir.path().join("bin").join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        let path = format!("{}:{}", dir.path().join("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("mcp-scan"));
        let command = command.current_dir(dir.path().join("p")).env("HOME", dir.path()).env("PATH", path);
        let args = ["--sandbox", "none", "--launch", "--launch-allow", "allowed.json", ".mcp.json"];
        command.args(args).output().unwrap();
        let written = fs::read_to_string(dir.path().join("p/allowed.json")).unwrap();
        assert_eq!(written.contains("\"data/x\""), counts, "{server}: {written}");
    }
}

#[test]
fn compiled_files_are_not_read_where_they_are_not_a_part_of_the_agreement() {
    let dir = project(&json!({"command": "python3", "args": ["s.py"]}));
    let project = dir.path().join("p");
    write(&project, "s.py", "import m\n");
    write(&project, "m.py", "import os\nopen(os.environ['TMPDIR'] + '/x', 'w')\n");
    agree(&dir);
    let python = |code: &str| {
        let done = std::process::Command::new("python3").args(["-c", code]).current_dir(&project).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    // Forged: it has the time and the size of its source, and other code.
    python(
        "import os, py_compile\n\
         good = open('m.py').read(); found = os.stat('m.py')\n\
         evil = \"open('MARK', 'w')\\n\"\n\
         open('m.py', 'w').write(evil + '#' * (len(good) - len(evil)))\n\
         os.utime('m.py', (found.st_atime, int(found.st_mtime)))\n\
         py_compile.compile('m.py')\n\
         open('m.py', 'w').write(good)\n\
         os.utime('m.py', (found.st_atime, int(found.st_mtime)))\n",
    );
    let compiled = fs::read_dir(project.join("__pycache__")).unwrap().count();
    let (_, err) = scan(&dir, &["-q"]);
    assert!(compiled == 1 && err.contains(STARTED) && !project.join("MARK").exists(), "{err}");
    write(
        &project,
        ".mcp.json",
        &json!({"mcpServers": {"a": {"command": "python3", "args": ["-E", "s.py"]}}}).to_string(),
    );
    fs::remove_dir_all(project.join("__pycache__")).unwrap();
    agree(&dir);
    python("import py_compile; py_compile.compile('m.py')");
    let (code, err) = scan(&dir, &["-q"]);
    assert!(code == 3 && err.contains("new: the file __pycache__/m."), "{err}");
}

/// Folders elsewhere from which a command takes code, and files elsewhere that it names.
#[test]
fn what_lies_elsewhere_counts_where_the_command_takes_code_from_it() {
    let elsewhere = tempfile::tempdir().unwrap();
    let at = |name: &str| elsewhere.path().join(name).to_str().unwrap().to_owned();
    let sh = |more: Value| {
        let mut server = json!({"command": "sh", "args": ["-c", "exit 0"]});
        server.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        server
    };
    for server in [
        sh(json!({"cwd": at("lib")})),
        sh(json!({"env": {"PYTHONPATH": format!("src:{}", at("lib"))}})),
        sh(json!({"env": {"HOME": at("lib")}})),
        sh(json!({"args": [at("lib/code")]})),
        sh(json!({"args": ["-c", "exit 0", "../q/code"]})),
        sh(json!({"env": {"HOME": "../q"}})),
        sh(json!({"args": ["-c", format!("exec sh '{}'", at("lib/code"))]})),
        sh(json!({"env": {"NODE_OPTIONS": format!("--require={}", at("lib/code"))}})),
    ] {
        write(elsewhere.path(), "lib/code", "exit 0");
        let dir = project(&server);
        write(dir.path(), "q/code", "exit 0");
        agree(&dir);
        assert!(scan(&dir, &["-q"]).1.contains(STARTED), "{server}");
        write(elsewhere.path(), "lib/code", "exit 1");
        write(dir.path(), "q/code", "exit 1");
        let (code, err) = scan(&dir, &["-q"]);
        assert!(code == 3 && err.contains("changed: the file") && err.contains("/code"), "{server}: {err}");
    }
}

#[test]
fn a_question_says_which_files_changed() {
    let dir = project(&json!({"command": "sh", "args": ["run.sh"]}));
    let project = dir.path().join("p");
    write(&project, "run.sh", "exit 0\n");
    let args = ["--sandbox", "none", "--launch-allow", "allowed.json", ".mcp.json"];
    let (_, first) = terminal::run(&project, "y", &args);
    assert!(first.contains("an agreement holds until a file changes: 1 file"), "{first}");
    write(&project, "run.sh", "exit 1\n");
    let (_, second) = terminal::run(&project, "y", &args);
    assert!(second.contains("it is not what was agreed to in allowed.json:\n    changed: the file run.sh"), "{second}");
    let (_, third) = terminal::run(&project, "n", &args);
    assert!(!third.contains("Agree?"), "{third}");
}
