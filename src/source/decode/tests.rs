//! Tests of the decoder.

use super::*;
use serde_json::json;

fn ids(deviations: &[Deviation]) -> Vec<&str> {
    deviations.iter().map(|d| d.id.as_str()).collect()
}

/// Decodes a valid definition with `key` set to `value`. Returns the tool and the ids of its deviations.
fn with(key: &str, value: Value) -> (Tool, Vec<String>) {
    let mut definition = json!({"name": "t", "description": "d", "inputSchema": {"type": "object"}});
    definition[key] = value;
    let (tool, deviations) = tool(&definition, 1);
    (tool, deviations.into_iter().map(|d| d.id).collect())
}

#[test]
fn a_good_tool_has_no_deviation() {
    let (tool, odd) = tool(
        &json!({"name": "put_file", "title": "Put", "description": "Writes a file.",
            "inputSchema": {"type": "object", "required": ["path"], "properties": {"path": {"type": "string"}}},
            "outputSchema": {"type": "object"}, "annotations": {"title": "T", "readOnlyHint": false, "vendor": 1},
            "_meta": "odd", "icons": 7}),
        1,
    );
    assert_eq!(odd, []);
    assert_eq!((tool.name.as_str(), tool.title.as_deref(), tool.error), ("put_file", Some("Put"), None));
    assert_eq!(tool.annotations.read_only_hint, Some(false));
    assert_eq!(tool.parameters.len(), 1);
    assert!(tool.parameters[0].required && tool.output_schema.is_some());
}

#[test]
fn odd_schemas_are_kept_as_sent() {
    for odd in [json!(true), json!([]), json!("x"), json!(7)] {
        let (tool, ids) = with("inputSchema", odd.clone());
        assert_eq!((tool.input_schema, ids), (Some((&odd).into()), vec!["input-schema-not-object".to_owned()]));
    }
    let (tool, ids) = with("inputSchema", json!(null));
    assert_eq!((tool.input_schema, ids), (None, vec!["input-schema-missing".to_owned()]));
    let (tool, ids) = with("outputSchema", json!(true));
    assert_eq!((tool.output_schema, ids), (Some((&json!(true)).into()), vec!["output-schema-not-object".to_owned()]));
    let wild = json!({"type": 7, "properties": {"a": true, "b": null}, "required": null});
    let (tool, ids) = with("inputSchema", wild.clone());
    assert_eq!((tool.input_schema, tool.parameters.len(), ids), (Some((&wild).into()), 2, vec![]));
}

#[test]
fn schemas_under_other_names() {
    for key in ["input_schema", "parameters"] {
        let (tool, odd) = tool(&json!({"name": "t", key: {"properties": {"a": {}}}}), 1);
        assert_eq!((tool.parameters.len(), ids(&odd)), (1, vec!["input-schema-misnamed"]));
    }
    // `parameters` is a count in our own report, not a schema.
    let (tool, odd) = tool(&json!({"name": "t", "parameters": {"total": 3, "required": 1}}), 1);
    assert_eq!((tool.input_schema, ids(&odd)), (None, vec!["input-schema-missing"]));
}

#[test]
fn odd_hints() {
    let hints = |value: Value| {
        let (tool, ids) = with("annotations", value);
        (tool.annotations.read_only_hint, ids.join(" "))
    };
    assert_eq!(hints(json!({"readOnlyHint": "true"})), (Some(true), "hint-not-boolean".into()));
    assert_eq!(hints(json!({"readOnlyHint": "False"})), (Some(false), "hint-not-boolean".into()));
    assert_eq!(hints(json!({"readOnlyHint": 1})), (Some(true), "hint-not-boolean".into()));
    assert_eq!(hints(json!({"readOnlyHint": 2})), (None, "hint-not-boolean".into()));
    assert_eq!(hints(json!({"readOnlyHint": {}})), (None, "hint-not-boolean".into()));
    assert_eq!(hints(json!({"read_only_hint": true})), (Some(true), "hint-misnamed".into()));
    assert_eq!(hints(json!({"readOnlyHint": null})), (None, String::new()));
    assert_eq!(hints(json!("read only")), (None, "annotations-not-object".into()));
    assert_eq!(hints(json!(["readOnlyHint"])), (None, "annotations-not-object".into()));
    assert_eq!(hints(json!(null)), (None, String::new()));
}

