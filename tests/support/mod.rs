//! What tests of real processes share: the servers they start, and what is left of them.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The built example `name`. `cargo test` puts it beside the tests; built here if only one file is tested.
pub fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    // TARGET/PROFILE/deps/TEST
    let profile = test.parent().and_then(Path::parent).unwrap();
    let program = profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        let built_as = profile.file_name().unwrap().to_str().unwrap();
        let built = std::process::Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked", "--example", name])
            .args(["--profile", if built_as == "debug" { "dev" } else { built_as }])
            .arg("--target-dir")
            .arg(profile.parent().unwrap())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(built.unwrap().success(), "{name} builds");
    }
    program
}

/// Processes with `mark` in their command line. One that has ended and only waits to be collected has none.
#[cfg(target_os = "linux")]
fn alive(mark: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let words = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    words.map(|words| String::from_utf8_lossy(&words).replace('\0', " ")).filter(|words| words.contains(mark)).collect()
}

/// Processes with `mark` in their command line, without those that have ended and only wait to be collected.
#[cfg(not(target_os = "linux"))]
fn alive(mark: &str) -> Vec<String> {
    let output = std::process::Command::new("ps").args(["-A", "-o", "stat=,args="]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().filter(|line| line.contains(mark) && !line.starts_with('Z')).map(str::to_owned).collect()
}

/// No process with `mark` is left, or none two seconds from now.
pub fn assert_nothing_left(mark: &str) {
    let until = Instant::now() + Duration::from_secs(2);
    while !alive(mark).is_empty() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(alive(mark), Vec::<String>::new());
}
