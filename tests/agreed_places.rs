//! No place keeps a file out of an agreement: folders that look like git's or the system's, links, environments of
//! interpreters elsewhere, programs that `PATH` leads to, outputs, settings of git.

#![cfg(unix)]

#[path = "support/place.rs"]
mod place;
mod terminal;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use place::{Place, STARTED, code, sh};
use serde_json::{Value, json};

#[test]
fn a_project_that_looks_like_a_folder_of_git_counts() {
    for (marks, script) in [
        ([("p/HEAD", "ref: refs/heads/main\n"), ("p/objects/.keep", "")], "logs/run.sh"),
        ([("p/HEAD", "ref: refs/heads/main\n"), ("p/objects/.keep", "")], "src/logs/run.sh"),
        ([("p/HEAD", "ref: refs/heads/main\n"), ("p/objects/.keep", "")], "description"),
        ([("p/HEAD", "ref: refs/heads/main\n"), ("p/commondir", ".\n")], "logs/run.sh"),
        ([("HEAD", "ref: refs/heads/main\n"), ("objects/.keep", "")], "logs/run.sh"),
    ] {
        let place = Place::new(&sh(script));
        marks.iter().for_each(|(name, text)| place.write(name, text));
        place.counts(&format!("p/{script}"));
    }
}

