//! What a user may choose about a site.

use url::Url;

use super::theme::Theme;
use crate::policy::dialect::Dialect;

/// What a user may choose about a site.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name of the site, shown on every page.
    pub title: String,
    /// The address that the site will have, which ends with a slash; some pages can be named to others only with it.
    pub base_url: Option<Url>,
    /// How it looks.
    pub theme: Theme,
    /// The formats in which policies are shown and can be downloaded, the one that opens first.
    pub formats: Vec<Dialect>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            title: "MCP tool catalogue".into(),
            base_url: None,
            theme: Theme::default(),
            formats: Dialect::all().collect(),
        }
    }
}
