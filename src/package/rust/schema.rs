//! JSON Schemas of Rust types, as schemars makes them with the attributes of serde.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value as Json, json};
use tree_sitter::Node;

use super::attributes::{Meta, known};
use super::source::{Item, children, children_with_attributes, last_word};
use super::value::{At, Evaluator};
use crate::package::extraction::Gap;

/// The deepest nesting of types.
const MAX_DEPTH: usize = 12;
/// The most fields of one schema.
const MAX_FIELDS: usize = 2_000;
/// How many bytes are searched in the time of a step.
const BYTES_OF_STEP: usize = 256;
/// The longest type.
const MAX_TYPE: usize = 1_000;

/// A schema while it is made.
#[derive(Default)]
pub(super) struct Making {
    fields: usize,
    open: BTreeSet<(usize, usize)>,
    pub(super) gaps: Vec<Gap>,
}

/// The style in which serde spells names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    AsIs,
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl<'t> Evaluator<'t> {
    /// The schema of the type that `text` spells in `file`, for the parameters of a tool.
    pub(super) fn schema_of_type(&self, text: &str, file: usize) -> (Option<Json>, Vec<Gap>) {
        let mut making = Making::default();
        let schema = self.type_schema(text, file, &mut making, 0);
        match schema {
            Some(Json::Object(mut map)) if map.get("type") == Some(&"object".into()) || !map.is_empty() => {
                map.entry("type").or_insert_with(|| "object".into());
                making.gaps.sort();
                making.gaps.dedup();
                (Some(Json::Object(map)), making.gaps)
            }
            // A value of which everything is allowed.
            Some(_) => (Some(json!({"type": "object"})), vec![Gap::MoreParameters]),
            None => (None, vec![Gap::InputSchema]),
        }
    }

    /// `None` if nothing is known about the type.
    pub(super) fn type_schema(&self, text: &str, file: usize, making: &mut Making, depth: usize) -> Option<Json> {
        let text = without_lifetimes(text.trim());
        if depth > MAX_DEPTH || text.len() > MAX_TYPE || self.is_exhausted() {
            return None;
        }
        if let Some(inner) = text.strip_prefix('&') {
            return self.type_schema(inner.trim_start_matches("mut "), file, making, depth + 1);
        }
        if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let element = inner.split(';').next().unwrap_or_default();
            let items = self.type_schema(element, file, making, depth + 1)?;
            return Some(json!({"type": "array", "items": items}));
        }
        if let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            let parts = split_types(inner);
            if parts.is_empty() {
                return Some(json!({"type": "null"}));
            }
            let items: Vec<Json> = parts
                .iter()
                .map(|part| self.type_schema(part, file, making, depth + 1).unwrap_or_else(|| json!({})))
                .collect();
            return Some(
                json!({"type": "array", "prefixItems": items, "minItems": parts.len(), "maxItems": parts.len()}),
            );
        }
        let (path, args) = match text.split_once('<') {
            Some((path, rest)) => (path, split_types(rest.trim_end().strip_suffix('>')?)),
            None => (text.as_str(), Vec::new()),
        };
        let inner = |this: &Self, at: usize, making: &mut Making| {
            args.get(at).and_then(|arg| this.type_schema(arg, file, making, depth + 1))
        };
        let name = last_word(path);
        let schema = match name {
            "String" | "str" | "char" | "PathBuf" | "Path" | "OsString" => json!({"type": "string"}),
            "Url" => json!({"type": "string", "format": "uri"}),
            "Uuid" => json!({"type": "string", "format": "uuid"}),
            "DateTime" | "NaiveDateTime" | "OffsetDateTime" => json!({"type": "string", "format": "date-time"}),
            "NaiveDate" => json!({"type": "string", "format": "date"}),
            "bool" => json!({"type": "boolean"}),
            "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "NonZeroI32" | "NonZeroI64" => json!({"type": "integer"}),
            "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => json!({"type": "integer", "minimum": 0}),
            "NonZeroU8" | "NonZeroU16" | "NonZeroU32" | "NonZeroU64" | "NonZeroUsize" => {
                json!({"type": "integer", "minimum": 1})
            }
            "f32" | "f64" => json!({"type": "number"}),
            "Value" | "JsonValue" if self.named(name, path, file).is_none() => json!({}),
            "JsonObject" | "Map" if self.named(name, path, file).is_none() => json!({"type": "object"}),
            "Box" | "Arc" | "Rc" | "Cow" | "Json" | "Parameters" | "RefCell" | "Mutex" => {
                return inner(self, args.len().checked_sub(1)?, making);
            }
            "Option" => {
                let schema = inner(self, 0, making)?;
                return Some(or_null(schema));
            }
            "Vec" | "VecDeque" | "HashSet" | "BTreeSet" | "IndexSet" | "LinkedList" => {
                let items = inner(self, 0, making).unwrap_or_else(|| json!({}));
                json!({"type": "array", "items": items})
            }
            "HashMap" | "BTreeMap" | "IndexMap" => {
                let value = inner(self, 1, making).unwrap_or_else(|| json!({}));
                json!({"type": "object", "additionalProperties": value})
            }
            _ => {
                let item = self.named(name, path, file)?;
                let key = (item.file, item.node.start_byte());
                if !making.open.insert(key) {
                    // A type within itself.
                    return Some(json!({}));
                }
                let schema = self.item_schema(&item, making, depth + 1);
                making.open.remove(&key);
                return schema;
            }
        };
        Some(schema)
    }

    /// The type that a name means: of the same file, of the module before it, or the only one.
    fn named(&self, name: &str, path: &str, file: usize) -> Option<Item<'t>> {
        let found = self.index.types.get(name)?;
        self.working(found.len());
        let before = path.strip_suffix(name).unwrap_or_default().trim_end_matches(':');
        let stem = |item: &&Item<'t>| {
            let path = self.sources.files[item.file].path.trim_end_matches("/mod.rs").trim_end_matches(".rs");
            path.rsplit('/').next().unwrap_or_default().to_owned()
        };
        let own = found.iter().find(|item| item.file == file && before.is_empty());
        let of_module = || found.iter().find(|item| !before.is_empty() && stem(item) == last_word(before));
        // `use crate::module::Name;`
        let imported = || {
            let text = self.sources.files[file].text;
            self.working(found.len().saturating_mul(text.len() / BYTES_OF_STEP));
            found.iter().find(|item| found.len() > 1 && text.contains(&format!("{}::", stem(item))))
        };
        own.or_else(of_module).or(if let [only] = &found[..] { Some(only) } else { None }).or_else(imported).cloned()
    }

    fn item_schema(&self, item: &Item<'t>, making: &mut Making, depth: usize) -> Option<Json> {
        let source = self.sources.files[item.file].text;
        let text = |node: Node<'t>| source.get(node.byte_range()).unwrap_or_default();
        let at = At { file: item.file, function: None, owner: None, given: &HashMap::new() };
        let metas = self.attributes(item, &["serde", "schemars"]).unwrap_or_default();
        let description = Meta::text_of(&metas, "description").or_else(|| self.documentation(&item.before, at));
        let mut schema = match item.node.kind() {
            "type_item" => {
                return self.type_schema(text(item.node.child_by_field_name("type")?), item.file, making, depth);
            }
            "struct_item" => match item.node.child_by_field_name("body") {
                Some(body) if body.kind() == "field_declaration_list" => {
                    self.struct_schema(body, item.file, &metas, making, depth)
                }
                Some(body) => {
                    // A type around another one.
                    let of = children(body)
                        .into_iter()
                        .rfind(|node| !matches!(node.kind(), "visibility_modifier" | "attribute_item"))?;
                    return self.type_schema(text(of), item.file, making, depth);
                }
                None => json!({"type": "object", "properties": {}}),
            },
            "enum_item" => self.enum_schema(item.node.child_by_field_name("body")?, item.file, &metas, making, depth),
            _ => return None,
        };
        if let (Some(text), Some(map)) = (description, schema.as_object_mut()) {
            map.entry("description").or_insert_with(|| text.into());
        }
        Some(schema)
    }

    fn struct_schema(&self, body: Node<'t>, file: usize, metas: &[Meta], making: &mut Making, depth: usize) -> Json {
        let source = self.sources.files[file].text;
        let text = |node: Node<'t>| source.get(node.byte_range()).unwrap_or_default();
        let case = case_of(metas, "rename_all");
        let all_default = Meta::has(metas, "default");
        let at = At { file, function: None, owner: None, given: &HashMap::new() };
        let (mut properties, mut required, mut rest) = (Map::new(), Vec::new(), Map::new());
        for (before, field) in children_with_attributes(body) {
            making.fields += 1;
            if making.fields > MAX_FIELDS {
                making.gaps.push(Gap::MoreParameters);
                break;
            }
            let (Some(name), Some(of)) = (field.child_by_field_name("name"), field.child_by_field_name("type")) else {
                continue;
            };
            let metas = self.metas(&before, &["serde", "schemars", "json_schema", "validate"], at).unwrap_or_default();
            if ["skip", "skip_deserializing"].iter().any(|name| Meta::has(&metas, name)) {
                continue;
            }
            let of = Meta::text_of(&metas, "with")
                .filter(|with| !with.contains("::"))
                .unwrap_or_else(|| text(of).to_owned());
            let name = text(name).trim_start_matches("r#");
            if Meta::has(&metas, "flatten") {
                match self.type_schema(&of, file, making, depth + 1) {
                    Some(Json::Object(inner)) if inner.contains_key("properties") => {
                        if let Some(Json::Object(inner)) = inner.get("properties") {
                            properties.extend(inner.clone());
                        }
                        if let Some(Json::Array(inner)) = inner.get("required")
                            && !of.trim_start().starts_with("Option")
                        {
                            required.extend(inner.iter().cloned());
                        }
                    }
                    Some(Json::Object(inner)) if inner.get("type") == Some(&"object".into()) => {
                        rest.insert("additionalProperties".into(), true.into());
                    }
                    _ => making.gaps.push(Gap::MoreParameters),
                }
                continue;
            }
            let key = renamed(&metas).unwrap_or_else(|| case.of_field(name));
            let known_schema =
                if Meta::has(&metas, "schema_with") { None } else { self.type_schema(&of, file, making, depth + 1) };
            let mut schema = known_schema.unwrap_or_else(|| {
                if depth <= 2 {
                    making.gaps.push(Gap::Parameter(key.clone()));
                }
                json!({})
            });
            self.describe(&mut schema, &metas, &before, at);
            let is_option = last_word(of.split('<').next().unwrap_or_default()) == "Option";
            let is_optional = is_option || all_default || Meta::has(&metas, "default");
            if !is_optional || Meta::has(&metas, "required") {
                required.push(key.as_str().into());
            }
            properties.insert(key, schema);
        }
        let mut schema = Map::new();
        schema.insert("type".into(), "object".into());
        schema.insert("properties".into(), Json::Object(properties));
        if !required.is_empty() {
            schema.insert("required".into(), Json::Array(required));
        }
        schema.extend(rest);
        if Meta::has(metas, "deny_unknown_fields") {
            schema.insert("additionalProperties".into(), false.into());
        }
        Json::Object(schema)
    }

    /// Adds what attributes and comments say about a field.
    fn describe(&self, schema: &mut Json, metas: &[Meta], before: &[Node<'t>], at: At<'_, 't>) {
        let Some(map) = schema.as_object_mut() else { return };
        let described = Meta::find(metas, "description").and_then(|meta| known(meta.value.as_ref()));
        if let Some(text) = described.or_else(|| self.documentation(before, at).map(Json::from)) {
            map.insert("description".into(), text);
        }
        for (name, low, high) in [("range", "minimum", "maximum"), ("length", "minLength", "maxLength")] {
            let Some(meta) = Meta::find(metas, name) else { continue };
            for (bound, key) in [("min", low), ("max", high)] {
                if let Some(value) = Meta::find(&meta.inner, bound).and_then(|bound| known(bound.value.as_ref())) {
                    map.insert(key.into(), value);
                }
            }
        }
        if let Some(extend) = Meta::find(metas, "extend") {
            for meta in &extend.inner {
                map.extend(known(meta.value.as_ref()).map(|value| (meta.name.clone(), value)));
            }
        }
        for key in ["title", "pattern"] {
            map.extend(Meta::text_of(metas, key).map(|text| (key.to_owned(), text.into())));
        }
    }

    fn enum_schema(&self, body: Node<'t>, file: usize, metas: &[Meta], making: &mut Making, depth: usize) -> Json {
        let source = self.sources.files[file].text;
        let text = |node: Node<'t>| source.get(node.byte_range()).unwrap_or_default();
        let at = At { file, function: None, owner: None, given: &HashMap::new() };
        let case = case_of(metas, "rename_all");
        let (tag, content) = (Meta::text_of(metas, "tag"), Meta::text_of(metas, "content"));
        let is_untagged = Meta::has(metas, "untagged");
        let (mut names, mut others) = (Vec::new(), Vec::new());
        for (before, variant) in children_with_attributes(body) {
            making.fields += 1;
            let Some(name) = variant.child_by_field_name("name").filter(|_| making.fields <= MAX_FIELDS) else {
                continue;
            };
            let metas = self.metas(&before, &["serde", "schemars"], at).unwrap_or_default();
            if ["skip", "skip_deserializing"].iter().any(|name| Meta::has(&metas, name)) {
                continue;
            }
            let name = renamed(&metas).unwrap_or_else(|| case.of_variant(text(name)));
            let inner = variant.child_by_field_name("body").map(|inner| match inner.kind() {
                "field_declaration_list" => self.struct_schema(inner, file, &metas, making, depth + 1),
                _ => {
                    let of = children(inner)
                        .into_iter()
                        .find(|node| !matches!(node.kind(), "visibility_modifier" | "attribute_item"));
                    let schema = of.and_then(|of| self.type_schema(text(of), file, making, depth + 1));
                    schema.unwrap_or_else(|| json!({}))
                }
            });
            match (inner, &tag) {
                (None, None) if !is_untagged => names.push(Json::from(name)),
                (None, None) => others.push(json!({"type": "null"})),
                (inner, Some(tag)) => others.push(tagged(tag, content.as_deref(), &name, inner)),
                (Some(inner), None) if is_untagged => others.push(inner),
                (Some(inner), None) => {
                    let mut properties = Map::new();
                    properties.insert(name.clone(), inner);
                    others.push(json!({"type": "object", "properties": properties, "required": [name]}));
                }
            }
        }
        if others.is_empty() {
            return json!({"type": "string", "enum": names});
        }
        if !names.is_empty() {
            others.insert(0, json!({"type": "string", "enum": names}));
        }
        let mut schema = Map::new();
        schema.insert(if is_untagged { "anyOf" } else { "oneOf" }.into(), Json::Array(others));
        Json::Object(schema)
    }
}

