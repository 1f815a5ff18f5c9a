//! The official registry's `server.json`. It lists packages to run and URLs to connect to; one of them is chosen.
//! <https://github.com/modelcontextprotocol/registry/blob/main/docs/reference/server-json/generic-server-json.md>

use serde_json::{Map, Value};

use super::error::ManifestCause;
use super::file::{ManifestFile, unusable};
use crate::source::client::{Configured, Entry, Inputs, Placeholders, ServerEntry};
use crate::text::prose;

/// The command that runs packages of a registry.
struct Runner {
    registry: &'static str,
    program: &'static str,
    words: &'static [&'static str],
    /// The separator between name and version.
    joins: &'static str,
}

const RUNNERS: [Runner; 4] = [
    Runner { registry: "npm", program: "npx", words: &["-y"], joins: "@" },
    Runner { registry: "pypi", program: "uvx", words: &[], joins: "==" },
    Runner { registry: "oci", program: "docker", words: &["run", "-i", "--rm"], joins: ":" },
    Runner { registry: "nuget", program: "dnx", words: &["--yes"], joins: "@" },
];

/// The server object of a `server.json` or of a registry response, which wraps it. `None` for other documents.
pub(crate) fn unwrapped(map: &Map<String, Value>) -> Option<&Map<String, Value>> {
    let map = map.get("server").and_then(Value::as_object).unwrap_or(map);
    let is_list = |key: &str| map.get(key).is_some_and(Value::is_array);
    (map.get("name").is_some_and(Value::is_string) && (is_list("packages") || is_list("remotes"))).then_some(map)
}

/// Chooses a server: the first stdio package whose runner is on the PATH, because it can be sandboxed; otherwise the
/// first URL; otherwise the first package, so that the error names the missing runner.
pub(crate) fn server(map: &Map<String, Value>, file: &ManifestFile<'_>) -> ServerEntry {
    choose(map, file, &|program| which::which(program).is_ok())
}

/// Like [`server`], with `is_there` as the check for programs on the PATH.
pub(crate) fn choose(
    map: &Map<String, Value>,
    file: &ManifestFile<'_>,
    is_there: &dyn Fn(&str) -> bool,
) -> ServerEntry {
    let name = map.get("name").and_then(Value::as_str).unwrap_or_default();
    let list = |key: &str| map.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let (packages, remotes) = (list("packages"), list("remotes"));
    let runnable = packages.iter().enumerate().filter_map(|(at, it)| Some((at, it, runner(it)?)));
    let runnable: Vec<(usize, &Value, &Runner)> = runnable.collect();
    let package = runnable.iter().find(|(_, _, runner)| is_there(runner.program));
    let remote = remotes.iter().enumerate().find(|(_, remote)| remote.get("url").is_some_and(Value::is_string));
    let counts = [(packages.len(), "package"), (remotes.len(), "remote")];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, noun)| prose::count(count, noun));
    let counts = prose::list(&counts.collect::<Vec<_>>());
    let origin = |what: &str, list: &str, at: usize| {
        file.origin(format!("server.json: {what}, of {counts}"), name, &[list, &at.to_string()])
    };
    let (origin, (entry, inputs)) = match (package.or(runnable.first().filter(|_| remote.is_none())), remote) {
        (Some((at, package, runner)), _) => {
            let origin = origin(&format!("the {} package", runner.registry), "packages", *at);
            let read = run(package, runner).map_err(|cause| unusable(&origin, cause))?;
            (origin, read)
        }
        (None, Some((at, remote))) => (origin("the remote", "remotes", at), reach(remote)),
        (None, None) => {
            let registries = RUNNERS.iter().map(|runner| runner.registry.to_owned()).collect();
            return Err(unusable(&origin("nothing", "packages", 0), ManifestCause::NothingKnown { registries }));
        }
    };
    Configured::new(origin, entry, Placeholders::DollarBraces, file.folder(), inputs)
}

/// The runner of a stdio package. `None` if the transport or registry is not supported.
fn runner(package: &Value) -> Option<&'static Runner> {
    let registry = text(package, &["registryType", "registry_type", "registry_name"])?;
    let transport = package.get("transport").and_then(|transport| transport.get("type")).and_then(Value::as_str);
    let runner =
        RUNNERS.iter().find(|runner| registry == runner.registry || (registry == "docker" && runner.registry == "oci"));
    runner.filter(|_| transport.is_none_or(|transport| transport == "stdio"))
}

