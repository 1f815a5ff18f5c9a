//! Plans a site: its pages, their paths, and the indexes that the pages need.

use std::collections::HashMap;

use url::Url;

use super::fingerprint::{Fingerprint, Sources};
use super::options::Options;
use super::related::{RelatedTools, ToolIndex};
use super::rulebook::Rulebook;
use super::search::{FoundPage, SearchIndex};
use super::{address, paging};
use crate::classify::ServerContext;
use crate::model::{Category, Report, ServerReport, Severity, ToolReport};
use crate::policy;
use crate::policy::dialect::{self, Dialect};
use crate::rules::Ruleset;

/// Most related tools, and most of them from the same server.
const MAX_RELATED: usize = 8;
const MAX_RELATED_HERE: usize = 4;
/// How many listing positions away from a tool its neighbours are searched.
const NEIGHBOURS: usize = 64;
/// Pages in one sitemap; the protocol allows 50,000.
const SITEMAP_ROWS: usize = 40_000;

/// Everything that is needed to render a page.
pub(crate) struct Site<'a> {
    pub(crate) report: &'a Report,
    /// The source of attacks, signals and rules.
    pub(crate) ruleset: &'a Ruleset,
    pub(crate) options: &'a Options,
    /// Tools by the words of their names.
    pub(crate) related: RelatedTools,
    /// The tools of each category, in the order of [`Category::ALL`], highest score first.
    by_category: [Vec<ToolIndex>; 5],
    /// The tools of each severity, in the order of [`Severity::ALL`], highest score first.
    by_severity: [Vec<ToolIndex>; 4],
    /// The tools with each signal, in the order of the ruleset, highest score first.
    by_signal: Vec<Vec<ToolIndex>>,
    /// The indices of the servers; those that need attention come first.
    by_attention: Vec<usize>,
    /// What the tools of each server have in common.
    pub(crate) contexts: Vec<ServerContext>,
    /// The documented rules with their pages.
    pub(crate) rulebook: Rulebook,
    /// The index of the search page.
    pub(crate) search: SearchIndex,
    sources: Sources,
}

/// A page or other file of the site.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PageId {
    /// The first page.
    Home,
    /// The page that a web server shows for an unknown URL.
    NotFound,
    /// A part of the list of servers.
    Servers(usize),
    /// A part of a server's page.
    Server(usize, usize),
    /// A server's whole policy in one format.
    Policy(usize, Dialect),
    Tool(ToolIndex),
    /// A part of a category's page.
    Category(Category, usize),
    /// A part of a severity's page.
    Severity(Severity, usize),
    /// A part of the tools of a severity in one server.
    Level(Severity, usize, usize),
    Signals,
    /// A part of a signal's page.
    Signal(usize, usize),
    /// The page that explains how verdicts are reached.
    Method,
    /// A part of the rules of one file.
    Rules(usize, usize),
    /// `robots.txt`.
    Robots,
    /// The sitemap index.
    Sitemap,
    /// A part of the sitemap.
    SitemapPart(usize),
    Attacks,
    Attack(usize),
    /// The page of all findings.
    Findings,
    Search,
    /// The file by which a query chooses the parts of the search index.
    SearchRoot,
    /// A part of the search index: some words, and the tools that have them.
    SearchTools(usize),
    /// A part of the word list.
    SearchWords(usize),
    /// A theme asset, copied unchanged.
    Asset(usize),
}

impl<'a> Site<'a> {
    /// Plans the site for `report`.
    pub(crate) fn plan(report: &'a Report, ruleset: &'a Ruleset, options: &'a Options) -> Self {
        let numbers: HashMap<&str, usize> =
            ruleset.signals.iter().enumerate().map(|(at, signal)| (signal.id.as_str(), at)).collect();
        let mut by_category: [Vec<ToolIndex>; 5] = Default::default();
        let mut by_severity: [Vec<ToolIndex>; 4] = Default::default();
        let mut by_signal = vec![Vec::new(); ruleset.signals.len()];
        let mut related = RelatedTools::default();
        for (server, tool, index) in tools(report) {
            let (tool, verdict) = (&server.tools[tool], &server.tools[tool].assessment);
            by_category[verdict.category as usize].push(index);
            by_severity[verdict.severity as usize].push(index);
            for number in verdict.signals.iter().filter_map(|signal| numbers.get(signal.id.as_str())) {
                let indices: &mut Vec<ToolIndex> = &mut by_signal[*number];
                if indices.last() != Some(&index) {
                    indices.push(index);
                }
            }
            related.add(tool, index);
        }
        related.settle();
        for indices in by_category.iter_mut().chain(&mut by_severity).chain(&mut by_signal) {
            indices
                .sort_by_key(|p| std::cmp::Reverse(report.servers[p.server()].tools[p.tool()].assessment.score.value));
        }
        let (rulebook, search) = (Rulebook::new(ruleset), SearchIndex::new(report, ruleset));
        let sources = Sources::new(report, options);
        let context = |server: &ServerReport| ServerContext::from_tools(server.tools.iter().map(|t| &t.tool), ruleset);
        let contexts = report.servers.iter().map(context).collect();
        let mut by_attention: Vec<usize> = (0..report.servers.len()).collect();
        by_attention.sort_by_key(|at| report.servers[*at].attention());
        Self {
            report,
            ruleset,
            options,
            related,
            by_category,
            by_severity,
            by_signal,
            by_attention,
            contexts,
            rulebook,
            search,
            sources,
        }
    }

