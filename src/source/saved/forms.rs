//! The formats of saved listings, recognized by their keys.

use serde_json::{Map, Value};

use super::beside;
use crate::model::{Deviation, Listing, NotRead, Package, Registry, ReportedError, Server};
use crate::source::decode::{self, Decoder, kind};
use crate::source::error::{DocumentCause, SourceError};
use crate::source::manifest;
use crate::text::clean;

/// The source of a document.
pub(crate) struct Origin {
    /// The server name to use if the document has none.
    pub(crate) name: String,
    /// The target, for display.
    pub(crate) shown: String,
}

/// Keys that identify a tool, besides `name`.
const TOOL_KEYS: [&str; 4] = ["inputSchema", "input_schema", "annotations", "outputSchema"];
/// Keys that other documents have too. An object with `name` and only these keys is still a tool.
const PLAIN_KEYS: [&str; 7] = ["name", "title", "description", "server", "_meta", "icons", "execution"];

/// What a server says of itself. Other keys beside its tools may be those of a program that saved them.
const OF_SERVER: [&str; 3] = ["serverInfo", "capabilities", "_meta"];

/// The listings in a document.
pub(crate) fn listings(document: &Value, origin: &Origin) -> Result<Vec<Listing>, DocumentCause> {
    match document {
        Value::Array(items) => from_array(items, origin),
        Value::Object(map) => from_object(map, document, origin),
        other => Err(DocumentCause::Kind(kind(other))),
    }
}

/// True if the line is a JSON object that is a tool.
pub(crate) fn is_tool_line(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    matches!(serde_json::from_slice(line), Ok(Value::Object(map)) if is_tool(&map))
}

/// True if the text is exactly one JSON object.
pub(crate) fn is_object(text: &[u8]) -> bool {
    matches!(serde_json::from_slice(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)), Ok(Value::Object(_)))
}

fn is_tool(map: &Map<String, Value>) -> bool {
    map.get("name").is_some_and(Value::is_string)
        && !map.contains_key("tools")
        && (TOOL_KEYS.iter().any(|key| map.contains_key(*key))
            || map.get("parameters").is_some_and(decode::is_schema)
            || map.get("server").is_some_and(Value::is_string)
            || map.keys().all(|key| PLAIN_KEYS.contains(&key.as_str())))
}

/// Reads an array of listings if every item is one, otherwise an array of tools.
fn from_array(items: &[Value], origin: &Origin) -> Result<Vec<Listing>, DocumentCause> {
    let is_listing = |item: &Value| {
        let has_items = item.as_object().is_some_and(decode::items::has_items);
        item.get("tools").is_some() || item.get("result").is_some() || has_items
    };
    if !items.is_empty() && items.iter().all(is_listing) {
        return items.iter().map(|item| listings(item, origin)).collect::<Result<Vec<_>, _>>().map(|all| all.concat());
    }
    if !items.is_empty() && !items.iter().any(|item| item.get("name").is_some()) {
        return Err(DocumentCause::ArrayWithoutTools);
    }
    let mut decoder = Decoder::default();
    items.iter().for_each(|item| decoder.tool(item));
    Ok(vec![decoder.into_listing(server(&Map::new(), origin))])
}

