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
    scan_with(dir, args, &[])
}

fn scan_with(dir: &TempDir, args: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("mcp-scan"));
    let command = command.current_dir(dir.path().join("p")).env("HOME", "/nonexistent");
    let command = command.env("XDG_STATE_HOME", dir.path().join("state"));
    let command = command.envs(variables.iter().copied());
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
    ] {
        write(&project, name, "one\n");
    }
    write(&project, ".git/HEAD", "ref: refs/heads/one\n");
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
    write(&project, ".git/HEAD", "ref: refs/heads/two\n");
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
        (json!({"command": "sh", "args": ["by/run.sh"]}), "by way of a process"),
        (json!({"command": "sh", "args": ["-c", ". ~root/run.sh"]}), "by the name of a user"),
        (json!({"command": "sh", "args": ["-c", "true ".repeat(100_000)]}), "too long to search"),
        (json!({"command": "sh", "args": ["-c", "for file in /*/run.sh; do . $file; done"]}), "/"),
    ] {
        let dir = project(&server);
        let project = dir.path().join("p");
        write(&project, "run.sh", "exit 0\n");
        write(&project, "sub/x", "");
        write(dir.path(), "outside/run.sh", "exit 0\n");
        symlink("../outside", project.join("linked")).unwrap();
        if server.to_string().contains("by/") {
            symlink("/proc/self/cwd", project.join("cwd")).unwrap();
            symlink("cwd/sub", project.join("by")).unwrap();
        }
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
    write(&project, "run.sh", "exit 0\n");
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
fn compiled_files_count_and_a_scan_writes_none() {
    let dir = project(&json!({"command": "python3", "args": ["s.py"]}));
    let project = dir.path().join("p");
    write(&project, "s.py", "import m\n");
    write(&project, "m.py", "import os\nopen(os.environ['TMPDIR'] + '/x', 'w')\n");
    agree(&dir);
    assert!(scan(&dir, &["-q"]).1.contains(STARTED) && !project.join("__pycache__").exists());
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
    let (code, err) = scan(&dir, &["-q"]);
    assert!(code == 3 && err.contains("new: the file __pycache__/m.") && !project.join("MARK").exists(), "{err}");
}

/// Where programs look above the folder that they start in, and the rest of a repository.
#[test]
fn what_stands_above_the_project_counts() {
    let dir = project(&json!({"command": "sh", "args": ["-c", "exit 0"]}));
    let changes = |name: &str, expected: &str| {
        write(dir.path(), name, "one\n");
        agree(&dir);
        assert!(scan(&dir, &["-q"]).1.contains(STARTED), "{name}");
        write(dir.path(), name, "two\n");
        let (code, err) = scan(&dir, &["-q"]);
        assert!(code == 3 && err.contains(&format!("changed: the file {expected}")), "{name}: {err}");
        fs::remove_file(dir.path().join(name)).unwrap();
    };
    let above = dir.path().canonicalize().unwrap();
    for name in ["package.json", ".npmrc", "node_modules/shop/index.js", ".yarn/releases/yarn.cjs", "pyproject.toml"] {
        changes(name, above.join(name).to_str().unwrap());
    }
    // In a repository all of it counts, because code takes more from it by relative paths.
    write(dir.path(), ".git/HEAD", "ref: refs/heads/main\n");
    changes("shared/lib.sh", "shared/lib.sh");
    changes(".git/hooks/post-checkout", ".git/hooks/post-checkout");
    write(dir.path(), ".git/config", "[core]\n\tbare = false\n");
    agree(&dir);
    write(dir.path(), ".git/config", "[core]\n\tbare = false\n\tfsmonitor = ./x\n");
    assert!(scan(&dir, &["-q"]).1.contains("new: the file .git/config"));
}

#[test]
fn the_git_folder_of_a_work_tree_counts() {
    let dir = project(&json!({"command": "git", "args": ["status"]}));
    let project = dir.path().join("p");
    write(dir.path(), "main/.git/HEAD", "ref: refs/heads/main\n");
    write(dir.path(), "main/.git/objects/info/packs", "");
    write(dir.path(), "main/.git/config", "[core]\n\tbare = false\n");
    write(dir.path(), "main/.git/worktrees/p/HEAD", "ref: refs/heads/p\n");
    write(dir.path(), "main/.git/worktrees/p/commondir", "../..\n");
    write(&project, ".git", "gitdir: ../main/.git/worktrees/p\n");
    agree(&dir);
    write(dir.path(), "main/.git/HEAD", "ref: refs/heads/other\n");
    let log = format!("{0} {0} A <a@h.example> 1 +0000\tcommit: first\n", "0".repeat(40));
    write(dir.path(), "main/.git/logs/HEAD", &log);
    let again = scan(&dir, &["-q"]).1;
    assert!(!again.contains("not what was agreed to"), "{again}");
    write(dir.path(), "main/.git/config", "[core]\n\tfsmonitor = ./x\n");
    let (code, err) = scan(&dir, &["-q"]);
    assert!(code == 3 && err.contains("new: the file .git/./config"), "{err}");
}

#[test]
fn a_configuration_counts_but_for_its_servers() {
    // A hidden folder is no part of a project.
    let dir = tempfile::Builder::new().prefix("shop").tempdir().unwrap();
    let project = dir.path().join("p");
    let scan = |args: &[&str]| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("mcp-scan"));
        command.current_dir(&project).env("HOME", dir.path()).args(["-q", "--sandbox", "none"]);
        let output = command.args(["--launch-allow", "allowed.json", "package.json"]).args(args).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let package = |script: &str, more: &str| {
        let servers = format!("{{\"a\": {{\"command\": \"sh\", \"args\": [\"run.sh\"]}}{more}}}");
        write(
            &project,
            "package.json",
            &format!("{{\"scripts\": {{\"a\": \"{script}\"}}, \"mcpServers\": {servers}}}"),
        );
    };
    write(&project, "run.sh", "exit 0\n");
    package("true", "");
    scan(&["--launch"]);
    package("true", ", \"b\": {\"command\": \"false\"}");
    let (_, err) = scan(&[]);
    assert!(err.contains(STARTED) && !err.contains("not what was agreed to"), "{err}");
    package("touch MARK", "");
    let (code, err) = scan(&[]);
    assert!(code == 3 && err.contains("changed: the file package.json"), "{err}");
}

