//! What a server lists besides tools: prompts, resources, resource templates and skills.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use super::LongText;

/// The kind of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemKind {
    /// A text with placeholders that a user picks.
    Prompt,
    /// Data at a fixed URI. `ui://` resources are apps.
    Resource,
    /// Data at a URI with placeholders.
    ResourceTemplate,
    /// A folder of instructions that the model follows.
    Skill,
}

impl ItemKind {
    /// All kinds, in the order of reports.
    pub(crate) const ALL: [Self; 4] = [Self::Prompt, Self::Resource, Self::ResourceTemplate, Self::Skill];

    /// The word for one: "resource template".
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Resource => "resource",
            Self::ResourceTemplate => "resource template",
            Self::Skill => "skill",
        }
    }

    /// The key of a list of them in a report.
    pub(crate) fn report_key(self) -> &'static str {
        match self {
            Self::Prompt => "prompts",
            Self::Resource => "resources",
            Self::ResourceTemplate => "resource_templates",
            Self::Skill => "skills",
        }
    }
}

/// A prompt, resource, resource template or skill. Texts are stored as the server sent them: they are hostile, and
/// cleaned when displayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// The name; the URI if it has none.
    pub name: String,
    /// The display name.
    pub title: Option<String>,
    /// The author's description.
    pub description: Option<String>,
    /// The URI of a resource or skill, or the template of URIs (RFC 6570).
    pub uri: Option<String>,
    pub mime_type: Option<String>,
    /// The arguments of a prompt.
    pub arguments: Vec<PromptArgument>,
    /// The domains that an app can reach, each with the directive that allows it.
    pub domains: Vec<AppDomain>,
    /// The device permissions that an app asks for: `camera`.
    pub permissions: Vec<String>,
    /// The files of a skill, by its manifest. They are not part of a report.
    pub manifest: Vec<ManifestFile>,
    /// The digest of the whole definition, without what changes with the content.
    pub digest: String,
    /// The digest of its content, if that was read.
    pub content_digest: Option<String>,
    /// Texts that are not kept: what is too long, `_meta`, and the content. Finding rules search them; they are not part
    /// of a report.
    pub long_texts: Vec<LongText>,
}

/// An argument of a prompt.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PromptArgument {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub required: bool,
}

/// A file that the manifest of a skill names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestFile {
    pub uri: String,
    /// The digest of the file: `sha256:` and 64 hex digits.
    pub digest: String,
}

/// A domain that an app can reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppDomain {
    /// The key of its list in the protocol: `connectDomains`.
    pub directive: String,
    pub domain: String,
}

impl Item {
    /// An item without anything but a name.
    pub fn new(kind: ItemKind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            title: None,
            description: None,
            uri: None,
            mime_type: None,
            arguments: Vec::new(),
            domains: Vec::new(),
            permissions: Vec::new(),
            manifest: Vec::new(),
            digest: String::new(),
            content_digest: None,
            long_texts: Vec::new(),
        }
    }

    /// True for an app: a page that the client shows.
    pub(crate) fn is_app(&self) -> bool {
        self.uri.as_deref().is_some_and(|uri| uri.starts_with("ui://"))
    }

    /// `_meta.ui` as the protocol has it. `None` if there is nothing in it.
    fn ui(&self) -> Option<Value> {
        let mut ui = Map::new();
        if !self.domains.is_empty() {
            let mut csp = Map::new();
            for AppDomain { directive, domain } in &self.domains {
                let list = csp.entry(directive).or_insert_with(|| json!([]));
                list.as_array_mut().into_iter().for_each(|list| list.push(domain.as_str().into()));
            }
            ui.insert("csp".into(), csp.into());
        }
        if !self.permissions.is_empty() {
            let permissions = self.permissions.iter().map(|name| (name.clone(), json!({})));
            ui.insert("permissions".into(), permissions.collect::<Map<_, _>>().into());
        }
        (!ui.is_empty()).then(|| ui.into())
    }
}

/// The form of the protocol, so that a report can be read as a listing.
impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        let uri_key = if self.kind == ItemKind::ResourceTemplate { "uriTemplate" } else { "uri" };
        let texts = [
            ("title", &self.title),
            ("description", &self.description),
            (uri_key, &self.uri),
            ("mimeType", &self.mime_type),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                map.serialize_entry(key, text)?;
            }
        }
        if !self.arguments.is_empty() {
            map.serialize_entry("arguments", &self.arguments)?;
        }
        if let Some(ui) = self.ui() {
            map.serialize_entry("_meta", &json!({ "ui": ui }))?;
        }
        map.serialize_entry("digest", &self.digest)?;
        if let Some(digest) = &self.content_digest {
            map.serialize_entry("content_digest", digest)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_written_as_the_protocol_has_it() {
        let app = Item {
            uri: Some("ui://shop/cart".into()),
            domains: vec![AppDomain { directive: "connectDomains".into(), domain: "https://shop.example".into() }],
            permissions: vec!["camera".into()],
            digest: "sha256:0".into(),
            ..Item::new(ItemKind::Resource, "cart")
        };
        assert!(app.is_app());
        assert_eq!(
            serde_json::to_value(&app).unwrap(),
            json!({
                "name": "cart", "uri": "ui://shop/cart", "digest": "sha256:0",
                "_meta": {"ui": {"csp": {"connectDomains": ["https://shop.example"]}, "permissions": {"camera": {}}}}
            })
        );
    }
}
