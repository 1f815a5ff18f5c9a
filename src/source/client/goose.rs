//! Goose: extensions, of which those that come with it are no servers to start.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

/// What is known of it.
pub(crate) const CLIENT: Client = Client {
    name: ClientName::GOOSE,
    places: &[ConfigPath::Xdg("goose/config.yaml"), ConfigPath::Config("Block/goose/config/config.yaml")],
    servers: &[&["extensions"]],
    placeholders: Placeholders::None,
};