#[test]
fn a_link_in_the_place_of_an_output_is_no_output() {
    let dir = project(&json!({"command": "sh", "args": ["-c", ". ./lib.sh"]}));
    let project = dir.path().join("p");
    write(&project, "lib.sh", "exit 0\n");
    let output = ["-q", "-f", "json", "-o", "report.json"];
    scan(&dir, &[&output[..], &["--launch"]].concat());
    assert!(scan(&dir, &output).1.contains(STARTED));
    write(&project, "lib.sh", "touch MARK\n");
    fs::remove_file(project.join("report.json")).unwrap();
    symlink("lib.sh", project.join("report.json")).unwrap();
    let (code, err) = scan(&dir, &["-q"]);
    assert!(code == 3 && !project.join("MARK").exists() && err.contains("changed: the file lib.sh"), "{err}");
    // A file of another content in the place of an earlier output.
    agree(&dir);
    fs::remove_file(project.join("report.json")).unwrap();
    write(&project, "report.json", "touch MARK\n");
    let (code, err) = scan(&dir, &["-q"]);
    assert!(code == 3 && err.contains("the file report.json"), "{err}");
}

#[test]
fn what_this_program_writes_beside_the_project_ends_no_agreement() {
    let dir = project(&json!({"command": "sh", "args": ["-c", "exit 0"]}));
    let project = dir.path().join("p");
    write(&project, "listing.json", "{\"tools\": [{\"name\": \"get_order\", \"inputSchema\": {}}]}");
    agree(&dir);
    let run = |args: &[&str]| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("mcp-scan"));
        let output = command
            .current_dir(&project)
            .env("HOME", "/nonexistent")
            .env("XDG_STATE_HOME", dir.path().join("state"))
            .args(args)
            .output();
        assert!(output.as_ref().unwrap().status.success(), "{output:?}");
    };
    run(&["lock", "listing.json"]);
    run(&["-f", "json", "-o", "report.json", "listing.json"]);
    run(&["--policy", "policy.yaml", "listing.json"]);
    let (_, err) = scan(&dir, &["-q"]);
    assert!(err.contains(STARTED), "{err}");
    // A lock of somebody else, as it is written.
    fs::remove_dir_all(dir.path().join("state")).unwrap();
    for name in ["report.json", "policy.yaml"] {
        fs::remove_file(project.join(name)).unwrap();
    }
    let (_, err) = scan(&dir, &["-q"]);
    assert!(err.contains(STARTED), "{err}");
    let lock = fs::read_to_string(project.join("mcp-scan.lock")).unwrap();
    write(&project, "mcp-scan.lock", &format!("{lock}# touch MARK\n"));
    assert_eq!(scan(&dir, &["-q"]).0, 3);
    fs::rename(project.join("mcp-scan.lock"), project.join("GNUmakefile")).unwrap();
    write(&project, "GNUmakefile", &lock);
    assert_eq!(scan(&dir, &["-q"]).0, 3);
}

