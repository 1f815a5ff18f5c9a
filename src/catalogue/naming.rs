//! The names of servers and tools on a page, and the command that scans a server.

use url::Url;

use crate::model::{Package, Registry, Server, Transport};
use crate::text::words::Words;
use crate::text::{clean, markdown, prose};

/// Longest server name shown, in characters; longer names are cut.
const MAX_SERVER: usize = 80;
/// Longest name of a tool, package or parameter shown, in characters.
pub(crate) const MAX_NAME: usize = 160;

/// The tool's name on one line, or a placeholder if no character of the name is visible.
pub(crate) fn tool(name: &str) -> String {
    let shown = clean::excerpt(name, MAX_NAME);
    if shown.is_empty() { "unnamed-tool".into() } else { shown }
}

/// At most `max` characters of an author's description, without Markdown.
pub(crate) fn described(description: &str, max: usize) -> String {
    // Limits the work: text beyond this is cut anyway.
    let start = description.char_indices().nth(4 * max).map_or(description, |(end, _)| &description[..end]);
    clean::excerpt_of_words(&markdown::plain(start), max)
}

/// The server's name without a trailing "MCP server": `AiPayGen` for "AiPayGen MCP Server".
pub(crate) fn label(server: &Server) -> String {
    let name = prose::without_server_noun(&clean::excerpt(server.display_name(), MAX_SERVER));
    if name.is_empty() { "unnamed server".into() } else { name }
}

/// The server's name in a sentence, with "MCP server" exactly once: `the AiPayGen MCP server`, `mcp-server-git`.
pub(crate) fn phrase(server: &Server) -> String {
    let label = label(server);
    let words = Words::new(label.as_str());
    let says = |noun: &str| words.iter().any(|w| w == noun);
    let (first, rest) = label.split_once(' ').unwrap_or((&label, ""));
    let bare = if first.eq_ignore_ascii_case("the") && !rest.is_empty() { rest } else { &label };
    if label == "unnamed server" {
        "an unnamed MCP server".into()
    } else if says("server") || says("servers") {
        label
    } else if says("mcp") {
        format!("the {bare} server")
    } else {
        format!("the {bare} MCP server")
    }
}

/// The command that scans this server again. `None` if the report does not contain enough to build it.
pub(crate) fn scan_command(server: &Server) -> Option<String> {
    if let Some(url) = url(server) {
        return Some(format!("mcp-scan '{url}'"));
    }
    let package = package(server).filter(|p| is_plain(p))?;
    let version = package.version.as_ref().map(|v| format!("@{v}")).unwrap_or_default();
    match package.registry {
        Registry::Npm => Some(format!("mcp-scan npx -y {}{version}", package.name)),
        Registry::Pypi => Some(format!("mcp-scan uvx {}{version}", package.name)),
        Registry::Other => None,
    }
}

/// The URL of a remote server, if it is safe in a link and in shell quotes.
pub(crate) fn url(server: &Server) -> Option<String> {
    let named = match &server.package {
        _ if [Transport::Http, Transport::Sse].contains(&server.transport) => server.target.as_str(),
        Some(package) if package.registry == Registry::Other => &package.name,
        _ => return None,
    };
    let url = Url::parse(named).ok().filter(|u| matches!(u.scheme(), "http" | "https"))?;
    (!url.as_str().contains('\'')).then(|| url.to_string())
}

/// The package. `None` if a capture recorded the URL of a remote server as the package.
pub(crate) fn package(server: &Server) -> Option<&Package> {
    server.package.as_ref().filter(|p| p.registry != Registry::Other || url(server).is_none())
}

/// The package's page in its registry, if known.
pub(crate) fn package_page(package: &Package) -> Option<String> {
    let name = &package.name;
    match package.registry {
        _ if !is_plain(package) => None,
        Registry::Npm => Some(format!("https://www.npmjs.com/package/{name}")),
        Registry::Pypi => Some(format!("https://pypi.org/project/{name}/")),
        Registry::Other => None,
    }
}

