//! Where this program keeps what it must remember of the user: approvals, what `add` wrote, what a hook has counted.

use std::env;
use std::path::PathBuf;

/// The folder in which this program keeps what it must remember of the user.
pub(crate) fn state_folder() -> Option<PathBuf> {
    let named = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = match () {
        () if cfg!(windows) => named("LOCALAPPDATA"),
        () if cfg!(target_os = "macos") => env::home_dir().map(|home| home.join("Library/Application Support")),
        () => named("XDG_STATE_HOME").or_else(|| Some(env::home_dir()?.join(".local/state"))),
    };
    Some(state?.join("mcp-scan"))
}
