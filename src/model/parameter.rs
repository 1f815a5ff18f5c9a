//! Flattens the JSON Schema of a tool into a list of arguments.
//!
//! Real schemas are often invalid (`required: null`, `type: 7`, `properties.a: true`, dangling and cyclic `$ref`), so
//! the walk reads what it can and never fails. A few lines of `$ref`s can expand to exponentially many schemas, so
//! depth, number of parameters and number of steps are bounded.

use std::collections::HashMap;

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use super::JsonTypes;
use crate::text::json::{get, plain};

/// Deepest nesting followed. Real schemas have fewer than ten levels.
const MAX_DEPTH: usize = 16;
/// Most parameters kept per tool. The largest real tool has a few hundred.
const MAX_PARAMETERS: usize = 2_000;
/// Most schemas visited per tool, repeated visits included. A plain schema needs two visits per parameter.
const MAX_STEPS: usize = 20_000;
/// How often the target of a `$ref` is read at one place, where each time another part of it was being followed.
const MAX_REPEATS: usize = 8;
/// Most values kept per parameter.
const MAX_VALUES: usize = 1_000;

/// A property of a tool's input, at any depth. It is kept small because a large scan stores very many.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parameter {
    /// The path: `requestBody.apiKey`; `files[].path` inside an array; `headers.*` for arbitrary keys.
    pub path: String,
    /// The JSON types; empty if the schema declares none.
    pub types: JsonTypes,
    /// The author's description.
    pub description: Option<Box<str>>,
    /// True if a call must contain it, together with every object around it.
    pub required: bool,
    /// The allowed values from `enum` and `const`, as text.
    pub values: Vec<String>,
    /// The default value, as text.
    pub default: Option<Box<str>>,
    /// `format` or `contentMediaType`, such as `uri`.
    pub format: Option<Box<str>>,
    /// True if the schema restricts it: an enum, a pattern, a format, a length or a range.
    pub(crate) bounded: bool,
    /// The least allowed number, from `minimum`.
    pub(crate) minimum: Option<f64>,
    /// The greatest allowed number, from `maximum`.
    pub maximum: Option<f64>,
    /// The byte offset of its name in the path. Stored because names may contain dots.
    pub(crate) name_at: u32,
}

impl Parameter {
    /// A parameter `name` below the path `prefix`, with no other properties.
    pub fn named(prefix: &str, name: &str) -> Self {
        let path = join(prefix, name);
        Self { name_at: (path.len() - name.len()) as u32, path, ..Self::default() }
    }

    /// Its name, the last part of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.get(self.name_at as usize..).unwrap_or(&self.path)
    }
}

/// The parameters of one schema.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Flattened {
    /// The parameters in schema order, parents before children.
    pub parameters: Vec<Parameter>,
    /// True if a limit ended the walk, so that parameters may be missing.
    pub cut: bool,
}

/// The parameters of `schema`. An invalid schema is read as far as possible.
pub fn flatten(schema: &Value) -> Flattened {
    let mut walk = Walk::over(schema);
    walk.out.shrink_to_fit();
    Flattened { parameters: walk.out, cut: walk.cut }
}

/// Where the target of a `$ref` is read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum ReadAt {
    /// For the parameters below a path, and whether a call must contain them.
    Below(String, bool),
    /// For the parameter at an index, and whether it is read for the items of an array.
    Parameter(usize, bool),
}

/// How the target of a `$ref` was read at one place.
#[derive(Debug, Clone, Copy, Default)]
struct TargetState {
    times: usize,
    /// The depth at which all of it was read. `None` if a part was left each time because it was being followed.
    whole_at: Option<usize>,
}

