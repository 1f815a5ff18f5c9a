//! What a build does to the folder it writes into, and to what is there already.

use std::fs;

use mcp_scan::catalogue::{Error, Summary};

use super::reports::{everything, hostile, report, shop};
use super::write;

#[test]
fn only_what_changed_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("new/site");
    let first = write(&everything(), &root).unwrap();
    assert_eq!((first.written, first.removed), (first.pages, 0));
    let second = write(&everything(), &root).unwrap();
    assert_eq!(second, Summary { written: 0, ..first });

    let mut changed = everything();
    changed.servers[0].tools[0].tool.description = Some("Says something else.".into());
    let third = write(&changed, &root).unwrap();
    assert!(third.written > 0 && third.written < 20, "{third:?}");
}

#[test]
fn what_vanished_is_removed_and_what_is_foreign_stays() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    write(&report(vec![shop(), hostile()]), root).unwrap();
    fs::write(root.join("CNAME"), "catalogue.example").unwrap();
    let shop_folder = root.join("servers").join(shop().slug);
    fs::write(shop_folder.join("notes.txt"), "mine").unwrap();
    let hostile_folder = root.join("servers").join(hostile().slug);
    assert!(hostile_folder.exists());

    let mut smaller = report(vec![shop()]);
    let gone = smaller.servers[0].tools.remove(0);
    let summary = write(&smaller, root).unwrap();
    assert!(summary.removed > 15, "{summary:?}");
    assert!(!shop_folder.join(gone.slug).exists() && !hostile_folder.exists());
    assert_eq!(fs::read_to_string(root.join("CNAME")).unwrap(), "catalogue.example");

    write(&report(vec![]), root).unwrap();
    assert_eq!(fs::read_to_string(shop_folder.join("notes.txt")).unwrap(), "mine");
}

#[test]
fn a_folder_of_somebody_else_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("thesis.txt"), "years of work").unwrap();
    let error = write(&everything(), dir.path()).unwrap_err();
    assert!(matches!(error, Error::NotASite { .. }));
    assert!(error.to_string().contains("name a new or an empty folder"), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_foreign_file_in_the_way_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    write(&report(vec![]), dir.path()).unwrap();
    let mine = dir.path().join("servers").join(shop().slug);
    fs::create_dir_all(&mine).unwrap();
    fs::write(mine.join("index.html"), "mine").unwrap();
    assert!(matches!(write(&report(vec![shop()]), dir.path()), Err(Error::Foreign { .. })));
    assert_eq!(fs::read_to_string(mine.join("index.html")).unwrap(), "mine");
}

#[test]
fn nothing_is_written_outside_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("site");
    write(&everything(), &root).unwrap();
    let beside: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(beside, ["site"]);

    // Even a report that was made by hand, past the slugs.
    for evil in ["../../../out", "/tmp/out", "a/b", "..", "", "a\\..\\b", "c:out"] {
        let mut report = report(vec![shop()]);
        report.servers[0].tools[0].slug = evil.into();
        let fresh = dir.path().join("fresh");
        assert!(matches!(write(&report, &fresh), Err(Error::UnsafePath { .. })) || evil == "a/b", "{evil}");
        assert!(!dir.path().join("out").exists());
    }
}

#[cfg(unix)]
#[test]
fn pages_are_for_others_to_read() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    write(&report(vec![]), dir.path()).unwrap();
    let mode = |name: &str| fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
    fs::write(dir.path().join("plain"), "").unwrap();
    assert_eq!(mode("index.html"), mode("plain"));
}
