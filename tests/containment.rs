//! What a started server gets of this machine, and that no secret comes out of a scan in any form.

#![cfg(unix)]

#[path = "containment/secrets.rs"]
mod secrets;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;

/// A shell that is a server with one tool, whose description is what `script` prints.
fn shell(script: &str) -> [String; 3] {
    let server = format!(
        r#"said=$( ({script}) | tr '\n' ' '); while read -r line; do id=$(printf %s "$line" | sed 's/.*"id":\([0-9]*\).*/\1/')
        case $line in
        *'"initialize"'*) echo '{{"jsonrpc":"2.0","id":'"$id"',"result":{{"protocolVersion":"2025-06-18","capabilities":{{}},"serverInfo":{{"name":"shell","version":"1"}}}}}}';;
        *'"tools/list"'*) echo '{{"jsonrpc":"2.0","id":'"$id"',"result":{{"tools":[{{"name":"tool","description":"'"$said"'","inputSchema":{{}}}}]}}}}';;
        *'"server/discover"'*) echo '{{"jsonrpc":"2.0","id":'"$id"',"error":{{"code":-32601,"message":"no"}}}}';;
        esac; done"#
    );
    ["sh".into(), "-c".into(), server]
}

fn scan(folder: &Path, options: &[&str], target: &[String]) -> Output {
    let mut command = Command::new(cargo_bin!("mcp-scan"));
    command.current_dir(folder).env("PLANTED_IN_OURS", "planted-passed-7").env("TERM", "xterm");
    command.args(options).arg("--").args(target).output().unwrap()
}

/// What the server's script printed.
fn said(folder: &Path, options: &[&str], script: &str) -> String {
    let output = scan(folder, &[&["-f", "json"], options].concat(), &shell(script));
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let tool = &report["servers"][0]["tools"][0]["description"];
    tool.as_str().unwrap_or_else(|| panic!("{report:#}")).trim().to_owned()
}

fn sandbox_works() -> bool {
    let works =
        Command::new("bwrap").args(["--ro-bind", "/", "/", "--proc", "/proc", "--unshare-pid", "true"]).output();
    let works = works.is_ok_and(|output| output.status.success());
    // CI installs it, so that a skipped test is no passed one there.
    assert!(works || std::env::var_os("MCP_SCAN_TEST_NEEDS_BWRAP").is_none(), "bubblewrap does not work here");
    if !works {
        eprintln!("skipped: bubblewrap does not work here");
    }
    works
}

/// The sandboxes that work here.
fn sandboxes() -> Vec<&'static str> {
    let landlock = cfg!(target_os = "linux").then_some("landlock");
    sandbox_works().then_some("bwrap").into_iter().chain(landlock).collect()
}

