//! Zed: context servers among its settings; those of extensions say no command.

use super::definition::Client;
use super::place::Place;
use super::placeholders::Placeholders;

/// What is known of it.
pub const CLIENT: Client = Client {
    id: "zed",
    title: "Zed",
    places: &[
        Place::Xdg("zed/settings.json"),
        Place::Config("Zed/settings.json"),
        Place::Project(".zed/settings.json"),
    ],
    servers: &[&["context_servers"]],
    placeholders: Placeholders::None,
};
