//! `--format json`: the whole report, pretty-printed. `schemas/report.schema.json` specifies its structure.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::escape::EscapingFormatter;

/// Writes `value` as one JSON document and a newline.
pub(crate) fn write(value: &impl Serialize, mut out: impl Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut out, EscapingFormatter(PrettyFormatter::new())))?;
    writeln!(out)
}

/// The same as a string. `None` for a value that JSON cannot represent.
pub(crate) fn text(value: &impl Serialize) -> Option<String> {
    let mut out = Vec::new();
    write(value, &mut out).ok()?;
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::model::Report;
    use crate::report::{jsonl, sample};
    use crate::text::clean::is_unsafe;

    fn schema() -> Value {
        serde_json::from_str(include_str!("../../schemas/report.schema.json")).unwrap()
    }

    /// Makes the schema strict: a field that it does not describe is an error.
    fn strict(schema: &mut Value) {
        match schema {
            Value::Object(map) => {
                map.values_mut().for_each(strict);
                if map.contains_key("properties") {
                    map.insert("unevaluatedProperties".into(), false.into());
                }
            }
            Value::Array(items) => items.iter_mut().for_each(strict),
            _ => {}
        }
    }

    fn strict_validator(of: Option<&str>) -> jsonschema::Validator {
        let mut schema = schema();
        if let Some(definition) = of {
            // A line combines a tool and a server, so only the combined schema can be strict.
            schema = serde_json::json!({
                "$ref": format!("#/$defs/{definition}"), "$defs": schema["$defs"], "unevaluatedProperties": false
            });
        } else {
            strict(&mut schema);
        }
        jsonschema::draft202012::new(&schema).unwrap()
    }

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_report_is_valid_and_every_field_is_described() {
        let text = written(&Report { drift: Some(sample::drift()), ..sample::report() });
        assert!(!text.chars().any(is_unsafe));
        let report: Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> =
            strict_validator(None).iter_errors(&report).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        assert_eq!(report["servers"][0]["tools"][0]["description"], sample::HOSTILE, "texts stay as they were sent");
    }

    #[test]
    fn a_broken_report_is_not_valid() {
        let validator = jsonschema::draft202012::new(&schema()).unwrap();
        let good: Value = serde_json::from_str(&written(&sample::report())).unwrap();
        assert!(validator.is_valid(&good));
        let broken: [(&str, Value); 6] = [
            ("/servers/0/tools/0/category", "read".into()),
            ("/servers/0/tools/0/score", 6.into()),
            ("/servers/0/tools/1/score", "3".into()),
            ("/servers/0/tool_count", (-1).into()),
            ("/ruleset", "sha256:beef".into()),
            ("/servers/0/tools/2/policy", Value::Null),
        ];
        for (pointer, value) in broken {
            let mut bad = good.clone();
            *bad.pointer_mut(pointer).unwrap() = value;
            assert!(!validator.is_valid(&bad), "{pointer}");
        }
        let mut bad = good;
        bad["servers"][0].as_object_mut().unwrap().remove("tools");
        assert!(!validator.is_valid(&bad));
    }

    #[test]
    fn a_line_is_the_tool_of_the_report_with_its_server_first() {
        let mut report = sample::report();
        report.servers[0].own_findings = report.unread[0].own_findings.clone();
        let mut out = Vec::new();
        jsonl::write(&report, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.chars().any(is_unsafe));
        let is_line = |server: &&crate::model::ServerReport| !server.own_findings.is_empty();
        let of_servers = report.servers.iter().filter(is_line).count();
        assert_eq!(text.lines().count(), report.tool_count() + of_servers + report.unread.len());
        let own = serde_json::to_value(&report.servers[0].own_findings).unwrap();
        let of_server: Value = serde_json::from_str(text.lines().nth(report.servers[0].tools.len()).unwrap()).unwrap();
        assert!(!report.servers[0].own_findings.is_empty() && of_server["findings"] == own, "{of_server}");
        assert!(strict_validator(Some("line_without_tool")).is_valid(&of_server));
        let whole: Value = serde_json::from_str(&written(&report)).unwrap();
        let validator = strict_validator(Some("line"));
        for (line, tool) in text.lines().zip(whole["servers"][0]["tools"].as_array().unwrap()) {
            assert!(line.starts_with("{\"server\":\"shop\",\"server_verdict\":{\"answer\":"));
            let mut value: Value = serde_json::from_str(line).unwrap();
            assert!(validator.is_valid(&value), "{:?}", validator.validate(&value));
            for key in ["server", "server_verdict", "server_grade"] {
                value.as_object_mut().unwrap().shift_remove(key);
            }
            assert_eq!(&value, tool);
        }
    }
}