#[test]
fn a_server_gets_little_of_our_environment() {
    let folder = tempfile::tempdir().unwrap();
    let names = |options: &[&str]| {
        let options = [&["--sandbox", "none"], options].concat();
        let names = said(folder.path(), &options, "env | sed -n 's/^\\([A-Za-z_]*\\)=.*/\\1/p' | sort | tr '\\n' ' '");
        names.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let has = |names: &[String], name: &str| names.iter().any(|n| n == name);
    let few = names(&[]);
    assert!(has(&few, "PATH") && has(&few, "HOME") && has(&few, "npm_config_cache"), "{few:?}");
    assert!(!has(&few, "PLANTED_IN_OURS") && !has(&few, "TERM") && !has(&few, "CARGO_MANIFEST_DIR"), "{few:?}");
    assert!(has(&names(&["--pass-env", "PLANTED_IN_OURS"]), "PLANTED_IN_OURS"));
    assert!(has(&names(&["--env", "NEW_ONE=x"]), "NEW_ONE"));
    assert!(has(&names(&["--inherit-env"]), "PLANTED_IN_OURS"));
    let missing = scan(folder.path(), &["--pass-env", "NOT_SET_ANYWHERE"], &shell("true"));
    assert_eq!(missing.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("NOT_SET_ANYWHERE is to be passed on"));
}

#[test]
fn the_home_and_the_folder_are_thrown_away_unless_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().canonicalize().unwrap();
    let here = here.to_str().unwrap();
    let places = |options: &[&str]| {
        said(&folder.path().canonicalize().unwrap(), options, "echo $HOME $PWD; touch left-behind || true")
    };
    let thrown = places(&["--sandbox", "none"]);
    assert!(thrown.contains("mcp-scan-") && !thrown.contains(here), "{thrown}");
    assert!(!Path::new(thrown.split(' ').next().unwrap()).exists());
    assert!(!folder.path().join("left-behind").exists());
    assert!(places(&["--sandbox", "none", "--home", "real"]).ends_with(here));
    assert!(folder.path().join("left-behind").exists());
    // A word that names something here says that the server is to start here.
    fs::write(folder.path().join("server.sh"), &shell("pwd")[2]).unwrap();
    let output = scan(folder.path(), &["-f", "json"], &["sh".into(), "server.sh".into()]);
    assert!(String::from_utf8_lossy(&output.stdout).contains(here));
}

#[test]
fn a_sandbox_leaves_only_the_throw_away_folder_to_write() {
    let folder = tempfile::tempdir().unwrap();
    if !sandbox_works() {
        return;
    }
    let shown = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let outside = shown.path().join("outside");
    let there = shown.path().display();
    let script = format!("touch $HOME/x && echo home; cd {there}; touch outside 2>&1 | grep -o 'Read-only.*'");
    assert_eq!(said(folder.path(), &["--sandbox", "bwrap"], &script), "home Read-only file system");
    assert!(!outside.exists());
    let interfaces = "ls /sys/class/net /proc/self/net/dev >/dev/null; tail -n +3 /proc/self/net/dev | cut -d: -f1 | tr -d ' ' | tr '\\n' ' '";
    assert_eq!(said(folder.path(), &["--offline"], interfaces), "lo");
    let connects = "python3 -c 'import socket; socket.socket()' 2>/dev/null && echo connects; echo done";
    assert_eq!(said(folder.path(), &["--offline", "--sandbox", "landlock"], connects), "done");
    let seen = said(folder.path(), &["--sandbox", "bwrap"], "ls -d /proc/[0-9]* | wc -l");
    assert!(seen.parse::<u32>().unwrap() < 12, "{seen} processes in sight");
}

#[test]
fn a_sandbox_that_is_asked_for_and_not_there_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let sh = which_sh();
    fs::create_dir(folder.path().join("bin")).unwrap();
    std::os::unix::fs::symlink(sh, folder.path().join("bin/sh")).unwrap();
    let error = |options: &[&str]| {
        let mut command = Command::new(cargo_bin!("mcp-scan"));
        let output = command.env("PATH", folder.path().join("bin")).args(options).args(["--", "sh"]).output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(error(&["--sandbox", "bwrap"]).contains("there is no bwrap"));
    assert!(error(&["--sandbox", "docker:node"]).contains("there is no docker"));
    assert!(error(&["--sandbox", "sandbox-exec"]).contains("sandbox-exec is not of this system"));
    assert!(error(&["--offline", "--sandbox", "none"]).contains("only a sandbox can keep a server from the network"));
}

fn which_sh() -> &'static str {
    if Path::new("/usr/bin/sh").exists() { "/usr/bin/sh" } else { "/bin/sh" }
}