fn run(package: &Value, runner: &Runner) -> Result<(Entry, Inputs), ManifestCause> {
    let mut inputs = Inputs::new();
    let name = text(package, &["identifier", "name"]).ok_or(ManifestCause::NoIdentifier)?;
    if name.starts_with('-') || name.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(ManifestCause::Identifier);
    }
    let last = name.rsplit('/').next().unwrap_or(&name);
    let version = text(package, &["version"]).filter(|_| runner.registry != "oci" || !last.contains([':', '@']));
    let spec = version.map_or_else(|| name.clone(), |version| format!("{name}{}{version}", runner.joins));
    let environment = values(package, &["environmentVariables", "environment_variables"]);
    let before = arguments(package, &["runtimeArguments", "runtime_arguments"], &mut inputs);
    let after = arguments(package, &["packageArguments", "package_arguments"], &mut inputs);
    let own = runner.words.iter().map(|word| (*word).to_owned()).filter(|word| !before.contains(word));
    let mut words: Vec<String> = std::iter::once(runner.program.to_owned()).chain(own).collect();
    if runner.registry == "oci" {
        words.extend(
            environment.iter().filter_map(|v| v.get("name")?.as_str()).flat_map(|v| ["-e".into(), v.to_owned()]),
        );
    }
    words.extend(before);
    words.push(spec);
    words.extend(after);
    let env = environment.iter().filter_map(|variable| {
        let name = variable.get("name")?.as_str()?;
        Some((name.to_owned(), value(variable, &mut inputs).unwrap_or_else(|| format!("${{env:{name}:-}}"))))
    });
    let env = env.collect();
    Ok((Entry { words, env, ..Entry::default() }, inputs))
}

fn reach(remote: &Value) -> (Entry, Inputs) {
    let mut inputs = Inputs::new();
    let url = text(remote, &["url"]).map(|url| filled(&url, remote, &mut inputs));
    let headers = values(remote, &["headers"]);
    let headers = headers.iter().filter_map(|header| {
        let name = header.get("name")?.as_str()?;
        let required = header.get("isRequired").and_then(Value::as_bool) == Some(true);
        let value = value(header, &mut inputs).or_else(|| required.then(|| placeholder(name, &mut inputs)))?;
        Some((name.to_owned(), value))
    });
    let headers = headers.collect();
    (Entry { url, headers, ..Entry::default() }, inputs)
}

/// The command-line words of a package's arguments: the value of a positional one, the name and value of a named one.
/// Optional arguments without a value are left out.
fn arguments(package: &Value, keys: &[&str], inputs: &mut Inputs) -> Vec<String> {
    let mut words = Vec::new();
    for argument in values(package, keys) {
        let name = text(argument, &["name"]);
        let label =
            text(argument, &["valueHint", "value_hint"]).or_else(|| name.clone()).unwrap_or_else(|| "value".into());
        let required = ["isRequired", "is_required"].iter().any(|key| argument.get(*key) == Some(&Value::Bool(true)));
        let value = value(argument, inputs).or_else(|| required.then(|| placeholder(&label, inputs)));
        let is_named = argument.get("type").and_then(Value::as_str) == Some("named");
        if is_named && (value.is_some() || (text(argument, &["valueHint"]).is_none() && required)) {
            words.extend(name);
        }
        words.extend(value);
    }
    words
}

/// The value or default in the manifest, with its variables filled in.
fn value(item: &Value, inputs: &mut Inputs) -> Option<String> {
    text(item, &["value", "default"]).map(|value| filled(&value, item, inputs))
}

/// Replaces each `{variable}` in `text` by its value, its default, or a placeholder for user input.
fn filled(text: &str, item: &Value, inputs: &mut Inputs) -> String {
    let mut filled = text.to_owned();
    for (name, variable) in item.get("variables").and_then(Value::as_object).into_iter().flatten() {
        let preset = self::text(variable, &["value", "default"]);
        let value = preset.unwrap_or_else(|| placeholder(name, inputs));
        filled = filled.replace(&format!("{{{name}}}"), &value);
    }
    filled
}

/// The placeholder for user input.
fn placeholder(id: &str, inputs: &mut Inputs) -> String {
    let id = id.trim_start_matches('-');
    inputs.entry(id.to_owned()).or_insert(None);
    format!("${{input:{id}}}")
}

fn text(item: &Value, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| match item.get(*key)? {
        Value::String(text) => Some(text.clone()),
        number @ Value::Number(_) => Some(number.to_string()),
        _ => None,
    })
}

fn values<'a>(item: &'a Value, keys: &[&str]) -> &'a [Value] {
    keys.iter().find_map(|key| item.get(*key)?.as_array()).map_or(&[], Vec::as_slice)
}
