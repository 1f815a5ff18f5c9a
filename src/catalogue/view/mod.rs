//! The data for each template. It is bounded and complete, so that templates contain no logic beyond layout.

mod attack;
mod category;
mod changes;
mod findings;
mod flows;
mod home;
mod method;
mod parts;
mod policy;
mod server;
mod severity;
mod signal;
mod tool;

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use crate::policy::dialect::PolicyError;

use super::address;
use super::site::{PageId, Site};

/// How the content of a file is made.
pub(crate) enum Drawn {
    Whole(Vec<u8>),
    /// Rendered with the template of that name and this data.
    Template(&'static str, Value),
}

/// The data that every template gets in addition to its own.
#[derive(Serialize)]
struct Shown<'a, V> {
    /// The title of the site.
    site: &'a str,
    version: &'a str,
    /// The first characters of the ruleset's digest.
    ruleset: String,
    /// The page's URL, if the site's base URL is known.
    url: Option<String>,
    /// The path of the page's JSON version, if it has one.
    twin: Option<String>,
    /// The data for this page.
    #[serde(flatten)]
    view: V,
}

/// Builds the content or the data of the page `id`.
pub(crate) fn draw(site: &Site<'_>, id: PageId) -> Result<Drawn, PolicyError> {
    let page = |template, view| Drawn::Template(template, view);
    Ok(match id {
        PageId::Asset(at) => Drawn::Whole(site.options.theme.assets().values().nth(at).cloned().unwrap_or_default()),
        PageId::Policy(at, dialect) => Drawn::Whole(policy::whole(site, &site.report.servers[at], dialect)?.into()),
        PageId::NotFound => Drawn::Template("404.html", shown(site, id, serde_json::json!({}))),
        PageId::Home => page("home.html", shown(site, id, home::home(site))),
        PageId::Servers(part) => page("servers.html", shown(site, id, home::servers(site, part))),
        PageId::Server(at, part) => page("server.html", shown(site, id, server::server(site, at, part)?)),
        PageId::Tool(index) => page("tool.html", shown(site, id, tool::tool(site, index))),
        PageId::Category(category, part) => {
            page("category.html", shown(site, id, category::category(site, category, part)))
        }
        PageId::Severity(severity, part) => {
            page("severity.html", shown(site, id, severity::severity(site, severity, part)))
        }
        PageId::Level(severity, at, part) => {
            page("level.html", shown(site, id, severity::level(site, severity, at, part)))
        }
        PageId::Signals => page("signals.html", shown(site, id, signal::signals(site))),
        PageId::Signal(at, part) => page("signal.html", shown(site, id, signal::signal(site, at, part))),
        PageId::Method => page("method.html", shown(site, id, method::method(site))),
        PageId::Rules(at, part) => page("rules.html", shown(site, id, method::rules(site, at, part))),
        PageId::Robots => {
            let sitemap = site.url(address::SITEMAP);
            Drawn::Template("robots.txt", context! { sitemap })
        }
        PageId::Sitemap => {
            let parts: Vec<_> = (1..=site.sitemap_parts()).filter_map(|n| site.url(&address::sitemap(n))).collect();
            Drawn::Template("sitemap.xml", context! { parts })
        }
        PageId::SitemapPart(part) => Drawn::Template("sitemap-part.xml", context! { urls => site.sitemap_urls(part) }),
        PageId::Findings => page("findings.html", shown(site, id, findings::findings(site))),
        PageId::Search => page(
            "search.html",
            shown(
                site,
                id,
                serde_json::json!({ "count": site.report.tool_count(), "servers": site.report.servers.len() }),
            ),
        ),
        PageId::SearchRoot => Drawn::Whole(site.search.root(&site.found_pages(), site.ruleset).into()),
        PageId::SearchTools(at) => Drawn::Whole(site.search.part(at, site.report, site.ruleset).into()),
        PageId::SearchWords(at) => Drawn::Whole(site.search.word_part(at).into()),
        PageId::Attacks => page("attacks.html", shown(site, id, attack::attacks(site))),
        PageId::Attack(at) => page("attack.html", shown(site, id, attack::attack(site, at))),
    })
}

fn shown(site: &Site<'_>, id: PageId, view: impl Serialize) -> Value {
    let path = site.path(id);
    let shown = Shown {
        site: &site.options.title,
        version: &site.report.mcp_scan_version,
        ruleset: site.report.ruleset.chars().take("sha256:".len() + 12).collect(),
        url: site.url(&path),
        twin: site.twin(id),
        view,
    };
    Value::from(Serde(&shown))
}
