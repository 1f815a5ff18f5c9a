//! Where each page stands below the folder of the site. A page is the index of a folder of its own, so that other
//! forms of it can stand beside it; a long list goes on in `index-2.html`, which no slug can be (slugs have no dot).

use crate::model::{Category, Severity};
use crate::policy::dialect::Dialect;

/// The first page.
pub(crate) const HOME: &str = "index.html";
/// What a web server shows for an address that does not exist.
pub(crate) const NOT_FOUND: &str = "404.html";

/// Part `part` (from 1) of the list of servers.
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

/// A tool's page.
pub(crate) fn tool(server: &str, tool: &str) -> String {
    format!("servers/{server}/{tool}/index.html")
}

/// The rule for a tool in every format of policies.
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

/// Part `part` (from 1) of the tools of a severity in one server.
pub(crate) fn level(severity: Severity, server: &str, part: usize) -> String {
    format!("severities/{}/{server}/{}", severity_slug(severity), index(part))
}

/// The list of signals.
pub(crate) const SIGNALS: &str = "signals/index.html";

/// Part `part` (from 1) of a signal's page.
pub(crate) fn signal(id: &str, part: usize) -> String {
    format!("signals/{id}/{}", index(part))
}

/// How a verdict comes about.
pub(crate) const METHOD: &str = "method/index.html";

/// Part `part` (from 1) of the rules of one file.
pub(crate) fn rule_file(name: &str, part: usize) -> String {
    format!("method/{name}/{}", index(part))
}

/// What is wrong with the definitions.
pub(crate) const FINDINGS: &str = "findings/index.html";

/// The search page.
pub(crate) const SEARCH: &str = "search/index.html";

/// A part of what the search page looks things up in.
pub(crate) fn search_file(name: &str) -> String {
    format!("search/{name}.js")
}

/// What tells crawlers where they may go.
pub(crate) const ROBOTS: &str = "robots.txt";
/// The list of all parts of the list of all pages.
pub(crate) const SITEMAP: &str = "sitemap.xml";

/// Part `part` (from 1) of the list of all pages.
pub(crate) fn sitemap(part: usize) -> String {
    format!("sitemap-{part}.xml")
}

/// The list of attacks.
pub(crate) const ATTACKS: &str = "attacks/index.html";

/// An attack's page.
pub(crate) fn attack(id: &str) -> String {
    format!("attacks/{id}/index.html")
}

/// A category in addresses and class names.
pub(crate) fn category_slug(category: Category) -> &'static str {
    match category {
        Category::Read => "read",
        Category::Write => "write",
        Category::Execute => "execute",
        Category::Destructive => "destructive",
        Category::Financial => "financial",
    }
}

/// A severity in addresses and class names.
pub(crate) fn severity_slug(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

/// The twin for programs of the page at `path`: `index.json` beside `index.html`.
pub(crate) fn twin(path: &str) -> String {
    format!("{}.json", path.strip_suffix(".html").unwrap_or(path))
}

/// The way from the page at `path` up to the folder of the site: `../../` from two folders down.
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
