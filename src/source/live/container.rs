//! A server in a container of Docker or Podman: an image with the program that runs it, the user's files only where
//! the command names them, and those read-only.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::containment::Engine;
use super::sandbox_error::SandboxError;
use crate::model::SandboxKind;

/// The images for the programs that usually start servers.
const IMAGES: [(&[&str], &str); 5] = [
    (&["npx", "npm", "node", "pnpm", "yarn"], "docker.io/library/node:22-slim"),
    (&["uvx", "uv"], "ghcr.io/astral-sh/uv:python3.13-bookworm-slim"),
    (&["python", "python3", "pipx", "pip"], "docker.io/library/python:3.13-slim"),
    (&["bunx", "bun"], "docker.io/oven/bun:1-slim"),
    (&["deno"], "docker.io/denoland/deno:debian"),
];

/// What every container gets.
const ALWAYS: [&str; 14] = [
    "run",
    "--rm",
    "--interactive",
    "--init",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--pids-limit=1000",
    "--memory=2g",
    // Package managers run what they put there.
    "--tmpfs=/tmp:rw,exec,mode=1777,size=2g",
    "--env=HOME=/tmp",
    "--env=npm_config_update_notifier=false",
    "--log-driver=none",
    "--pull=missing",
];

/// A way to start containers.
#[derive(Debug, Clone)]
pub(crate) struct Container {
    engine: Engine,
    /// The program of the engine.
    pub(crate) program: PathBuf,
    image: Option<String>,
    offline: bool,
}

/// What one container is started with.
#[derive(Debug)]
pub(crate) struct Inside<'a> {
    /// Its name, by which it is removed.
    pub(crate) name: &'a str,
    /// Files and folders that it may read.
    pub(crate) shown: &'a [PathBuf],
    /// A file with its variables.
    pub(crate) variables: &'a Path,
    /// Where the server starts, if that is one of `shown`.
    pub(crate) folder: Option<&'a Path>,
    /// The user and the group that it runs as.
    pub(crate) user: String,
    /// The program, by name or path.
    pub(crate) program: &'a str,
}

impl Container {
    /// The engine must be installed; whether it runs is seen at the start.
    pub(crate) fn find(engine: Engine, image: Option<&str>, offline: bool) -> Result<Self, SandboxError> {
        let program = which::which(engine.program()).map_err(|_| SandboxError::NoProgram(engine.program()))?;
        Ok(Self { engine, program, image: image.map(str::to_owned), offline })
    }

    /// The image that holds `program`, if one is known or was named.
    pub(crate) fn image_for(&self, program: &str) -> Option<&str> {
        let name = Path::new(program).file_stem().and_then(OsStr::to_str).unwrap_or(program);
        let known = IMAGES.iter().find(|(programs, _)| programs.contains(&name)).map(|(_, image)| *image);
        self.image.as_deref().or(known)
    }

    /// The arguments of the engine up to and with the program of the server.
    pub(crate) fn words(&self, image: &str, inside: &Inside) -> Vec<OsString> {
        let mut words: Vec<OsString> = ALWAYS.map(OsString::from).into();
        let mut add = |option: &str, value: &OsStr| {
            let mut word = OsString::from(option);
            word.push(value);
            words.push(word);
        };
        add("--name=", inside.name.as_ref());
        add("--user=", inside.user.as_ref());
        add("--env-file=", inside.variables.as_ref());
        for path in inside.shown {
            let mut mount = OsString::from(path);
            mount.push(":");
            mount.push(path);
            mount.push(":ro");
            add("--volume=", &mount);
        }
        add("--workdir=", inside.folder.unwrap_or(Path::new("/tmp")).as_ref());
        if self.offline {
            words.push("--network=none".into());
        }
        // Not what the image starts by itself.
        words.extend(["--entrypoint".into(), inside.program.into(), image.into()]);
        words
    }

    /// The command that removes a container whatever it does.
    pub(crate) fn removal(&self, name: &str) -> Vec<OsString> {
        [self.program.as_os_str(), "rm".as_ref(), "--force".as_ref(), name.as_ref()].map(OsStr::to_owned).into()
    }

    /// Its kind, as reports name it.
    pub(crate) fn kind(&self) -> SandboxKind {
        match self.engine {
            Engine::Docker => SandboxKind::Docker,
            Engine::Podman => SandboxKind::Podman,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_gets_what_is_named_and_no_more() {
        let container = Container { engine: Engine::Docker, program: "docker".into(), image: None, offline: true };
        let shown = [PathBuf::from("/home/me/shop")];
        let inside = Inside {
            name: "mcp-scan-1",
            shown: &shown,
            variables: Path::new("/tmp/own/variables"),
            folder: Some(&shown[0]),
            user: "1000:1000".into(),
            program: "node",
        };
        let image = container.image_for("/usr/bin/node").unwrap();
        let words = container.words(image, &inside);
        let words = words.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ");
        assert!(words.starts_with("run --rm --interactive --init --read-only --cap-drop=ALL"), "{words}");
        let end = "--name=mcp-scan-1 --user=1000:1000 --env-file=/tmp/own/variables \
                   --volume=/home/me/shop:/home/me/shop:ro --workdir=/home/me/shop --network=none --entrypoint node \
                   docker.io/library/node:22-slim";
        assert!(words.ends_with(end), "{words}");
        assert_eq!(container.image_for("ruby"), None);
    }
}
