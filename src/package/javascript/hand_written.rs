//! Servers that speak the protocol without an SDK: their tools are the objects that have a name and a schema of parameters.

use super::interpreter::{Eval, Interpreter};
use super::syntax::Position;
use super::value::{Kind, ObjectId, Slot, Value};

/// The request that such a program handles.
const REQUEST: &str = "tools/list";
/// The names of the schema of a tool's parameters.
const SCHEMAS: [&str; 2] = ["inputSchema", "input_schema"];

impl Interpreter<'_> {
    /// Registers the objects of a program that describe tools, if it handles the request that lists them. Where an SDK
    /// lists tools that are not known, these are some that it may list.
    pub(super) fn list_described_objects(&mut self) -> Eval<()> {
        let handles = |text: &&str| text.contains(REQUEST);
        if !self.files.iter().map(|file| file.text).any(|text| handles(&text)) {
            return Ok(());
        }
        let described: Vec<ObjectId> =
            (0..self.objects.len()).map(|at| ObjectId(at as u32)).filter(|id| self.describes_tool(*id)).collect();
        let is_possible = usize::from(self.found.server.is_some());
        for id in described {
            let definition = self.defined(&Value::Object(id))?;
            let place = self.closure(&definition.handler).map_or(Position::default(), |closure| closure.function.place);
            self.conditional += is_possible;
            let registered = self.register(definition, place);
            self.conditional -= is_possible;
            registered?;
        }
        Ok(())
    }

    fn describes_tool(&self, id: ObjectId) -> bool {
        let object = self.object(id);
        let has = |name: &str, is: &dyn Fn(&Value) -> bool| match object.properties.get(name) {
            Some(Slot::Value(value)) => is(value),
            Some(Slot::Getter(_)) | None => false,
        };
        let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
        matches!(object.kind, Kind::Plain)
            && has("name", &is_text)
            && has("description", &is_text)
            && SCHEMAS.iter().any(|name| has(name, &|value| value.as_object().is_some()))
    }
}
