//! Finds tools that are meant for an app alone.

use crate::model::Tool;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "a tool whose _meta.ui.visibility leaves out the model";

pub(crate) fn find(tool: &Tool) -> Option<String> {
    let visibility = tool.app.as_ref()?.visibility.as_ref()?;
    let is_hidden = !visibility.iter().any(|who| who == "model");
    is_hidden.then(|| {
        "The tool is hidden from the model, yet a client that does not know apps offers it to the model.".to_owned()
    })
}
