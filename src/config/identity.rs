//! By what an entry of the configuration knows a server: where it was read from, which the server does not choose. The name
//! that it gives itself counts only where an entry asks for that.

use url::Url;

use super::Pattern;
use crate::model::{Registry, Server, Transport};

/// Where a server was read from, and the name that it gives itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServerIdentity {
    /// File, package, address, command: whatever is known.
    origins: Vec<String>,
    reported_name: String,
}

impl From<&Server> for ServerIdentity {
    fn from(server: &Server) -> Self {
        // What a file says of its target, its package and its configuration is its own word.
        if let Some(file) = &server.saved_in {
            return Self::for_file(file, &server.name);
        }
        let mut origins = Vec::new();
        let target = server.target.strip_prefix("./").unwrap_or(&server.target);
        origins.push(target.to_owned());
        let live = server.transport != Transport::Saved;
        if let Some(package) = server.package.as_ref().filter(|_| live) {
            origins.push(package.name.clone());
            match package.registry {
                Registry::Npm => origins.push(format!("npm:{}", package.name)),
                Registry::Pypi => origins.push(format!("pypi:{}", package.name)),
                Registry::Other => {}
            }
        }
        if live && let Ok(url) = Url::parse(target) {
            origins.extend(url.host_str().map(str::to_owned));
        }
        if let Some(origin) = &server.configured {
            let file = origin.file.strip_prefix("./").unwrap_or(&origin.file);
            origins.extend([file.to_owned(), format!("{} in {file}", origin.server)]);
        }
        Self { origins, reported_name: server.name.clone() }
    }
}

impl ServerIdentity {
    /// A server that `file` describes and calls `name`.
    pub(crate) fn for_file(file: &str, name: &str) -> Self {
        let file = file.strip_prefix("./").unwrap_or(file);
        Self { origins: vec![file.to_owned()], reported_name: name.to_owned() }
    }
}

/// The servers that an entry is for.
#[derive(Debug, Clone)]
pub(crate) struct ServerPattern {
    /// Held against where a server was read from.
    server: Pattern,
    /// Held against the name that a server gives itself, which every server can take.
    reported_name: Option<Pattern>,
}

impl ServerPattern {
    /// The servers that `server` and `reported_name` say.
    pub(crate) fn new(server: Pattern, reported_name: Option<Pattern>) -> Self {
        Self { server, reported_name }
    }

    /// True when it is for this server.
    pub(crate) fn fits(&self, server: &ServerIdentity) -> bool {
        server.origins.iter().any(|origin| self.server.fits(origin))
            && self.reported_name.as_ref().is_none_or(|name| name.fits(&server.reported_name))
    }

    /// As it is written, for people.
    pub(crate) fn text(&self) -> String {
        match &self.reported_name {
            Some(name) => format!("{} that calls itself {}", self.server.text(), name.text()),
            None => self.server.text().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Origin, Package};

    #[test]
    fn a_server_is_known_by_where_it_was_read_from() {
        let package = |name: &str| Some(Package { registry: Registry::Npm, name: name.into(), version: None });
        let saved = Server {
            name: "github".into(),
            target: "./saved/shop.json".into(),
            package: package("github"),
            ..Server::default()
        };
        let started = Server {
            name: "anything".into(),
            target: "npx -y @scope/shop@1".into(),
            package: package("@scope/shop"),
            transport: Transport::Stdio,
            configured: Some(Origin { file: ".mcp.json".into(), server: "shop".into(), ..Origin::default() }),
            ..Server::default()
        };
        let reached =
            Server { target: "https://mcp.shop.example/mcp".into(), transport: Transport::Http, ..Server::default() };
        let report = Server {
            saved_in: Some("./reports/day.json".into()),
            package: package("@scope/shop"),
            target: "https://mcp.shop.example/mcp".into(),
            ..started.clone()
        };
        for (pattern, server, fits) in [
            ("reports/day.json", &report, true),
            ("@scope/shop", &report, false),
            ("npm:@scope/*", &report, false),
            (".mcp.json", &report, false),
            ("shop in .mcp.json", &report, false),
            ("mcp.shop.example", &report, false),
            ("https://mcp.shop.example/*", &report, false),
            ("saved/shop.json", &saved, true),
            ("*", &saved, true),
            ("github", &saved, false),
            ("@scope/shop", &started, true),
            ("npm:@scope/*", &started, true),
            (".mcp.json", &started, true),
            ("shop in .mcp.json", &started, true),
            ("shop", &started, false),
            ("anything", &started, false),
            ("mcp.shop.example", &reached, true),
            ("https://mcp.shop.example/*", &reached, true),
        ] {
            let servers = ServerPattern::new(Pattern::new(pattern).unwrap(), None);
            assert_eq!(servers.fits(&server.into()), fits, "{pattern}");
        }
        let named = ServerPattern::new(Pattern::default(), Some(Pattern::new("git*").unwrap()));
        assert!(named.fits(&(&saved).into()) && !named.fits(&(&started).into()));
    }
}
