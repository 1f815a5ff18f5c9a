//! The names under which the SDKs of Go make tools.

use tree_sitter::Node;

/// An SDK, by what it makes of a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sdk {
    /// mark3labs/mcp-go.
    Mark3labs,
    /// modelcontextprotocol/go-sdk.
    Official,
    /// metoro-io/mcp-golang.
    Metoro,
    /// A type of the module itself, or a map.
    Own,
}

/// The fields that hold the schema of the parameters.
pub(super) const SCHEMA_FIELDS: [&str; 3] = ["InputSchema", "RawInputSchema", "Parameters"];
/// Functions that make a tool, or a server.
const MAKERS: [&str; 7] =
    ["NewTool", "NewToolWithRawSchema", "NewServerTool", "RegisterTool", "NewMCPServer", "NewServer", "AddTool"];

impl Sdk {
    /// The SDK of an imported package.
    pub(super) fn of_import(path: &str) -> Option<Self> {
        if path.contains("/mcp-golang") {
            return Some(Self::Metoro);
        }
        let is_below = |name: &str| path.contains(&format!("/{name}/")) || path.ends_with(&format!("/{name}"));
        if is_below("mcp-go") {
            Some(Self::Mark3labs)
        } else if path.contains("modelcontextprotocol/") && is_below("go-sdk") {
            Some(Self::Official)
        } else {
            None
        }
    }

    /// The SDK of something by its full name.
    pub(super) fn of_name(full: &str) -> Option<Self> {
        full.rsplit_once('.').and_then(|(package, _)| Self::of_import(package))
    }
}

/// True for an expression that may make a tool or a server.
pub(super) fn is_site(node: Node<'_>, text: &str) -> bool {
    let of = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
    match node.kind() {
        "call_expression" => {
            let Some(mut function) = node.child_by_field_name("function") else { return false };
            if matches!(function.kind(), "index_expression" | "type_instantiation_expression") {
                let Some(inner) = function.named_child(0) else { return false };
                function = inner;
            }
            function.kind() == "selector_expression"
                && function.child_by_field_name("field").is_some_and(|name| MAKERS.contains(&of(name)))
        }
        "composite_literal" => {
            let Some(of_type) = node.child_by_field_name("type") else { return false };
            match of_type.kind() {
                "qualified_type" => of_type.child_by_field_name("name").is_some_and(|name| of(name) == "Tool"),
                // A tool as a map of JSON.
                "map_type" => {
                    let Some(body) = node.child_by_field_name("body") else { return false };
                    let has = |key: &str| {
                        let mut cursor = body.walk();
                        body.named_children(&mut cursor)
                            .any(|element| element.named_child(0).is_some_and(|name| of(name).trim_matches('"') == key))
                    };
                    has("name") && has("inputSchema")
                }
                _ => false,
            }
        }
        _ => false,
    }
}