fn from_object(map: &Map<String, Value>, document: &Value, origin: &Origin) -> Result<Vec<Listing>, DocumentCause> {
    if let Some(servers) = servers_of_report(map) {
        return from_report(servers, map, origin);
    }
    if let Some(listing) = manifest::listing(map, &origin.shown) {
        return Ok(vec![listing]);
    }
    let is_listing = map.contains_key("tools") || decode::items::has_items(map);
    if let Some(result) = map.get("result").filter(|_| is_listing) {
        return beside_a_listing(result, origin);
    }
    if is_listing {
        let mut decoder = Decoder::default();
        if map.contains_key("tools") {
            decoder.page(document);
        }
        decoder.all_items(document);
        decoder.deviations.extend(beside::keys_in_other_case(map));
        if map.get("nextCursor").is_some_and(|cursor| !cursor.is_null() && cursor != "") {
            let text = "The file holds one page of a listing, which goes on after it.";
            decoder.note_unread("more-pages", None, text, NotRead::Tools);
        }
        return Ok(vec![decoder.into_listing(server(map, origin))]);
    }
    if let Some(result) = map.get("result") {
        return listings(result, origin).map_err(|cause| DocumentCause::Result(Box::new(cause)));
    }
    if let Some(error) = map.get("error").filter(|_| map.contains_key("jsonrpc")) {
        let message = error.get("message").and_then(Value::as_str).unwrap_or("no message");
        return Err(DocumentCause::RpcError(clean::excerpt(message, 200)));
    }
    if is_tool(map) {
        let mut decoder = Decoder::default();
        decoder.tool(document);
        return Ok(vec![decoder.into_listing(server(&Map::new(), origin))]);
    }
    if ["mcpServers", "servers", "mcp"].iter().any(|key| map.get(*key).is_some_and(Value::is_object)) {
        return Err(DocumentCause::NamesServers);
    }
    Err(DocumentCause::ObjectWithoutTools)
}

/// The listings in the result of an answer that has a listing beside it. Clients read the result.
fn beside_a_listing(result: &Value, origin: &Origin) -> Result<Vec<Listing>, DocumentCause> {
    let mut found = listings(result, origin).map_err(|cause| DocumentCause::Result(Box::new(cause)))?;
    let unread = unread_beside("The answer has a listing beside its result, and only the result was read.");
    found.iter_mut().for_each(|listing| listing.deviations.push(unread.clone()));
    Ok(found)
}

/// The deviation that a listing stands where another is read.
fn unread_beside(text: &str) -> Deviation {
    Deviation { not_read: Some(NotRead::Tools), ..decode::deviation("listing-beside-result", None, text) }
}

/// The keys of a line of our own report that is about a server, and those of them that hold lists of names.
const ABOUT_SERVER: [&str; 5] = ["server", "server_verdict", "server_grade", "findings", "left_unread"];
const NAMES: [&str; 4] = ["prompts", "resources", "resource_templates", "skills"];

/// True if `map` is a line of our own report that is about a server. It holds nothing that a client reads.
pub(super) fn is_about_server(map: &Map<String, Value>) -> bool {
    let are_names = |value: &Value| value.as_array().is_some_and(|names| names.iter().all(Value::is_string));
    let is_known = |(key, value): (&String, &Value)| {
        ABOUT_SERVER.contains(&key.as_str()) || (NAMES.contains(&key.as_str()) && are_names(value))
    };
    ["server", "server_verdict", "findings"].iter().all(|key| map.contains_key(*key)) && map.iter().all(is_known)
}

/// Why the line with `map` is no tool. `None` if it is one.
pub(super) fn why_no_tool(map: &Map<String, Value>) -> Option<&'static str> {
    if is_whole_listing(map) || beside::holds_listing(map) {
        return Some("is a whole listing or an answer of a server, and no tool: give it a .json file of its own");
    }
    // Labelled texts of tools have the name under `tool`.
    if !["name", "tool"].iter().any(|key| map.contains_key(*key)) {
        return Some("is no tool: it has no name");
    }
    let is_other = |(key, value): (&String, &Value)| {
        !PLAIN_KEYS.contains(&key.as_str()) && (value.is_object() || value.is_array())
    };
    let says_nothing = !map.get("description").is_some_and(Value::is_string);
    (!is_tool(map) && says_nothing && map.iter().any(is_other))
        .then_some("is no tool: it has other data, and neither a description nor a schema")
}

/// True if `map` is a listing, or an answer of a server, and no tool.
fn is_whole_listing(map: &Map<String, Value>) -> bool {
    let is_named = map.get("name").is_some_and(Value::is_string);
    map.get("tools").is_some_and(Value::is_array)
        || (!is_named && ["result", "error"].iter().any(|key| map.contains_key(*key)))
        || (!is_named && decode::items::has_items(map))
}