#[test]
fn an_agreement_holds_in_another_clone_and_after_git_collects() {
    let dir = tempfile::tempdir().unwrap();
    let first = dir.path().join("one");
    let git = |folder: &Path, args: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.current_dir(folder).env("HOME", dir.path()).env("GIT_CONFIG_NOSYSTEM", "1");
        let identity = ["-c", "user.name=A", "-c", "user.email=a@h.example"];
        let done = command.args(identity).args(args).output().unwrap();
        assert!(done.status.success(), "{args:?}: {done:?}");
    };
    let scan = |root: &Path, more: &[&str]| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("mcp-scan"));
        command.current_dir(root).env("HOME", dir.path()).args(["-q", "--sandbox", "none"]);
        let args = ["--launch-allow", "allowed.json", "sub/.mcp.json"];
        let output = command.args(args).args(more).output().unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let server = json!({"mcpServers": {"a": {"command": "sh", "args": ["-c", "exit 0"]}}});
    write(&first, "sub/.mcp.json", &server.to_string());
    write(&first, "lib.sh", "exit 0\n");
    git(&first, &["init", "-q"]);
    scan(&first, &["--launch"]);
    git(&first, &["add", "."]);
    git(&first, &["commit", "-q", "-m", "first"]);
    assert!(scan(&first, &[]).contains(STARTED), "{}", scan(&first, &[]));
    git(&first, &["gc", "-q"]);
    git(&first, &["branch", "other"]);
    assert!(scan(&first, &[]).contains(STARTED), "{}", scan(&first, &[]));
    git(dir.path(), &["clone", "-q", "one", "two"]);
    let second = dir.path().join("two");
    assert!(scan(&second, &[]).contains(STARTED), "{}", scan(&second, &[]));
    write(&second, "lib.sh", "exit 1\n");
    assert!(scan(&second, &[]).contains("changed: the file lib.sh"));
    // What stands where git keeps its data, and has another form.
    write(&first, ".git/objects/ab/0123456789abcdef0123456789abcdef012345", "touch MARK\n");
    assert!(scan(&first, &[]).contains("new: the file .git/objects/ab/"));
}

