//! The parts of the search index, found as the search page finds them.

use std::collections::BTreeMap;

use mcp_scan::model::{Category, Report, Server};
use serde_json::{Value, json};

use super::reports::{report, server, tool};
use super::{site, whole_site};

/// What a script of the index assigns.
fn assigned(script: &str) -> Value {
    let (_, value) = script.trim_end().trim_end_matches(';').split_once(" = ").unwrap();
    serde_json::from_str(value.trim_start_matches("{ root: ").trim_end_matches(" }")).unwrap()
}

fn root(site: &BTreeMap<String, String>) -> Value {
    assigned(&site["search/index.js"])
}

/// The tools in the part where `word` must stand, as `server/tool`.
fn tools_with(site: &BTreeMap<String, String>, word: &str) -> Vec<String> {
    let root = root(site);
    let starts = root["starts"].as_array().unwrap();
    let part = starts.partition_point(|start| start.as_str().unwrap() <= word).saturating_sub(1);
    let part = assigned(&site[&format!("search/tools-{part}.js")]);
    let folder = |row: &Value| part["servers"][row[0].as_u64().unwrap() as usize][1].as_str().unwrap().to_owned();
    part["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{}/{}", folder(row), row[2].as_str().unwrap()))
        .collect()
}

fn many() -> Report {
    let tools = (0..500).map(|n| tool(&format!("get_thing_{n}"), "Gives.", Category::Read, json!({}))).collect();
    let rare = vec![tool("delete_order", "Removes an order.", Category::Destructive, json!({}))];
    let named = |name: &str| Server { name: name.into(), ..Server::default() };
    report(vec![server(named("long"), tools), server(named("acme"), rare)])
}

#[test]
fn a_tool_stands_where_its_words_lead() {
    let site = site(&many());
    for word in ["delete", "order", "removes", "acme", "destructive"] {
        assert!(tools_with(&site, word).contains(&"acme/delete_order".to_owned()), "{word}");
    }
    assert!(tools_with(&site, "434").contains(&"long/get_thing_434".to_owned()));
    assert!(!tools_with(&site, "get").is_empty());
}

#[test]
fn no_part_grows_without_bound() {
    for site in [&site(&many()), whole_site()] {
        for (path, script) in site.iter().filter(|(path, _)| path.starts_with("search/tools-")) {
            assert!(assigned(script)["tools"].as_array().unwrap().len() <= 100 && script.len() < 64_000, "{path}");
        }
    }
}

#[test]
fn a_misspelt_word_is_looked_for_by_its_first_and_by_its_last_letters() {
    let site = site(&many());
    let buckets = root(&site)["buckets"].as_u64().unwrap();
    for (first, last) in [('d', 'e'), ('t', 'e')] {
        let bucket = (31 * u64::from(u32::from(first)) + u64::from(u32::from(last))) % buckets;
        let words = assigned(&site[&format!("search/words-{bucket}.js")]);
        assert!(words.as_array().unwrap().contains(&"delete".into()), "{first}{last}");
    }
}

#[test]
fn what_a_server_says_cannot_leave_the_data() {
    for (path, script) in whole_site().iter().filter(|(path, _)| path.starts_with("search/") && path.ends_with(".js")) {
        assert!(assigned(script).is_object() || assigned(script).is_array(), "{path}");
        assert_eq!(script.lines().count(), 1, "{path}");
    }
}