#[test]
fn what_a_link_leads_to_in_the_folder_of_git_counts() {
    /// What each link leads to and its path, the script that the command names, and the file that changes.
    type Case = (&'static [(&'static str, &'static str)], &'static str, &'static str);
    let links: [Case; 5] = [
        (&[(".git/logs", "lib")], "lib/HEAD", ".git/logs/HEAD"),
        (&[(".git", "g")], "g/logs/HEAD", ".git/logs/HEAD"),
        (&[("lib", "lib2"), (".git/logs", "lib")], "lib2/HEAD", ".git/logs/HEAD"),
        (&[("sub/.git/logs", "lib")], "lib/run.sh", "sub/.git/logs/run.sh"),
        (&[("p/.git/logs", "../out")], "../out/HEAD", ".git/logs/HEAD"),
    ];
    for (links, script, file) in links {
        let place = Place::new(&sh(script));
        for (target, link) in links {
            symlink(target, place.at("p").join(link)).unwrap();
        }
        // By its form it is a log.
        let line = format!("{0} {0} A <a@h.example> 1 +0000\tx\n", "0".repeat(40));
        place.write(&format!("p/{file}"), &line);
        place.agree();
        place.write(&format!("p/{file}"), &line.replace('x', "y"));
        place.is_refused(Path::new(file).file_name().unwrap().to_str().unwrap());
    }
    let place = Place::new(&json!({"command": "sh", "args": ["run.sh"], "cwd": ".git/logs"}));
    place.counts("p/.git/logs/run.sh");
}

/// The usual places of a project in an image. Only root can write there.
#[test]
fn a_project_in_a_folder_of_the_system_counts() {
    for folder in ["/usr/src", "/usr/local/src", "/usr/local/share", "/etc"] {
        let Ok(dir) = tempfile::Builder::new().prefix("shop").tempdir_in(folder) else { return };
        let place = Place::in_folder(dir, &sh("run.sh"));
        place.counts("p/run.sh");
    }
}

#[test]
fn an_agreement_that_covers_no_file_says_so() {
    let place = Place::new(&json!({"command": "npx", "args": ["-y", "@example/shop@1.0.0"]}));
    let args = ["--sandbox", "none", "--launch-allow", "allowed.json", ".mcp.json"];
    let (_, screen) = terminal::run(&place.at("p"), "n", &args);
    assert!(screen.contains("an agreement covers no file, only the command"), "{screen}");
}

#[test]
fn an_environment_of_python_elsewhere_counts() {
    let dir = tempfile::tempdir().unwrap();
    let python = dir.path().join("venv/bin/python");
    let place = Place::in_folder(dir, &json!({"command": python, "args": ["-c", "pass"]}));
    place.write("venv/pyvenv.cfg", "home = /usr/bin\n");
    fs::create_dir_all(place.at("venv/bin")).unwrap();
    symlink("/bin/true", &python).unwrap();
    place.counts("venv/lib/python3.12/site-packages/shop.py");
    place.agree();
    place.write("venv/lib/python3.12/site-packages/x.pth", "import x\n");
    place.is_refused("new: the file");
}

#[test]
fn what_stands_beside_a_link_counts() {
    let dir = tempfile::tempdir().unwrap();
    let link = dir.path().join("o/run.sh");
    let place = Place::in_folder(dir, &code(&format!(". {}", link.display())));
    place.write("o/lib.sh", "exit 0\n");
    place.write("real/run.sh", "exit 0\n");
    symlink("../real/run.sh", link).unwrap();
    place.counts("o/lib.sh");
    place.counts("real/lib.sh");
}

#[test]
fn a_pipe_is_never_agreed_to() {
    for (server, link) in [(sh("run.sh"), Some("run.sh")), (code("exit 0"), Some("b.sh")), (sh("../out"), None)] {
        let place = Place::new(&server);
        let made = std::process::Command::new("mkfifo").arg(place.at("out")).status().unwrap();
        assert!(made.success());
        link.into_iter().for_each(|link| symlink("../out", place.at("p").join(link)).unwrap());
        symlink("/dev/null", place.at("p/nothing")).unwrap();
        let (code, err) = place.scan(&[]);
        assert!(code == 3 && err.contains("is a pipe or a device"), "{err}");
        assert!(!place.at("p/allowed.json").exists());
    }
}

#[test]
fn the_programs_that_path_leads_to_count() {
    let mut place = Place::new(&json!({"command": "shop-server"}));
    let system = std::env::var("PATH").unwrap();
    place.variables = vec![("PATH", format!("{}:{system}", place.at("bin").display()))];
    place.program("bin/shop-server", "#!/bin/sh\nexit 0\n");
    place.agree();
    place.program("bin/shop-server", "#!/bin/sh\nexit 1\n");
    place.is_refused("bin/shop-server");
    // A program that appears before that of the system, in code as well; and another PATH.
    let mut place = Place::new(&code("true; ls"));
    place.variables = vec![("PATH", format!("{}:{system}", place.at("bin").display()))];
    fs::create_dir(place.at("bin")).unwrap();
    place.agree();
    for name in ["sh", "ls"] {
        place.program(&format!("bin/{name}"), "#!/bin/sh\nexit 0\n");
        place.is_refused(&format!("bin/{name}"));
        fs::remove_file(place.at("bin").join(name)).unwrap();
    }
    place.program("other/ls", "#!/bin/sh\nexit 0\n");
    place.variables = vec![("PATH", format!("{}:{system}", place.at("other").display()))];
    place.is_refused("other/ls");
    // The packages of the program that starts.
    let mut place = Place::new(&json!({"command": "shop-server"}));
    place.variables = vec![("PATH", format!("{}:{system}", place.at("bin").display()))];
    place.write("venv/pyvenv.cfg", "home = /usr/bin\n");
    place.program("venv/bin/shop-server", "#!/bin/sh\nexit 0\n");
    fs::create_dir(place.at("bin")).unwrap();
    symlink("../venv/bin/shop-server", place.at("bin/shop-server")).unwrap();
    place.counts("venv/lib/python3.12/site-packages/shop.py");
}

/// Tools are kept elsewhere on another machine, and their programs are those of the system there.
#[test]
fn an_agreement_holds_where_the_system_has_the_program() {
    let mut place = Place::new(&code("exit 0"));
    let system = std::env::var("PATH").unwrap();
    place.program("bin/sh", "#!/bin/sh\nexit 0\n");
    place.variables = vec![("PATH", format!("{}:{system}", place.at("bin").display()))];
    place.agree();
    place.variables = vec![("PATH", system)];
    let (_, err) = place.scan(&[]);
    assert!(err.contains(STARTED), "{err}");
}

#[test]
fn code_that_makes_paths_reaches_the_folder_of_git() {
    for text in [
        ". ./.gi''t/logs/HEAD",
        r". ./.g\it/logs/HEAD",
        "G=.gi; . ./${G}t/logs/HEAD",
        "find . -name HEAD -exec sh {} \\;",
        ". ./$(printf '.g%s' it)/logs/HEAD",
        "git log -1 --format=%B | sh",
    ] {
        let place = Place::new(&code(text));
        place.write("p/.git/HEAD", "ref: refs/heads/main\n");
        place.write("p/.git/COMMIT_EDITMSG", "exit 0\n");
        place.scan(&["--launch"]);
        place.write("p/.git/COMMIT_EDITMSG", "exit 1\n");
        place.is_refused("COMMIT_EDITMSG");
    }
    // Where it does not, a log is one by its form alone.
    let place = Place::new(&code("exit 0"));
    place.counts("p/.git/logs/HEAD");
}

/// A project with a repository that has the settings `text`.
fn settings_of(server: &Value, text: &str) -> Place {
    let place = Place::new(server);
    place.write("p/.git/HEAD", "ref: refs/heads/main\n");
    place.write("p/.git/config", text);
    place.write("inc", "[a]\n\tb = c\n");
    place
}

#[test]
fn what_settings_of_git_include_or_name_counts() {
    let settings: fn(&str) -> Place = |text| settings_of(&json!({"command": "git", "args": ["status"]}), text);
    let settings_in_code: fn(&str) -> Place = |text| settings_of(&code("git status"), text);
    for text in [
        "[include]\n\tpath = \"description\"\n",
        "[include]\n\tpath = info/exclude # x\n",
        "[include] path = logs/x\n",
        "[includeIf \"gitdir:**\"]\n\tPaTh = logs/x ; y\n",
        "[include]\n\tpath = \"../../inc\"\n",
    ] {
        for place in [settings(text), settings_in_code(text)] {
            let (code, err) = place.scan(&[]);
            assert!(code == 3 && err.contains("includes other settings"), "{text}: {err}");
        }
    }
    for place in [settings, settings_in_code].map(|settings| settings("[include]\n\tpath = ../../inc\n")) {
        place.scan(&["--launch"]);
        place.write("inc", "[core]\n\tfsmonitor = ./x\n");
        place.is_refused(".git/config");
    }
    let place = settings("[core]\n\thooksPath = ../hooks\n");
    place.write("hooks/pre-commit", "exit 0\n");
    place.scan(&["--launch"]);
    place.write("hooks/pre-commit", "exit 1\n");
    place.is_refused("pre-commit");
}

#[test]
fn an_output_that_the_command_names_or_that_no_run_wrote_counts() {
    let place = Place::new(&code(". ./re*.txt"));
    place.write("p/report.txt", "exit 0\n");
    place.scan(&["--launch", "-o", "report.txt"]);
    place.write("p/report.txt", "exit 1\n");
    let (code_of_scan, err) = place.scan(&["-o", "report.txt"]);
    assert!(code_of_scan == 3 && err.contains("the file report.txt"), "{err}");
    let place = Place::new(&code("exit 0"));
    place.write("p/report.txt", "exit 0\n");
    place.scan(&["--launch"]);
    place.write("p/report.txt", "exit 1\n");
    let (code_of_scan, err) = place.scan(&["-o", "report.txt"]);
    assert!(code_of_scan == 3 && err.contains("changed: the file report.txt"), "{err}");
    // The file of agreements itself is JSON, which a shell takes for code.
    let place = Place::new(&code(". ./allowed.json"));
    place.scan(&["--launch"]);
    place.is_refused("allowed.json");
    // A state folder in the project holds what this program writes, and nothing else.
    let mut place = Place::new(&code(". ./lib.sh"));
    place.variables = vec![("XDG_STATE_HOME", place.at("p/state").display().to_string())];
    place.write("p/lib.sh", "exit 0\n");
    place.counts("p/state/mcp-scan/run.sh");
}

/// Only its owner can make it readable, and a server has the rights of its user.
#[test]
fn a_file_of_ours_that_cannot_be_read_is_never_agreed_to() {
    let place = Place::new(&code("chmod 600 q; . ./q"));
    place.write("p/q", "exit 0\n");
    fs::set_permissions(place.at("p/q"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(place.at("p/q")).is_ok() {
        return; // Root can read all files.
    }
    let (code, err) = place.scan(&[]);
    assert!(code == 3 && err.contains("cannot be read"), "{err}");
}

#[test]
fn another_registry_ends_an_agreement() {
    let mut place = Place::new(&json!({"command": "sh", "args": ["-c", "exit 0"]}));
    place.variables = vec![("npm_config_registry", "https://u:one@r.example/".into())];
    place.agree();
    place.variables = vec![("npm_config_registry", "https://u:two@r.example/".into())];
    assert!(place.scan(&[]).1.contains(STARTED));
    place.variables = vec![("npm_config_registry", "https://other.example/".into())];
    place.is_refused("changed: the variable npm_config_registry");
}

#[test]
fn a_file_elsewhere_counts_in_any_spelling() {
    let spelled: [fn(&str) -> Value; 3] = [
        |folder| json!({"command": "sh", "args": ["-c", "exit 0", format!("{folder}/run")]}),
        |folder| json!({"command": "sh", "args": ["-c", "exit 0", format!("--import=file://{folder}/%72un.sh")]}),
        |folder| json!({"command": "sh", "args": ["-c", format!(". {folder}/r\"\"un.sh")]}),
    ];
    for server in spelled {
        let dir = tempfile::tempdir().unwrap();
        let server = server(dir.path().join("o").to_str().unwrap());
        Place::in_folder(dir, &server).counts("o/run.sh");
    }
}
