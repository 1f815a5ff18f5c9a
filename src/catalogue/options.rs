//! Options of a site.

use url::Url;

use super::theme::Theme;
use crate::policy::dialect::Dialect;

/// Options of a site.
#[derive(Debug, Clone)]
pub struct Options {
    /// The title of the site, shown on every page.
    pub title: String,
    /// The URL of the published site, with a trailing slash. The sitemap and absolute links need it.
    pub base_url: Option<Url>,
    /// The templates and assets.
    pub theme: Theme,
    /// The policy formats that the site shows and offers for download. The first one is the open tab.
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