struct Walk<'a> {
    root: &'a Value,
    out: Vec<Parameter>,
    /// The index in `out` of each path. There are at most [`MAX_PARAMETERS`].
    places: FxHashMap<String, usize>,
    /// The `$ref`s that are being followed, to detect cycles.
    refs: Vec<&'a str>,
    /// The targets of `$ref`s that were read. The same one at the same place gives nothing new.
    targets: HashMap<(*const Value, ReadAt), TargetState>,
    /// How many `$ref`s were left because they were being followed.
    left: usize,
    /// Whether the items of an array are being read.
    in_items: bool,
    /// The number of visited schemas.
    steps: usize,
    /// True if a limit ended the walk.
    cut: bool,
}

/// The keywords that can contain parameters.
const INNER: [&str; 12] = [
    "properties",
    "patternProperties",
    "additionalProperties",
    "items",
    "allOf",
    "anyOf",
    "oneOf",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "$ref",
];
/// The keywords with schemas that hold for some arguments only.
const CONDITIONAL: [&str; 3] = ["if", "then", "else"];

impl<'a> Walk<'a> {
    fn over(root: &'a Value) -> Self {
        let mut walk = Self {
            root,
            out: Vec::new(),
            places: FxHashMap::default(),
            refs: Vec::new(),
            targets: HashMap::new(),
            left: 0,
            in_items: false,
            steps: 0,
            cut: false,
        };
        walk.object(root, "", true, 0);
        walk
    }

