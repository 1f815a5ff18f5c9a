//! The path of each page, relative to the site folder. Each page is the `index.html` of its own folder, so that its
//! JSON and other files can sit next to it. Later parts of a long list are `index-2.html` and so on; slugs contain no
//! dot, so these names cannot clash.

use crate::model::{Category, Severity};
use crate::policy::dialect::Dialect;

pub(crate) const HOME: &str = "index.html";
/// The page that a web server shows for an unknown URL.
pub(crate) const NOT_FOUND: &str = "404.html";

/// Part `part` (from 1) of the server list.
pub(crate) fn servers(part: usize) -> String {
    format!("servers/{}", index(part))
}

/// Part `part` (from 1) of a server's page.
pub(crate) fn server(slug: &str, part: usize) -> String {
    format!("servers/{slug}/{}", index(part))
}

/// A server's whole policy in one format.
pub(crate) fn policy(slug: &str, dialect: Dialect) -> String {
    let file = match dialect {
        Dialect::Proxy(proxy) => proxy.download.into(),
        Dialect::Client(client) => format!("{}.{}", client.name.id, client.extension),
    };
    format!("servers/{slug}/policy.{file}")
}

pub(crate) fn tool(server: &str, tool: &str) -> String {
    format!("servers/{server}/{tool}/index.html")
}

/// The page with a tool's rule in every policy format.
pub(crate) fn tool_policies(server: &str, tool: &str) -> String {
    format!("servers/{server}/{tool}/policies.html")
}

/// Part `part` (from 1) of a category's page.
pub(crate) fn category(category: Category, part: usize) -> String {
    format!("categories/{}/{}", category_slug(category), index(part))
}

/// Part `part` (from 1) of a severity's page.
pub(crate) fn severity(severity: Severity, part: usize) -> String {
    format!("severities/{}/{}", severity_slug(severity), index(part))
}

/// Part `part` (from 1) of the list of a server's tools with one severity.
pub(crate) fn level(severity: Severity, server: &str, part: usize) -> String {
    format!("severities/{}/{server}/{}", severity_slug(severity), index(part))
}

pub(crate) const SIGNALS: &str = "signals/index.html";

/// Part `part` (from 1) of a signal's page.
pub(crate) fn signal(id: &str, part: usize) -> String {
    format!("signals/{id}/{}", index(part))
}

/// The page that explains how verdicts are reached.
pub(crate) const METHOD: &str = "method/index.html";

/// Part `part` (from 1) of the rules of one rule file.
pub(crate) fn rule_file(name: &str, part: usize) -> String {
    format!("method/{name}/{}", index(part))
}

pub(crate) const FINDINGS: &str = "findings/index.html";

pub(crate) const SEARCH: &str = "search/index.html";

/// One file of the search index.
pub(crate) fn search_file(name: &str) -> String {
    format!("search/{name}.js")
}

pub(crate) const ROBOTS: &str = "robots.txt";
/// The sitemap index, which lists the sitemap parts.
pub(crate) const SITEMAP: &str = "sitemap.xml";

/// Part `part` (from 1) of the sitemap.
pub(crate) fn sitemap(part: usize) -> String {
    format!("sitemap-{part}.xml")
}

pub(crate) const ATTACKS: &str = "attacks/index.html";

pub(crate) fn attack(id: &str) -> String {
    format!("attacks/{id}/index.html")
}

/// The category in paths and CSS class names.
pub(crate) fn category_slug(category: Category) -> &'static str {
    match category {
        Category::Read => "read",
        Category::Write => "write",
        Category::Execute => "execute",
        Category::Destructive => "destructive",
        Category::Financial => "financial",
    }
}

/// The severity in paths and CSS class names.
pub(crate) fn severity_slug(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

/// The JSON version of the page at `path`: `index.json` for `index.html`.
pub(crate) fn twin(path: &str) -> String {
    format!("{}.json", path.strip_suffix(".html").unwrap_or(path))
}

/// The relative path from the page at `path` up to the site folder: `../../` from two folders down.
pub(crate) fn root(path: &str) -> String {
    "../".repeat(path.matches('/').count())
}

fn index(part: usize) -> String {
    if part <= 1 { "index.html".into() } else { format!("index-{part}.html") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_up_undoes_the_way_down() {
        assert_eq!(root(HOME), "");
        assert_eq!(root(&tool("a", "b")), "../../../");
        assert_eq!(category(Category::Read, 1), "categories/read/index.html");
        assert_eq!(category(Category::Read, 2), "categories/read/index-2.html");
    }
}
