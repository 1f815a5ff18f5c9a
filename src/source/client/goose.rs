//! Goose: extensions, of which those that come with it are no servers to start.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "goose",
    title: "Goose",
    places: &[ConfigPath::Xdg("goose/config.yaml"), ConfigPath::Config("Block/goose/config/config.yaml")],
    servers: &[&["extensions"]],
    placeholders: Placeholders::None,
};
