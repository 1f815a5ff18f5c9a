//! The configuration of a test's folder, named as a user of a script names it: one that only lies there is not trusted.

use std::path::Path;

/// `args` with the configuration of `folder` named, where it has one and they say nothing of it.
pub fn with_config(folder: &Path, args: &str) -> Vec<String> {
    let mut words: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
    let says = words.iter().any(|word| word == "--config" || word == "--no-config" || word == "init");
    if folder.join("mcp-scan.yaml").is_file() && !says {
        let at = match words.first().map(String::as_str) {
            Some("policy") => 2,
            Some("explain" | "catalogue") => 1,
            _ => 0,
        };
        words.splice(at..at, ["--config".to_owned(), "mcp-scan.yaml".to_owned()]);
    }
    words
}
