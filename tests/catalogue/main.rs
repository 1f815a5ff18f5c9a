//! A site built from hand-made reports, looked at as a reader, a browser and an attacker would.

mod command;
mod folder;
mod rebuild;
mod reports;
mod search;
mod seeds;
mod texts;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use mcp_scan::catalogue::{self, Error, Options, Page, Summary};
use mcp_scan::model::Report;
use mcp_scan::policy::Dialect;
use reports::{RULESET, everything, hostile, others, report, shop};
use scraper::{ElementRef, Html, Selector};

fn site(report: &Report) -> BTreeMap<String, String> {
    let options = Options::default();
    let pages: Vec<Page> = catalogue::pages(report, &RULESET, &options).collect::<Result<_, _>>().unwrap();
    let count = pages.len();
    let site: BTreeMap<String, String> =
        pages.into_iter().map(|p| (p.path, String::from_utf8(p.contents).unwrap())).collect();
    assert_eq!(site.len(), count, "every page has a place of its own");
    site
}

/// The site of [`everything`], drawn once for the tests of a process.
fn whole_site() -> &'static BTreeMap<String, String> {
    static SITE: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| site(&everything()));
    &SITE
}

/// The site of the shop alone, drawn once for the tests of a process.
fn shop_site() -> &'static BTreeMap<String, String> {
    static SITE: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| site(&report(vec![shop()])));
    &SITE
}

fn write(report: &Report, dir: &Path) -> Result<Summary, Error> {
    catalogue::write(report, &RULESET, dir, &Options::default())
}

fn html_pages(site: &BTreeMap<String, String>) -> impl Iterator<Item = (&String, Html)> {
    site.iter().filter(|(path, _)| path.ends_with(".html")).map(|(path, text)| (path, Html::parse_document(text)))
}

fn all<'a>(html: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(selector).unwrap()).collect()
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The page of a tool of the shop.
fn shop_page(tool: &str) -> String {
    shop_site()[&format!("servers/{}/{tool}/index.html", shop().slug)].clone()
}

#[test]
fn every_page_parses_without_an_error() {
    for (path, html) in html_pages(whole_site()) {
        assert!(html.errors.is_empty(), "{path}: {:?}", html.errors);
        assert_eq!(all(&html, "h1").len(), 1, "{path}");
        assert_eq!(all(&html, "main").len(), 1, "{path}");
    }
}

#[test]
fn ids_are_unique_and_labels_point_at_them() {
    for (path, html) in html_pages(whole_site()) {
        let ids: Vec<&str> = all(&html, "[id]").iter().filter_map(|e| e.attr("id")).collect();
        let distinct: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len(), "{path}: {ids:?}");
        for element in all(&html, "[aria-labelledby], [for]") {
            let target = element.attr("aria-labelledby").or(element.attr("for")).unwrap();
            assert!(distinct.contains(target), "{path}: {target}");
        }
    }
}

