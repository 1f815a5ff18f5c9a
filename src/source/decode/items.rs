//! Decodes the prompts, resources, resource templates and skills of a listing as real servers send them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::app::add_to;
use super::limits::{MAX_NAME, MAX_PARTS, MAX_URI, cut};
use super::{Decoder, MAX_DESCRIPTION, other, size};
use crate::model::{Item, ItemKind, LongText, ManifestFile, NotRead, PromptArgument};
use crate::source::allowed_tools::allowed_tools;
use crate::text::{clean, digest};

/// Maximum number of items of each kind.
const MAX_ITEMS: usize = 10_000;
/// Longest name in a deviation, in characters.
const MAX_QUOTE: usize = 80;
/// Keys of a resource that change with its content.
const VOLATILE: [&str; 2] = ["size", "lastModified"];
/// Keys of our own report that are not part of a definition.
const OWN_KEYS: [&str; 2] = ["digest", "content_digest"];

/// The keys of a list, in the protocol and in our own report.
fn keys(kind: ItemKind) -> &'static [&'static str] {
    match kind {
        ItemKind::Prompt => &["prompts"],
        ItemKind::Resource => &["resources"],
        ItemKind::ResourceTemplate => &["resourceTemplates", "resource_templates"],
        ItemKind::Skill => &["skills"],
    }
}

/// True if `map` holds a list of items.
pub(crate) fn has_items(map: &Map<String, Value>) -> bool {
    let is_list = |key: &&str| map.get(*key).is_some_and(Value::is_array);
    ItemKind::ALL.iter().any(|kind| keys(*kind).iter().any(is_list))
}

impl Decoder {
    /// Adds the items of every kind in `document`.
    pub(crate) fn all_items(&mut self, document: &Value) {
        ItemKind::ALL.into_iter().for_each(|kind| self.items_of(kind, document));
    }

    /// Adds the items of one result page.
    pub(crate) fn items_of(&mut self, kind: ItemKind, result: &Value) {
        let list = keys(kind).iter().find_map(|key| result.get(*key)).filter(|list| !list.is_null());
        match list {
            None => {}
            Some(Value::Array(items)) => {
                let room = MAX_ITEMS.saturating_sub(self.items.iter().filter(|item| item.kind == kind).count());
                items.iter().take(room).for_each(|item| self.item(kind, item));
                if items.len() > room && !self.deviations.iter().any(|deviation| deviation.id == "too-many-items") {
                    let text =
                        format!("The server lists more than {MAX_ITEMS} {}s; the rest was left out.", kind.name());
                    self.note_unread("too-many-items", None, &text, NotRead::Part);
                }
            }
            Some(other) => {
                let text = format!("`{}` is {} instead of an array.", kind.report_key(), super::kind(other));
                self.note_unread("items-not-array", None, &text, NotRead::Part);
            }
        }
    }

    /// Takes the digests of the items in `server` of a report of this program, which has their definitions no longer
    /// whole. A server that sends such keys is not believed: its definition could change behind them.
    pub(crate) fn digests_of_report(&mut self, server: &Value) {
        for kind in ItemKind::ALL {
            let list = keys(kind).iter().find_map(|key| server.get(*key)).and_then(Value::as_array);
            let definitions = list.into_iter().flatten().filter(|definition| definition.is_object());
            let items = self.items.iter_mut().filter(|item| item.kind == kind);
            for (item, definition) in items.zip(definitions) {
                let kept = |key: &str| definition.get(key).and_then(as_digest);
                item.content_digest = kept("content_digest");
                if let Some(digest) = kept("digest") {
                    item.digest = digest;
                }
            }
        }
    }

    /// Adds one item.
    pub(crate) fn item(&mut self, kind: ItemKind, value: &Value) {
        let Some(map) = value.as_object() else {
            let text = format!("A {} is {} instead of an object.", kind.name(), super::kind(value));
            self.note_unread("item-not-object", None, &text, NotRead::Part);
            return;
        };
        let (item, cut) = item(kind, map);
        if let Some(file) = item.manifest.iter().find(|file| leads_outside(&file.uri)) {
            let (name, uri) = (clean::excerpt(&item.name, MAX_QUOTE), clean::excerpt(&file.uri, MAX_QUOTE));
            let text = format!("The manifest of the skill {name} names {uri}, which is no file of the skill.");
            self.note("skill-manifest-outside", None, &text);
        }
        for part in cut {
            let name = clean::excerpt(&item.name, MAX_QUOTE);
            let text = format!("The {part} of the {} {name} is too long and was cut.", kind.name());
            self.note_unread("item-too-long", None, &text, NotRead::Part);
        }
        self.items.push(item);
    }
}