/// Other files of the home change all the time.
#[test]
fn a_configuration_in_the_home_covers_what_it_names() {
    let dir = tempfile::tempdir().unwrap();
    let scan = |more: &[&str]| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("mcp-scan"));
        command.current_dir(dir.path()).env("HOME", dir.path()).args(["-q", "--sandbox", "none"]);
        let args = ["--launch-allow", "allowed.json", ".cursor/mcp.json"];
        let output = command.args(args).args(more).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let script = dir.path().join("servers/shop/run.sh");
    let server = json!({"mcpServers": {"a": {"command": "sh", "args": [script]}}});
    write(dir.path(), ".cursor/mcp.json", &server.to_string());
    write(dir.path(), "servers/shop/run.sh", "exit 0\n");
    write(dir.path(), "servers/shop/lib.sh", "exit 0\n");
    scan(&["--launch"]);
    write(dir.path(), ".bash_history", "ls\n");
    write(dir.path(), "notes/today.txt", "x\n");
    assert!(scan(&[]).1.contains(STARTED), "{}", scan(&[]).1);
    write(dir.path(), "servers/shop/lib.sh", "exit 1\n");
    let (code, err) = scan(&[]);
    assert!(code == 3 && err.contains("changed: the file") && err.contains("servers/shop/lib.sh"), "{err}");
}

#[test]
fn a_server_that_another_one_changes_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let project = dir.path().join("p");
    let changes = format!("echo 'touch {}' > b.sh", dir.path().join("MARK").display());
    let server = |code: &str| json!({"command": "sh", "args": ["-c", code], "cwd": "."});
    let servers = json!({"mcpServers": {"a": server(&changes), "b": server(". ./b.sh")}});
    write(&project, ".mcp.json", &servers.to_string());
    write(&project, "b.sh", "exit 0\n");
    let args = ["-q", "--jobs", "1"];
    scan(&dir, &[&args[..], &["--launch"]].concat());
    fs::remove_file(dir.path().join("MARK")).ok();
    write(&project, "b.sh", "exit 0\n");
    let (code, err) = scan(&dir, &args);
    assert!(code == 3 && !dir.path().join("MARK").exists(), "{err}");
    assert!(err.contains("it changed while this run was at work"), "{err}");
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
    let scan = |dir: &TempDir, args: &[&str]| scan_with(dir, args, &[("PYTHONPATH", &at("lib"))]);
    for server in [
        sh(json!({"cwd": at("lib")})),
        sh(json!({"env": {"PYTHONPATH": format!("src:{}", at("lib"))}})),
        sh(json!({"env": {"HOME": at("lib")}})),
        sh(json!({"args": [at("lib/code")]})),
        sh(json!({"args": ["-c", "exit 0", "../q/code"]})),
        sh(json!({"env": {"HOME": "../q"}})),
        sh(json!({"args": ["-c", format!("exec sh '{}'", at("lib/code"))]})),
        sh(json!({"env": {"NODE_OPTIONS": format!("--require={}", at("lib/code"))}})),
        sh(json!({"args": ["-c", "exit 0", format!("-I{}", at("lib"))]})),
        sh(json!({"args": ["-c", format!(". {}/c*e", at("lib"))]})),
        sh(json!({"args": ["-c", format!(". '{}'", at("my lib/code"))]})),
        sh(json!({"args": ["-c", ". \"$LIB/code\""], "env": {"LIB": at("lib")}})),
        sh(json!({"args": ["-c", "exit 0"], "env_vars": ["PYTHONPATH"]})),
    ] {
        write(elsewhere.path(), "lib/code", "exit 0");
        write(elsewhere.path(), "my lib/code", "exit 0");
        let dir = project(&server);
        write(dir.path(), "q/code", "exit 0");
        scan(&dir, &["-q", "--launch"]);
        assert!(scan(&dir, &["-q"]).1.contains(STARTED), "{server}");
        write(elsewhere.path(), "lib/code", "exit 1");
        write(elsewhere.path(), "my lib/code", "exit 1");
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
    assert!(first.contains("an agreement holds until a file changes: 2 files"), "{first}");
    write(&project, "run.sh", "exit 1\n");
    let (_, second) = terminal::run(&project, "y", &args);
    assert!(second.contains("it is not what was agreed to in allowed.json:\n    changed: the file run.sh"), "{second}");
    let (_, third) = terminal::run(&project, "n", &args);
    assert!(!third.contains("Agree?"), "{third}");
}
