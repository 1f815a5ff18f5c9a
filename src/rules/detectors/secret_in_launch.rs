//! A secret in the command, the address or the configuration of a server.

use super::names;
use crate::model::{Redacted, Server};
use crate::text::clean;

/// What it does, for `rules show`.
pub(crate) const ABOUT: &str =
    "a secret in the command or the address of the server, or in the configuration that names it";

/// Longest target in a sentence, in characters.
const MAX_TARGET: usize = 100;

/// Where the secret of `server` stands; never the secret itself.
pub(crate) fn find(server: &Server) -> Option<String> {
    if let Some(origin) = &server.configured {
        let holders: Vec<&str> = origin.secrets.iter().map(String::as_str).collect();
        let place = clean::excerpt(&origin.display(), MAX_TARGET);
        return (!holders.is_empty())
            .then(|| format!("A secret stands in the entry {place}: {}.", names::listed(&holders)));
    }
    server.target.hides_secret().then(|| {
        let target = clean::excerpt(&server.target, MAX_TARGET);
        format!("The server gets a secret that is shown here as {}: {target}", Redacted::MARK)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_asterisks_is_no_secret() {
        let server = |target: Redacted| Server { target, ..Server::default() };
        assert_eq!(find(&server("my***tools.json".into())), None);
        let mut target = Redacted::from("npx shop --key ");
        target.push(&Redacted::secret());
        assert!(find(&server(target)).is_some_and(|text| text.ends_with("npx shop --key ***")));
    }
}
