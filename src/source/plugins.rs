//! Plugins besides their servers and skills: the texts that a model reads, what runs without a question, and parts that lie
//! elsewhere. The settings of a project and the texts of a bundle's manifest count as well. Nothing is run.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use walkdir::{DirEntry, WalkDir};

use super::bounds::Budget;
use super::client::{Document, Format, is_configuration, plain_text, settings};
use super::folder_reader::{ExpectedContent, FolderReader};
use super::manifest;
use super::real_folder::RealFolder;
use super::skills;
use super::unasked::Unasked;
use crate::model::{Item, ItemKind, Listing, LongText, Origin, Server};
use crate::text::{clean, digest};

mod client_texts;
mod parts;
mod places;
mod servers;
#[cfg(test)]
mod tests;
mod texts;

pub(crate) use servers::{named_files, servers};

use places::{MANIFEST, MARKETPLACE, MAX_PARTS, MAX_QUOTE, context_of, has_manifest, plugin_folder, plugins_of};
use texts::with_digest;

/// Maximum number of files looked at below a scanned folder.
const MAX_WALK: usize = 200_000;
/// The files of a plugin that hold what runs unasked, besides its hooks.
const LANGUAGE_SERVERS: &str = ".lsp.json";
const MONITORS: &str = "monitors.json";
/// The folder of a plugin with programs that its client finds by their names.
const PROGRAMS: &str = "bin";
/// Most lines of a script that are searched for further files.
const MAX_LINES: usize = 1_000;
/// The settings that a plugin brings.
const SETTINGS: &str = "settings.json";
/// Keys of a saved listing, which may have any name.
const LISTING_KEYS: [&str; 3] = ["tools", "inputSchema", "result"];

/// What a file of a plugin is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PluginFile {
    Manifest,
    Marketplace,
    Hooks,
    Monitors,
    LanguageServers,
    /// The manifest of an MCPB bundle that declares no tools. Its server is a configured server.
    Bundle,
    /// The settings of a client for a project.
    Settings,
}

/// The listings of plugins, settings and bundles below `folder`, hidden folders included, sorted by path, and those of the
/// texts of clients.
pub(crate) fn in_folder(folder: &Path, budget: &Budget) -> Vec<Listing> {
    let mut read = BTreeSet::new();
    let mut found: Vec<Listing> = files(folder).filter_map(|path| listing(&path, folder, budget, &mut read)).collect();
    found.extend(client_texts::in_folder(folder, budget));
    found
}

/// True if the file at `path` holds settings of a client, as far as its path tells.
pub(crate) fn is_settings(path: &Path) -> bool {
    settings::client_of(path).is_some() && matches!(read(path), Some((PluginFile::Settings, _)))
}

/// The listing of the part of a plugin at `path`, or of the settings there.
pub(crate) fn listing_of(path: &Path, budget: &Budget) -> Option<Listing> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    listing(path, folder, budget, &mut BTreeSet::new())
}

/// True if a file below `folder` is part of a plugin, or a text of a client.
pub(crate) fn is_in_folder(folder: &Path) -> bool {
    files(folder).any(|path| is_part(&path)) || client_texts::is_in_folder(folder)
}

/// True if the file at `path` is part of a plugin, and no listing.
pub(crate) fn is_part(path: &Path) -> bool {
    read(path).is_some() || servers::is_named_by_plugin(path)
}

fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let walk = WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(texts::is_walked);
    let entries = walk.flatten().take(MAX_WALK);
    entries.filter(|entry| entry.file_type().is_file()).map(DirEntry::into_path)
}

/// What the file at `path` is, and its content. `None` if it is no part of a plugin.
fn read(path: &Path) -> Option<(PluginFile, Value)> {
    let name = path.file_name()?.to_str()?;
    let of_plugin = name == SETTINGS && path.parent().is_some_and(has_manifest);
    let is_settings = of_plugin || settings::client_of(path).is_some();
    let is_configuration = !is_settings && is_configuration(path);
    if Format::from_path(path) != Some(Format::Json) && !is_settings && !is_configuration {
        return None;
    }
    let is_extension = context_of(name).is_some();
    let is_known = is_extension || [MANIFEST, MARKETPLACE, LANGUAGE_SERVERS, MONITORS].contains(&name);
    let text = plain_text(path).ok()?;
    // The file may be a large listing, so it is parsed only if it mentions a key of a plugin.
    let may_run = is_configuration && Unasked::may_be_in_configuration(&text);
    if !(is_known || is_settings || may_run || text.contains("\"hooks\"") || manifest::mentions_bundle(&text)) {
        return None;
    }
    let value = Document::parse(&text, Format::from_path(path)?).ok()?.value;
    if is_settings {
        // A hook of Kiro is a file of its own.
        let is_hook = value.get("when").is_some() && value.get("then").is_some_and(Value::is_object);
        return Some((if is_hook { PluginFile::Hooks } else { PluginFile::Settings }, value));
    }
    if may_run && value.get("hooks").is_none() && !Unasked::in_manifest(&value).lines.is_empty() {
        return Some((PluginFile::Settings, value));
    }
    // A listing of tools may have any name; a plugin has no tools, only the key.
    let lists_tools = value.get("tools").and_then(Value::as_array).is_some_and(|tools| !tools.is_empty());
    if (name == MANIFEST || is_extension) && value.is_object() && !lists_tools {
        return Some((PluginFile::Manifest, value));
    }
    if name == MARKETPLACE && value.is_object() && !lists_tools {
        return Some((PluginFile::Marketplace, value));
    }
    if LISTING_KEYS.iter().any(|key| value.get(key).is_some()) {
        return manifest::has_texts_alone(&value).then_some((PluginFile::Bundle, value));
    }
    let is_monitor = |monitor: &Value| monitor.get("command").is_some();
    let kind = match &value {
        Value::Array(monitors) if name == MONITORS && monitors.iter().all(is_monitor) => PluginFile::Monitors,
        Value::Object(_) if name == LANGUAGE_SERVERS => PluginFile::LanguageServers,
        Value::Object(map) if map.get("hooks").is_some_and(Value::is_object) => PluginFile::Hooks,
        _ if manifest::has_texts_alone(&value) => PluginFile::Bundle,
        _ => return None,
    };
    Some((kind, value))
}

