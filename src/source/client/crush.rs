//! Crush: servers by name, with a type, in JSON or in a shell script.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::CRUSH,
    places: &[
        ConfigPath::Xdg("crush/crush.json"),
        ConfigPath::Xdg("crush/crushrc"),
        ConfigPath::Machine {
            linux: "/etc/crush/crush.json",
            macos: "/etc/crush/crush.json",
            windows: "C:/ProgramData/crush/crush.json",
        },
        ConfigPath::Project("crush.json"),
        ConfigPath::Project(".crush.json"),
        ConfigPath::Project("crushrc"),
        ConfigPath::Project(".crushrc"),
    ],
    servers: &[&["mcp"]],
    placeholders: Placeholders::DollarBraces,
};
