//! What a run writes and where: reports, policies and sites, never over what is read and never in part.

use std::fs;
use std::process::Command as Process;

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;

use super::{Run, fixtures, folder, lines, names, run};

#[test]
fn nothing_is_written_where_it_cannot_be_and_no_half_file_is_left() {
    let dir = folder();
    let before = names(dir.path());
    for option in ["-o", "--policy"] {
        for place in ["no/such/folder/x", "."] {
            let Run(code, out, err) = run(dir.path(), &format!("{option} {place} shop.json"));
            assert_eq!((code, out.as_str()), (2, ""), "{option} {place}: {err}");
            assert!(err.starts_with("error: could not write the ") && err.contains("help: "), "{err}");
        }
    }
    assert_eq!(names(dir.path()), before);
    let Run(code, out, _) = run(dir.path(), "-o report.json -f json shop.json");
    assert_eq!((code, out.as_str()), (0, ""));
    let report: Value = serde_json::from_str(&fs::read_to_string(dir.path().join("report.json")).unwrap()).unwrap();
    assert_eq!(report["servers"][0]["name"], "shop");
    assert_eq!(names(dir.path()).len(), before.len() + 1);
}

#[cfg(unix)]
#[test]
fn no_link_of_a_repository_leads_an_output_out_of_it() {
    let (dir, other) = (folder(), tempfile::tempdir().unwrap());
    fs::create_dir_all(dir.path().join(".git")).unwrap();
    fs::create_dir_all(dir.path().join("real/in")).unwrap();
    std::os::unix::fs::symlink(other.path(), dir.path().join("reports")).unwrap();
    std::os::unix::fs::symlink("real", dir.path().join("inside")).unwrap();
    fs::write(other.path().join("kept"), "kept").unwrap();
    std::os::unix::fs::symlink(other.path().join("kept"), dir.path().join("report.json")).unwrap();
    let options = ["-f json -o", "--policy", "--fail-on high --update-baseline --baseline", "--catalogue", "--resume"];
    let tries = options.map(|option| format!("{option} reports/new.json shop.json"));
    for option in tries.iter().map(String::as_str).chain(["-f json -o report.json shop.json"]) {
        let Run(code, _, err) = run(dir.path(), option);
        assert_eq!(code, 2, "{option}: {err}");
        assert!(err.contains("a link in its path leads out of this repository, to "), "{option}: {err}");
        assert_eq!(names(other.path()), ["kept"], "{option}");
        assert_eq!(fs::read_to_string(other.path().join("kept")).unwrap(), "kept");
    }
    for place in ["inside/in/x.json".to_owned(), other.path().join("x.json").display().to_string()] {
        assert_eq!(run(dir.path(), &format!("-f json -o {place} shop.json")).0, 0, "{place}");
    }
}

