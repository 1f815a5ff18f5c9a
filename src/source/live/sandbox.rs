//! Which sandbox a server is started in.

use std::fs;

use super::bwrap::Bwrap;
use super::container::Container;
use super::containment::{Containment, Sandbox};
#[cfg(target_os = "linux")]
use super::limits;
use super::sandbox_error::{SandboxError, list};
use super::sandbox_exec::SandboxExec;
use crate::model::SandboxKind;

/// The sandbox of one server.
#[derive(Debug, Clone)]
pub(crate) enum Chosen {
    /// Bubblewrap.
    Bwrap(Bwrap),
    Landlock,
    /// `sandbox-exec` of macOS.
    SandboxExec(SandboxExec),
    Container(Container),
    /// None: why there is no better one, where one was looked for.
    None(Vec<SandboxError>),
}

impl Chosen {
    /// The sandbox that `containment` asks for.
    pub(crate) fn new(containment: &Containment) -> Result<Self, SandboxError> {
        let offline = containment.offline;
        match &containment.sandbox {
            Sandbox::None if offline => Err(SandboxError::OfflineWithout),
            Sandbox::None => Ok(Self::None(Vec::new())),
            Sandbox::Bwrap => Bwrap::find(offline).map(Self::Bwrap),
            Sandbox::Landlock => landlock(),
            Sandbox::SandboxExec => SandboxExec::find(offline).map(Self::SandboxExec),
            Sandbox::Container(engine, image) => {
                Container::find(*engine, image.as_deref(), offline).map(Self::Container)
            }
            Sandbox::Required => Self::best(offline).map_err(SandboxError::NoneWorks),
            Sandbox::Auto => match Self::best(offline) {
                Ok(best) => Ok(best),
                Err(causes) if offline => Err(SandboxError::NoneWorks(causes)),
                Err(causes) => Ok(Self::None(causes)),
            },
        }
    }

    /// The first that works, the strongest first. Not a container: that needs an image and a server of its own.
    fn best(offline: bool) -> Result<Self, Vec<SandboxError>> {
        let tries: [&dyn Fn() -> Result<Self, SandboxError>; 3] =
            [&|| Bwrap::find(offline).map(Self::Bwrap), &landlock, &|| {
                SandboxExec::find(offline).map(Self::SandboxExec)
            }];
        let mut causes = Vec::new();
        for attempt in tries {
            match attempt() {
                Ok(found) => return Ok(found),
                Err(SandboxError::OtherSystem(_)) => {}
                Err(cause) => causes.push(cause),
            }
        }
        Err(causes)
    }

    /// Its kind, as reports name it.
    pub(crate) fn kind(&self) -> SandboxKind {
        match self {
            Self::Bwrap(_) => SandboxKind::Bubblewrap,
            Self::Landlock => SandboxKind::Landlock,
            Self::SandboxExec(_) => SandboxKind::SandboxExec,
            Self::Container(container) => container.kind(),
            Self::None(_) => SandboxKind::None,
        }
    }

    /// What a person must know before a server starts without a sandbox.
    pub(crate) fn warning(&self) -> Option<String> {
        let Self::None(causes) = self else { return None };
        let reach = "without a sandbox: the server can read and change what you can (keys in ~/.ssh, browser profiles, \
                     projects) and use the network";
        if causes.is_empty() {
            return Some(format!("{reach}; --sandbox auto looks for a sandbox"));
        }
        Some(format!("{reach}; {}: {}", list(causes), how_to_get_one()))
    }
}

#[cfg(target_os = "linux")]
fn landlock() -> Result<Chosen, SandboxError> {
    if limits::files_can_be_limited() { Ok(Chosen::Landlock) } else { Err(SandboxError::NoLandlock) }
}

#[cfg(not(target_os = "linux"))]
fn landlock() -> Result<Chosen, SandboxError> {
    Err(SandboxError::OtherSystem("Landlock"))
}

/// What makes a sandbox work on this system, by the family of the distribution.
fn how_to_get_one() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    install(&release)
}

fn install(release: &str) -> String {
    const INSTALLERS: [(&str, &str); 7] = [
        ("debian", "apt-get install"),
        ("ubuntu", "apt-get install"),
        ("fedora", "dnf install"),
        ("rhel", "dnf install"),
        ("arch", "pacman -S"),
        ("alpine", "apk add"),
        ("suse", "zypper install"),
    ];
    let ids = release.lines().filter_map(|line| line.strip_prefix("ID=").or(line.strip_prefix("ID_LIKE=")));
    let ids: Vec<&str> = ids.flat_map(|ids| ids.trim_matches('"').split_whitespace()).collect();
    let is_known = |(id, _): &&(&str, &str)| ids.iter().any(|known| known.starts_with(id));
    match INSTALLERS.iter().find(is_known) {
        Some((_, installer)) => format!("`{installer} bubblewrap`, or --sandbox docker"),
        None if cfg!(windows) => "--sandbox docker, or start it in WSL".to_owned(),
        None => "install bubblewrap, or --sandbox docker".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_network_without_a_sandbox_is_refused() {
        let containment = Containment { sandbox: Sandbox::None, offline: true, ..Containment::default() };
        assert_eq!(Chosen::new(&containment).unwrap_err(), SandboxError::OfflineWithout);
    }

    #[test]
    fn the_warning_says_what_is_in_reach_and_what_helps() {
        assert!(install("NAME=x\nID=debian\n").contains("`apt-get install bubblewrap`"));
        assert!(install("ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"").contains("zypper"));
        let none = Chosen::None(vec![SandboxError::NoProgram("bwrap"), SandboxError::NoLandlock]);
        let warning = none.warning().unwrap();
        assert!(warning.contains("~/.ssh") && warning.contains("there is no bwrap; the kernel has no Landlock"));
        assert_eq!(Chosen::Landlock.warning(), None);
    }
}
