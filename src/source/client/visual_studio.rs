//! Visual Studio: a file of the user and one of the solution, with the keys of VS Code. It also reads the files of VS Code,
//! of Cursor, and the `.mcp.json` of a project.

use super::config_path::ConfigPath;
use super::definition::Client;
use super::placeholders::Placeholders;
use crate::model::ClientName;

pub(crate) const CLIENT: Client = Client {
    name: ClientName::VISUAL_STUDIO,
    places: &[ConfigPath::Home(".mcp.json"), ConfigPath::Project(".vs/mcp.json")],
    servers: &[&["servers"]],
    placeholders: Placeholders::DollarBraces,
};