/// A variant with its name in a field.
fn tagged(tag: &str, content: Option<&str>, name: &str, inner: Option<Json>) -> Json {
    let mut schema = match (inner, content) {
        (Some(Json::Object(map)), None) if map.get("type") == Some(&"object".into()) => map,
        (Some(inner), Some(content)) => {
            let mut properties = Map::new();
            properties.insert(content.to_owned(), inner);
            let mut schema = Map::new();
            schema.insert("properties".into(), Json::Object(properties));
            schema.insert("required".into(), json!([content]));
            schema
        }
        _ => Map::new(),
    };
    schema.insert("type".into(), "object".into());
    if let Some(properties) = schema.entry("properties").or_insert_with(|| json!({})).as_object_mut() {
        properties.insert(tag.to_owned(), json!({"type": "string", "const": name}));
    }
    if let Some(required) = schema.entry("required").or_insert_with(|| json!([])).as_array_mut() {
        required.insert(0, tag.into());
    }
    Json::Object(schema)
}

/// The schema of a value that can be absent.
fn or_null(schema: Json) -> Json {
    let Json::Object(mut map) = schema else { return schema };
    match map.get("type") {
        Some(Json::String(name)) => {
            let both = json!([name, "null"]);
            map.insert("type".into(), both);
            if let Some(Json::Array(values)) = map.get_mut("enum") {
                values.push(Json::Null);
            }
            Json::Object(map)
        }
        _ if map.is_empty() => Json::Object(map),
        _ => json!({"anyOf": [map, {"type": "null"}]}),
    }
}

