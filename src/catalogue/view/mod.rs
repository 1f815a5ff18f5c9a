//! What each template sees. A view is small, bounded and finished: the template only sets it.

mod attack;
mod category;
mod home;
mod parts;
mod policy;
mod server;
mod tool;

use minijinja::Value;
use minijinja::value::Serde;
use serde::Serialize;

use crate::policy::dialect::PolicyError;

use super::site::{PageId, Site};
use super::{address, templates};

/// A page, ready to be written or to be put through a template.
pub enum Drawn {
    /// The text itself.
    Text(String),
    /// The template's name and what it sees.
    Template(&'static str, Value),
}

/// What every template sees beside its own view.
#[derive(Serialize)]
struct Shown<'a, V> {
    /// The way up to the folder of the site, `../../`; every link starts with it.
    root: String,
    /// The name of the site.
    site: &'a str,
    /// The program's version.
    version: &'a str,
    /// The beginning of the ruleset's digest.
    ruleset: String,
    /// This page's own view.
    #[serde(flatten)]
    view: V,
}

/// What is drawn for page `id`, which stands at `path`.
pub fn of(site: &Site<'_>, id: PageId, path: &str) -> Result<Drawn, PolicyError> {
    Ok(match id {
        PageId::Asset(at) => Drawn::Text(templates::assets().nth(at).map_or(String::new(), |(_, text)| (*text).into())),
        PageId::Policy(at, dialect) => Drawn::Text(policy::whole(site, &site.report.servers[at], dialect)?),
        PageId::Home => shown(site, path, "home.html", home::home(site)),
        PageId::NotFound => shown(site, path, "404.html", serde_json::json!({})),
        PageId::Servers(part) => shown(site, path, "servers.html", home::servers(site, part)),
        PageId::Server(at, part) => shown(site, path, "server.html", server::server(site, at, part)?),
        PageId::Tool(place) => shown(site, path, "tool.html", tool::tool(site, place)),
        PageId::Category(category, part) => {
            shown(site, path, "category.html", category::category(site, category, part))
        }
        PageId::Attacks => shown(site, path, "attacks.html", attack::attacks(site)),
        PageId::Attack(at) => shown(site, path, "attack.html", attack::attack(site, at)),
    })
}

fn shown(site: &Site<'_>, path: &str, template: &'static str, view: impl Serialize) -> Drawn {
    let shown = Shown {
        root: address::root(path),
        site: &site.options.title,
        version: &site.report.mcp_scan_version,
        ruleset: site.report.ruleset.chars().take("sha256:".len() + 12).collect(),
        view,
    };
    Drawn::Template(template, Value::from(Serde(&shown)))
}