#[cfg(unix)]
#[test]
fn what_only_its_owner_may_read_stays_so() {
    use std::os::unix::fs::PermissionsExt;
    let dir = folder();
    let report = dir.path().join("report.json");
    for mode in [0o600, 0o640, 0o664] {
        fs::write(&report, "").unwrap();
        fs::set_permissions(&report, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(run(dir.path(), "-o report.json -f json shop.json").0, 0);
        assert_eq!(fs::metadata(&report).unwrap().permissions().mode() & 0o777, mode);
    }
}

#[test]
fn one_run_writes_report_policy_and_site() {
    let dir = folder();
    let Run(code, out, err) = run(dir.path(), "--policy policy.yaml --catalogue site shop.json");
    assert_eq!((code, out), (0, run(dir.path(), "shop.json").1));
    assert!(err.contains("wrote policy.yaml: a policy of 2 rules\n"), "{err}");
    let policy = fs::read_to_string(dir.path().join("policy.yaml")).unwrap();
    assert!(policy.contains("get_a:") && policy.contains("get_b:") && policy.contains("default: deny"));
    let pages = |tool: &str| dir.path().join("site/servers/shop").join(tool).join("index.html");
    assert!(fs::read_to_string(pages("get_a")).unwrap().contains("get_a") && pages("get_b").exists());
    assert_eq!(run(dir.path(), "-q --policy policy.yaml --catalogue site shop.json").2, "");
    for format in ["seed", "policylayer"] {
        let args = format!("--policy p-{format} --policy-format {format} shop.json");
        assert_eq!(run(dir.path(), &args).0, 0);
        assert!(fs::read_to_string(dir.path().join(format!("p-{format}"))).unwrap().contains("get_a"));
    }
}

#[test]
fn each_of_several_servers_gets_a_policy_of_its_own() {
    let dir = folder();
    let Run(code, out, _) = run(dir.path(), "-f jsonl --policy policy.yaml tools.jsonl shop.json");
    let of_tools = lines(&out).iter().filter(|line| line.get("name").is_some()).count();
    assert_eq!((code, of_tools), (0, 6));
    let policies: Vec<String> = names(dir.path()).into_iter().filter(|name| name.starts_with("policy")).collect();
    assert_eq!(policies, ["policy-s1.yaml", "policy-shop.yaml", "policy-tools.yaml"]);
}

#[test]
fn a_catalogue_is_built_from_saved_reports() {
    let dir = folder();
    assert_eq!(run(dir.path(), "-f json -o report.json shop.json").0, 0);
    assert_eq!(run(dir.path(), "--catalogue scanned shop.json").0, 0);
    let Run(code, out, err) = run(dir.path(), "catalogue report.json -o site --title Ours");
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert!(err.contains("wrote site/index.html: a catalogue of "), "{err}");
    let page = |site: &str| fs::read_to_string(dir.path().join(site).join("servers/shop/get_a/index.html")).unwrap();
    assert_eq!(page("site").replace("Ours", "MCP tool catalogue"), page("scanned"));
    let again = run(dir.path(), "catalogue report.json -o site --title Ours").2;
    assert!(again.contains("(0 written, 0 removed)"), "{again}");
    let Run(code, _, err) = run(dir.path(), "catalogue no.json report.json tools.jsonl -o site");
    assert!(code == 3 && err.contains("error: could not read the report: no.json"), "{err}");
    assert!(dir.path().join("site/servers/tools/index.html").exists());
    assert_eq!(run(dir.path(), "catalogue report.json -o site --base-url ftp://x").0, 2);
    assert_eq!(run(dir.path(), "catalogue report.json -o site --theme no-such").0, 2);
}

#[test]
fn of_nothing_that_was_read_nothing_is_written() {
    let dir = folder();
    let before = names(dir.path());
    let Run(code, _, err) = run(dir.path(), "--policy policy.yaml --catalogue site text.json");
    assert_eq!((code, names(dir.path())), (3, before));
    assert!(err.contains("warning: no policy and no catalogue was written"), "{err}");
}

#[test]
fn a_site_is_not_written_into_a_file_or_among_files_of_others() {
    let dir = folder();
    let Run(code, out, err) = run(dir.path(), "--catalogue text.json shop.json");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("could not write the catalogue: text.json\n  it is a file"), "{err}");
    let before = names(dir.path());
    let Run(code, out, err) = run(dir.path(), "--catalogue . shop.json");
    assert_eq!((code, out.as_str()), (2, ""), "known before the work");
    assert!(err.contains("error: could not write the catalogue: ."), "{err}");
    assert_eq!(names(dir.path()), before);
}

#[test]
fn no_place_is_written_twice_and_no_listing_is_lost() {
    let dir = folder();
    let before = names(dir.path());
    for same in ["same", "./same", &dir.path().join("same").display().to_string()] {
        let Run(code, _, err) = run(dir.path(), &format!("-o same --policy {same} shop.json"));
        assert_eq!(code, 2);
        assert!(err.contains("the report goes to the same file"), "{err}");
    }
    for args in ["-o ./shop.json shop.json", "--policy shop.json shop.json", "-f jsonl -o tools.jsonl tools.jsonl"] {
        let Run(code, out, err) = run(dir.path(), args);
        assert_eq!((code, out.as_str()), (2, ""), "{args}");
        assert!(err.contains("would be lost\nhelp: give another path"), "{err}");
    }
    assert_eq!(names(dir.path()), before);
}

