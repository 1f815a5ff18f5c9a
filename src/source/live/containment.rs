//! How much of our own world a started server gets: what the user may choose.

use std::str::FromStr;

/// How much of our own world a started server gets. The default is as little as most servers need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Containment {
    /// Variables of our own environment that it gets beside the few that every server gets.
    pub pass_env: Vec<String>,
    /// It gets all of our environment.
    pub inherit_env: bool,
    /// It gets the user's home and the current folder instead of throw-away ones.
    pub real_home: bool,
    /// What keeps it from the rest of the machine.
    pub sandbox: Sandbox,
    /// It gets no network; this needs a sandbox.
    pub offline: bool,
}

/// What keeps a started server from the rest of the machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sandbox {
    /// Bubblewrap where it is there and works.
    #[default]
    Auto,
    /// Bubblewrap; where it does not work, nothing is started.
    Bwrap,
    /// Nothing but its own session, environment and home.
    None,
}

impl FromStr for Sandbox {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "bwrap" => Ok(Self::Bwrap),
            "none" => Ok(Self::None),
            _ => Err("known are auto, bwrap, none".into()),
        }
    }
}