    /// Every file, in a fixed order.
    pub(crate) fn page_ids(&self) -> impl Iterator<Item = PageId> {
        let assets = (0..self.options.theme.assets().len()).map(PageId::Asset);
        let sitemaps = self.options.base_url.is_some().then(|| self.sitemap_parts());
        let sitemaps = sitemaps
            .into_iter()
            .flat_map(|count| [PageId::Sitemap].into_iter().chain((1..=count).map(PageId::SitemapPart)));
        let policies = (0..self.report.servers.len())
            .flat_map(|at| self.policy_formats(at).map(move |dialect| PageId::Policy(at, dialect)));
        let tools = (0..self.search.parts()).map(PageId::SearchTools);
        let words = (0..self.search.word_parts()).map(PageId::SearchWords);
        let search = [PageId::SearchRoot].into_iter().chain(tools).chain(words);
        let files = [PageId::NotFound, PageId::Robots].into_iter().chain(assets).chain(sitemaps);
        files.chain(policies).chain(search).chain(self.pages())
    }

    /// The formats in which the policy of server `at` can be written: some clients cannot name every server.
    fn policy_formats(&self, at: usize) -> impl Iterator<Item = Dialect> {
        let key = policy::key(&self.report.servers[at].server);
        self.options.formats.iter().copied().filter(move |dialect| dialect::can_address(&key, *dialect).is_ok())
    }

    /// Every page that has a URL of its own.
    fn pages(&self) -> impl Iterator<Item = PageId> {
        let servers = paging::parts(self.report.servers.len()).map(PageId::Servers);
        let categories = Category::ALL.into_iter().flat_map(|category| {
            paging::parts(self.of_category(category).len()).map(move |p| PageId::Category(category, p))
        });
        let severities = Severity::ALL.into_iter().flat_map(|severity| {
            paging::parts(self.of_severity(severity).len()).map(move |p| PageId::Severity(severity, p))
        });
        let signals = self.by_signal.iter().enumerate();
        let signals =
            signals.flat_map(|(at, indices)| paging::parts(indices.len()).map(move |part| PageId::Signal(at, part)));
        let rules = self.rulebook.files.iter().enumerate();
        let rules =
            rules.flat_map(|(at, file)| paging::parts(file.rules.len()).map(move |part| PageId::Rules(at, part)));
        let attacks = (0..self.ruleset.attacks.len()).map(PageId::Attack);
        let one_by_one = self.report.servers.iter().enumerate().flat_map(|(at, server)| {
            let own = paging::parts(server.tools.len()).map(move |part| PageId::Server(at, part));
            let levels = Severity::ALL.into_iter().flat_map(move |severity| {
                let count = server.severities.get(severity);
                paging::parts(count).filter(move |_| count > 0).map(move |part| PageId::Level(severity, at, part))
            });
            let tools = (0..server.tools.len()).map(move |tool| PageId::Tool(ToolIndex::new(at, tool)));
            own.chain(levels).chain(tools)
        });
        [PageId::Home, PageId::Search, PageId::Findings, PageId::Attacks, PageId::Signals, PageId::Method]
            .into_iter()
            .chain(servers)
            .chain(categories)
            .chain(severities)
            .chain(signals)
            .chain(rules)
            .chain(attacks)
            .chain(one_by_one)
    }