/// The name that `rename` gives for reading.
fn renamed(metas: &[Meta]) -> Option<String> {
    let meta = Meta::find(metas, "rename")?;
    match &meta.value {
        Some(value) => value.whole_text().map(str::to_owned),
        None => Meta::text_of(&meta.inner, "deserialize"),
    }
}

fn case_of(metas: &[Meta], name: &str) -> Case {
    let style = Meta::find(metas, name).and_then(|meta| match &meta.value {
        Some(value) => value.whole_text().map(str::to_owned),
        None => Meta::text_of(&meta.inner, "deserialize"),
    });
    match style.as_deref() {
        Some("lowercase") => Case::Lower,
        Some("UPPERCASE") => Case::Upper,
        Some("PascalCase") => Case::Pascal,
        Some("camelCase") => Case::Camel,
        Some("snake_case") => Case::Snake,
        Some("SCREAMING_SNAKE_CASE") => Case::ScreamingSnake,
        Some("kebab-case") => Case::Kebab,
        Some("SCREAMING-KEBAB-CASE") => Case::ScreamingKebab,
        _ => Case::AsIs,
    }
}

impl Case {
    /// A name of a field, which is in snake case.
    fn of_field(self, name: &str) -> String {
        match self {
            Self::AsIs | Self::Lower | Self::Snake => name.to_owned(),
            Self::Upper | Self::ScreamingSnake => name.to_uppercase(),
            Self::Pascal => pascal(name),
            Self::Camel => lower_first(&pascal(name)),
            Self::Kebab => name.replace('_', "-"),
            Self::ScreamingKebab => name.to_uppercase().replace('_', "-"),
        }
    }

