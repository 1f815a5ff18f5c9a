//! A server for tests of agreements.

use std::path::{Path, PathBuf};

use crate::support::example;

/// The built example `name` in a folder of its own: an agreement covers the whole folder of a program, and that of all
/// examples is larger than what one covers.
pub fn example_alone(name: &str) -> PathBuf {
    let program = example(name);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("alone").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let alone = folder.join(program.file_name().unwrap());
    // Tests in other processes make the same link.
    let fresh = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let link = fresh.path().join(name);
    std::fs::hard_link(&program, &link).unwrap();
    std::fs::rename(&link, &alone).unwrap();
    alone
}
