//! Goose: extensions, of which those that come with it are no servers to start.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "goose",
    title: "Goose",
    places: &[Place::Xdg("goose/config.yaml"), Place::Config("Block/goose/config/config.yaml")],
    servers: &[&["extensions"]],
    placeholders: Placeholders::None,
};