#[test]
fn every_internal_link_resolves() {
    let site = whole_site();
    let parsed: BTreeMap<&String, Html> = html_pages(site).collect();
    let mut followed = 0;
    for (path, html) in &parsed {
        for element in all(html, "[href], [src]") {
            let target = element.attr("href").or(element.attr("src")).unwrap();
            if target.starts_with("https://") {
                assert_eq!(element.value().name(), "a", "{path} loads {target}");
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            // What is shown for an unknown address stands in for a page of any folder.
            let file = if path.as_str() == "404.html" { file.strip_prefix('/').unwrap_or(file) } else { file };
            let found = if file.is_empty() { (*path).clone() } else { resolve(path, file) };
            assert!(site.contains_key(&found), "{path} links to {target}, which is {found}");
            if !anchor.is_empty() {
                let selector = Selector::parse(&format!("[id='{anchor}']")).unwrap();
                assert_eq!(parsed[&found].select(&selector).count(), 1, "{path} links to {target}");
            }
            followed += 1;
        }
    }
    assert!(followed > 1000, "{followed}");
}

/// The path that `link` on the page `from` leads to; a way up past the site's folder is a failure.
fn resolve(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => assert!(parts.pop().is_some(), "{from}: {link} leaves the site"),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn every_page_can_be_reached() {
    let site = whole_site();
    let parsed: BTreeMap<&String, Html> = html_pages(site).collect();
    let mut seen = BTreeSet::from(["index.html".to_owned()]);
    let mut open = vec!["index.html".to_owned()];
    while let Some(path) = open.pop() {
        for element in parsed.get(&path).into_iter().flat_map(|html| all(html, "a[href]")) {
            let link = element.attr("href").unwrap().split('#').next().unwrap();
            if !link.is_empty() && !link.starts_with("https://") && seen.insert(resolve(&path, link)) {
                open.push(resolve(&path, link));
            }
        }
    }
    let lost: Vec<&&String> = parsed.keys().filter(|p| !seen.contains(**p) && p.as_str() != "404.html").collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn what_a_server_says_is_text_and_nothing_else() {
    for (path, html) in html_pages(&site(&report(vec![hostile(), shop()]))) {
        for script in all(&html, "script") {
            if script.attr("src").is_some() {
                assert_eq!(text(script), "", "{path}");
                continue;
            }
            assert_eq!(script.attr("type"), Some("application/ld+json"), "{path}");
            let data: serde_json::Value = serde_json::from_str(&script.text().collect::<String>()).unwrap();
            let questions = data["mainEntity"].as_array().map(Vec::len);
            assert!(data["@type"] == "SoftwareApplication" || questions == Some(6), "{path}");
        }
        for element in html.root_element().descendent_elements() {
            let name = element.value().name();
            assert!(!["img", "iframe", "object", "form", "base"].contains(&name) || is_ours(element), "{path}: {name}");
            for (attribute, value) in element.value().attrs() {
                assert!(!attribute.starts_with("on") && attribute != "style", "{path}: {attribute}");
                assert!(!value.trim_start().to_lowercase().starts_with("javascript:") || attribute == "content");
            }
        }
        let whole: String = html.root_element().text().collect();
        assert!(!whole.contains(['\u{202e}', '\u{1b}', '\0']), "{path}");
    }
}

fn is_ours(element: ElementRef<'_>) -> bool {
    element.attr("src").is_some_and(|src| src.ends_with("assets/icon.svg")) || element.attr("role") == Some("search")
}

#[test]
fn no_text_breaks_the_rules_of_good_english() {
    let mut servers = vec![shop()];
    servers.extend(others());
    let site = site(&report(servers));
    let mut read = 0;
    for (path, html) in html_pages(&site) {
        for element in all(&html, "p, li, h1, h2, h3, dd, title, summary, meta[name=description]") {
            let sentence = element.attr("content").map_or_else(|| text(element), str::to_owned);
            let lower = sentence.to_lowercase().replace("...", "…");
            // Neither a list of regular expressions nor one of commands is English.
            if lower.starts_with("(?i)") || lower.contains("curl -") {
                continue;
            }
            for bad in [
                " a execute",
                " an write",
                " an read",
                "..",
                ".”.",
                "!.",
                "?.",
                " ,",
                " . ",
                "mcp server mcp",
                "server server",
                "server mcp server",
                " 1 tools",
                "one of 1 ",
                "all 1 ",
                " 1 servers",
                " 1 calls",
                "npx -y @@",
                "none.",
                "undefined",
                "mcp mcp",
                " a unnamed",
                " the the ",
                " 0 more",
                " ;",
                ",,",
                "1 conditions",
                "{{",
                "( ",
            ] {
                assert!(!format!(" {lower} ").contains(bad), "{path}: {bad:?} in {sentence:?}");
            }
            read += 1;
        }
    }
    assert!(read > 500, "{read}");
}

#[test]
fn a_tool_page_holds_what_a_reader_needs() {
    let page = shop_page("create_api_key");
    let html = Html::parse_document(&page);
    let whole = text(html.root_element());
    for fact in [
        "Medium severity",
        "Risk 3/5",
        "create_api_key",
        "Handles credentials or secrets (request.apiKey)",
        "@corner/shop-mcp",
        "What agents use it for",
        "Why it needs a policy",
        "Allowed, at most 30 calls per minute.",
        "2 (Write) + 1 (credentials) = 3",
        "Confidence: high.",
        "readOnlyHint: false",
        "request.apiKey",
        "Related Write tools",
        "mcp-scan npx -y @corner/shop-mcp@2.1.0",
        "one of 8 tools of the Corner Shop MCP server, published on npm as @corner/shop-mcp.",
    ] {
        assert!(whole.contains(fact), "{fact}");
    }
    let marked: Vec<String> = all(&html, "h1 mark, .description mark").into_iter().map(text).collect();
    assert_eq!(marked, ["create", "Mint"]);
    assert_eq!(all(&html, ".formats a").len() + 1, Dialect::all().count());
    assert_eq!(all(&html, "#questions details").len(), 6);
}

#[test]
fn answers_follow_the_policy_that_is_shown() {
    let answer = |tool: &str, question: &str| {
        let page = Html::parse_document(&shop_page(tool));
        let found = all(&page, "#questions details").into_iter().map(text).find(|t| t.contains(question));
        found.unwrap_or_else(|| panic!("{tool}: {question}"))
    };
    assert!(answer("create_api_key", "rate-limit").contains("at most 30 calls per minute"));
    assert!(answer("run_report", "rate-limit").contains("rate_limit: 10/minute"));
    assert!(answer("list_orders", "rate-limit").contains("without a limit"));
    assert!(answer("refund_order", "rate-limit").contains("refuses every call of refund_order"));
    assert!(answer("refund_order", "How do I block").contains("already blocks it"));
    assert!(answer("list_orders", "How do I block").contains("action: deny"));
    assert!(answer("broken", "What does").contains("carries no description"));
    assert!(answer("run_report", "What does").contains("We read run_report as an Execute tool"));
}

#[test]
fn structured_data_says_what_the_page_says() {
    let page = Html::parse_document(&shop_page("delete_order"));
    let script: String = all(&page, "script:not([src])")[0].text().collect();
    let data: serde_json::Value = serde_json::from_str(&script).unwrap();
    for (shown, told) in all(&page, "#questions details p").iter().zip(data["mainEntity"].as_array().unwrap()) {
        assert_eq!(text(*shown), told["acceptedAnswer"]["text"].as_str().unwrap());
    }
}

#[test]
fn a_dispatch_tool_shows_its_operations_and_findings() {
    let html = Html::parse_document(&shop_page("manage_orders"));
    let operations: Vec<String> = all(&html, "[aria-label=Operations] tbody td").into_iter().map(text).collect();
    assert_eq!(operations.get(..2), Some(["purge", "Destructive"].map(String::from).as_slice()));
    assert_eq!(operations.len(), 6);
    let values: Vec<String> = all(&html, ".parameters .values code").into_iter().map(text).collect();
    assert_eq!((values[0].as_str(), values.len()), ("purge", 8), "the value that decides is not among the hidden");
    assert!(text(html.root_element()).contains("No rule says what 6 other values would do: v0, v1, v2, v3, v4, v5."));
    assert!(text(html.root_element()).contains("The author says readOnlyHint: true"));
}

#[test]
fn no_page_grows_without_bound() {
    let site = whole_site();
    let style = site["assets/style.css"].len();
    for (path, page) in site.iter().filter(|(path, _)| path.ends_with(".html")) {
        assert!(page.len() < 250_000, "{path}: {}", page.len());
    }
    let page = shop_page("create_api_key");
    assert!(page.len() + style < 60_000, "{} + {style}", page.len());
}

#[test]
fn a_long_list_goes_on_in_further_parts() {
    let many = (0..450)
        .map(|n| reports::tool(&format!("get_{n}"), "Gives.", mcp_scan::model::Category::Read, serde_json::json!({})))
        .collect();
    let long = reports::server(mcp_scan::model::Server { name: "long".into(), ..Default::default() }, many);
    let site = site(&report(vec![long]));
    let rows = |path: &str| all(&Html::parse_document(&site[path]), ".tools li").len();
    for folder in ["servers/long", "categories/read"] {
        assert_eq!(rows(&format!("{folder}/index.html")), 200);
        assert_eq!(rows(&format!("{folder}/index-3.html")), 50);
        assert!(!site.contains_key(&format!("{folder}/index-4.html")));
    }
    let last = Html::parse_document(&site["servers/long/index-3.html"]);
    let tools = all(&last, "section[aria-labelledby=tools]").into_iter().map(text).collect::<String>();
    assert!(tools.contains("450 tools, 50 of them on this page"), "{tools}");
    assert!(tools.contains("Only the 50 tools on this page; the search looks at all."), "{tools}");
}

#[test]
fn every_page_has_a_twin_for_programs() {
    let site = whole_site();
    for (path, html) in html_pages(site).filter(|(path, _)| path.as_str() != "404.html") {
        let link = all(&html, "link[rel=alternate]")[0].attr("href").unwrap();
        let twin: serde_json::Value = serde_json::from_str(&site[&resolve(path, link)]).unwrap();
        assert!(twin["site"].is_string() && twin["url"].is_null(), "{path}");
    }
    let twin: serde_json::Value =
        serde_json::from_str(&site[&format!("servers/{}/create_api_key/index.json", shop().slug)]).unwrap();
    assert_eq!((&twin["tool"]["name"], &twin["tool"]["score"]), (&"create_api_key".into(), &3.into()));
}

#[test]
fn lists_of_servers_tell_grades_and_what_colours_mean() {
    let site = shop_site();
    for list in ["index.html", "servers/index.html"] {
        let grades: Vec<String> =
            all(&Html::parse_document(&site[list]), ".servers .grade-c").into_iter().map(text).collect();
        assert_eq!(grades, ["Grade C"], "{list}");
    }
    let legend = all(&Html::parse_document(&site["servers/index.html"]), ".legend .label").len();
    assert_eq!(legend, mcp_scan::model::Category::ALL.len());
}

#[test]
fn severities_signals_and_rules_have_pages() {
    let site = shop_site();
    let whole = |path: &str| text(Html::parse_document(&site[path]).root_element());
    let level = whole(&format!("severities/critical/{}/index.html", shop().slug));
    assert!(level.contains("delete_order") && !level.contains("list_orders"), "{level}");
    assert!(whole("severities/low/index.html").contains("list_orders"));
    let signal = whole("signals/credentials/index.html");
    assert!(signal.contains("create_api_key") && signal.contains("raised by it"), "{signal}");
    assert!(whole("signals/index.html").contains("raises the score"));
    let rules = whole("method/verbs/index.html");
    assert!(rules.contains("retrieve-verb") && rules.contains("Applies to"));
    assert!(whole("method/index.html").contains(&RULESET.digest));
}

#[test]
fn a_site_with_an_address_names_its_pages_to_others() {
    let base_url = Some("https://tools.example/mcp/".parse().unwrap());
    let options = Options { base_url, ..Options::default() };
    let report = report(vec![shop()]);
    let pages: Vec<Page> = catalogue::pages(&report, &RULESET, &options).collect::<Result<_, _>>().unwrap();
    // A slash may be written as a reference; it is a slash all the same.
    let text = |page: &Page| String::from_utf8(page.contents.clone()).unwrap().replace("&#x2f;", "/");
    let site: BTreeMap<&str, String> = pages.iter().map(|page| (page.path.as_str(), text(page))).collect();
    assert!(site["robots.txt"].ends_with("\nSitemap: https://tools.example/mcp/sitemap.xml\n"));
    assert!(site["sitemap.xml"].contains("<loc>https://tools.example/mcp/sitemap-1.xml</loc>"));
    let listed: BTreeSet<&str> =
        site["sitemap-1.xml"].split("<loc>").skip(1).map(|rest| rest.split("</loc>").next().unwrap()).collect();
    // The policies of a tool are a part of its page, whose address they name.
    let is_listed = |path: &&&str| path.ends_with(".html") && **path != "404.html" && !path.ends_with("/policies.html");
    let html = site.keys().filter(is_listed).count();
    assert_eq!(listed.len(), html);
    for url in listed {
        let path = url.strip_prefix("https://tools.example/mcp/").unwrap();
        let path = if path.ends_with(".html") { path.to_owned() } else { format!("{path}index.html") };
        assert!(site[path.as_str()].contains(&format!("<link rel=\"canonical\" href=\"{url}\">")), "{url}");
    }
}

#[test]
fn a_theme_lies_over_the_built_in_files() {
    let theme = tempfile::tempdir().unwrap();
    fs::create_dir(theme.path().join("assets")).unwrap();
    fs::write(theme.path().join("assets/logo.png"), [0x89, 0xff, 0]).unwrap();
    fs::write(theme.path().join("404.html"), "Lost in {{ site }}").unwrap();
    let options = Options { theme: catalogue::Theme::load(theme.path()).unwrap(), ..Options::default() };
    let dir = tempfile::tempdir().unwrap();
    let report = report(vec![shop()]);
    let plain = write(&report, dir.path()).unwrap();
    let themed = catalogue::write(&report, &RULESET, dir.path(), &options).unwrap();
    assert_eq!((themed.pages, themed.written), (plain.pages + 1, 2), "the asset and the page that changed");
    assert_eq!(fs::read(dir.path().join("assets/logo.png")).unwrap(), [0x89, 0xff, 0]);
    assert_eq!(fs::read_to_string(dir.path().join("404.html")).unwrap(), "Lost in MCP tool catalogue");
    fs::write(theme.path().join("layout.html"), "{% block broken").unwrap();
    let options = Options { theme: catalogue::Theme::load(theme.path()).unwrap(), ..options };
    let error = catalogue::write(&report, &RULESET, dir.path(), &options).unwrap_err();
    assert!(matches!(error, Error::Render { .. }) && error.to_string().contains("layout.html"), "{error}");
    assert!(fs::read_to_string(dir.path().join("index.html")).unwrap().starts_with("<!doctype html>"));
}

#[test]
fn a_file_of_a_theme_that_changes_nothing_is_an_error() {
    let load = |files: &[(&str, &str)]| {
        let theme = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = theme.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        catalogue::Theme::load(theme.path()).map(drop)
    };
    for (file, meant) in [
        ("Tool.html", Some("tool.html")),
        ("macros.html", Some("partials/macros.html")),
        ("style.css", Some("assets/style.css")),
        ("assets/Style.css", Some("assets/style.css")),
        ("partials/nosuch.html", None),
    ] {
        let error = load(&[(file, "x")]).unwrap_err();
        assert!(matches!(&error, Error::Idle { likely, .. } if likely.as_deref() == meant), "{file}: {error}");
    }
    let own = [("layout.html", "{% include 'partials/logo.html' %}"), ("partials/logo.html", "x"), (".git/HEAD", "x")];
    load(&own).unwrap();
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    assert_eq!(*whole_site(), site(&everything()));
}

#[test]
fn an_empty_report_is_a_site_too() {
    let site = site(&report(vec![]));
    assert!(site["index.html"].contains("No server could be read"));
    assert!(html_pages(&site).all(|(_, html)| html.errors.is_empty()));
}