    /// A name of a variant, which is in Pascal case.
    fn of_variant(self, name: &str) -> String {
        let mut snake = String::new();
        for (at, letter) in name.chars().enumerate() {
            if at > 0 && letter.is_uppercase() {
                snake.push('_');
            }
            snake.extend(letter.to_lowercase());
        }
        match self {
            Self::AsIs | Self::Pascal => name.to_owned(),
            Self::Lower => name.to_lowercase(),
            Self::Upper => name.to_uppercase(),
            Self::Camel => lower_first(name),
            Self::Snake => snake,
            Self::ScreamingSnake => snake.to_uppercase(),
            Self::Kebab => snake.replace('_', "-"),
            Self::ScreamingKebab => snake.to_uppercase().replace('_', "-"),
        }
    }
}

fn pascal(name: &str) -> String {
    let part = |part: &str| {
        let mut letters = part.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    name.split('_').map(part).collect()
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// The types of a list, divided at commas that are not in brackets.
fn split_types(text: &str) -> Vec<String> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(text[start..at].trim().to_owned());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim().to_owned());
    parts.retain(|part| !part.is_empty() && !part.starts_with('\''));
    parts
}

fn without_lifetimes(text: &str) -> String {
    if !text.contains('\'') {
        return text.to_owned();
    }
    let mut made = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\'' {
            while letters.next_if(|c| c.is_alphanumeric() || *c == '_').is_some() {}
            letters.next_if(|c| *c == ',');
            while letters.next_if(|c| c.is_whitespace()).is_some() {}
        } else {
            made.push(letter);
        }
    }
    made.replace("<>", "")
}