/// The errors in a report of this program, so that merged reports keep them.
pub(crate) fn errors(document: &Value) -> Vec<SourceError> {
    let is_report = document.as_object().is_some_and(|map| servers_of_report(map).is_some());
    let errors = document.get("errors").and_then(Value::as_array).filter(|_| is_report).into_iter().flatten();
    let read = |error: &Value| Some(serde_json::from_value::<ReportedError>(error.clone()).ok()?.into());
    errors.filter_map(read).collect()
}

/// The servers of a report of this program. `None` for another document.
fn servers_of_report(map: &Map<String, Value>) -> Option<&Vec<Value>> {
    map.get("servers").and_then(Value::as_array).filter(|_| map.contains_key("schema_version"))
}

/// The servers of a report, and the listing of an answer that has the keys of a report: clients pass over those.
fn from_report(servers: &[Value], map: &Map<String, Value>, origin: &Origin) -> Result<Vec<Listing>, DocumentCause> {
    let mut found: Vec<Listing> = servers.iter().map(|server| from_server(server, origin)).collect();
    if beside::has_keys_of_listing(map) {
        let of_report = ["servers", "schema_version"];
        let rest = map.iter().filter(|(key, _)| !of_report.contains(&key.as_str()));
        let rest: Map<String, Value> = rest.map(|(key, value)| (key.clone(), value.clone())).collect();
        found.extend(listings(&Value::Object(rest), origin)?);
        let unread = unread_beside("A report has a listing beside its servers; a client reads that one alone.");
        found.iter_mut().for_each(|listing| listing.deviations.push(unread.clone()));
    }
    let has_others = ["unread", "errors"].iter().any(|key| map.get(*key).is_some_and(|list| !is_empty(list)));
    if found.is_empty() && !has_others { Err(DocumentCause::EmptyReport) } else { Ok(found) }
}

fn is_empty(list: &Value) -> bool {
    list.as_array().is_none_or(Vec::is_empty)
}

/// A server in a report of this program. The deviations that the report records are kept; the original definitions are
/// no longer available to detect them again.
fn from_server(server: &Value, origin: &Origin) -> Listing {
    let empty = Map::new();
    let map = server.as_object().unwrap_or(&empty);
    let mut decoder = Decoder::default();
    decoder.page(server);
    decoder.all_items(server);
    decoder.digests_of_report(server);
    let definitions = map.get("tools").and_then(Value::as_array).into_iter().flatten();
    for (tool, definition) in decoder.tools.iter_mut().zip(definitions) {
        if let Some(error) = definition.get("error").and_then(Value::as_str) {
            tool.error = Some(error.to_owned());
        }
        let code = definition.get("code").map(|code| serde_json::from_value(code.clone()));
        tool.code = code.and_then(Result::ok).unwrap_or_default();
        let other = definition.get("other_fields").map(|fields| serde_json::from_value(fields.clone()));
        // What a report says of a tool is no text of the server.
        decode::without_other_keys(tool);
        tool.other_fields = other.and_then(Result::ok).unwrap_or_default();
    }
    if let Some(deviations) = map.get("deviations").and_then(Value::as_array) {
        let read = |d: &Value| serde_json::from_value::<Deviation>(d.clone()).ok();
        let told: Vec<Deviation> = deviations.iter().filter_map(read).collect();
        // A part that cannot be decoded now always counts, whatever the report records: anybody can write such a file.
        decoder.deviations.retain(|now| {
            now.not_read.is_some() && !told.iter().any(|then| (&then.id, &then.tool) == (&now.id, &now.tool))
        });
        decoder.deviations.splice(0..0, told);
    }
    if map.keys().any(|key| key.eq_ignore_ascii_case("result")) {
        decoder.deviations.push(unread_beside("A server in a report has a `result`, which was not read."));
    }
    let known = serde_json::from_value::<Server>(server.clone());
    decoder.into_listing(known.unwrap_or_else(|_| self::server(map, origin)))
}