    /// The pages that the search finds by title: those not about a server or a tool.
    pub(crate) fn found_pages(&self) -> Vec<FoundPage> {
        let list = |title: &str, path: &str| ("Page", title.to_owned(), path.to_owned());
        let lists = [
            list("Servers", &address::servers(1)),
            list("Findings", address::FINDINGS),
            list("Signals", address::SIGNALS),
            list("Attacks", address::ATTACKS),
            list("How a verdict comes about: categories, severity, score, grade", address::METHOD),
        ];
        let categories = Category::ALL
            .map(|category| ("Category", format!("{} tools", category.name()), address::category(category, 1)));
        let severities =
            Severity::ALL.map(|level| ("Severity", format!("{} severity", level.name()), address::severity(level, 1)));
        let signals = self.ruleset.signals.iter();
        let signals = signals.map(|signal| ("Signal", signal.text.clone(), address::signal(&signal.id, 1)));
        let attacks = self.ruleset.attacks.iter();
        let attacks = attacks.map(|attack| ("Attack", attack.title.clone(), address::attack(&attack.id)));
        let findings = self.ruleset.findings.iter().filter(|rule| self.has_finding(&rule.id));
        let findings =
            findings.map(|rule| ("Finding", rule.title.clone(), format!("{}#{}", address::FINDINGS, rule.id)));
        lists.into_iter().chain(categories).chain(severities).chain(signals).chain(attacks).chain(findings).collect()
    }

    fn has_finding(&self, id: &str) -> bool {
        self.report.servers.iter().flat_map(|server| server.findings()).any(|finding| finding.id == id)
    }

    /// The number of parts of the sitemap.
    pub(crate) fn sitemap_parts(&self) -> usize {
        self.pages().count().div_ceil(SITEMAP_ROWS)
    }

    /// The URLs in part `part` (from 1) of the sitemap.
    pub(crate) fn sitemap_urls(&self, part: usize) -> Vec<String> {
        let skipped = SITEMAP_ROWS * part.saturating_sub(1);
        self.pages().skip(skipped).take(SITEMAP_ROWS).filter_map(|id| self.url(&self.path(id))).collect()
    }

    /// The path of a page below the site folder.
    pub(crate) fn path(&self, id: PageId) -> String {
        match id {
            PageId::Home => address::HOME.into(),
            PageId::NotFound => address::NOT_FOUND.into(),
            PageId::Servers(part) => address::servers(part),
            PageId::Server(at, part) => address::server(&self.report.servers[at].slug, part),
            PageId::Policy(at, dialect) => address::policy(&self.report.servers[at].slug, dialect),
            PageId::Tool(index) => address::tool(&self.server(index).slug, &self.tool(index).slug),
            PageId::Category(category, part) => address::category(category, part),
            PageId::Severity(severity, part) => address::severity(severity, part),
            PageId::Level(severity, at, part) => address::level(severity, &self.report.servers[at].slug, part),
            PageId::Signals => address::SIGNALS.into(),
            PageId::Signal(at, part) => address::signal(&self.ruleset.signals[at].id, part),
            PageId::Method => address::METHOD.into(),
            PageId::Rules(at, part) => address::rule_file(&self.rulebook.files[at].name, part),
            PageId::Robots => address::ROBOTS.into(),
            PageId::Sitemap => address::SITEMAP.into(),
            PageId::SitemapPart(part) => address::sitemap(part),
            PageId::Attacks => address::ATTACKS.into(),
            PageId::Attack(at) => address::attack(&self.ruleset.attacks[at].id),
            PageId::Findings => address::FINDINGS.into(),
            PageId::Search => address::SEARCH.into(),
            PageId::SearchRoot => address::search_file("index"),
            PageId::SearchTools(at) => address::search_file(&format!("tools-{at}")),
            PageId::SearchWords(at) => address::search_file(&format!("words-{at}")),
            PageId::Asset(at) => self.options.theme.assets().keys().nth(at).cloned().unwrap_or_default(),
        }
    }

    /// The path of the JSON version of a page, if it has one: `index.json` for `index.html`.
    pub(crate) fn twin(&self, id: PageId) -> Option<String> {
        let path = self.path(id);
        (path.ends_with(".html") && !matches!(id, PageId::NotFound)).then(|| address::twin(&path))
    }

    /// The path of a tool's page of policies. It is a separate page because there are many formats and a reader needs
    /// one.
    pub(crate) fn policies(&self, id: PageId) -> Option<String> {
        let PageId::Tool(index) = id else { return None };
        Some(address::tool_policies(&self.server(index).slug, &self.tool(index).slug))
    }

    /// The paths of all files of a page.
    pub(crate) fn paths(&self, id: PageId) -> Vec<String> {
        [Some(self.path(id)), self.twin(id), self.policies(id)].into_iter().flatten().collect()
    }

