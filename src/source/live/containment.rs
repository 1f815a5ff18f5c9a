//! The user's settings for how much of the host a started server can access.

use std::str::FromStr;

/// How much of the host a started server can access. The default is the minimum that most servers need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Containment {
    /// Additional variables of our environment to pass on.
    pub(crate) pass_env: Vec<String>,
    /// Whether the server gets our whole environment.
    pub(crate) inherit_env: bool,
    /// Whether the server gets the user's home and the current folder instead of temporary ones.
    pub(crate) real_home: bool,
    /// The sandbox to use.
    pub sandbox: Sandbox,
    /// Whether the server has no network access. Needs a sandbox.
    pub offline: bool,
}

/// The sandbox for started servers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sandbox {
    /// The best one that works here. If none works, the server starts without a sandbox.
    #[default]
    Auto,
    /// The best one that works here. If none works, nothing is started.
    Required,
    /// Bubblewrap.
    Bwrap,
    /// Landlock (Linux).
    Landlock,
    /// `sandbox-exec` (macOS).
    SandboxExec,
    Container(Engine, Option<String>),
    /// No sandbox: only a separate session, environment and home.
    None,
}

/// A container engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Docker,
    Podman,
}

impl Engine {
    /// The name of its executable.
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

/// Why a sandbox name is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SandboxNameError {
    /// The container image is invalid.
    #[error("{0:?} is not a valid image name")]
    Image(String),
    /// The name is unknown.
    #[error("known are auto, required, bwrap, landlock, sandbox-exec, docker[:IMAGE], podman[:IMAGE], none")]
    Unknown,
}

impl FromStr for Sandbox {
    type Err = SandboxNameError;

    fn from_str(text: &str) -> Result<Self, SandboxNameError> {
        let (name, image) = text.split_once(':').map_or((text, None), |(name, image)| (name, Some(image)));
        let container = |engine| match image {
            // Docker would read it as an option.
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