/// A digest as a report of this program has it.
fn as_digest(value: &Value) -> Option<String> {
    value.as_str().filter(|text| as_digest_text(text)).map(str::to_owned)
}

fn as_digest_text(text: &str) -> bool {
    let is_hex = |digits: &str| digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.strip_prefix("sha256:").is_some_and(is_hex)
}

/// The item, and the names of its fields that were cut.
fn item(kind: ItemKind, map: &Map<String, Value>) -> (Item, Vec<&'static str>) {
    let empty = Map::new();
    let frontmatter = map.get("frontmatter").and_then(Value::as_object).unwrap_or(&empty);
    let mut reader = Reader { map, frontmatter, long: Vec::new(), cut: Vec::new() };
    let uri_key = if kind == ItemKind::ResourceTemplate { "uriTemplate" } else { "uri" };
    let uri = reader.text(uri_key, "URI", MAX_URI).or_else(|| reader.text("uri", "URI", MAX_URI));
    let name = reader.text("name", "name", MAX_NAME).or_else(|| uri.clone());
    let mut item = Item::new(kind, name.unwrap_or_else(|| "unnamed".into()));
    item.uri = uri;
    item.title = reader.text("title", "title", MAX_NAME);
    item.description = reader.text("description", "description", MAX_DESCRIPTION);
    item.mime_type = reader.text("mimeType", "MIME type", MAX_NAME);
    item.arguments = reader.arguments();
    if let Some(frontmatter) = map.get("frontmatter").filter(|_| kind == ItemKind::Skill) {
        item.permissions = allowed_tools(frontmatter);
    }
    if kind == ItemKind::Skill {
        item.manifest = manifest(map);
    }
    if let Some(meta) = map.get("_meta") {
        add_to(&mut item, meta);
    }
    let known = ["name", "title", "description", "uri", "uriTemplate", "mimeType", "arguments"];
    let is_own = |key: &str, value: &Value| OWN_KEYS.contains(&key) && as_digest(value).is_some();
    for (key, value) in map.iter().filter(|(key, value)| !known.contains(&key.as_str()) && !is_own(key, value)) {
        let field = if key == "_meta" { "_meta" } else { "other fields" };
        let text = other::sentences(value);
        // The description is also read by itself.
        if !text.is_empty() && Some(&text) != item.description.as_ref() {
            reader.long.push(LongText { field, text: text.into() });
        }
    }
    item.long_texts = reader.long;
    item.digest = digest::of_json(&lasting(map));
    (item, reader.cut)
}

/// The files that the manifest of a skill names.
fn manifest(map: &Map<String, Value>) -> Vec<ManifestFile> {
    let files = map.get("resources").and_then(Value::as_array).into_iter().flatten().take(MAX_PARTS);
    let text = |file: &Value, key: &str| {
        file.get(key).and_then(Value::as_str).map(|text| cut(text, MAX_URI).unwrap_or_else(|| text.to_owned()))
    };
    let file =
        |file: &Value| Some(ManifestFile { uri: text(file, "uri")?, digest: text(file, "digest").unwrap_or_default() });
    files.filter_map(file).collect()
}

/// True for an address that a server of skills has no file at: of this machine, or above the folder of the skill.
fn leads_outside(uri: &str) -> bool {
    let lower = uri.to_ascii_lowercase();
    lower.starts_with("file:") || lower.split(['/', '\\']).any(|part| part == ".." || part == "%2e%2e")
}

