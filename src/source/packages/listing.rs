//! What was found in the source of a package, as a listing. What is not known is a deviation because of which the listing
//! does not count as read whole.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::specification;
use crate::model::{CodePlace, Listing, NotRead, Package, Server, Transport};
use crate::package::extraction::{
    Extraction, FoundTool, Gap, PackageWarning, ServerGap, ServerGapKind, SourcePlace, WarningKind,
};
use crate::package::manifest::Manifest;
use crate::source::decode::Decoder;
use crate::text::prose;

/// How many tools or places of one kind of gap are named.
const MAX_PLACES: usize = 3;

/// The listing of the server that `found` describes.
pub(crate) fn of_extraction(found: Extraction, manifest: &Manifest, target: &str, package: Option<Package>) -> Listing {
    let mut decoder = Decoder::default();
    found.tools.iter().for_each(|tool| add(&mut decoder, tool));
    let conditional = found.tools.iter().filter(|tool| tool.gaps.contains(&Gap::Conditional));
    let conditional: Vec<String> = conditional.map(|tool| tool.name.clone()).collect();
    if !conditional.is_empty() {
        let tools = prose::count(conditional.len(), "tool");
        // Where all depend on the same, their names say nothing.
        let is_part = conditional.len() < found.tools.len();
        let names = if is_part { format!(": {}", first_names(&conditional)) } else { String::new() };
        let text =
            format!("The source registers {tools} only under a condition that is decided when the server runs{names}.");
        decoder.note("tools-conditional", None, &text);
    }
    let mut gaps: BTreeMap<ServerGapKind, Vec<&ServerGap>> = BTreeMap::new();
    for gap in &found.gaps {
        gaps.entry(gap.kind).or_default().push(gap);
    }
    for (kind, gaps) in gaps {
        let (id, text, not_read) = about_server(kind);
        decoder.note_unread(id, None, &format!("{text}{}.", places(&gaps)), not_read);
    }
    let named = [found.server_name, Some(manifest.name.clone())].into_iter().flatten().find(|name| !name.is_empty());
    let server = Server {
        name: named.unwrap_or_else(|| target.rsplit('/').next().unwrap_or(target).to_owned()),
        version: found.server_version.or_else(|| manifest.version.clone()),
        package,
        programs: manifest.entry_points.iter().map(|entry| entry.command.clone()).collect(),
        target: target.into(),
        transport: Transport::Package,
        instructions: found.instructions,
        ..Server::default()
    };
    decoder.into_listing(server)
}

/// Notes what the package does besides its tools.
pub(crate) fn note_warnings(listing: &mut Listing, warnings: &[PackageWarning]) {
    let mut decoder = Decoder::default();
    for warning in warnings {
        let SourcePlace { file, line } = &warning.place;
        let (id, text) = match warning.kind {
            WarningKind::InstallScript => (
                "install-script",
                format!("The package runs code when it is installed: {} ({file}:{line}).", warning.text),
            ),
            WarningKind::HiddenCode => {
                ("hidden-code", format!("Code is obfuscated, or decodes itself ({file}:{line})."))
            }
            WarningKind::ActsWhenLoaded => (
                "acts-when-loaded",
                format!("Code that runs as soon as it is loaded {} ({file}:{line}).", warning.text),
            ),
            WarningKind::CompiledCode => (
                "compiled-code",
                format!("The package has compiled code, which is not read: {} ({file}).", warning.text),
            ),
            WarningKind::DisguisedProgram => (
                "disguised-program",
                format!("A file with the name of a text or a picture is {} ({file}).", warning.text),
            ),
        };
        decoder.note(id, None, &text);
        listing.server.noted_at.entry(id.to_owned()).or_insert_with(|| place(&warning.place));
    }
    listing.deviations.append(&mut decoder.deviations);
}

fn place(place: &SourcePlace) -> CodePlace {
    CodePlace { file: place.file.clone(), line: place.line }
}

/// Names the dependencies whose source was read too.
pub(crate) fn note_dependencies(listing: &mut Listing, read: &[Package]) {
    if read.is_empty() {
        return;
    }
    let names: Vec<String> = read.iter().map(specification::display).collect();
    let mut decoder = Decoder::default();
    let text = format!("The tools may come from dependencies, so these were read too: {}.", prose::list(&names));
    decoder.note("dependencies-read", None, &text);
    listing.deviations.append(&mut decoder.deviations);
}

