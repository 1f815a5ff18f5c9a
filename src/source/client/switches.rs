//! Servers that another file than their own switches on or off by their names: OpenCode and Kilo merge the entries of all
//! their files, and Claude Code keeps lists by project. What counts is the setting in the projects that are looked at: a
//! server that runs in one of them is on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::config_path::paths;
use super::configured::{Configured, ServerEntry};
use super::definition::Client;
use super::document::{Document, Format};
use super::file_text::text;
use super::switched_off::SwitchedOff;
use super::{claude_code, kilo, lists, opencode};

/// Clients whose files are merged in the order of their places: the last `enabled` counts.
const MERGED: [&Client; 2] = [&opencode::CLIENT, &kilo::CLIENT];

/// Switches the servers in `found` as the files for each of `projects` do.
pub(crate) fn apply(found: &mut [ServerEntry], projects: &[PathBuf]) {
    let views: Vec<&[PathBuf]> = if projects.is_empty() { vec![&[]] } else { projects.chunks(1).collect() };
    for client in MERGED {
        let merged: Vec<Merged> = views.iter().map(|projects| Merged::read(client, projects)).collect();
        for server in of_client(found, client) {
            let of_file = merged.iter().filter(|merged| merged.files.iter().any(|file| is_in(server, file)));
            let mut settings = of_file.map(|merged| merged.enabled.get(&server.origin.server)).peekable();
            if settings.peek().is_some() {
                server.switch(settings.any(|enabled| enabled != Some(&false)));
            }
        }
    }
    let of_user = paths(claude_code::CLIENT.places, &[]);
    let lists: Vec<SwitchedOff> = projects
        .iter()
        .map(|project| SwitchedOff::of_user_in(&std::path::absolute(project).unwrap_or_default()))
        .collect();
    for server in of_client(found, &claude_code::CLIENT).filter(|server| of_user.iter().any(|file| is_in(server, file)))
    {
        let is_off = !lists.is_empty() && lists.iter().all(|lists| lists.names(&server.origin.server));
        if is_off {
            server.switch(false);
        }
    }
}

fn of_client<'f>(found: &'f mut [ServerEntry], client: &Client) -> impl Iterator<Item = &'f mut Configured> {
    let title = client.name.title;
    found.iter_mut().flatten().filter(move |server| server.origin.client == title)
}

fn is_in(server: &Configured, file: &Path) -> bool {
    Path::new(&server.origin.file) == file
}

/// The files of a client for one project, and the last `enabled` of each server in them.
struct Merged {
    files: Vec<PathBuf>,
    enabled: BTreeMap<String, bool>,
}

impl Merged {
    fn read(client: &Client, projects: &[PathBuf]) -> Self {
        let files = paths(client.places, projects);
        let mut enabled = BTreeMap::new();
        for file in &files {
            let document = Format::from_path(file).zip(text(file).ok());
            let Some(document) = document.and_then(|(format, text)| Document::parse(&text, format).ok()) else {
                continue;
            };
            for entry in lists(client, &document.value) {
                if let Some(says) = entry.fields.get("enabled").and_then(Value::as_bool) {
                    enabled.insert(entry.name, says);
                }
            }
        }
        Self { files, enabled }
    }
}
