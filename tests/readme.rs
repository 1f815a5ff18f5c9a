//! The console blocks of the README and of the book are run, and what they show is what the program prints; their links
//! lead somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, parse_document};

#[test]
fn the_readme_is_true() {
    trycmd::TestCases::new()
        .register_bin("mcp-scan", assert_cmd::cargo::cargo_bin!("mcp-scan"))
        .env("NO_COLOR", "1")
        .case("README.md")
        .case("docs/*.md");
}

/// What a page of the documentation offers and asks for.
struct Page {
    /// The ids of its headings, as GitHub and mdBook make them.
    anchors: BTreeSet<String>,
    links: Vec<String>,
}

fn pages() -> BTreeMap<PathBuf, Page> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let in_docs = root.join("docs").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let at_root = ["README.md", "CONTRIBUTING.md", "STYLE.md"].map(|name| root.join(name));
    let markdown = in_docs.chain(at_root).filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    markdown.map(|path| (path.clone(), page(&std::fs::read_to_string(&path).unwrap()))).collect()
}

fn page(text: &str) -> Page {
    let arena = Arena::new();
    let mut options = Options::default();
    options.extension.table = true;
    let document = parse_document(&arena, text, &options);
    let mut page = Page { anchors: BTreeSet::new(), links: Vec::new() };
    let mut anchors = comrak::Anchorizer::new();
    for node in document.descendants() {
        match &node.data().value {
            NodeValue::Link(link) | NodeValue::Image(link) => page.links.push(link.url.clone()),
            NodeValue::Heading(_) => {
                let mut heading = String::new();
                for part in node.descendants() {
                    match &part.data().value {
                        NodeValue::Text(text) => heading.push_str(text),
                        NodeValue::Code(code) => heading.push_str(&code.literal),
                        _ => {}
                    }
                }
                page.anchors.insert(anchors.anchorize(&heading));
            }
            _ => {}
        }
    }
    page
}

#[test]
fn every_link_of_the_documentation_leads_somewhere() {
    let pages = pages();
    let mut broken = Vec::new();
    for (path, page) in &pages {
        for link in page.links.iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let Ok(target) = target.canonicalize() else {
                broken.push(format!("{}: {link}", path.display()));
                continue;
            };
            if !anchor.is_empty() && !pages.get(&target).is_some_and(|page| page.anchors.contains(anchor)) {
                broken.push(format!("{}: {link} names no heading", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_page_of_the_book_is_in_its_summary() {
    let pages = pages();
    let (summary, _) = pages.iter().find(|(path, _)| path.ends_with("docs/SUMMARY.md")).unwrap();
    let listed: BTreeSet<_> = pages[summary].links.iter().map(|link| summary.with_file_name(link)).collect();
    let there: BTreeSet<_> =
        pages.keys().filter(|path| path.parent() == summary.parent() && *path != summary).cloned().collect();
    assert_eq!(listed, there);
}