#[test]
fn a_sandboxed_server_has_no_rights() {
    let folder = tempfile::tempdir().unwrap();
    let script = "grep -E '^(CapPrm|CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'; \
                  mount -o remount,rw / 2>&1; unshare -Ur true 2>/dev/null && echo namespace; touch /usr/planted /etc/planted";
    for sandbox in sandboxes() {
        let said = said(folder.path(), &["--sandbox", sandbox], script);
        for right in ["CapPrm:0000000000000000", "CapEff:0000000000000000", "NoNewPrivs:1", "Seccomp:2"] {
            assert!(said.contains(right), "{sandbox}: {said}");
        }
        assert!(!said.contains("namespace"), "{sandbox}: {said}");
        assert!(!Path::new("/usr/planted").exists() && !Path::new("/etc/planted").exists());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_sandboxed_server_cannot_change_settings_of_the_machine() {
    // Nothing is written: that they can be opened would be enough.
    let script = "for file in /proc/sys/kernel/core_pattern /proc/sys/vm/panic_on_oom /proc/sysrq-trigger /proc/irq/default_smp_affinity; \
                  do (: >> $file) 2>/dev/null && echo $file; done; echo done";
    let folder = tempfile::tempdir().unwrap();
    for sandbox in sandboxes() {
        assert_eq!(said(folder.path(), &["--sandbox", sandbox], script), "done", "{sandbox}");
    }
}

#[test]
fn a_home_is_out_of_sight_and_the_report_names_the_sandbox() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".ssh")).unwrap();
    fs::write(home.path().join(".ssh/id"), "planted-key-5").unwrap();
    let script = format!("cat {}/.ssh/id; echo read", home.path().display());
    let scanned = |sandbox: &str| {
        let mut command = Command::new(cargo_bin!("mcp-scan"));
        command.current_dir("/").env("HOME", home.path()).args(["-f", "json", "--sandbox", sandbox, "--"]);
        let output = command.args(shell(&script)).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let server = &report["servers"][0];
        let said = server["tools"][0]["description"].as_str().unwrap().trim().to_owned();
        (said, server["containment"].as_str().unwrap().to_owned(), String::from_utf8(output.stderr).unwrap())
    };
    for sandbox in sandboxes() {
        let (said, containment, warned) = scanned(sandbox);
        assert_eq!(said, "read", "{sandbox}");
        assert_eq!(containment, if sandbox == "bwrap" { "bubblewrap" } else { sandbox });
        assert!(!warned.contains("without a sandbox"), "{warned}");
    }
    let (said, containment, warned) = scanned("none");
    assert_eq!((said.as_str(), containment.as_str()), ("planted-key-5read", "none"));
    assert!(warned.starts_with("warning: starting sh without a sandbox") && warned.contains("~/.ssh"), "{warned}");
}

#[cfg(target_os = "linux")]
#[test]
fn only_what_the_launch_names_is_seen_besides_the_system() {
    let folder = tempfile::tempdir().unwrap();
    // Not below a home or a folder for temporary files, but for example in /work.
    let elsewhere = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let elsewhere = elsewhere.path().canonicalize().unwrap();
    fs::create_dir(elsewhere.join("data")).unwrap();
    for name in ["notes", "data/orders"] {
        fs::write(elsewhere.join(name), "planted-file").unwrap();
    }
    // A project of its own: the folder of build results may lie inside of a project, all of whose files would be shown.
    fs::write(elsewhere.join("data/package.json"), "{}").unwrap();
    let place = elsewhere.display();
    let (hidden, named) = (format!("{place}/notes").replace('/', "'/'"), format!("{place}/data"));
    for sandbox in sandboxes() {
        let options = ["--sandbox", sandbox];
        let script = format!(
            "cat {hidden} 2>/dev/null || echo hidden; cat {named}/orders; ls /usr/bin >/dev/null && echo programs"
        );
        assert_eq!(said(folder.path(), &options, &script), "hidden planted-fileprograms", "{sandbox}");
        let orders = format!("ORDERS={named}");
        let with = [&options[..], &["--env", &orders]].concat();
        assert_eq!(said(folder.path(), &with, "cat $ORDERS/orders"), "planted-file", "{sandbox}");
        for folder in ["/srv", "/mnt", "/boot", "/var/log"] {
            let script = format!("ls -A '{}' 2>/dev/null | wc -l", folder.replace('/', "'/'"));
            assert_eq!(said(elsewhere.as_path(), &options, &script), "0", "{sandbox}: {folder}");
        }
    }
}