#[test]
fn odd_texts() {
    let (tool, ids) = with("description", json!(42));
    assert_eq!((tool.description.as_deref(), ids.join(" ")), (Some("42"), "description-not-string".into()));
    let (tool, ids) = with("title", json!(["a"]));
    assert_eq!((tool.title.as_deref(), ids.join(" ")), (Some("[\"a\"]"), "title-not-string".into()));
    assert_eq!(with("description", json!(null)).1, Vec::<String>::new());
    let (tool, ids) = with("name", json!(7));
    assert_eq!((tool.name.as_str(), tool.error, ids.join(" ")), ("7", None, "name-not-string".into()));
}

#[test]
fn what_cannot_be_read_is_still_a_tool() {
    for (value, id, why) in [
        (json!(7), "tool-not-object", "a number"),
        (json!(null), "tool-not-object", "null"),
        (json!({"description": "d"}), "name-missing", "no name"),
        (json!({"name": ""}), "name-missing", "empty"),
        (json!({"name": ["a"]}), "name-missing", "an array"),
    ] {
        let (tool, odd) = tool(&value, 3);
        assert_eq!(tool.name, "unnamed-tool-3");
        assert!(tool.error.unwrap().contains(why));
        assert_eq!((odd[0].id.as_str(), odd[0].tool.as_deref()), (id, Some("unnamed-tool-3")));
    }
}

#[test]
fn a_schema_elsewhere_is_noted() {
    let of = |input: Value| with("inputSchema", json!({"properties": {"a": input}})).1.join(" ");
    assert_eq!(of(json!({"$ref": "https://shop.example/order.json#/x"})), "schema-elsewhere");
    assert_eq!(of(json!({"anyOf": [{"$ref": "order.json"}]})), "schema-elsewhere");
    for inside in
        [json!({"$ref": "#/$defs/x"}), json!({"$ref": "#x"}), json!({"$id": "x.json", "items": {"$ref": "x.json"}})]
    {
        assert_eq!(of(inside.clone()), "", "{inside}");
    }
}

#[test]
fn sizes_are_bounded() {
    let (tool, ids) = with("name", json!("ä".repeat(1_001)));
    assert_eq!((tool.name.chars().count(), ids.join(" ")), (1_000, "name-too-long".into()));
    let (tool, ids) = with("description", json!("x".repeat(MAX_DESCRIPTION + 1)));
    assert_eq!((tool.description.unwrap().len(), ids.join(" ")), (MAX_DESCRIPTION, "description-too-long".into()));
    let (tool, ids) = with("inputSchema", json!({"description": "x".repeat(1 << 20)}));
    assert_eq!((tool.input_schema, ids.join(" ")), (None, "input-schema-too-large".into()));
    assert_eq!(with("inputSchema", json!({"description": "x".repeat((1 << 20) - 18)})).1, Vec::<String>::new());
}

#[test]
fn odd_containers() {
    let read = |result: Value| {
        let mut decoder = Decoder::with_limit(2);
        decoder.page(&result);
        let names: Vec<String> = decoder.tools.iter().map(|t| t.name.clone()).collect();
        (names.join(" "), ids(&decoder.deviations).join(" "))
    };
    let good = |name: &str| json!({"name": name, "inputSchema": {}});
    assert_eq!(read(json!({"tools": [good("a"), good("b")]})), ("a b".into(), "".into()));
    assert_eq!(read(json!({"tools": {"a": {"inputSchema": {}}, "b": 1}})).0, "a unnamed-tool-2");
    assert_eq!(read(json!({"tools": good("a")})), ("a".into(), "tools-not-array".into()));
    assert_eq!(read(json!({"tools": null})), ("".into(), "tools-not-array".into()));
    assert_eq!(read(json!({})), ("".into(), "tools-missing".into()));
    let other_case = json!({"tools": [good("a")], "TOOLS": [good("b")]});
    assert_eq!(read(other_case), ("a".into(), "tools-in-other-case".into()));
    assert_eq!(read(json!(5)), ("".into(), "tools-missing".into()));
    assert_eq!(read(json!({"tools": [good("a"), good("a")]})), ("a a".into(), "name-repeated".into()));
    let many: Vec<Value> = (0..9).map(|i| good(&i.to_string())).collect();
    assert_eq!(read(json!({"tools": many})), ("0 1".into(), "too-many-tools".into()));
}
