//! Tools that a framework finds by itself: it loads each module of a folder beside the program. Of mcp-framework a module
//! exports a class, and of xmcp a function with its metadata and its schema.

use std::rc::Rc;

use super::interpreter::{Eval, Interpreter};
use super::registration::Definition;
use super::syntax::Position;
use super::value::{Kind, Schema, Value};

/// The dependencies that find tools in a folder.
const OF_CLASSES: &str = "mcp-framework";
const OF_FUNCTIONS: &str = "xmcp";
/// Where the folder lies if it is not beside the program.
const FOLDERS: [&str; 5] = ["dist/tools/", "build/tools/", "src/tools/", "lib/tools/", "tools/"];
/// The most modules that are loaded.
const MAX_MODULES: usize = 500;

impl Interpreter<'_> {
    /// Registers the tools of the folder, if the package depends on such a framework and registers none itself.
    pub(super) fn load_tools_of_folder(&mut self, entry: &str) -> Eval<()> {
        let manifest = self.tree.text("package.json").and_then(|text| serde_json::from_str(text).ok());
        let manifest: serde_json::Value = manifest.unwrap_or_default();
        let depends = |name: &str| {
            ["dependencies", "devDependencies"]
                .iter()
                .any(|field| manifest.get(field).is_some_and(|all| all.get(name).is_some()))
        };
        let of_classes = depends(OF_CLASSES);
        if !of_classes && !depends(OF_FUNCTIONS) {
            return Ok(());
        }
        for path in self.modules_of_tools(entry) {
            let Some(module) = self.module(&path)? else { continue };
            let definition = if of_classes {
                let exported = self.exported(module, "default")?;
                self.definition_of_class(&exported)?
            } else {
                let stem = path.rsplit('/').next().unwrap_or(&path).split('.').next().unwrap_or_default();
                let named = |this: &mut Self, name: &str| this.exported(module, name);
                let (handler, metadata) = (named(self, "default")?, named(self, "metadata")?);
                let schema = named(self, "schema")?;
                self.definition_of_function(stem, handler, &metadata, schema)?
            };
            if let Some(definition) = definition {
                let place = self.closure(&definition.handler).map_or_else(Position::default, |it| it.function.place);
                self.register(definition, place)?;
            }
        }
        Ok(())
    }

    /// The paths of the modules in the folder of tools.
    fn modules_of_tools(&self, entry: &str) -> Vec<String> {
        let beside = entry.rsplit_once('/').map_or("tools/".to_owned(), |(folder, _)| format!("{folder}/tools/"));
        let folders = std::iter::once(beside.as_str()).chain(FOLDERS);
        let is_tool = |path: &&str| {
            let name = path.rsplit('/').next().unwrap_or(path);
            let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
            matches!(ending, "js" | "mjs" | "cjs" | "ts" | "mts" | "tsx")
                && ![".d", ".test", ".spec"].iter().any(|mark| stem.ends_with(mark))
                && stem != "BaseTool"
        };
        let of = |folder: &str| -> Vec<String> {
            let paths = self.tree.paths().filter(|path| path.starts_with(folder)).filter(is_tool);
            paths.take(MAX_MODULES).map(str::to_owned).collect()
        };
        folders.map(of).find(|paths| !paths.is_empty()).unwrap_or_default()
    }

    fn definition_of_class(&mut self, class: &Value) -> Eval<Option<Definition>> {
        if !matches!(self.kind(class), Some(Kind::Class(_))) {
            return Ok(None);
        }
        let instance = self.construct(class, Vec::new(), Position::default())?;
        let name = self.get(&instance, "name")?;
        if name.as_str().is_none() {
            return Ok(None);
        }
        // What the class of the framework has is not known, and is no part of the definition.
        let own = |this: &mut Self, name: &str| {
            this.get(&instance, name).map(|value| if value.is_unknown() { Value::Undefined } else { value })
        };
        let annotations = own(self, "annotations")?;
        let (title, handler) = (own(self, "title")?, own(self, "execute")?);
        let schema = own(self, "schema")?;
        Ok(Some(Definition {
            name,
            title,
            description: self.get(&instance, "description")?,
            input: self.shape_of_fields(&schema)?,
            output: Value::Undefined,
            annotations,
            handler,
        }))
    }

    /// A shape of fields that have a schema and a description each: `{ text: { type: z.string(), description: "..." } }`.
    fn shape_of_fields(&mut self, fields: &Value) -> Eval {
        let plain = matches!(self.kind(fields), Some(Kind::Plain));
        let Some((names, false)) = self.own_names(fields).filter(|_| plain) else { return Ok(fields.clone()) };
        let shape = self.allocate(Kind::Plain);
        for name in names {
            let field = self.get(fields, &name)?;
            let of = if matches!(self.kind(&field), Some(Kind::Plain)) {
                self.get(&field, "type")?
            } else {
                return Ok(fields.clone());
            };
            let Some(schema) = self.schema(&of) else { return Ok(fields.clone()) };
            let description = Some(self.get(&field, "description")?);
            let described = self.new_object(Kind::Schema(Rc::new(Schema { description, ..(*schema).clone() })));
            self.set_value(shape, name, described);
        }
        Ok(Value::Object(shape))
    }

    fn definition_of_function(
        &mut self,
        stem: &str,
        handler: Value,
        metadata: &Value,
        schema: Value,
    ) -> Eval<Option<Definition>> {
        if !self.is_callable(&handler) {
            return Ok(None);
        }
        if metadata.is_nullish() {
            let name = Value::string(stem);
            return Ok(Some(Definition { name, input: schema, handler, ..Definition::default() }));
        }
        let name = match self.get(metadata, "name")? {
            Value::Undefined => Value::string(stem),
            name => name,
        };
        let mut definition = self.configured(&name, metadata, handler)?;
        definition.input = schema;
        Ok(Some(definition))
    }
}