/// The server's identity, from the keys next to its tools.
fn server(map: &Map<String, Value>, origin: &Origin) -> Server {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
    let info = map.get("serverInfo");
    let of_info = |key: &str| text(info.and_then(|info| info.get(key)));
    let package = text(map.get("package")).map(|name| Package {
        registry: match map.get("ecosystem").and_then(Value::as_str) {
            Some("npm") => Registry::Npm,
            Some("pypi") => Registry::Pypi,
            _ => Registry::Other,
        },
        name,
        version: text(map.get("version")),
    });
    let is_of_server = |(key, _): &(&String, &Value)| OF_SERVER.contains(&key.as_str());
    let of_server = map.iter().filter(is_of_server).map(|(key, value)| (key.clone(), value.clone())).collect();
    let name = of_info("name")
        .or_else(|| text(map.get("name")))
        .or_else(|| package.as_ref().map(|p| p.name.clone()))
        .unwrap_or_else(|| origin.name.clone());
    Server {
        name,
        title: of_info("title"),
        version: of_info("version"),
        package,
        target: origin.shown.as_str().into(),
        protocol_version: text(map.get("protocolVersion")),
        instructions: text(map.get("instructions")),
        long_texts: decode::texts_of_answer(&Value::Object(of_server)),
        ..Server::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(document: Value) -> Vec<Listing> {
        listings(&document, &Origin { name: "file".into(), shown: "file.json".into() }).unwrap()
    }

    #[test]
    fn a_capture_tells_server_and_package() {
        let server = &read(json!({
            "package": "@acme/shop", "version": "1.2.0", "ecosystem": "npm", "protocolVersion": "2025-06-18",
            "serverInfo": {"name": "shop", "title": "Shop", "version": "9"}, "instructions": "Ask first.", "tools": []
        }))[0]
            .server;
        assert_eq!(
            (server.name.as_str(), server.display_name(), server.version.as_deref()),
            ("shop", "Shop", Some("9"))
        );
        let package = server.package.as_ref().unwrap();
        assert_eq!((package.registry, package.version.as_deref()), (Registry::Npm, Some("1.2.0")));
        assert_eq!(
            (server.protocol_version.as_deref(), server.instructions.as_deref()),
            (Some("2025-06-18"), Some("Ask first."))
        );
        assert_eq!(server.target.as_str(), "file.json");
    }

    #[test]
    fn our_own_report_reads_back() {
        let ruleset = crate::rules::Ruleset::builtin().unwrap();
        let tools = json!({"serverInfo": {"name": "s"}, "package": "p", "ecosystem": "pypi", "tools": [
            {"name": "a", "description": "d", "annotations": {"readOnlyHint": true, "mine": 1},
                "icons": [{"src": "x"}], "inputSchema": {"properties": {"x": {}}}},
            {"name": "b"}, 5
        ]});
        let first = read(tools);
        let report = crate::report(first.clone(), vec![], &ruleset);
        let second = read(serde_json::to_value(&report).unwrap());
        assert_eq!(second[0].server, first[0].server);
        assert_eq!(second[0].tools, first[0].tools);
        assert_eq!(second[0].deviations, first[0].deviations);
    }

    #[test]
    fn a_report_cannot_say_that_all_was_read() {
        let long = json!({"name": "a", "description": "x".repeat(2 << 20), "inputSchema": {}});
        let report = json!({"schema_version": 1, "servers": [{"name": "s", "tools": [long], "deviations": []}]});
        assert!(read(report)[0].deviations.iter().any(|deviation| deviation.not_read.is_some()));
    }

    #[test]
    fn a_listing_beside_the_servers_of_a_report_is_read_and_said() {
        let good = json!({"name": "s", "tools": [{"name": "good", "inputSchema": {}}]});
        let bad = json!([{"name": "bad", "inputSchema": {}}]);
        let is_said = |found: &Deviation| found.not_read == Some(NotRead::Tools);
        for (document, wanted) in [
            (json!({"schema_version": 1, "servers": [], "tools": bad}), &["bad"][..]),
            (json!({"schema_version": 1, "servers": [], "id": 1, "result": {"tools": bad}}), &["bad"]),
            (json!({"schema_version": "1", "servers": [good], "result": {"tools": bad}}), &["good", "bad"]),
        ] {
            let found = read(document.clone());
            let names: Vec<&str> = found.iter().flat_map(|list| &list.tools).map(|tool| tool.name.as_str()).collect();
            assert_eq!(names, wanted, "{document}");
            assert!(found.iter().all(|list| list.deviations.iter().any(is_said)), "{document}");
        }
        let inside = json!({"name": "s", "tools": good["tools"], "result": {"tools": bad}});
        let found = read(json!({"schema_version": 1, "servers": [inside]}));
        assert!(found[0].deviations.iter().any(is_said), "{:?}", found[0].deviations);
    }

    #[test]
    fn a_report_without_a_server_is_an_error_unless_it_says_why() {
        let origin = Origin { name: "x".into(), shown: "x".into() };
        for nothing in
            [json!({"schema_version": 1, "servers": []}), json!({"schema_version": 1, "servers": [], "Tools": []})]
        {
            assert!(listings(&nothing, &origin).is_err(), "{nothing}");
        }
        let failed = json!({"schema_version": 1, "servers": [], "errors": [{"target": "x", "what": "w", "why": "y"}]});
        assert!(read(failed).is_empty());
    }

    #[test]
    fn keys_that_other_readers_take_in_another_case_are_not_read() {
        let good = json!({"name": "good", "description": "d", "inputSchema": {}});
        for (document, not_read) in [
            (json!({"tools": [good], "Tools": [{"name": "bad"}]}), Some(NotRead::Tools)),
            (
                json!({"tools": [{"name": "a", "description": "d", "Description": "bad", "inputSchema": {}}]}),
                Some(NotRead::Part),
            ),
            (json!({"tools": [good], "nextCursor": 5}), Some(NotRead::Tools)),
            (json!({"tools": [good], "nextCursor": ""}), None),
            (json!({"tools": [{"name": "a", "inputSchema": {"properties": {"Name": {}, "name": {}}}}]}), None),
        ] {
            let found = read(document.clone()).remove(0).deviations;
            assert_eq!(found.iter().find_map(|found| found.not_read), not_read, "{document}");
        }
    }

    #[test]
    fn documents_that_only_look_like_tools_are_none() {
        let origin = Origin { name: "x".into(), shown: "x".into() };
        for other in [
            json!({"name": "pkg", "version": "1.0.0", "description": "d", "dependencies": {}}),
            json!({"name": "io.example/x", "description": "d", "packages": []}),
            json!({"description": "no name"}),
            json!({"result": {"content": []}}),
        ] {
            assert!(listings(&other, &origin).is_err(), "{other}");
        }
        assert_eq!(read(json!({"name": "t", "description": "d"}))[0].tools.len(), 1);
    }

    #[test]
    fn the_result_of_an_answer_is_read_and_not_what_stands_beside_it() {
        let good = json!([{"name": "good"}]);
        let both = json!({"jsonrpc": "2.0", "id": 1, "tools": good, "result": {"tools": [{"name": "bad"}]}});
        let found = read(both);
        assert_eq!(found[0].tools[0].name, "bad");
        let is_said = |found: &Deviation| found.id == "listing-beside-result" && found.not_read == Some(NotRead::Tools);
        assert!(found[0].deviations.iter().any(is_said), "{:?}", found[0].deviations);
    }

    #[test]
    fn an_array_of_captures_is_several_listings() {
        let all = read(json!([{"serverInfo": {"name": "a"}, "tools": []}, {"result": {"tools": [{"name": "x"}]}}]));
        assert_eq!(all.iter().map(|l| l.server.name.as_str()).collect::<Vec<_>>(), ["a", "file"]);
    }
}
