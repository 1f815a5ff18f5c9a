//! The folders that a server works in, by its own launch arguments.

use crate::model::Server;
use crate::rules::{Ruleset, Settings};

/// The setting that says which folders paths may lead into.
const PATH_ROOT: &str = "path-root";

/// The settings for `server`: those of the run, and the folders that its command names where none is set.
pub(crate) fn settings(server: &Server, ruleset: &Ruleset) -> Settings {
    ruleset.settings.or(PATH_ROOT, folders(&server.target))
}

/// The absolute folders among the arguments of a command. The first word is the program; a path that ends like a file is
/// not a folder.
fn folders(command: &str) -> Vec<String> {
    let words = command.split_whitespace().skip(1).map(|word| word.trim_matches(['"', '\'']));
    words.filter(|word| is_folder(word)).map(|word| word.trim_end_matches('/').to_owned()).collect()
}

fn is_folder(word: &str) -> bool {
    let is_absolute = word.starts_with('/')
        || matches!(word.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic());
    let last = word.rsplit(['/', '\\']).find(|part| !part.is_empty());
    is_absolute && last.is_some_and(|last| !last.contains('.') || last.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_absolute_arguments() {
        assert_eq!(folders("npx -y @example/files /srv/project /data/"), ["/srv/project", "/data"]);
        assert_eq!(folders("/usr/bin/node /opt/server/index.js"), [""; 0]);
        assert_eq!(folders(r"server C:\work '/home/mia/a b'"), [r"C:\work", "/home/mia/a"]);
        assert_eq!(folders("https://example.com/mcp"), [""; 0]);
        assert_eq!(folders("server / src"), [""; 0]);
    }
}
