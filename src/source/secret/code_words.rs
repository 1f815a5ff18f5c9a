//! Redacts words of code that are not run: values of options, users before a host, and parts of addresses.

use super::forms::{ADDRESS, OPTION, USER_ALONE, group};
use super::issuers;
use super::names::{HIDDEN, holds_secret};
use super::redaction::Redaction;

/// Redacts in the words of code what stands behind an option, before a host, or in an address, and looks like a token. No such
/// word is run.
pub(super) fn hide_in_words_of_code(redaction: &mut Redaction) {
    redaction.replace(&OPTION, |found, hidden| {
        let (option, divides, value) = (group(found, 1), group(found, 2), group(found, 3));
        let name = option.trim_start_matches('-');
        let password = user_and_password(name, value).map(|redacted| redacted.hidden).unwrap_or_default().pop();
        let secret = password.or_else(|| holds_secret(name, value).then(|| value.to_owned()));
        let Some(secret) = secret.filter(|secret| issuers::is_token_shaped(secret)) else {
            return group(found, 0).to_owned();
        };
        let shown = value.strip_suffix(secret.as_str()).unwrap_or_default();
        hidden.push(secret.clone());
        format!("{option}{divides}{shown}{HIDDEN}")
    });
    redaction.replace(&USER_ALONE, |found, hidden| {
        let user = group(found, 2);
        if !issuers::is_opaque(user) && !issuers::has_token(user) {
            return group(found, 0).to_owned();
        }
        hidden.push(user.to_owned());
        format!("{}{HIDDEN}{}", group(found, 1), group(found, 3))
    });
    redaction.replace(&ADDRESS, |found, hidden| {
        let (scheme, rest) = group(found, 0).split_once("://").unwrap_or_default();
        let parts = rest.split('/').enumerate().map(|(at, part)| {
            if at == 0 || !issuers::is_opaque(part) {
                return part;
            }
            hidden.push(part.to_owned());
            HIDDEN
        });
        let rest = parts.collect::<Vec<_>>().join("/");
        format!("{scheme}://{rest}")
    });
}

/// Redacts the password in `user:password` after an option `name` that takes one.
pub(super) fn user_and_password(name: &str, value: &str) -> Option<Redaction> {
    let (user, password) = value.split_once(':')?;
    let is_one = ["u", "user", "proxy-user", "userpwd", "login", "basic-auth", "account"]
        .contains(&name.trim_start_matches('-'));
    (is_one && !password.is_empty() && !password.starts_with("//"))
        .then(|| Redaction { shown: format!("{user}:{HIDDEN}"), hidden: vec![password.to_owned()] })
}
