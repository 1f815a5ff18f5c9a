//! Packages as a user names them: `npm:@scope/name@version` and `pypi:name==version`.

use crate::model::{Package, Registry};

/// The package that `word` names. `None` if it names none.
pub(crate) fn parse(word: &str) -> Option<Package> {
    let (registry, rest) = word.split_once(':')?;
    let (registry, name, version) = match registry {
        "npm" => match rest.rsplit_once('@') {
            Some((name, version)) if !name.is_empty() => (Registry::Npm, name, Some(version)),
            _ => (Registry::Npm, rest, None),
        },
        "pypi" => match rest.split_once("==").or_else(|| rest.split_once('@')) {
            Some((name, version)) => (Registry::Pypi, name, Some(version)),
            None => (Registry::Pypi, rest, None),
        },
        _ => return None,
    };
    let version = version.filter(|version| *version != "latest").map(str::to_owned);
    let is_version = version.as_deref().is_none_or(|version| is_word(version, ".-+!_"));
    (is_name(registry, name) && is_version).then(|| Package { registry, name: name.to_owned(), version })
}

/// The package as a user names it.
pub(crate) fn display(package: &Package) -> String {
    let (scheme, separator) = match package.registry {
        Registry::Npm => ("npm", "@"),
        Registry::Pypi => ("pypi", "=="),
        Registry::Other => ("package", "@"),
    };
    let version = package.version.as_ref().map_or_else(String::new, |version| format!("{separator}{version}"));
    format!("{scheme}:{}{version}", package.name)
}

fn is_name(registry: Registry, name: &str) -> bool {
    match name.strip_prefix('@') {
        Some(scoped) if registry == Registry::Npm => {
            scoped.split_once('/').is_some_and(|(scope, name)| is_word(scope, "._-~") && is_word(name, "._-~"))
        }
        _ => is_word(name, "._-~"),
    }
}

fn is_word(text: &str, others: &str) -> bool {
    !text.is_empty()
        && text.len() <= 214
        && !text.starts_with('.')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_named_by_registry_name_and_version() {
        for (word, name, version) in [
            ("npm:@acme/shop@1.2.3", "@acme/shop", Some("1.2.3")),
            ("npm:@acme/shop", "@acme/shop", None),
            ("npm:shop@latest", "shop", None),
            ("npm:shop", "shop", None),
            ("pypi:shop==1.2", "shop", Some("1.2")),
            ("pypi:Shop_Server.x", "Shop_Server.x", None),
        ] {
            let package = parse(word).unwrap();
            assert_eq!((package.name.as_str(), package.version.as_deref()), (name, version), "{word}");
        }
        for word in ["npm:", "npm:../x", "npm:a/b", "npm:@a", "npm:x@../y", "pypi:a/b", "pypi:x==", "http:x", "shop"] {
            assert_eq!(parse(word), None, "{word}");
        }
    }

    #[test]
    fn a_package_is_shown_as_it_is_named() {
        for word in ["npm:@acme/shop@1.2.3", "npm:shop", "pypi:shop==1.2", "pypi:shop"] {
            assert_eq!(display(&parse(word).unwrap()), word);
        }
    }
}