/// The part of a plugin at `path`, as a listing without tools. `None` if it is none. `root` is the folder that was scanned;
/// `texts_read` are the folders of plugins and their texts that another listing has.
fn listing(path: &Path, root: &Path, budget: &Budget, texts_read: &mut BTreeSet<PathBuf>) -> Option<Listing> {
    let (kind, value) = read(path)?;
    let file_name = path.file_name()?.to_string_lossy().into_owned();
    let own_name = value.get("name").and_then(Value::as_str).map(|name| clean::excerpt(name, MAX_QUOTE));
    let folder = plugin_folder(path);
    let mut reader = FolderReader::new(root, budget).ok()?;
    let unasked = unasked(kind, &value);
    let is_settings = kind == PluginFile::Settings;
    let mut lines = if is_settings { settings::lines(&value) } else { Vec::new() };
    lines.extend(unasked.lines.iter().cloned());
    let origin = Origin {
        client: settings::client_of(path).unwrap_or("a plugin").into(),
        file: path.display().to_string(),
        server: own_name.clone().unwrap_or_else(|| file_name.clone()),
        file_settings: lines.into(),
        ..Origin::default()
    };
    let server = Server {
        name: own_name.unwrap_or(file_name),
        target: path.display().to_string().as_str().into(),
        configured: Some(origin),
        ..Server::default()
    };
    let relative = |path: &Path| path.strip_prefix(&folder).unwrap_or(path).display().to_string();
    let mut items = match kind {
        PluginFile::Settings => Vec::new(),
        PluginFile::Bundle => manifest::texts(value.as_object()?),
        PluginFile::Manifest
        | PluginFile::Marketplace
        | PluginFile::Hooks
        | PluginFile::Monitors
        | PluginFile::LanguageServers => vec![of_file(&relative(path), kind, &value, &unasked)],
    };
    if !is_settings {
        scripts(&unasked, &folder, &mut reader, &mut items);
    }
    if kind == PluginFile::Manifest {
        programs(&folder, &mut reader, &mut items);
    }
    if unasked.is_cut {
        reader.left_out("plugin-part-not-read", "What the plugin runs is too long and was cut.");
    }
    let folders = match kind {
        PluginFile::Manifest => vec![(folder.clone(), Some(&value))],
        PluginFile::Marketplace => of_marketplace(&value, &folder, &mut reader),
        PluginFile::Hooks
        | PluginFile::Monitors
        | PluginFile::LanguageServers
        | PluginFile::Bundle
        | PluginFile::Settings => Vec::new(),
    };
    for (plugin, manifest) in folders {
        let is_first = texts_read.insert(fs::canonicalize(&plugin).unwrap_or_else(|_| plugin.clone()));
        let context = path.file_name().and_then(|name| context_of(&name.to_string_lossy()));
        for path in texts::files(&plugin, manifest, context, is_first, &mut reader) {
            if texts_read.insert(path.clone()) {
                let name = relative(&path);
                let text = reader.text_or_note(&path, &name, ExpectedContent::Text);
                items.extend(text.map(|text| with_digest(skills::item(&name, &text).0)));
            }
        }
    }
    let names_parts = matches!(kind, PluginFile::Manifest | PluginFile::Marketplace);
    let parts = if names_parts { parts::parts(&value) } else { Vec::new() };
    if names_parts && parts::is_cut(&value) {
        reader.left_out("plugin-part-not-read", "The file names too many parts, and not all were read.");
    }
    let mut deviations: Vec<_> =
        parts.into_iter().filter_map(|part| part.deviation(&folder, root)).take(MAX_PARTS).collect();
    for deviation in reader.deviations {
        if !deviations.contains(&deviation) {
            deviations.push(deviation);
        }
    }
    Some(Listing { server, items, deviations, unread: is_settings, ..Listing::default() })
}

