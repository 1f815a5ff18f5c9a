//! The plan of a site: which pages exist, where each stands, and the indexes that pages are drawn from.

use super::related::{Index, Place};
use super::{Options, address};
use crate::model::{Category, Report, ServerReport, ToolReport};
use crate::policy::dialect::Dialect;
use crate::rules::Ruleset;

/// Rows on one page of a list; longer lists go on in further parts.
pub const ROWS: usize = 200;

/// Everything that drawing a page needs.
pub struct Site<'a> {
    /// What is drawn.
    pub report: &'a Report,
    /// Where attacks come from.
    pub ruleset: &'a Ruleset,
    /// What the user chose.
    pub options: &'a Options,
    /// Tools by the words of their names.
    pub index: Index,
    /// The tools of each category, in the order of [`Category::ALL`], highest score first.
    by_category: [Vec<Place>; 5],
}

/// One page of the plan.
#[derive(Debug, Clone, Copy)]
pub enum PageId {
    /// The first page.
    Home,
    /// What a web server shows for an unknown address.
    NotFound,
    /// A part of the list of servers.
    Servers(usize),
    /// A part of a server's page.
    Server(usize, usize),
    /// A server's whole policy in one format.
    Policy(usize, Dialect),
    /// A tool's page.
    Tool(Place),
    /// A part of a category's page.
    Category(Category, usize),
    /// The list of attacks.
    Attacks,
    /// An attack's page.
    Attack(usize),
    /// A file that is copied as it is.
    Asset(usize),
}

impl<'a> Site<'a> {
    /// Plans the site for `report`.
    pub fn plan(report: &'a Report, ruleset: &'a Ruleset, options: &'a Options) -> Self {
        let mut by_category: [Vec<Place>; 5] = Default::default();
        let mut index = Index::default();
        for (server, tool, place) in tools(report) {
            if let Some(places) = by_category.get_mut(server.tools[tool].assessment.category as usize) {
                places.push(place);
            }
            index.add(&server.tools[tool], place);
        }
        for places in &mut by_category {
            places.sort_by_key(|p| std::cmp::Reverse(report.servers[p.server].tools[p.tool].assessment.score.value));
        }
        Self { report, ruleset, options, index, by_category }
    }

    /// Every page, in a fixed order.
    pub fn page_ids(&self) -> impl Iterator<Item = PageId> {
        let assets = (0..self.options.theme.assets().len()).map(PageId::Asset);
        let servers = parts(self.report.servers.len()).map(PageId::Servers);
        let categories = Category::ALL
            .into_iter()
            .flat_map(|category| parts(self.of_category(category).len()).map(move |p| PageId::Category(category, p)));
        let attacks = (0..self.ruleset.attacks.len()).map(PageId::Attack);
        let one_by_one = self.report.servers.iter().enumerate().flat_map(|(at, server)| {
            let own = parts(server.tools.len()).map(move |part| PageId::Server(at, part));
            let policies = Dialect::ALL.into_iter().map(move |dialect| PageId::Policy(at, dialect));
            let tools = (0..server.tools.len()).map(move |tool| PageId::Tool(Place { server: at, tool }));
            own.chain(policies).chain(tools)
        });
        [PageId::Home, PageId::NotFound, PageId::Attacks]
            .into_iter()
            .chain(assets)
            .chain(servers)
            .chain(categories)
            .chain(attacks)
            .chain(one_by_one)
    }

    /// Where a page stands below the folder of the site.
    pub fn path(&self, id: PageId) -> String {
        match id {
            PageId::Home => address::HOME.into(),
            PageId::NotFound => address::NOT_FOUND.into(),
            PageId::Servers(part) => address::servers(part),
            PageId::Server(at, part) => address::server(&self.report.servers[at].slug, part),
            PageId::Policy(at, dialect) => address::policy(&self.report.servers[at].slug, dialect),
            PageId::Tool(place) => address::tool(&self.server(place).slug, &self.tool(place).slug),
            PageId::Category(category, part) => address::category(category, part),
            PageId::Attacks => address::ATTACKS.into(),
            PageId::Attack(at) => address::attack(&self.ruleset.attacks[at].id),
            PageId::Asset(at) => self.options.theme.assets().keys().nth(at).cloned().unwrap_or_default(),
        }
    }

    /// The address of the file at `path`, where that of the site is known; a folder's index goes by the folder's name.
    pub fn url(&self, path: &str) -> Option<String> {
        let named = path.strip_suffix("index.html").filter(|folder| folder.is_empty() || folder.ends_with('/'));
        self.options.base_url.as_ref().map(|base| format!("{base}{}", named.unwrap_or(path)))
    }

    /// The server at `place`.
    pub fn server(&self, place: Place) -> &'a ServerReport {
        &self.report.servers[place.server]
    }

    /// The tool at `place`.
    pub fn tool(&self, place: Place) -> &'a ToolReport {
        &self.report.servers[place.server].tools[place.tool]
    }

    /// The tools of one category, highest score first.
    pub fn of_category(&self, category: Category) -> &[Place] {
        &self.by_category[category as usize]
    }
}

/// All tools with their places, in the order of the report.
fn tools(report: &Report) -> impl Iterator<Item = (&ServerReport, usize, Place)> {
    report
        .servers
        .iter()
        .enumerate()
        .flat_map(|(at, server)| (0..server.tools.len()).map(move |tool| (server, tool, Place { server: at, tool })))
}

/// The numbers, from 1, of the parts that a list of `rows` takes; an empty list takes one.
fn parts(rows: usize) -> impl Iterator<Item = usize> {
    1..=rows.div_ceil(ROWS).max(1)
}

/// The rows of part `part` (from 1).
pub fn part<T>(rows: &[T], part: usize) -> &[T] {
    rows.chunks(ROWS).nth(part.saturating_sub(1)).unwrap_or(&[])
}