/// The display name of the registry, if known.
pub(crate) fn registry(package: &Package) -> Option<&'static str> {
    match package.registry {
        Registry::Npm => Some("npm"),
        Registry::Pypi => Some("PyPI"),
        Registry::Other => None,
    }
}

/// True if name and version have only characters that registries accept, so that a shell reads each as one word.
fn is_plain(package: &Package) -> bool {
    let word = |s: &str| {
        s.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && s.chars().all(|c| c.is_ascii_alphanumeric() || "._+-".contains(c))
    };
    let name_is_plain = match package.name.strip_prefix('@').and_then(|scoped| scoped.split_once('/')) {
        Some((scope, name)) => word(scope) && word(name),
        None => word(&package.name),
    };
    name_is_plain && package.version.as_deref().is_none_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Server {
        Server { name: name.into(), ..Server::default() }
    }

    fn packaged(registry: Registry, name: &str, version: Option<&str>) -> Server {
        let package = Package { registry, name: name.into(), version: version.map(str::to_owned) };
        Server { package: Some(package), ..Server::default() }
    }

    #[test]
    fn the_noun_stands_once() {
        for (name, want) in [
            ("AiPayGen", "the AiPayGen MCP server"),
            ("Heroku MCP Server", "the Heroku MCP server"),
            ("mcp-server-git", "mcp-server-git"),
            ("github-mcp", "the github-mcp server"),
            ("MCP Server", "the MCP server"),
            ("The Shop MCP Server", "the Shop MCP server"),
            ("the notes-mcp", "the notes-mcp server"),
            ("Theatre", "the Theatre MCP server"),
            ("", "an unnamed MCP server"),
        ] {
            assert_eq!(phrase(&named(name)), want);
        }
    }

    #[test]
    fn a_tool_always_has_something_to_be_called_by() {
        for (name, want) in
            [(" a\nb ", "a b"), ("", "unnamed-tool"), (" \n\t", "unnamed-tool"), ("\u{200b}", "unnamed-tool")]
        {
            assert_eq!(tool(name), want);
        }
    }

    #[test]
    fn a_command_is_given_only_where_it_is_known() {
        assert_eq!(scan_command(&named("x")), None);
        let npm = packaged(Registry::Npm, "@scope/pkg", Some("1.2.3"));
        assert_eq!(scan_command(&npm).as_deref(), Some("mcp-scan npx -y @scope/pkg@1.2.3"));
        assert_eq!(scan_command(&packaged(Registry::Pypi, "pkg", None)).as_deref(), Some("mcp-scan uvx pkg"));
        let page = |server: &Server| package_page(server.package.as_ref().unwrap());
        assert_eq!(page(&npm).as_deref(), Some("https://www.npmjs.com/package/@scope/pkg"));
        assert_eq!(page(&packaged(Registry::Pypi, "pkg", None)).as_deref(), Some("https://pypi.org/project/pkg/"));
        assert_eq!(page(&packaged(Registry::Npm, "a\"><b", None)), None);
        assert_eq!(scan_command(&packaged(Registry::Other, "pkg", None)), None);
        for odd in ["-rf", "a; rm -rf /", "@/x", "@a/b/c", "$(id)", ""] {
            assert_eq!(scan_command(&packaged(Registry::Npm, odd, None)), None, "{odd}");
        }
    }

    #[test]
    fn only_http_addresses_are_addresses() {
        let remote = |target: &str| Server { target: target.into(), transport: Transport::Http, ..Server::default() };
        assert_eq!(
            scan_command(&remote("https://host.example/mcp")).as_deref(),
            Some("mcp-scan 'https://host.example/mcp'")
        );
        let captured = packaged(Registry::Other, "https://host.example/mcp", None);
        assert_eq!(url(&captured).as_deref(), Some("https://host.example/mcp"));
        assert_eq!(package(&captured), None);
        assert_eq!(url(&remote("javascript:alert(1)")), None);
        assert_eq!(url(&remote("https://h/'; rm -rf ~; '")), None);
    }
}
