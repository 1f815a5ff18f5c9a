//! Models of pydantic that a program makes with `create_model`.

use std::rc::Rc;

use serde_json::{Map, Value as Json};

use super::interpreter::Interpreter;
use super::schema::Schemas;
use super::value::{Call, Value};

impl<'t> Interpreter<'t> {
    /// The schema of the model, with what its types define in `made`.
    pub(super) fn created_model(&mut self, call: &Rc<Call<'t>>, made: &mut Schemas) -> Json {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        if let Some(Value::Class(base)) = call.args.named("__base__") {
            self.fields_of(base, &mut properties, &mut required, made, 0);
        }
        for (name, field) in call.args.named.iter().filter(|(name, _)| !name.starts_with("__")) {
            let (of, default) = match field.plain() {
                Value::Tuple(parts) => (parts.first().cloned().unwrap_or(Value::Unknown), parts.get(1).cloned()),
                of => (of, None),
            };
            let (key, schema, needed) = self.field_schema(name, &of, default.as_ref(), made);
            if needed {
                required.push(key.clone());
            }
            properties.insert(key, schema);
        }
        made.unknown |= call.args.open;
        let mut schema = Map::new();
        schema.insert("properties".into(), Json::Object(properties));
        if !required.is_empty() {
            schema.insert("required".into(), required.into());
        }
        if let Some(title) = call.args.positional.first().and_then(Value::whole_text) {
            schema.insert("title".into(), (*title).into());
        }
        schema.insert("type".into(), "object".into());
        Json::Object(schema)
    }
}
