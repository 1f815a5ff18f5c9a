//! The XML in which JetBrains IDEs keep the servers of AI Assistant, as the JSON of other clients: a component with an
//! element for each server, since 2025.2 below `commands` and `urls`.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Map, Value, json};

use super::error::SyntaxCause;

/// The components with servers, of the IDE and of a project.
const COMPONENTS: [&str; 2] = ["McpApplicationServerCommands", "McpProjectServerCommands"];
/// The elements between the component and its servers.
const LISTS: [&str; 2] = ["commands", "urls"];
/// The most elements around an element.
const MAX_DEPTH: usize = 32;
/// The most servers that are read.
const MAX_SERVERS: usize = 1_000;

/// The servers in the XML `text`, as `{"mcpServers": {NAME: {...}}}`, and the byte offset of each.
pub(super) fn servers(text: &str) -> Result<(Value, Vec<(String, usize)>), SyntaxCause> {
    let mut reader = Reader::from_str(text);
    let mut found = ServerCollector::default();
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or_default();
        let before = text.as_bytes().get(..at).unwrap_or_default();
        let malformed = || SyntaxCause::Xml { line: before.iter().filter(|byte| **byte == b'\n').count() + 1 };
        match reader.read_event().map_err(|_| malformed())? {
            Event::Start(_) if found.open.len() >= MAX_DEPTH => return Err(malformed()),
            Event::Start(element) => found.open(&element, at),
            Event::Empty(element) => {
                found.open(&element, at);
                found.close();
            }
            Event::End(_) => found.close(),
            Event::Eof => break,
            // Entities that a document declares are not expanded.
            Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
    Ok((json!({ "mcpServers": found.servers }), found.places))
}

/// The servers so far, and the elements that are open.
#[derive(Default)]
struct ServerCollector {
    servers: Map<String, Value>,
    places: Vec<(String, usize)>,
    /// The names of the open elements; of an option, the name that it gives.
    open: Vec<String>,
    /// How many elements were open where the component and the server begin.
    component: Option<usize>,
    server: Option<OpenServer>,
}

/// The server whose element is open.
struct OpenServer {
    depth: usize,
    at: usize,
    fields: Map<String, Value>,
}

impl ServerCollector {
    fn open(&mut self, element: &BytesStart<'_>, at: usize) {
        let name = String::from_utf8_lossy(element.name().as_ref()).into_owned();
        let attribute = |name: &str| attribute(element, name);
        let depth = self.open.len();
        match (self.component, &mut self.server) {
            (None, _) => {
                let is_one =
                    name == "component" && attribute("name").is_some_and(|name| COMPONENTS.contains(&name.as_str()));
                self.component = is_one.then_some(depth);
            }
            (Some(_), None) if !LISTS.contains(&name.as_str()) => {
                self.server = Some(OpenServer { depth, at, fields: Map::new() });
            }
            (Some(_), None) => {}
            (Some(_), Some(server)) => {
                let inside = self.open.get(server.depth + 1..).unwrap_or_default();
                let holder = inside.first().map_or("", String::as_str);
                let key = attribute("key").or_else(|| attribute("name"));
                server.add(holder, key, attribute("value"));
            }
        }
        self.open.push(attribute("name").filter(|_| name == "option").unwrap_or(name));
    }

    fn close(&mut self) {
        self.open.pop();
        let depth = self.open.len();
        if self.component.is_some_and(|component| depth <= component) {
            self.component = None;
        }
        if let Some(server) = self.server.take_if(|server| depth <= server.depth) {
            self.add(server);
        }
    }

    /// Adds a finished server. One without a name, or with neither a command nor an address, is only a switch.
    fn add(&mut self, mut server: OpenServer) {
        let name = server.fields.shift_remove("name");
        let Some(name) = name.as_ref().and_then(Value::as_str).filter(|name| !name.is_empty()) else { return };
        let is_server = server.fields.contains_key("command") || server.fields.contains_key("url");
        if is_server && self.servers.len() < MAX_SERVERS {
            let mut names = (1..).map(|n| if n == 1 { name.to_owned() } else { format!("{name} {n}") });
            let free = names.find(|name| !self.servers.contains_key(name)).unwrap_or_default();
            self.places.push((free.clone(), server.at));
            self.servers.insert(free, Value::Object(server.fields));
        }
    }
}

impl OpenServer {
    /// Adds an option, or an entry of the list or map in the option `holder`.
    fn add(&mut self, holder: &str, key: Option<String>, value: Option<String>) {
        let Some(value) = value else { return };
        let fields = &mut self.fields;
        match (holder, key) {
            ("envs" | "env", Some(name)) => add_to_map(fields, "env", name, value),
            ("headers", Some(name)) => add_to_map(fields, "headers", name, value),
            ("args", _) => {
                let list = fields.entry("args").or_insert_with(|| json!([]));
                list.as_array_mut().into_iter().for_each(|list| list.push(value.clone().into()));
            }
            ("", Some(name)) => {
                let value = match name.as_str() {
                    "enabled" => Value::Bool(value != "false"),
                    "arguments" => shlex::split(&value).map_or_else(|| json!([value]), |words| json!(words)),
                    _ if value.is_empty() => return,
                    _ => value.into(),
                };
                let name = match name.as_str() {
                    "programPath" => "command",
                    "arguments" => "args",
                    "workingDirectory" => "cwd",
                    other => other,
                };
                fields.entry(name).or_insert(value);
            }
            _ => {}
        }
    }
}

fn add_to_map(fields: &mut Map<String, Value>, field: &str, name: String, value: String) {
    let map = fields.entry(field).or_insert_with(|| json!({}));
    map.as_object_mut().into_iter().for_each(|map| {
        map.insert(name.clone(), value.clone().into());
    });
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.attributes().flatten().find(|attribute| attribute.key.as_ref() == name.as_bytes())?;
    let value = found.normalized_value(XmlVersion::Implicit1_0).map(Cow::into_owned);
    Some(value.unwrap_or_else(|_| String::from_utf8_lossy(&found.value).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_is_read() {
        let text = r#"<application>
  <component name="Other"><McpServerCommand><option name="name" value="no"/><option name="programPath" value="x"/></McpServerCommand></component>
  <component name="McpApplicationServerCommands" modifiable="true">
    <McpServerCommand sourceId="UserConfigurationSource">
      <option name="allowedToolsNames" />
      <option name="enabled" value="true" />
      <option name="name" value="shelf" />
      <option name="programPath" value="npx" />
      <option name="arguments" value="-y &quot;shelf mcp&quot; --x" />
      <option name="workingDirectory" value="" />
      <envs><env name="SHELF" value="a&amp;b" /></envs>
    </McpServerCommand>
    <commands>
      <McpServerConfigurationProperties>
        <option name="command" value="node" />
        <option name="args"><list><option value="a.js" /><option value="--b" /></list></option>
        <option name="env"><map><entry key="MODE" value="quiet" /></map></option>
        <option name="enabled" value="false" />
        <option name="name" value="desk" />
      </McpServerConfigurationProperties>
      <McpServerConfigurationProperties>
        <option name="enabled" value="true" />
        <option name="name" value="a switch alone" />
      </McpServerConfigurationProperties>
    </commands>
    <urls>
      <McpServerURL>
        <option name="name" value="shelf" />
        <option name="url" value="https://shelf.example/mcp" />
        <option name="headers"><map><entry key="X-Shelf" value="c" /></map></option>
      </McpServerURL>
    </urls>
  </component>
</application>"#;
        let (found, places) = servers(text).unwrap();
        assert_eq!(
            found["mcpServers"],
            json!({
                "shelf": {"enabled": true, "command": "npx", "args": ["-y", "shelf mcp", "--x"], "env": {"SHELF": "a&b"}},
                "desk": {"command": "node", "args": ["a.js", "--b"], "env": {"MODE": "quiet"}, "enabled": false},
                "shelf 2": {"url": "https://shelf.example/mcp", "headers": {"X-Shelf": "c"}},
            })
        );
        let lines: Vec<usize> = places.iter().map(|(_, at)| text[..*at].matches('\n').count() + 1).collect();
        assert_eq!(lines, [4, 14, 27], "{places:?}");
    }

    #[test]
    fn hostile_xml_is_an_error_or_empty() {
        assert!(servers("<a><b></a>").is_err());
        assert!(servers(&"<a>".repeat(40)).is_err());
        let entity = r#"<!DOCTYPE a [<!ENTITY x "y">]><a><component name="McpProjectServerCommands"><s>
            <option name="name" value="&x;"/><option name="programPath" value="z"/></s></component></a>"#;
        let (found, _) = servers(entity).unwrap();
        assert_eq!(found["mcpServers"], json!({"&x;": {"command": "z"}}));
        assert_eq!(servers("").unwrap().0["mcpServers"], json!({}));
    }
}