fn add(decoder: &mut Decoder, tool: &FoundTool) {
    let mut map = Map::new();
    map.insert("name".into(), tool.name.as_str().into());
    let texts = [("title", &tool.title), ("description", &tool.description)];
    map.extend(texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text.as_deref()?.into()))));
    let schemas = [("inputSchema", &tool.input_schema), ("outputSchema", &tool.output_schema)];
    map.extend(schemas.into_iter().filter_map(|(key, schema)| Some((key.to_owned(), schema.clone()?))));
    if let Some(annotations) = tool.annotations.as_ref().filter(|annotations| !annotations.is_empty()) {
        map.insert("annotations".into(), Value::Object(annotations.clone()));
    }
    decoder.tool(&Value::Object(map));
    if let Some(decoded) = decoder.tools.last_mut() {
        decoded.code.clone_from(&tool.effects);
        decoded.defined_at = (!tool.place.file.is_empty()).then(|| place(&tool.place));
    }
    if tool.input_schema.is_none() {
        let is_other = |deviation: &crate::model::Deviation| {
            deviation.id != "input-schema-missing" || deviation.tool.as_deref() != Some(&tool.name)
        };
        decoder.deviations.retain(is_other);
    }
    let unknown: Vec<String> = tool.gaps.iter().filter_map(about_tool).collect();
    if !unknown.is_empty() {
        let text = format!(
            "Its source ({}:{}) does not show {}, which the server makes when it runs.",
            tool.place.file,
            tool.place.line,
            prose::list(&unknown)
        );
        decoder.note_unread("tool-not-fully-known", Some(&tool.name), &text, NotRead::Part);
    }
}

/// What a gap hides, in words. `None` if the definition is whole.
fn about_tool(gap: &Gap) -> Option<String> {
    let text = match gap {
        Gap::Title => "its title",
        Gap::Description => "its description",
        Gap::DescriptionPart => "a part of its description",
        Gap::InputSchema => "its parameters",
        Gap::MoreParameters => "all of its parameters",
        Gap::Parameter(name) => return Some(format!("the type of its parameter {name}")),
        Gap::OutputSchema => "its output schema",
        Gap::Annotations => "all of its annotations",
        Gap::Conditional => return None,
    };
    Some(text.to_owned())
}

fn about_server(kind: ServerGapKind) -> (&'static str, &'static str, NotRead) {
    match kind {
        ServerGapKind::ToolName => {
            ("tool-name-not-known", "The source registers a tool whose name it makes when it runs", NotRead::Tools)
        }
        ServerGapKind::UnknownTable => {
            ("tools-not-known", "The source registers tools from a table that it makes when it runs", NotRead::Tools)
        }
        ServerGapKind::FetchedTools => ("tools-fetched", "The server fetches tools when it runs", NotRead::Tools),
        ServerGapKind::PassedOn => (
            "server-passed-on",
            "The server is passed to a function of another package, which may register tools with it",
            NotRead::Tools,
        ),
        ServerGapKind::Unreached => (
            "tools-not-reached",
            "No known way leads from the start of the program to its tools, so it may have others",
            NotRead::Tools,
        ),
        ServerGapKind::SwitchedOff => {
            ("tools-switched-off", "The server has more tools if a setting switches them on", NotRead::Part)
        }
        ServerGapKind::Instructions => {
            ("instructions-not-known", "The server makes its instructions when it runs", NotRead::Part)
        }
        ServerGapKind::UnreadFile => {
            ("source-not-read", "A file was too large, too deeply nested or not text", NotRead::Tools)
        }
        ServerGapKind::Limit => ("source-too-long", "The source was read up to a limit", NotRead::Tools),
        ServerGapKind::Compiled => (
            "server-compiled",
            "The source shows no tool, and the package has a compiled program, which is not read; start it to see its tools",
            NotRead::Tools,
        ),
        ServerGapKind::NoRegistration => {
            ("no-registration", "The source shows no registration of a tool", NotRead::Tools)
        }
    }
}

/// ` (server.py:12, tools.py:3 and 4 more)`, or empty.
fn places(gaps: &[&ServerGap]) -> String {
    let places: Vec<String> = gaps
        .iter()
        .filter_map(|gap| gap.place.as_ref())
        .map(|place| format!("{}:{}", place.file, place.line))
        .collect();
    if places.is_empty() { String::new() } else { format!(" ({})", first_names(&places)) }
}

/// The first of `names`, and how many more there are.
fn first_names(names: &[String]) -> String {
    match names.len().saturating_sub(MAX_PLACES) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..MAX_PLACES].join(", ")),
    }
}
