//! Dependencies that describe tools and are rarely in the package: zod, its converters, and makers of texts.

use super::super::interpreter::{Eval, Interpreter};
use super::super::schema::is_zod;
use super::super::value::{External, Value};
use super::{arg, dedented};

impl Interpreter<'_> {
    /// A call of a dependency that is known. `None` for another.
    pub(super) fn call_dependency(&mut self, external: &External, args: &[Value]) -> Eval<Option<Value>> {
        let module = &*external.module;
        let last = external.path.last().map_or("", |name| name);
        let first = arg(args, 0);
        if is_zod(module) {
            return self.zod_function(&external.path, args);
        }
        if matches!(module, "zod-to-json-schema" | "@alcyone-labs/zod-to-json-schema") || module.ends_with("zod-json-schema-compat.js") {
            let is_converter = matches!(last, "" | "zodToJsonSchema" | "default" | "toJsonSchemaCompat");
            if is_converter && let Some(schema) = self.schema(&first) {
                return self.schema_as_value(&schema).map(Some);
            }
        }
        if matches!(module, "dedent" | "ts-dedent" | "outdent" | "tiny-dedent" | "string-dedent")
            && let Some(text) = first.as_str()
        {
            let text = dedented(text);
            return Ok(Some(self.text(text)));
        }
        if matches!(module, "@sinclair/typebox" | "typebox" | "@modelcontextprotocol/typebox") && external.path.len() == 2 {
            return self.typebox_function(last, args).map(Some);
        }
        Ok(None)
    }
}