    /// The digest of all input of a page's files.
    pub(crate) fn from(&self, id: PageId) -> Fingerprint {
        match id {
            PageId::Tool(index) => {
                let (here, elsewhere) = self.neighbours(index);
                self.sources.tools([index].into_iter().chain(here).chain(elsewhere))
            }
            PageId::Server(at, _) | PageId::Policy(at, _) | PageId::Level(_, at, _) => self.sources.server(at),
            PageId::Home
            | PageId::NotFound
            | PageId::Servers(_)
            | PageId::Category(..)
            | PageId::Severity(..)
            | PageId::Signals
            | PageId::Signal(..)
            | PageId::Method
            | PageId::Rules(..)
            | PageId::Robots
            | PageId::Sitemap
            | PageId::SitemapPart(_)
            | PageId::Attacks
            | PageId::Attack(_)
            | PageId::Search
            | PageId::SearchRoot
            | PageId::SearchTools(_)
            | PageId::SearchWords(_)
            | PageId::Findings
            | PageId::Asset(_) => self.sources.all(),
        }
    }

    /// The relative path from page `id` to the site folder: `../../` from two folders down. The page for unknown URLs
    /// is shown below any path, so it uses the absolute path of the site.
    pub(crate) fn root(&self, id: PageId) -> String {
        if matches!(id, PageId::NotFound) {
            return self.options.base_url.as_ref().map_or("/", Url::path).replace('\'', "%27");
        }
        address::root(&self.path(id))
    }

    /// The URL of the file at `path`, if the site's base URL is known. An `index.html` is named by its folder.
    pub(crate) fn url(&self, path: &str) -> Option<String> {
        let named = path.strip_suffix("index.html").filter(|folder| folder.is_empty() || folder.ends_with('/'));
        self.options.base_url.as_ref().map(|base| format!("{base}{}", named.unwrap_or(path)))
    }

    pub(crate) fn server(&self, index: ToolIndex) -> &'a ServerReport {
        &self.report.servers[index.server()]
    }

    pub(crate) fn tool(&self, index: ToolIndex) -> &'a ToolReport {
        &self.report.servers[index.server()].tools[index.tool()]
    }

    /// The servers; those that need attention come first.
    pub(crate) fn by_attention(&self) -> impl ExactSizeIterator<Item = &'a ServerReport> {
        let report = self.report;
        self.by_attention.iter().map(|at| &report.servers[*at])
    }

    /// The tools of one severity, highest score first.
    pub(crate) fn of_severity(&self, severity: Severity) -> &[ToolIndex] {
        &self.by_severity[severity as usize]
    }

    /// The tools with signal number `at` of the ruleset, highest score first.
    pub(crate) fn of_signal(&self, at: usize) -> &[ToolIndex] {
        &self.by_signal[at]
    }

    /// The page of the signal `id`, if the ruleset knows it.
    pub(crate) fn signal_page(&self, id: &str) -> Option<String> {
        self.ruleset.signals.iter().any(|signal| signal.id == id).then(|| address::signal(id, 1))
    }

    /// Related tools of the same category: from this server, and from other servers. Tools with similar names come
    /// first; if this server has too few of them, tools listed nearby are added.
    pub(crate) fn neighbours(&self, index: ToolIndex) -> (Vec<ToolIndex>, Vec<ToolIndex>) {
        let alike = self.related.nearest(self.tool(index));
        let (mut here, elsewhere): (Vec<ToolIndex>, Vec<ToolIndex>) =
            alike.into_iter().filter(|p| *p != index).partition(|p| p.server() == index.server());
        let category = self.tool(index).assessment.category;
        let tools = &self.server(index).tools;
        let near = (1..=NEIGHBOURS).flat_map(|step| [index.tool().checked_add(step), index.tool().checked_sub(step)]);
        for tool in near.flatten().filter(|t| tools.get(*t).is_some_and(|t| t.assessment.category == category)) {
            if here.len() >= MAX_RELATED_HERE {
                break;
            }
            let candidate = ToolIndex::new(index.server(), tool);
            if !here.contains(&candidate) {
                here.push(candidate);
            }
        }
        here.truncate(MAX_RELATED_HERE);
        let room = MAX_RELATED - here.len();
        (here, elsewhere.into_iter().take(room).collect())
    }

    /// The tools of one category, highest score first.
    pub(crate) fn of_category(&self, category: Category) -> &[ToolIndex] {
        &self.by_category[category as usize]
    }
}

/// All tools with their server and place, in report order.
fn tools(report: &Report) -> impl Iterator<Item = (&ServerReport, usize, ToolIndex)> {
    report
        .servers
        .iter()
        .enumerate()
        .flat_map(|(at, server)| (0..server.tools.len()).map(move |tool| (server, tool, ToolIndex::new(at, tool))))
}