    /// Visits `schema`. Returns its keys, or `None` if it is not an object or a limit is reached.
    fn enter(&mut self, schema: &'a Value, depth: usize) -> Option<&'a Map<String, Value>> {
        self.steps += 1;
        let map = schema.as_object()?;
        let is_full = self.cut && self.out.len() >= MAX_PARAMETERS;
        if !is_full && depth <= MAX_DEPTH && self.steps <= MAX_STEPS {
            return Some(map);
        }
        self.cut |= INNER.iter().any(|key| map.contains_key(*key));
        None
    }

    /// Adds the properties of `schema`, including those inside combinators, below `prefix`.
    fn object(&mut self, schema: &'a Value, prefix: &str, required_here: bool, depth: usize) {
        let Some(map) = self.enter(schema, depth) else { return };
        if let Some(properties) = get(map, "properties").and_then(Value::as_object) {
            let required: Vec<&str> = get(map, "required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            for (name, property) in properties {
                let required = required_here && required.contains(&name.as_str());
                self.property(name, property, prefix, required, depth);
            }
        }
        for property in get(map, "patternProperties").and_then(Value::as_object).into_iter().flat_map(Map::values) {
            self.property("*", property, prefix, false, depth);
        }
        if let Some(free @ Value::Object(inner)) = get(map, "additionalProperties")
            && (get(inner, "properties").is_some() || get(inner, "$ref").is_some())
        {
            self.object(free, &join(prefix, "*"), false, depth + 1);
        }
        if let Some(items) = get(map, "items") {
            self.object(items, &format!("{prefix}[]"), required_here, depth + 1);
        }
        for (key, alternatives) in [("allOf", false), ("anyOf", true), ("oneOf", true)] {
            for part in get(map, key).and_then(Value::as_array).into_iter().flatten() {
                self.object(part, prefix, required_here && !alternatives, depth + 1);
            }
        }
        let read_at = || ReadAt::Below(prefix.to_owned(), required_here);
        self.follow_ref(map, depth, read_at, |walk, target| walk.object(target, prefix, required_here, depth + 1));
        let dependent = get(map, "dependentSchemas").and_then(Value::as_object).into_iter().flat_map(Map::values);
        for part in CONDITIONAL.iter().filter_map(|key| get(map, *key)).chain(dependent) {
            self.conditional(part, prefix, depth + 1);
        }
    }

    /// Adds the properties that only `schema`, which holds for some arguments, has. What it says of others restricts them
    /// only sometimes.
    fn conditional(&mut self, schema: &'a Value, prefix: &str, depth: usize) {
        let Some(map) = self.enter(schema, depth) else { return };
        for (name, property) in get(map, "properties").and_then(Value::as_object).into_iter().flatten() {
            if !self.places.contains_key(&join(prefix, name)) {
                self.property(name, property, prefix, false, depth);
            }
        }
        let inner =
            ["allOf", "anyOf", "oneOf"].iter().filter_map(|key| get(map, *key).and_then(Value::as_array)).flatten();
        for part in CONDITIONAL.iter().filter_map(|key| get(map, *key)).chain(inner) {
            self.conditional(part, prefix, depth + 1);
        }
    }

    fn property(&mut self, name: &str, schema: &'a Value, prefix: &str, required: bool, depth: usize) {
        if self.out.len() >= MAX_PARAMETERS {
            self.cut = true;
            return;
        }
        let path = join(prefix, name);
        // A property in several branches of a union is one parameter.
        let at = match self.places.get(&path) {
            Some(at) => *at,
            None => {
                let name_at = (path.len() - name.len()) as u32;
                self.places.insert(path.clone(), self.out.len());
                self.out.push(Parameter { required, name_at, path: path.clone(), ..Parameter::default() });
                self.out.len() - 1
            }
        };
        self.describe(at, schema, depth);
        self.object(schema, &path, required, depth + 1);
    }

    /// Adds type, values and texts to the parameter at index `at`, from `schema` and its combinators.
    fn describe(&mut self, at: usize, schema: &'a Value, depth: usize) {
        let Some(map) = self.enter(schema, depth) else { return };
        let parameter = &mut self.out[at];
        let types = match get(map, "type") {
            Some(Value::Array(types)) => types,
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        parameter.types = parameter.types.and(JsonTypes::from_names(types.iter().filter_map(Value::as_str)));
        if parameter.description.is_none() {
            parameter.description = get(map, "description").and_then(Value::as_str).map(Box::from);
        }
        for value in get(map, "enum").and_then(Value::as_array).into_iter().flatten().chain(get(map, "const")) {
            if parameter.values.len() >= MAX_VALUES {
                break;
            }
            add(&mut parameter.values, &plain(value));
        }
        if parameter.default.is_none() {
            parameter.default = get(map, "default").filter(|d| !d.is_null()).map(|d| plain(d).into());
        }
        if parameter.format.is_none() {
            parameter.format =
                get(map, "format").or_else(|| get(map, "contentMediaType")).and_then(Value::as_str).map(Box::from);
        }
        parameter.minimum = parameter.minimum.or_else(|| get(map, "minimum").and_then(Value::as_f64));
        parameter.maximum = parameter.maximum.or_else(|| get(map, "maximum").and_then(Value::as_f64));
        const BOUNDS: [&str; 9] = [
            "enum",
            "const",
            "pattern",
            "format",
            "maxLength",
            "maximum",
            "exclusiveMaximum",
            "maxItems",
            "multipleOf",
        ];
        parameter.bounded |= BOUNDS.iter().any(|key| get(map, key).is_some());
        // An array of an enum is a choice of its values.
        let items_values = get(map, "items").filter(|i| i.get("enum").is_some());
        for part in ["allOf", "anyOf", "oneOf"]
            .iter()
            .filter_map(|k| get(map, *k))
            .filter_map(Value::as_array)
            .flatten()
            .chain(items_values)
        {
            let types = self.out[at].types;
            let is_of_items = items_values.is_some_and(|i| std::ptr::eq(i, part));
            let was_in_items = self.in_items;
            self.in_items |= is_of_items;
            self.describe(at, part, depth + 1);
            self.in_items = was_in_items;
            if is_of_items {
                self.out[at].types = types;
            }
        }
        let read_at = ReadAt::Parameter(at, self.in_items);
        self.follow_ref(map, depth, || read_at, |walk, target| walk.describe(at, target, depth + 1));
    }

    /// Calls `visit` with the target of a local `$ref`, unless that is already being followed, or was read at the same
    /// place.
    fn follow_ref(
        &mut self,
        map: &'a Map<String, Value>,
        depth: usize,
        read_at: impl FnOnce() -> ReadAt,
        visit: impl FnOnce(&mut Self, &'a Value),
    ) {
        let Some(reference) = get(map, "$ref").and_then(Value::as_str) else { return };
        let Some(pointer) = reference.strip_prefix('#') else { return };
        if self.refs.contains(&reference) {
            self.left += 1;
            return;
        }
        let Some(target) = self.root.pointer(pointer) else { return };
        let place = (std::ptr::from_ref(target), read_at());
        let state = self.targets.entry(place.clone()).or_default();
        if state.whole_at.is_some_and(|before| before <= depth) {
            return;
        }
        if state.times == MAX_REPEATS {
            self.cut = true;
            return;
        }
        state.times += 1;
        let left = self.left;
        self.refs.push(reference);
        visit(self, target);
        self.refs.pop();
        if self.left == left
            && let Some(state) = self.targets.get_mut(&place)
        {
            state.whole_at = Some(depth);
        }
    }
}

fn add(list: &mut Vec<String>, value: &str) {
    if !list.iter().any(|v| v == value) {
        list.push(value.to_owned());
    }
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn paths(schema: Value) -> Vec<String> {
        flatten(&schema).parameters.into_iter().map(|p| p.path).collect()
    }

    #[test]
    fn nested_and_required() {
        let all = flatten(&json!({
            "type": "object", "required": ["body"],
            "properties": {
                "body": {"type": "object", "required": ["key"], "properties": {"key": {"type": "string"}, "n": {"type": ["integer", "null"]}}},
                "opt": {"type": "object", "required": ["inner"], "properties": {"inner": {"type": "string"}}}
            }
        }))
        .parameters;
        let shown: Vec<(&str, bool)> = all.iter().map(|p| (p.path.as_str(), p.required)).collect();
        assert_eq!(
            shown,
            [("body", true), ("body.key", true), ("body.n", false), ("opt", false), ("opt.inner", false)]
        );
        assert_eq!(all[2].types, JsonTypes::from_names(["integer", "null"]));
    }

    #[test]
    fn combinators_arrays_refs_and_cycles() {
        let schema = json!({
            "$defs": {"node": {"properties": {"name": {"type": "string"}, "next": {"$ref": "#/$defs/node"}}}},
            "anyOf": [{"properties": {"a": {"const": "x"}}}, {"properties": {"a": {"const": "y"}, "b": {}}}],
            "properties": {
                "files": {"type": "array", "items": {"type": "object", "properties": {"path": {"type": "string"}}}},
                "tree": {"$ref": "#/$defs/node"},
                "headers": {"additionalProperties": {"properties": {"v": {}}}},
                "kinds": {"type": "array", "items": {"enum": ["k1", "k2"]}}
            }
        });
        assert_eq!(
            paths(schema.clone()),
            ["files", "files[].path", "tree", "tree.name", "tree.next", "headers", "headers.*.v", "kinds", "a", "b"]
        );
        let all = flatten(&schema).parameters;
        assert_eq!(all[8].values, ["x", "y"]);
        assert_eq!((all[7].values.join(","), all[7].types.words()), ("k1,k2".into(), "array".into()));
    }

    #[test]
    fn properties_by_pattern_and_by_condition_are_parameters() {
        let schema = json!({
            "properties": {"kind": {"type": "string"}, "labels": {"patternProperties": {"^x-": {"type": "string"}}}},
            "if": {"properties": {"kind": {"const": "shell"}}},
            "then": {"properties": {"command": {"type": "string"}}},
            "else": {"allOf": [{"properties": {"path": {}}}]},
            "dependentSchemas": {"kind": {"properties": {"reason": {}}}}
        });
        assert_eq!(paths(schema.clone()), ["kind", "labels", "labels.*", "command", "path", "reason"]);
        let all = flatten(&schema).parameters;
        assert!(all[0].values.is_empty() && !all[0].bounded, "the condition restricts nothing");
    }

    #[test]
    fn odd_schemas_never_fail() {
        for odd in [
            json!(true),
            json!(null),
            json!([]),
            json!({"properties": 7}),
            json!({"properties": {"a": true, "b": null}, "required": null}),
            json!({"$ref": "#"}),
            json!({"$ref": "https://example.com/x"}),
            json!({"properties": {"a": {"type": 7, "enum": 3, "$ref": "#/nope"}}}),
        ] {
            flatten(&odd);
        }
        assert_eq!(paths(json!({"properties": {"a": true, "b": null}, "required": null})), ["a", "b"]);
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let mut deep = json!({"type": "string"});
        for _ in 0..100 {
            deep = json!({"properties": {"a": deep}});
        }
        let deep = flatten(&deep);
        assert!(deep.cut && deep.parameters.len() <= MAX_DEPTH + 2);
        let wide: Map<String, Value> = (0..5_000).map(|i| (format!("p{i}"), json!({}))).collect();
        let wide = flatten(&json!({"properties": wide}));
        assert_eq!((wide.parameters.len(), wide.cut), (MAX_PARAMETERS, true));
        let values: Vec<usize> = (0..50_000).collect();
        let values = flatten(&json!({"properties": {"a": {"enum": values}}}));
        assert_eq!((values.parameters[0].values.len(), values.cut), (MAX_VALUES, false));
    }

    /// Twenty definitions, each of which refers ten times to the next one, or to all of them.
    #[test]
    fn references_that_meet_again_are_read_once() {
        for combinator in ["anyOf", "allOf", "oneOf"] {
            for is_cyclic in [false, true] {
                let parts = |at: usize| -> Value {
                    let to = |part: usize| if is_cyclic { part } else { at + 1 };
                    (0..10).map(|part| json!({"$ref": format!("#/$defs/{}", to(part))})).collect()
                };
                let mut defs: Map<String, Value> =
                    (0..20).map(|at| (at.to_string(), json!({combinator: parts(at)}))).collect();
                defs.insert("20".into(), json!({"type": "string", "properties": {"deep": {"type": "integer"}}}));
                let schema = |from: usize| {
                    let bomb = json!({"$ref": format!("#/$defs/{from}")});
                    json!({"properties": {"first": {}, "bomb": bomb, "last": {"type": "string"}}, "$defs": defs})
                };
                for from in [0, 8, 16] {
                    let schema = schema(from);
                    let walk = Walk::over(&schema);
                    assert!(walk.steps < 6_000, "{combinator} {is_cyclic} {from}: {} steps", walk.steps);
                    let paths: Vec<&str> = walk.out.iter().map(|parameter| parameter.path.as_str()).collect();
                    assert!(paths.contains(&"last") || walk.cut, "{paths:?}");
                    if !is_cyclic && from == 16 {
                        assert_eq!((paths, walk.cut), (vec!["first", "bomb", "bomb.deep", "last"], false));
                    }
                }
            }
        }
    }

    #[test]
    fn references_that_unfold_without_end_are_left() {
        for combinator in ["anyOf", "allOf", "oneOf", "properties"] {
            let many = |to: usize| {
                let parts = (0..12).map(|i| (format!("p{i}"), json!({"$ref": format!("#/$defs/{to}")})));
                match combinator {
                    "properties" => Value::Object(parts.collect()),
                    _ => parts.map(|(_, part)| part).collect(),
                }
            };
            let defs: Map<String, Value> = (0..30).map(|i| (i.to_string(), json!({combinator: many(i + 1)}))).collect();
            let mut walk = flatten(&json!({
                "properties": {"first": {}, "bomb": {"$ref": "#/$defs/0"}, "last": {"type": "string"}}, "$defs": defs
            }));
            walk.parameters.truncate(2);
            assert!(walk.cut, "{combinator}");
            assert_eq!(
                walk.parameters.iter().map(|p| p.path.as_str()).collect::<Vec<_>>(),
                ["first", "bomb"],
                "{combinator}"
            );
        }
    }
}