#[test]
fn two_runs_write_the_same_bytes_everywhere() {
    let dir = tempfile::tempdir().unwrap();
    let files = |run_name: &str| {
        let root = dir.path().join(run_name);
        fs::create_dir(&root).unwrap();
        let mut open = vec![root.clone()];
        for format in ["intercept", "seed", "policylayer"] {
            let place = |name: &str| root.join(name).display().to_string();
            let (policy, site, report) = (place(&format!("{format}.txt")), place("site"), place("report.json"));
            let args = format!(
                "-f json --no-fail-on-attack -o {report} --policy {policy} --policy-format {format} --catalogue {site} ."
            );
            let Run(code, _, err) = run(&fixtures(), &args);
            assert_eq!(code, 0, "{err}");
        }
        let mut found = Vec::new();
        while let Some(folder) = open.pop() {
            for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.push((path.strip_prefix(&root).unwrap().to_owned(), fs::read(&path).unwrap()));
                }
            }
        }
        found.sort();
        found
    };
    let (first, second) = (files("first"), files("second"));
    assert!(first.len() > 50);
    for ((path, bytes), (other, again)) in first.iter().zip(&second) {
        assert_eq!(path, other);
        assert!(bytes == again, "{} differs", path.display());
    }
    assert_eq!(first.len(), second.len());
}

#[test]
fn no_output_replaces_what_is_read_by_whatever_way() {
    let dir = folder();
    let shop = fs::read_to_string(dir.path().join("shop.json")).unwrap();
    fs::create_dir(dir.path().join("listings")).unwrap();
    fs::write(dir.path().join("listings/a.json"), &shop).unwrap();
    fs::hard_link(dir.path().join("shop.json"), dir.path().join("hard.json")).unwrap();
    fs::create_dir(dir.path().join("site")).unwrap();
    fs::write(dir.path().join("site/in.json"), &shop).unwrap();
    let before = names(dir.path());
    for args in [
        "-o hard.json shop.json",
        "-o listings/a.json listings",
        "--policy listings/a.json --policy-format claude-code listings",
        "--fail-on low --baseline shop.json --update-baseline shop.json",
        "lock -o shop.json shop.json",
        "diff --against shop.json -o shop.json hard.json",
        "catalogue -o site site/in.json",
        "--catalogue site -o site/report.json shop.json",
        "-o ./cat -- cat cat",
    ] {
        fs::write(dir.path().join("cat"), "x").unwrap();
        let Run(code, out, err) = run(dir.path(), args);
        assert_eq!((code, out.as_str()), (2, ""), "{args}: {err}");
        assert_eq!(fs::read_to_string(dir.path().join("shop.json")).unwrap(), shop, "{args}");
        assert_eq!(fs::read_to_string(dir.path().join("listings/a.json")).unwrap(), shop, "{args}");
    }
    fs::remove_file(dir.path().join("cat")).unwrap();
    assert_eq!(names(dir.path()), before);
    // A file on standard input is an input too.
    let opened = fs::File::options().read(true).write(true).open(dir.path().join("shop.json")).unwrap();
    let mut redirected = Process::new(cargo_bin!("mcp-scan"));
    redirected.current_dir(dir.path()).args(["-o", "hard.json", "-"]).stdin(opened);
    assert_eq!(redirected.output().unwrap().status.code(), Some(2));
    assert_eq!(fs::read_to_string(dir.path().join("shop.json")).unwrap(), shop);
    // Other files of a folder that is scanned may be written.
    assert_eq!(run(dir.path(), "-f sarif -o listings/report.sarif listings").0, 0);
}
