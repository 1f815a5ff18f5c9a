//! The options of policies that are laid over another one.

use std::path::PathBuf;

use clap::Args;

/// Policies that tighten another one.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct OverlayArgs {
    /// Tighten the policy by another one: a call must pass both. AGENT=FILE is for that agent only (repeatable)
    #[arg(long, value_name = "[AGENT=]FILE", value_parser = overlay)]
    pub(crate) overlay: Vec<PolicyOverlay>,
    /// The agent whose overlays apply [default: those of all agents]
    #[arg(long, value_name = "NAME", requires = "overlay")]
    pub(crate) agent: Option<String>,
}

/// A policy laid over another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyOverlay {
    /// The agent that it is for; `None` for all.
    pub(crate) agent: Option<String>,
    pub(crate) file: PathBuf,
}

/// `FILE` or `AGENT=FILE`. The part before `=` is an agent unless it has a path separator.
pub(super) fn overlay(text: &str) -> Result<PolicyOverlay, &'static str> {
    let (agent, file) = match text.split_once('=') {
        Some((agent, file)) if !agent.contains(['/', '\\']) => (Some(agent), file),
        _ => (None, text),
    };
    if file.is_empty() || agent.is_some_and(str::is_empty) {
        return Err("an overlay is FILE or AGENT=FILE");
    }
    Ok(PolicyOverlay { agent: agent.map(str::to_owned), file: file.into() })
}

impl OverlayArgs {
    /// The agents of the overlays, if none of them is the one named with `--agent`.
    pub(crate) fn unmatched_agents(&self) -> Option<Vec<&str>> {
        let agent = self.agent.as_deref()?;
        let agents: Vec<&str> = self.overlay.iter().filter_map(|overlay| overlay.agent.as_deref()).collect();
        let is_known = agents.iter().any(|known| known.eq_ignore_ascii_case(agent));
        (!agents.is_empty() && !is_known).then_some(agents)
    }

    /// The files that apply, in order. With an unknown agent all of them do, since a missing one would loosen the policy.
    pub(crate) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let applies = |overlay: &&PolicyOverlay| {
            let both = overlay.agent.as_ref().zip(self.agent.as_ref());
            both.is_none_or(|(wanted, agent)| wanted.eq_ignore_ascii_case(agent))
        };
        self.overlay.iter().filter(applies).map(|overlay| &overlay.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlay_may_be_for_one_agent() {
        let named = |agent: &str, file: &str| PolicyOverlay { agent: Some(agent.into()), file: file.into() };
        assert_eq!(overlay("codex=prod.yaml"), Ok(named("codex", "prod.yaml")));
        assert_eq!(overlay("./a=b.yaml"), Ok(PolicyOverlay { agent: None, file: "./a=b.yaml".into() }));
        assert!(overlay("codex=").is_err() && overlay("=a.yaml").is_err());
        let all = vec![overlay("prod.yaml").unwrap(), named("codex", "c.yaml"), named("gemini", "g.yaml")];
        let files = |agent: Option<&str>| {
            let args = OverlayArgs { overlay: all.clone(), agent: agent.map(str::to_owned) };
            args.files().map(|file| file.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(files(Some("codex")), ["prod.yaml", "c.yaml"]);
        assert_eq!(files(None), ["prod.yaml", "c.yaml", "g.yaml"]);
        assert_eq!(files(Some("Codex")), ["prod.yaml", "c.yaml"], "in any case");
        let args = |agent: &str| OverlayArgs { overlay: all.clone(), agent: Some(agent.into()) };
        assert_eq!(args("CODEX").unmatched_agents(), None);
        assert_eq!(args("kodex").unmatched_agents(), Some(vec!["codex", "gemini"]));
    }
}
