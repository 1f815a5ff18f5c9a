//! The folder for state that persists between runs: approvals, records of `add`, and the counters of hooks.

use std::env;
use std::path::{Path, PathBuf};

use crate::guard::state::{StateError, StateLocation};

/// Where calls are counted: the place that `--state` names, else the user's state folder. `None` if the system defines none.
pub(crate) fn state_location(named: Option<&str>) -> Result<Option<StateLocation>, StateError> {
    match named {
        Some(text) => StateLocation::parse(text).map(Some),
        None => Ok(state_folder().map(StateLocation::in_path)),
    }
}

/// The user's state folder for this program. `None` if the system defines none.
pub(crate) fn state_folder() -> Option<PathBuf> {
    let named = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = match () {
        () if cfg!(windows) => named("LOCALAPPDATA"),
        () if cfg!(target_os = "macos") => env::home_dir().map(|home| home.join("Library/Application Support")),
        () => named("XDG_STATE_HOME").or_else(|| Some(env::home_dir()?.join(".local/state"))),
    };
    Some(state?.join("mcp-scan"))
}

/// True if the state folder stands in `folder`. Then it proves nothing about what is there: who can change the files of a
/// repository can also put records of runs and approvals beside them. The home is no repository.
pub(crate) fn is_state_in(folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    let home = env::home_dir().and_then(|home| home.canonicalize().ok());
    if home.is_some_and(|home| home.starts_with(&folder)) {
        return false;
    }
    let state = state_folder();
    let existing = state.iter().flat_map(|state| state.ancestors()).find_map(|place| place.canonicalize().ok());
    existing.is_some_and(|place| place.starts_with(folder))
}
