//! Continue: a list in which each server has its name; one file for each server in a folder.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "continue",
    title: "Continue",
    places: &[
        Place::Home(".continue/config.yaml"),
        Place::Home(".continue/config.json"),
        Place::Home(".continue/mcpServers/*"),
        Place::Project(".continue/config.yaml"),
        Place::Project(".continue/mcpServers/*"),
    ],
    servers: &[&["mcpServers"], &["experimental", "modelContextProtocolServers"]],
    placeholders: Placeholders::DoubleBraces,
};