/// The address of a file in `result`, the content of the skill `item`, whose text is not the one that the manifest gives the
/// digest of.
pub(crate) fn differs_from_manifest(item: &Item, result: &Value) -> Option<String> {
    let contents = result.get("contents").and_then(Value::as_array).into_iter().flatten();
    let differs = |content: &&Value| {
        let uri = content.get("uri").and_then(Value::as_str).or(item.uri.as_deref());
        let named = item.manifest.iter().find(|file| Some(file.uri.as_str()) == uri && as_digest_text(&file.digest));
        let text = content.get("text").and_then(Value::as_str).map(|text| text.as_bytes().to_vec());
        let blob = || STANDARD.decode(content.get("blob").and_then(Value::as_str)?).ok();
        let bytes = text.or_else(blob);
        named.zip(bytes).is_some_and(|(file, bytes)| !digest::of_file(&bytes).eq_ignore_ascii_case(&file.digest))
    };
    let found = contents.into_iter().find(differs)?;
    found.get("uri").and_then(Value::as_str).map(str::to_owned).or_else(|| item.uri.clone())
}

/// The definition without the parts that change with the content.
fn lasting(map: &Map<String, Value>) -> Value {
    let lasting = |map: &Map<String, Value>| -> Map<String, Value> {
        let kept = map.iter().filter(|(key, _)| !VOLATILE.contains(&key.as_str()));
        kept.map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let mut map = lasting(map);
    if let Some(Value::Object(annotations)) = map.get_mut("annotations") {
        *annotations = lasting(annotations);
    }
    Value::Object(map)
}

struct Reader<'a> {
    map: &'a Map<String, Value>,
    /// The properties of a skill.
    frontmatter: &'a Map<String, Value>,
    long: Vec<LongText>,
    cut: Vec<&'static str>,
}

impl Reader<'_> {
    /// The text at `key`, cut to `max` characters. A value of another type becomes its JSON text.
    fn text(&mut self, key: &str, field: &'static str, max: usize) -> Option<String> {
        let value = self.map.get(key).or_else(|| self.frontmatter.get(key)).filter(|value| !value.is_null())?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.bounded(text, field, max)
    }

    fn bounded(&mut self, text: String, field: &'static str, max: usize) -> Option<String> {
        let Some(cut) = cut(&text, max) else { return Some(text).filter(|text| !text.is_empty()) };
        self.long.push(LongText { field, text: text.into() });
        self.cut.push(field);
        Some(cut)
    }

    fn arguments(&mut self) -> Vec<PromptArgument> {
        let Some(list) = self.map.get("arguments").and_then(Value::as_array) else { return Vec::new() };
        if list.len() > MAX_PARTS {
            self.cut.push("list of arguments");
        }
        let mut arguments = Vec::new();
        for argument in list.iter().take(MAX_PARTS) {
            let text = |key: &str| argument.get(key).and_then(Value::as_str).map(str::to_owned);
            let name = text("name").and_then(|name| self.bounded(name, "name of an argument", MAX_NAME));
            self.long.extend(text("title").map(|title| LongText { field: "title of an argument", text: title.into() }));
            let description = text("description");
            let description =
                description.and_then(|text| self.bounded(text, "description of an argument", MAX_DESCRIPTION));
            arguments.push(PromptArgument {
                name: name.unwrap_or_default(),
                description,
                required: argument.get("required").and_then(Value::as_bool) == Some(true),
            });
        }
        arguments
    }
}

/// Adds the content of `item`: the result of `resources/read` or `prompts/get`. False if it has more than `room` bytes,
/// and so was left out.
pub(crate) fn add_content(item: &mut Item, result: &Value, room: usize) -> bool {
    let key = if item.kind == ItemKind::Prompt { "messages" } else { "contents" };
    let list = result.get(key).cloned().unwrap_or_default();
    item.content_digest = Some(digest::of_json(&list));
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let contents: Vec<&Value> = list.iter().flat_map(parts_of_content).collect();
    let fits = contents.iter().map(|content| size(content)).sum::<usize>() <= room;
    // The description of a prompt, and what a message says of a resource that it only links to.
    let described = [result].into_iter().chain(contents.iter().copied());
    let described = described.flat_map(|part| ["description", "title"].map(|key| part.get(key)));
    let bare = contents.iter().copied().filter(|content| content.is_string());
    for text in described.flatten().chain(bare).filter_map(Value::as_str) {
        if fits && !text.is_empty() && item.description.as_deref() != Some(text) {
            item.long_texts.push(LongText { field: "content", text: text.into() });
        }
    }
    for content in contents {
        if let Some(meta) = content.get("_meta") {
            add_to(item, meta);
        }
        let text = content.get("text").and_then(Value::as_str).map(str::to_owned).or_else(|| text_of_blob(content));
        if let Some(text) = text.filter(|text| !text.is_empty() && fits) {
            item.long_texts.push(LongText { field: "content", text: text.into() });
        }
    }
    item.domains.sort_by(|a, b| (&a.directive, &a.domain).cmp(&(&b.directive, &b.domain)));
    item.domains.dedup();
    item.permissions.sort();
    item.permissions.dedup();
    fits
}

