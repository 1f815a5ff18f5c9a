//! A project with one server, to which a person agrees.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

pub const STARTED: &str = "ended before it answered";

/// A folder with a project `p`.
pub struct Place {
    pub dir: TempDir,
    /// Further arguments of every scan.
    pub args: Vec<String>,
    pub variables: Vec<(&'static str, String)>,
}

impl Place {
    pub fn new(server: &Value) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), server)
    }

    pub fn in_folder(dir: TempDir, server: &Value) -> Self {
        let place = Self { dir, args: Vec::new(), variables: Vec::new() };
        place.write("p/.mcp.json", &json!({"mcpServers": {"a": server}}).to_string());
        place
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn program(&self, name: &str, text: &str) {
        self.write(name, text);
        fs::set_permissions(self.at(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn scan(&self, more: &[&str]) -> (i32, String) {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("mcp-scan"));
        command.current_dir(self.at("p")).env("HOME", "/nonexistent").env("XDG_STATE_HOME", self.at("state"));
        command.envs(self.variables.iter().map(|(name, value)| (*name, value)));
        command.args(["-q", "--sandbox", "none", "--start-timeout", "5s", "--launch-allow", "allowed.json"]);
        let output = command.args(&self.args).args(more).arg(".mcp.json").output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Agrees, and checks that the agreement holds.
    pub fn agree(&self) {
        self.scan(&["--launch"]);
        let (_, err) = self.scan(&[]);
        assert!(err.contains(STARTED), "{err}");
    }

    /// Checks that the agreement has ended because of the file `name`.
    pub fn is_refused(&self, name: &str) {
        let (code, err) = self.scan(&[]);
        assert!(code == 3 && err.contains("it is not what was agreed to") && err.contains(name), "{name}: {err}");
    }

    /// Agrees while the file `name` holds `exit 0`, and checks that another content ends the agreement.
    pub fn counts(&self, name: &str) {
        self.write(name, "exit 0\n");
        self.agree();
        self.write(name, "exit 1\n");
        self.is_refused(Path::new(name).file_name().unwrap().to_str().unwrap());
    }
}

pub fn sh(script: &str) -> Value {
    json!({"command": "sh", "args": [script]})
}

pub fn code(code: &str) -> Value {
    json!({"command": "sh", "args": ["-c", code], "cwd": "."})
}
