//! How much of our own world a started server gets: what the user may choose.

use std::str::FromStr;

/// How much of our own world a started server gets. The default is as little as most servers need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Containment {
    /// Variables of our own environment that it gets beside the few that every server gets.
    pub(crate) pass_env: Vec<String>,
    /// It gets all of our environment.
    pub(crate) inherit_env: bool,
    /// It gets the user's home and the current folder instead of throw-away ones.
    pub(crate) real_home: bool,
    /// What keeps it from the rest of the machine.
    pub sandbox: Sandbox,
    /// It gets no network; this needs a sandbox.
    pub offline: bool,
}

/// What keeps a started server from the rest of the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sandbox {
    /// The best one that works here; without one the server is started all the same.
    #[default]
    Auto,
    /// The best one that works here; without one nothing is started.
    Required,
    /// Bubblewrap.
    Bwrap,
    /// Landlock, of Linux.
    Landlock,
    /// `sandbox-exec`, of macOS.
    SandboxExec,
    Container(Engine, Option<String>),
    /// Nothing but its own session, environment and home.
    None,
}

/// A program that runs containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Docker,
    Podman,
}

impl Engine {
    /// The name of its program.
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

/// Why a text names no sandbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SandboxNameError {
    /// Not the name of a container image.
    #[error("{0:?} is no image")]
    Image(String),
    /// No such sandbox.
    #[error("known are auto, required, bwrap, landlock, sandbox-exec, docker[:IMAGE], podman[:IMAGE], none")]
    Unknown,
}

impl FromStr for Sandbox {
    type Err = SandboxNameError;

    fn from_str(text: &str) -> Result<Self, SandboxNameError> {
        let (name, image) = text.split_once(':').map_or((text, None), |(name, image)| (name, Some(image)));
        let container = |engine| match image {
            // Docker would take it for an option.
            Some(image) if image.is_empty() || image.starts_with('-') => Err(SandboxNameError::Image(image.to_owned())),
            image => Ok(Self::Container(engine, image.map(str::to_owned))),
        };
        match (name, image) {
            ("docker", _) => container(Engine::Docker),
            ("podman", _) => container(Engine::Podman),
            ("auto", None) => Ok(Self::Auto),
            ("required", None) => Ok(Self::Required),
            ("bwrap", None) => Ok(Self::Bwrap),
            ("landlock", None) => Ok(Self::Landlock),
            ("sandbox-exec", None) => Ok(Self::SandboxExec),
            ("none", None) => Ok(Self::None),
            _ => Err(SandboxNameError::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sandboxes_by_name() {
        assert_eq!("required".parse(), Ok(Sandbox::Required));
        assert_eq!("podman".parse(), Ok(Sandbox::Container(Engine::Podman, None)));
        let image = Some("registry.example:5000/node:22".to_owned());
        assert_eq!("docker:registry.example:5000/node:22".parse(), Ok(Sandbox::Container(Engine::Docker, image)));
        for wrong in ["", "docker:", "docker:--privileged", "bwrap:x", "chroot"] {
            assert!(wrong.parse::<Sandbox>().is_err(), "{wrong}");
        }
    }
}
