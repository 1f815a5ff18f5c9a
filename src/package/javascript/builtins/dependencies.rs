//! Dependencies that describe tools and are rarely in the package: zod, its converters, and makers of texts.

use super::super::interpreter::{Eval, Interpreter};
use super::super::schema::is_zod;
use super::super::value::{External, Kind, Value};
use super::{arg, dedented};

impl Interpreter<'_> {
    /// A call of a dependency that is known. `None` for another.
    pub(super) fn call_dependency(&mut self, external: &External, args: &[Value]) -> Eval<Option<Value>> {
        let module = &*external.module;
        let last = external.path.last().map_or("", |name| name);
        let first = arg(args, 0);
        // A file that is too large to be read may hold zod under its own name.
        let is_bundled =
            || module.contains('/') && external.path.first().is_some_and(|name| matches!(&**name, "z" | "zod"));
        if is_zod(module) || is_bundled() {
            let own = self.zod_version;
            match module {
                "zod/v3" => self.zod_version = 3,
                module if is_zod(module) && module != "zod" => self.zod_version = 4,
                _ => {}
            }
            let schema = self.zod_function(&external.path, args);
            self.zod_version = own;
            return schema;
        }
        if let Some(schema) = self.schema(&first) {
            // It knows only the schemas of zod 3, and says nothing of others.
            if module == "zod-to-json-schema" && schema.version > 3 {
                let empty = self.allocate(Kind::Plain);
                self.set_value(empty, "$schema", Value::string("http://json-schema.org/draft-07/schema#"));
                return Ok(Some(Value::Object(empty)));
            }
            let name = last.to_ascii_lowercase();
            if name.contains("jsonschema") || (last.is_empty() && module.contains("json-schema")) {
                return self.schema_as_value(&schema).map(Some);
            }
        }
        if module == "tslib" {
            return self.compiler_helper(last, args);
        }
        if module.starts_with("@modelcontextprotocol/") && last == "fromJsonSchema" {
            return Ok(Some(first));
        }
        // They return what they get, for its type.
        if matches!(
            (module, last),
            ("ai", "tool" | "dynamicTool") | ("@mastra/core" | "@mastra/core/tools", "createTool")
        ) && external.path.len() == 1
        {
            return Ok(Some(first));
        }
        // The decorator of a method that is a tool.
        if matches!(last, "Tool" | "McpTool")
            && external.path.len() == 1
            && module.contains("mcp")
            && self.is_definition(&first)?
        {
            let definition = self.defined(&first)?;
            let place = self.frames.last().map(|frame| frame.function).unwrap_or_default();
            self.register(definition, place)?;
            return Ok(Some(external.member("()")));
        }
        if let ("yaml", "parse") | ("js-yaml", "load") = (module, last)
            && let Some(text) = first.as_str()
        {
            let parsed: Option<serde_json::Value> = serde_saphyr::from_str(text).ok();
            return Ok(Some(parsed.map_or(Value::RUNTIME, |json| self.value_of_json(&json))));
        }
        if matches!(module, "dedent" | "ts-dedent" | "outdent" | "tiny-dedent" | "string-dedent")
            && let Some(text) = first.as_str()
        {
            let text = dedented(text);
            return Ok(Some(self.text(text)));
        }
        if matches!(module, "@sinclair/typebox" | "typebox" | "@modelcontextprotocol/typebox")
            && external.path.len() == 2
        {
            return self.typebox_function(last, args).map(Some);
        }
        Ok(None)
    }
}
