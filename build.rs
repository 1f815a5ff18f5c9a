//! Turns the rule files into JSON, which the program reads twenty times faster than YAML at its start, does what needs no
//! user's rules, and builds the program anew when a rule file or a template is added: `include_dir` notices changed files only.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

use serde_json::Value;
use sha2::{Digest, Sha256};

#[path = "build/literals.rs"]
mod literals;
#[path = "src/rules/word_patterns.rs"]
mod word_patterns;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/rules/word_patterns.rs");
    let out = env::var("OUT_DIR")?;
    let folder = Path::new(&out).join("rules");
    fs::create_dir_all(&folder)?;
    let mut expressions = BTreeMap::new();
    let mut paths =
        fs::read_dir("rules")?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    paths.sort();
    let mut digest = Sha256::new();
    for path in paths {
        let text = fs::read_to_string(&path)?;
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a name is no text")?;
        for part in [name, &text] {
            digest.update(part);
            digest.update([0]);
        }
        if path.extension().is_some_and(|extension| extension == "yaml") {
            // `yes` and `on` are words. A message of serde-saphyr has the line, the column and an excerpt.
            let words = serde_saphyr::options! { strict_booleans: true };
            let mut rules: Value = serde_saphyr::from_str_with_options(&text, words)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            if name == "guards.yaml" {
                fill_patterns(&mut rules)?;
            }
            if name == "findings.yaml" {
                find_expressions(&rules, &mut expressions);
            }
            fs::write(folder.join(name), serde_json::to_vec(&rules)?)?;
        }
    }
    let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(Path::new(&out).join("rules.digest"), format!("sha256:{digest}"))?;
    fs::write(Path::new(&out).join("literals.json"), serde_json::to_vec(&expressions)?)?;
    Ok(())
}

/// Fills the parts of the patterns of guards in.
fn fill_patterns(guards: &mut Value) -> Result<(), Box<dyn Error>> {
    for guard in guards.as_array_mut().into_iter().flatten() {
        let Some(check) = guard.pointer_mut("/check/pattern").and_then(Value::as_object_mut) else { continue };
        let Some(without) = check.get("without") else { continue };
        let parts = serde_json::from_value(without.clone())?;
        for key in ["value", "narrowed"] {
            if let Some(Value::String(pattern)) = check.get_mut(key) {
                *pattern = word_patterns::fill(pattern, &parts);
            }
        }
    }
    Ok(())
}

/// Adds the expressions of the detectors in `rules` of which literals are known, each with these literals.
fn find_expressions(rules: &Value, found: &mut BTreeMap<String, Vec<String>>) {
    match rules {
        Value::Array(items) => items.iter().for_each(|item| find_expressions(item, found)),
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(key, _)| *key != "examples") {
                match value {
                    Value::Array(patterns) if matches!(key.as_str(), "patterns" | "settings" | "scope") => {
                        let first =
                            |pattern: &Value| pattern.get("first").unwrap_or(pattern).as_str().map(str::to_owned);
                        for pattern in patterns.iter().filter_map(first) {
                            found.extend(literals::of(&pattern).map(|literals| (pattern, literals)));
                        }
                    }
                    other => find_expressions(other, found),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
