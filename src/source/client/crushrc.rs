//! `crushrc`, the shell script with which Crush is configured: its commands for servers, permissions and hooks, as the JSON
//! that Crush reads too. Nothing is run: what a script computes stays as it is written.

use serde_json::{Map, Value, json};
use shlex::Shlex;

/// The file names of such a script.
pub(super) const NAMES: [&str; 2] = ["crushrc", ".crushrc"];
/// Words that may stand before a command.
const BEFORE: [&str; 6] = ["then", "else", "do", "{", "!", "builtin"];
/// Most commands that are read.
const MAX_COMMANDS: usize = 10_000;
/// The flags of `mcp add` with a text, with a list, and with a name and a value, each with its key in JSON.
const TEXTS: [(&str, &str); 3] = [("--type", "type"), ("--command", "command"), ("--url", "url")];
const LISTS: [(&str, &str); 3] =
    [("--args", "args"), ("--disabled-tools", "disabled_tools"), ("--enabled-tools", "enabled_tools")];
const PAIRS: [(&str, &str); 2] = [("--env", "env"), ("--header", "headers")];
const SECRET: &str = "--oauth-client-secret";

/// What the commands of `text` configure, and the byte offset of each server.
pub(super) fn settings(text: &str) -> (Value, Vec<(String, usize)>) {
    let mut found = ScriptSettings::default();
    for (start, command) in commands(text).take(MAX_COMMANDS) {
        let words: Vec<String> = Shlex::new(command).collect();
        let words = words.iter().map(String::as_str).skip_while(|word| BEFORE.contains(word)).collect::<Vec<_>>();
        match words.as_slice() {
            ["mcp", "add", name, flags @ ..] => found.add_server(name, flags, start),
            ["mcp", "remove" | "rm", name, ..] => {
                found.servers.remove(*name);
                found.places.retain(|(known, _)| known != name);
            }
            ["permissions", "allow", tools @ ..] => found.allowed.extend(tools.iter().map(|tool| json!(tool))),
            ["hook", "add", event, flags @ ..] => found.add_hook(event, flags),
            _ => {}
        }
    }
    let settings = json!({
        "mcp": found.servers, "permissions": {"allowed_tools": found.allowed}, "hooks": found.hooks,
    });
    (settings, found.places)
}

#[derive(Default)]
struct ScriptSettings {
    servers: Map<String, Value>,
    places: Vec<(String, usize)>,
    allowed: Vec<Value>,
    hooks: Map<String, Value>,
}

impl ScriptSettings {
    /// Adds a server, or changes one of the same name.
    fn add_server(&mut self, name: &str, flags: &[&str], start: usize) {
        let server = self.servers.entry(name).or_insert_with(|| json!({}));
        let Value::Object(server) = server else { return };
        let mut words = flags.iter().copied();
        while let Some(word) = words.next() {
            let (flag, glued) = word.split_once('=').map_or((word, None), |(flag, value)| (flag, Some(value)));
            let key =
                |known: &[(&str, &'static str)]| known.iter().find(|(name, _)| *name == flag).map(|(_, key)| *key);
            let mut next = || glued.or_else(|| words.next()).unwrap_or_default().to_owned();
            if let Some(key) = key(&TEXTS) {
                server.insert(key.into(), next().into());
            } else if let Some(key) = key(&LISTS) {
                if let Value::Array(list) = server.entry(key).or_insert_with(|| json!([])) {
                    list.push(next().into());
                }
            } else if let Some(key) = key(&PAIRS) {
                let (name, value) = (next(), words.next().unwrap_or_default());
                if let Value::Object(map) = server.entry(key).or_insert_with(|| json!({})) {
                    map.insert(name, value.into());
                }
            } else if flag == "--disabled" {
                let is_off = matches!(next().to_lowercase().as_str(), "true" | "1" | "yes");
                server.insert("disabled".into(), is_off.into());
            } else if flag == SECRET {
                server.insert("oauth".into(), json!({"client_secret": next()}));
            }
        }
        self.places.push((name.to_owned(), start));
    }

    fn add_hook(&mut self, event: &str, flags: &[&str]) {
        let mut words = flags.iter().copied();
        while let Some(word) = words.next() {
            let code =
                word.strip_prefix("--command=").or_else(|| if word == "--command" { words.next() } else { None });
            let hooks = self.hooks.entry(event).or_insert_with(|| json!([]));
            if let (Some(code), Value::Array(hooks)) = (code, hooks) {
                hooks.push(json!({"command": code}));
            }
        }
    }
}

/// The commands of a script with the byte offset of each: what stands between line ends, `;`, `&` and `|` outside of quotes
/// and comments.
fn commands(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut ends = Vec::new();
    let (mut quote, mut is_escaped, mut is_comment, mut before) = (None, false, false, '\n');
    for (at, character) in text.char_indices() {
        match (character, quote) {
            ('\n', _) if is_comment => {
                is_comment = false;
                ends.push(at);
            }
            _ if is_comment => {}
            _ if is_escaped => is_escaped = false,
            ('\\', None | Some('"')) => is_escaped = true,
            (_, Some(open)) if character == open => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'', None) => quote = Some(character),
            ('#', None) if before.is_whitespace() => is_comment = true,
            ('\n' | ';' | '&' | '|', None) => ends.push(at),
            _ => {}
        }
        before = character;
    }
    ends.push(text.len());
    let starts = std::iter::once(0).chain(ends.clone().into_iter().map(|end| end + 1));
    starts.zip(ends).filter_map(move |(start, end)| {
        let command = text.get(start..end)?;
        let blank = command.len() - command.trim_start().len();
        Some((start + blank, command.get(blank..)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_of_a_script_are_read_as_its_commands_name_them() {
        let script = concat!(
            "# mcp add commented --command no\n",
            "option progress false; mcp add shelf --command npx --args -y --args=shelf-mcp@1.0.0 \\\n",
            "  --env SHELF_KEY \"$SHELF_KEY\"\n",
            "if [[ $HOSTNAME == den ]]; then mcp add web --type http --url 'https://web.example/mcp' ",
            "--header Authorization \"Bearer $(op read web)\" --disabled yes; fi\n",
            "mcp add gone --command gone && mcp rm gone\n",
            "permissions allow view edit\n",
            "hook add PreToolUse --command \"./check.sh; ./more.sh\" --name check\n",
            "mcp add \"open",
        );
        let (found, places) = settings(script);
        assert_eq!(
            found,
            json!({
                "mcp": {
                    "shelf": {"command": "npx", "args": ["-y", "shelf-mcp@1.0.0"], "env": {"SHELF_KEY": "$SHELF_KEY"}},
                    "web": {"type": "http", "url": "https://web.example/mcp", "disabled": true,
                        "headers": {"Authorization": "Bearer $(op read web)"}},
                },
                "permissions": {"allowed_tools": ["view", "edit"]},
                "hooks": {"PreToolUse": [{"command": "./check.sh; ./more.sh"}]},
            })
        );
        let names: Vec<&str> = places.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["shelf", "web"]);
        assert!(script[places[1].1..].starts_with("then mcp add web"), "{places:?}");
    }
}