/// Every Python of a virtual environment is a link to another, as are the programs of version managers.
#[test]
fn a_program_that_is_a_link_starts_with_what_stands_around_the_link() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let elsewhere = elsewhere.path().canonicalize().unwrap();
    let link = |to: &Path, at: &str| std::os::unix::fs::symlink(to, elsewhere.join(at)).unwrap();
    for place in ["venv/bin", "venv/lib", "base/bin", "base/lib", "shims", "secret"] {
        fs::create_dir_all(elsewhere.join(place)).unwrap();
    }
    for place in ["venv/lib/said", "base/lib/said", "secret/said"] {
        fs::write(elsewhere.join(place), format!("{place} ")).unwrap();
    }
    // A project of its own, as above.
    fs::write(elsewhere.join("base/package.json"), "{}").unwrap();
    fs::write(elsewhere.join("venv/pyvenv.cfg"), "home = /usr/bin\n").unwrap();
    fs::copy(which_sh(), elsewhere.join("base/bin/sh")).unwrap();
    link(Path::new(which_sh()), "venv/bin/sh");
    link(&elsewhere.join("base/bin/sh"), "venv/bin/sh2");
    link(Path::new("../venv/bin/sh2"), "shims/sh");
    let place = elsewhere.display().to_string().replace('/', "'/'");
    let script =
        format!("cat {place}'/'venv'/'lib'/'said {place}'/'base'/'lib'/'said {place}'/'secret'/'said 2>/dev/null");
    for sandbox in sandboxes() {
        for (program, seen) in [
            ("venv/bin/sh", "venv/lib/said"),
            ("venv/bin/sh2", "venv/lib/said base/lib/said"),
            ("shims/sh", "venv/lib/said base/lib/said"),
        ] {
            let mut target = shell(&script);
            target[0] = elsewhere.join(program).display().to_string();
            for path in ["/usr/bin:/bin".to_owned(), format!("{}:/usr/bin:/bin", elsewhere.join("venv/bin").display())]
            {
                let mut command = Command::new(cargo_bin!("mcp-scan"));
                command.current_dir(folder.path()).env("PATH", &path).args(["-f", "json", "--sandbox", sandbox, "--"]);
                let output = command.args(&target).output().unwrap();
                let report: Value = serde_json::from_slice(&output.stdout)
                    .unwrap_or_else(|_| panic!("{sandbox} {program}: {}", String::from_utf8_lossy(&output.stderr)));
                let said = report["servers"][0]["tools"][0]["description"].as_str().unwrap_or_default().trim();
                let told = String::from_utf8_lossy(&output.stderr);
                // What a link in a folder of PATH leads to is seen as well.
                assert!(
                    said.starts_with(seen) && !said.contains("secret"),
                    "{sandbox} {program} {path}: {said} {told}"
                );
            }
        }
        let fails = ["sh", "-c", "echo no luck >&2; exit 3"].map(str::to_owned);
        let output = scan(folder.path(), &["--sandbox", sandbox], &fails);
        let told = String::from_utf8_lossy(&output.stderr);
        let name = if sandbox == "bwrap" { "bubblewrap" } else { "Landlock" };
        assert!(told.contains(&format!("it ran in a sandbox ({name})")) && told.contains("--sandbox none"), "{told}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_sandboxed_server_makes_no_unusual_sockets() {
    let folder = tempfile::tempdir().unwrap();
    // The host of a virtual machine, the kernel's messages to programs, cryptography of the kernel, raw packets.
    let script = "python3 -c 'import socket as s
def made(family, kind=s.SOCK_DGRAM, protocol=0):
    try:
        s.socket(family, kind, protocol)
        return 1
    except OSError:
        return 0
print(made(s.AF_INET), made(s.AF_INET6), made(s.AF_NETLINK, s.SOCK_RAW, 0), made(s.AF_VSOCK, s.SOCK_STREAM), made(s.AF_NETLINK, s.SOCK_RAW, 16), made(38, 5), made(17, s.SOCK_RAW))'";
    for sandbox in sandboxes() {
        assert_eq!(said(folder.path(), &["--sandbox", sandbox], script), "1 1 1 0 0 0 0", "{sandbox}");
    }
}

#[test]
fn sockets_of_other_programs_are_out_of_reach() {
    use std::os::unix::net::{UnixListener, UnixStream};
    // One where all is hidden, one where the file system can be seen, one without a path.
    let hidden = tempfile::tempdir().unwrap();
    let seen = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let paths = [hidden.path().join("s"), seen.path().join("s")];
    let listeners: Vec<UnixListener> = paths.iter().map(|path| UnixListener::bind(path).unwrap()).collect();
    let name = format!("mcp-scan-test-{}", std::process::id());
    let address = <std::os::unix::net::SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(&name);
    let abstract_listener = UnixListener::bind_addr(&address.unwrap()).unwrap();
    assert!(paths.iter().all(|path| UnixStream::connect(path).is_ok()));
    let connect = |address: &str| {
        format!(
            "python3 -c \"import socket; socket.socket(socket.AF_UNIX).connect({address}); print('reached')\" 2>/dev/null; "
        )
    };
    let quoted = paths.iter().map(|path| format!("'{}'", path.display()));
    let script: String = quoted.chain([format!("chr(0) + '{name}'")]).map(|address| connect(&address)).collect();
    let folder = tempfile::tempdir().unwrap();
    for sandbox in sandboxes() {
        assert_eq!(said(folder.path(), &["--sandbox", sandbox], &format!("{script} echo done")), "done", "{sandbox}");
    }
    drop((listeners, abstract_listener));
}

#[test]
fn what_a_server_changes_in_a_package_cache_is_thrown_away() {
    if !sandbox_works() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let cached = home.path().join(".npm/_npx/1/server.js");
    fs::create_dir_all(cached.parent().unwrap()).unwrap();
    fs::write(&cached, "as published").unwrap();
    let script = "cat $npm_config_cache/_npx/1/server.js; echo changed > $npm_config_cache/_npx/1/server.js; \
                  touch $npm_config_cache/new; cat $npm_config_cache/_npx/1/server.js";
    let mut command = Command::new(cargo_bin!("mcp-scan"));
    command.current_dir("/").env("HOME", home.path()).args(["-f", "json", "--sandbox", "bwrap", "--"]);
    let output = command.args(shell(script)).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let said = report["servers"][0]["tools"][0]["description"].as_str().unwrap();
    assert_eq!(said.trim(), "as publishedchanged", "the cache serves, and can be written");
    assert_eq!(fs::read_to_string(&cached).unwrap(), "as published");
    assert!(!home.path().join(".npm/new").exists());
}

#[test]
fn no_environment_but_its_own_is_readable_for_a_server() {
    let folder = tempfile::tempdir().unwrap();
    // Every process that led to this one, and all others that may be looked into.
    let script = "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -a -o 'planted-passed-[0-9]' | head -n 1; echo done";
    for sandbox in sandboxes().into_iter().chain(["none"]) {
        assert_eq!(said(folder.path(), &["--sandbox", sandbox], script), "done", "{sandbox}");
    }
}

#[test]
fn a_container_gets_its_variables_in_a_file_and_is_removed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (engine, log) = (folder.path().join("docker"), folder.path().join("log"));
    // It starts the program of the container here, with the variables of the file.
    let script = format!(
        "#!/bin/sh\necho \"$*\" >> {}\n[ \"$1\" = run ] || exit 0\n\
         while [ \"$1\" != --entrypoint ]; do case $1 in --env-file=*) set -a; . \"${{1#*=}}\"; set +a;; esac; shift; done\n\
         program=$2; shift 3; exec \"$program\" \"$@\"\n",
        log.display()
    );
    fs::write(&engine, script).unwrap();
    fs::set_permissions(&engine, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let scanned = |sandbox: &str| {
        let mut command = Command::new(cargo_bin!("mcp-scan"));
        command.current_dir("/").env("PATH", &path).args(["-f", "json", "--env", "SHOP=planted-env-6"]);
        let output =
            command.args(["--sandbox", sandbox, "--offline", "--"]).args(shell("echo $SHOP | cut -c1-7")).output();
        serde_json::from_slice::<Value>(&output.unwrap().stdout).unwrap()
    };
    let report = scanned("docker:shop");
    assert_eq!(report["servers"][0]["containment"], "docker", "{report:#}");
    assert_eq!(report["servers"][0]["tools"][0]["description"].as_str().unwrap().trim(), "planted");
    let log = fs::read_to_string(log).unwrap();
    let name = log.split_once("--name=").unwrap().1.split(' ').next().unwrap();
    assert!(log.contains("--cap-drop=ALL") && log.contains("--network=none") && !log.contains("planted-env"), "{log}");
    assert!(log.ends_with(&format!("rm --force {name}\n")), "{log}");
    let report = scanned("docker");
    assert!(report["errors"][0]["why"].as_str().unwrap().contains("no container image is known for sh"), "{report:#}");
}

/// Processes that run `sleep` for this long.
#[cfg(target_os = "linux")]
fn sleepers(seconds: &str) -> usize {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let words = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    words.filter(|words| String::from_utf8_lossy(words).contains(seconds)).count()
}

#[cfg(target_os = "linux")]
fn wait_until(what: &str, is_true: impl Fn() -> bool) {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !is_true() {
        assert!(std::time::Instant::now() < until, "{what}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_daemon_survives_a_scan_or_the_death_of_the_scanner() {
    for (at, sandbox) in sandboxes().into_iter().chain(["none"]).enumerate() {
        let seconds = format!("{}.{at}", 1_000_000 + std::process::id());
        // A session of its own, no variable of ours, and a parent that has ended.
        let daemon = format!("(setsid env -i {} {seconds} >/dev/null 2>&1 </dev/null &)", sleep_program());
        let folder = tempfile::tempdir().unwrap();
        said(folder.path(), &["--sandbox", sandbox], &format!("{daemon}; echo up"));
        assert_eq!(sleepers(&seconds), 0, "{sandbox}: after a scan");
        for signal in ["KILL", "QUIT"] {
            let temporary = tempfile::tempdir().unwrap();
            let mut scanner = Command::new(cargo_bin!("mcp-scan"))
                .args([
                    "-q",
                    "--sandbox",
                    sandbox,
                    "--",
                    "sh",
                    "-c",
                    &format!("{daemon}; exec {} {seconds}", sleep_program()),
                ])
                .env("TMPDIR", temporary.path())
                .env("XDG_CACHE_HOME", temporary.path())
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            wait_until("the server is up", || sleepers(&format!("sleep\0{seconds}")) >= 2);
            let killed = Command::new("kill").args([format!("-{signal}"), scanner.id().to_string()]).status().unwrap();
            assert!(killed.success() && !scanner.wait().unwrap().success());
            wait_until(&format!("{sandbox}: nothing is left after SIG{signal}"), || sleepers(&seconds) == 0);
            let is_empty = || fs::read_dir(temporary.path()).unwrap().next().is_none();
            wait_until(&format!("{sandbox}: the folder is gone after SIG{signal}"), is_empty);
        }
    }
}

#[cfg(target_os = "linux")]
fn sleep_program() -> &'static str {
    if Path::new("/usr/bin/sleep").exists() { "/usr/bin/sleep" } else { "/bin/sleep" }
}