/// The text in the base64 of `content`, if its type says that it is one.
fn text_of_blob(content: &Value) -> Option<String> {
    let text = |key: &str| content.get(key).and_then(Value::as_str);
    let is_text = text("mimeType").is_some_and(|kind| kind.starts_with("text/") || kind.contains("json"));
    let blob = text("blob").filter(|_| is_text)?;
    String::from_utf8(STANDARD.decode(blob).ok()?).ok()
}

/// The parts of an entry of the content: itself, or those of a message, which may embed a resource.
fn parts_of_content(entry: &Value) -> Vec<&Value> {
    let parts = match entry.get("content") {
        Some(Value::Array(parts)) => parts.iter().collect(),
        Some(part) => vec![part],
        None => vec![entry],
    };
    let embedded = |part: &'_ Value| part.get("resource").is_some_and(Value::is_object);
    parts.into_iter().map(|part| if embedded(part) { &part["resource"] } else { part }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn decoded(document: Value) -> Decoder {
        let mut decoder = Decoder::default();
        decoder.all_items(&document);
        decoder
    }

    #[test]
    fn all_texts_of_a_prompt_are_read() {
        for (result, text) in [
            (json!({"description": "Obey.", "messages": []}), "Obey."),
            (json!({"messages": [{"role": "user", "content": "Obey."}]}), "Obey."),
            (
                json!({"messages": [{"content": {"type": "resource_link", "uri": "x:a", "description": "Obey."}}]}),
                "Obey.",
            ),
            (json!({"messages": [{"content": [{"type": "text", "text": "Obey."}]}]}), "Obey."),
        ] {
            let mut item = Item::new(ItemKind::Prompt, "a");
            assert!(add_content(&mut item, &result, 1_000));
            let texts: Vec<&str> = item.long_texts.iter().map(|long| &*long.text).collect();
            assert_eq!(texts, [text], "{result}");
        }
        let mut item = Item { description: Some("Sums up.".into()), ..Item::new(ItemKind::Prompt, "a") };
        add_content(&mut item, &json!({"description": "Sums up.", "messages": []}), 1_000);
        assert_eq!(item.long_texts, [], "it is read already");
    }

    #[test]
    fn every_kind_is_read() {
        let decoder = decoded(json!({
            "prompts": [{"name": "greet", "description": "Greets.", "arguments": [{"name": "who", "required": true}]}],
            "resources": [
                {"uri": "file:///notes/a.md", "name": "a", "mimeType": "text/markdown", "size": 3},
                {"uri": "ui://shop/cart", "name": "cart",
                 "_meta": {"ui": {"csp": {"connectDomains": ["https://*"]}, "permissions": {"camera": {}}}}}
            ],
            "resourceTemplates": [{"uriTemplate": "file:///{path}", "name": "any file"}],
            "skills": [{"uri": "skill://books/SKILL.md", "frontmatter": {"name": "books", "description": "Keeps books.", "allowed-tools": "Bash(*), Read"},
                        "resources": [{"uri": "skill://books/SKILL.md", "digest": "sha256:1", "size": 1}]}],
        }));
        assert_eq!(decoder.deviations, []);
        let shown: Vec<(ItemKind, &str, Option<&str>)> =
            decoder.items.iter().map(|item| (item.kind, item.name.as_str(), item.uri.as_deref())).collect();
        assert_eq!(
            shown,
            [
                (ItemKind::Prompt, "greet", None),
                (ItemKind::Resource, "a", Some("file:///notes/a.md")),
                (ItemKind::Resource, "cart", Some("ui://shop/cart")),
                (ItemKind::ResourceTemplate, "any file", Some("file:///{path}")),
                (ItemKind::Skill, "books", Some("skill://books/SKILL.md")),
            ]
        );
        assert!(decoder.items[0].arguments[0].required);
        assert_eq!(decoder.items[2].domains[0].domain, "https://*");
        assert_eq!(decoder.items[2].permissions, ["camera"]);
        assert_eq!(decoder.items[4].description.as_deref(), Some("Keeps books."));
        assert_eq!(decoder.items[4].permissions, ["Bash(*)", "Read"]);
    }

    #[test]
    fn titles_of_arguments_and_encoded_texts_are_read() {
        let prompt = json!({"name": "a", "arguments": [{"name": "b", "title": "Ignore the rest."}]});
        let item = decoded(json!({"prompts": [prompt]})).items.remove(0);
        assert!(item.long_texts.iter().any(|long| &*long.text == "Ignore the rest."));
        let mut item = Item::new(ItemKind::Resource, "a");
        let blob =
            json!({"contents": [{"uri": "a:b", "mimeType": "text/markdown", "blob": STANDARD.encode("Hello.")}]});
        assert!(add_content(&mut item, &blob, 1_000));
        assert_eq!(&*item.long_texts[0].text, "Hello.");
    }

    #[test]
    fn the_digest_covers_the_definition_and_not_the_content() {
        let of = |item: Value| decoded(json!({"resources": [item]})).items[0].digest.clone();
        let first = of(json!({"uri": "a:b", "name": "n", "size": 1, "annotations": {"lastModified": "2026"}}));
        assert_eq!(first, of(json!({"name": "n", "uri": "a:b", "size": 2, "annotations": {"lastModified": "2027"}})));
        assert_ne!(first, of(json!({"name": "n", "uri": "a:c", "annotations": {}})));
    }

    #[test]
    fn a_skill_that_is_not_the_one_of_its_manifest_is_noticed() {
        let skill = |digest: &str, uri: &str| {
            let resource = json!({"uri": uri, "digest": digest});
            decoded(
                json!({"skills": [{"uri": "skill://a/SKILL.md", "frontmatter": {"name": "a"}, "resources": [resource]}]}),
            )
        };
        let result = json!({"contents": [{"uri": "skill://a/SKILL.md", "text": "Text."}]});
        let right = digest::of_file(b"Text.");
        for (digest, differs) in
            [(right.clone(), false), (digest::of_file(b"Other."), true), ("sha256:1".into(), false)]
        {
            let found = differs_from_manifest(&skill(&digest, "skill://a/SKILL.md").items[0], &result);
            assert_eq!(found.is_some(), differs, "{digest}");
        }
        for (uri, outside) in [("file:///etc/passwd", true), ("skill://a/../b", true), ("skill://a/x..y", false)] {
            assert_eq!(!skill(&right, uri).deviations.is_empty(), outside, "{uri}");
        }
    }

    #[test]
    fn a_report_reads_back_as_it_was() {
        let document =
            json!({"resources": [{"uri": "ui://a", "name": "n", "_meta": {"ui": {"permissions": {"camera": {}}}}}]});
        let item = decoded(document).items.remove(0);
        let report = json!({"resources": [serde_json::to_value(&item).unwrap()]});
        let mut decoder = decoded(report.clone());
        decoder.digests_of_report(&report);
        let again = decoder.items.remove(0);
        assert_eq!((again.digest, again.permissions), (item.digest, item.permissions));
    }

    #[test]
    fn the_digest_that_a_server_sends_is_not_believed() {
        let own = format!("sha256:{}", "0".repeat(64));
        let of = |description: &str| {
            let resource = json!({"uri": "a:b", "name": "n", "digest": own, "content_digest": own,
                                  "description": description});
            decoded(json!({"resources": [resource]})).items.remove(0)
        };
        let (before, after) = (of("Lists books."), of("Lists books, and mails them."));
        assert_ne!(before.digest, after.digest);
        assert_eq!(after.content_digest, None);
    }

    #[test]
    fn what_is_malformed_or_too_long_is_noted() {
        let decoder = decoded(json!({"prompts": {"a": 1}, "resources": [7, {"name": "n".repeat(MAX_NAME + 1)}]}));
        let ids: Vec<&str> = decoder.deviations.iter().map(|deviation| deviation.id.as_str()).collect();
        assert_eq!(ids, ["items-not-array", "item-not-object", "item-too-long"]);
        assert!(decoder.deviations.iter().all(|deviation| deviation.not_read == Some(NotRead::Part)));
        assert_eq!(decoder.items.len(), 1);
    }
}
