//! No secret that the program is told comes out of it in any form.

use std::fs;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

use super::{scan, shell};

/// Every value that was planted begins so; the program is told in many ways and may repeat none.
const PLANTED: &str = "planted-";

/// All that a run wrote, in files and on its streams.
fn everything(output: &Output, folder: &TempDir) -> String {
    let mut all = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for entry in walkdir::WalkDir::new(folder.path()).into_iter().flatten().filter(|entry| entry.file_type().is_file())
    {
        all.push_str(&entry.path().display().to_string());
        all.push_str(&String::from_utf8_lossy(&fs::read(entry.path()).unwrap()));
    }
    all
}

const FORMS: [&[&str]; 5] = [
    &["-v"],
    &["-v", "-f", "json"],
    &["-v", "-f", "jsonl"],
    &["-v", "--policy", "policy.yaml"],
    &["-v", "--catalogue", "site"],
];

#[test]
fn no_secret_of_a_started_server_comes_out_in_any_form() {
    const GIVEN: [&str; 4] = ["--env", "SHOP_KEY=planted-env-1", "--pass-env", "PLANTED_IN_OURS"];
    // It repeats all it was given: in its tool, and on standard error before it fails.
    let repeats = "echo $SHOP_KEY $PLANTED_IN_OURS planted-argument-2 planted-query-3 planted-password-4";
    let secrets = ["--token", "planted-argument-2", "--url=https://me:planted-password-4@x.example/?k=planted-query-3"];
    let fails = ["sh".into(), "-c".into(), format!("({repeats}) >&2; {repeats}; exit 1")];
    for form in FORMS {
        for server in [shell(repeats), fails.clone()] {
            let folder = tempfile::tempdir().unwrap();
            let target = [&server[..], &["sh".to_owned()], &secrets.map(str::to_owned)].concat();
            // The script itself holds what it repeats; a command line is shown, so here it is a file.
            fs::write(folder.path().join("server.sh"), &target[2]).unwrap();
            let target = [&["sh".to_owned(), "server.sh".to_owned()], &target[4..]].concat();
            let output = scan(folder.path(), &[&GIVEN[..], form].concat(), &target);
            fs::remove_file(folder.path().join("server.sh")).unwrap();
            let all = everything(&output, &folder);
            assert!(all.contains("***"), "{form:?}: nothing was hidden: {all}");
            let found = all.find(PLANTED).map(|at| all[at.saturating_sub(80)..].chars().take(160).collect::<String>());
            assert_eq!(found, None, "{form:?} {:?}", output.status.code());
        }
    }
}

#[test]
fn no_secret_of_an_address_comes_out_in_any_form() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // It repeats every request in its refusal.
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // The whole request is read: a connection that is closed over unread bytes is reset.
            stream.set_read_timeout(Some(std::time::Duration::from_millis(200))).unwrap();
            let mut request = Vec::new();
            let _ = (&stream).take(8_192).read_to_end(&mut request);
            let request = String::from_utf8_lossy(&request).replace(['\r', '\n'], " ");
            let length = request.len();
            let _ = write!(
                stream,
                "HTTP/1.1 500 No\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{request}"
            );
        }
    });
    let address = format!("http://127.0.0.1:{port}/mcp?token=planted-query-2");
    for form in FORMS {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new(cargo_bin!("mcp-scan"))
            .current_dir(folder.path())
            .args(form)
            .args(["--header", "Authorization: Bearer planted-header-3", "--header", "X-Shop: planted-header-4"])
            .arg(&address)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3));
        let all = everything(&output, &folder);
        assert!(all.contains("HTTP 500") && all.contains("***"), "{all}");
        assert!(!all.contains(PLANTED), "{form:?}: {all}");
    }
}
