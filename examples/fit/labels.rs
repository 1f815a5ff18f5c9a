//! Our own labels of tools whose texts are not part of the repository: `fixtures/labels/*.tsv`.
//!
//! A line has five columns: server, tool, label, labels that a careful person could defend (with commas), and how sure
//! the label is (1 = doubtful).

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};

/// The folder of the labels, in the repository.
const FOLDER: &str = "fixtures/labels";

/// Labels by server and tool.
pub struct Labels(HashMap<(String, String), Value>);

impl Labels {
    /// Reads all files of the folder.
    pub fn read() -> Result<Self, Box<dyn std::error::Error>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
        let mut labels = HashMap::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let stratum = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            for line in std::fs::read_to_string(&path)?.lines().filter(|line| !line.starts_with('#')) {
                let columns: Vec<&str> = line.split('\t').collect();
                let [server, tool, label, accept, sure] = columns.as_slice() else {
                    return Err(format!("{}: not five columns: {line}", path.display()).into());
                };
                let accept: Vec<&str> = accept.split(',').collect();
                let sure: u8 = sure.parse()?;
                let label = json!({"label": label, "accept": accept, "sure": sure, "stratum": stratum});
                labels.insert((server.to_string(), tool.to_string()), label);
            }
        }
        Ok(Self(labels))
    }

    /// Adds the label of a row of `server` that has none.
    pub fn add_to(&self, server: &str, row: &mut Value) {
        let Some(tool) = row.get("name").and_then(Value::as_str) else { return };
        if row.get("label").is_some() {
            return;
        }
        if let (Some(Value::Object(label)), Some(row)) =
            (self.0.get(&(server.to_owned(), tool.to_owned())), row.as_object_mut())
        {
            row.extend(label.clone());
        }
    }
}