/// What the file runs without a question.
fn unasked(kind: PluginFile, value: &Value) -> Unasked {
    match kind {
        PluginFile::Manifest | PluginFile::Hooks | PluginFile::Settings => Unasked::in_manifest(value),
        PluginFile::Marketplace => {
            let mut found = Unasked::default();
            plugins_of(value).iter().for_each(|plugin| found.add_manifest(plugin));
            found
        }
        PluginFile::Monitors => Unasked::in_file(value, "monitors"),
        PluginFile::LanguageServers => Unasked::in_file(value, "lspServers"),
        PluginFile::Bundle => Unasked::default(),
    }
}

/// The folders of the plugins of a marketplace that have no manifest of their own, each with its entry.
fn of_marketplace<'v>(
    marketplace: &'v Value,
    folder: &Path,
    reader: &mut FolderReader<'_>,
) -> Vec<(PathBuf, Option<&'v Value>)> {
    let marketplace_folder = RealFolder::new(folder).ok();
    let mut found = Vec::new();
    for plugin in plugins_of(marketplace) {
        let Some(place) = parts::local_place(marketplace, plugin) else { continue };
        let place = folder.join(place);
        if !place.is_dir() || has_manifest(&place) {
            continue;
        }
        if marketplace_folder.as_ref().is_some_and(|folder| folder.holds(&place).unwrap_or(false)) {
            found.push((place, Some(plugin)));
        } else {
            let name = clean::excerpt(parts::name_of(plugin), MAX_QUOTE);
            reader.left_out("plugin-part-not-read", &format!("{name} leads out of the folder, and was not read."));
        }
    }
    found
}

/// The texts of a file itself: its description, those of the plugins in it, and the prompts of its hooks.
fn of_file(name: &str, kind: PluginFile, value: &Value, unasked: &Unasked) -> Item {
    let text = |value: &Value| value.get("description").and_then(Value::as_str).map(str::to_owned);
    let mut item = Item { description: text(value), ..Item::new(ItemKind::Skill, name) };
    let mut texts: Vec<String> = unasked.prompts.clone();
    if kind == PluginFile::Marketplace {
        texts.extend(value.get("metadata").and_then(text));
        texts.extend(plugins_of(value).iter().filter_map(text));
    }
    item.long_texts = texts.into_iter().map(|text| LongText { field: "content", text: text.into() }).collect();
    item.digest = digest::of_json(value);
    item
}

/// Adds the files below `folder` that run without a question to `items`.
fn scripts(unasked: &Unasked, folder: &Path, reader: &mut FolderReader<'_>, items: &mut Vec<Item>) {
    let (found, missing) = unasked.files(folder);
    for name in missing.iter().take(MAX_PARTS) {
        let shown = clean::excerpt(name, MAX_QUOTE);
        reader.left_out("plugin-part-not-read", &format!("{shown} is run by the plugin and is not there."));
    }
    let mut known = found.clone();
    let mut open: Vec<String> = found.into_iter().rev().collect();
    while let Some(name) = open.pop() {
        let Some(text) = reader.text_or_note(&folder.join(&name), &name, ExpectedContent::Text) else { continue };
        // What a script runs in its turn. A text that it prints is none.
        let lines =
            Unasked { commands: text.lines().map(str::to_owned).take(MAX_LINES).collect(), ..Unasked::default() };
        let beside = Path::new(&name).parent().unwrap_or(Path::new(""));
        let further =
            lines.files(&folder.join(beside)).0.into_iter().map(|file| beside.join(file).display().to_string());
        let further = lines.files(folder).0.into_iter().chain(further);
        for file in further.filter(|file| !skills::is_prose(Path::new(file))) {
            if known.len() < MAX_PARTS && known.insert(file.clone()) {
                open.push(file);
            }
        }
        let script = LongText { field: LongText::SCRIPT, text: text.into() };
        items.push(with_digest(Item { long_texts: vec![script], ..Item::new(ItemKind::Skill, name) }));
    }
}

/// Adds the programs of the plugin at `folder` to `items`: a client looks for commands there before it looks elsewhere.
fn programs(folder: &Path, reader: &mut FolderReader<'_>, items: &mut Vec<Item>) {
    let entries = fs::read_dir(folder.join(PROGRAMS)).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| format!("{PROGRAMS}/{}", entry.file_name().to_string_lossy())).take(MAX_PARTS).collect();
    names.sort();
    names.retain(|name| !items.iter().any(|item| item.name == *name));
    for name in names {
        if let Some(text) = reader.text_or_note(&folder.join(&name), &name, ExpectedContent::Any) {
            let script = LongText { field: LongText::SCRIPT, text: text.into() };
            items.push(with_digest(Item { long_texts: vec![script], ..Item::new(ItemKind::Skill, name) }));
        }
    }
}
