//! Redacts secrets in commands and URLs: by the name next to them, by their position in a URL, or by their shape. In
//! code that a shell or interpreter runs, only what looks like a token is redacted.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;
use url::Url;

use super::code_words::{hide_in_words_of_code, user_and_password};
use super::forms::{ADDRESS, ASSIGNED, ELEMENT, ESCAPED_PAIR, PAIR, SCHEME, USER, group};
use super::interpreters::CodeFinder;
use super::issued::{divided_spans, hide_issued, is_piece};
use super::issuers;
use super::names::{
    HIDDEN, SCHEMES_NOT_USERS, holds_secret, is_placeholder, is_scheme, is_secret_name, names_a_place,
    names_an_identifier, stands_for_a_password,
};
use super::redaction::Redaction;
use crate::model::Redacted;

/// How much to redact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// For display: everything that may be a secret, including every query value.
    Shown,
    /// For checks: only real secrets.
    SecretsOnly,
    /// For code: only what looks like a token.
    Code,
}

/// How many nested names are followed in `a=b=c=...`.
const DEEPEST_NAME: usize = 8;

/// The arguments of `program`, redacted for display.
pub fn arguments(program: &str, args: &[String]) -> Vec<Redaction> {
    each(program, args, Extent::Shown)
}

/// True if `value`, of a variable or header `name`, is a secret by its name or its shape.
pub fn is_secret(name: &str, value: &str) -> bool {
    is_secret_name(name) || holds_secret(name, value) || has_secret(value)
}

/// The arguments of `program`, redacted for display.
pub fn redact_args(program: &str, args: &[String]) -> Vec<Redacted> {
    let redacted = |arg: Redaction| Redacted::new(arg.shown, !arg.hidden.is_empty());
    arguments(program, args).into_iter().map(redacted).collect()
}

/// `program`, redacted for display. It may be a whole command line.
pub fn redact_program(program: &str) -> Redacted {
    let redacted = text(program, Extent::SecretsOnly);
    Redacted::new(redacted.shown, !redacted.hidden.is_empty())
}

/// The indices of the `words` (a program and its arguments) that contain a secret.
pub fn words_with_secrets(words: &[String]) -> Vec<usize> {
    let Some((program, args)) = words.split_first() else { return Vec::new() };
    let redacted = each(program, args, Extent::SecretsOnly);
    let mut found: Vec<usize> =
        (1..).zip(&redacted).filter(|(_, it)| !it.hidden.is_empty()).map(|(at, _)| at).collect();
    if !text(program, Extent::SecretsOnly).hidden.is_empty() {
        found.insert(0, 0);
    }
    found
}

/// True if a value under `name` is a secret, by its name or its shape. Identifiers and digests look like tokens.
pub fn is_secret_value(name: &str, value: &str) -> bool {
    holds_secret(name, value) || (!is_only_an_identifier(name, value) && has_secret(value))
}

/// True for a word that is an identifier or a digest by its name.
fn is_only_an_identifier(name: &str, value: &str) -> bool {
    (names_an_identifier(name) || names_a_place(name, value))
        && !value.is_empty()
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:+/=".contains(c))
        && !value.contains("://")
        && !issuers::has_issued_token(value)
}

/// Redacts what looks like a token. The base64 of a plain text does, and is none.
fn hide_tokens(redaction: &mut Redaction) {
    let is_encoded = |c: &u8| c.is_ascii_alphanumeric() || b"+/_-=".contains(c);
    let mut spans = issuers::spans(&redaction.shown);
    spans.retain(|span| {
        let (before, after) = redaction.shown.as_bytes().split_at_checked(span.end).unwrap_or_default();
        let start = before.iter().rev().take_while(|c| is_encoded(c)).count();
        let end = after.iter().take_while(|c| is_encoded(c)).count();
        !redaction.shown.get(span.end - start..span.end + end).is_some_and(is_plain_base64)
    });
    redaction.hide_spans(spans);
}

/// True for the base64 of a text in which nothing is a secret. Of `user:password` neither part needs to look like one.
fn is_plain_base64(text: &str) -> bool {
    let text = text.trim_end_matches('=');
    let decoded = STANDARD_NO_PAD.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text));
    let decoded = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let is_printed = |text: &str| text.chars().all(|c| c == '\n' || c == '\t' || !c.is_control());
    decoded.is_some_and(|text| {
        let is_text = text.contains(char::is_whitespace) || text.starts_with(['{', '[', '<']);
        is_text && is_printed(&text) && !has_secret(&text)
    })
}

/// True if a part of `value` is a secret by its shape.
pub fn has_secret(value: &str) -> bool {
    !whole_value(value, Extent::SecretsOnly).hidden.is_empty()
}

fn each(program: &str, args: &[String], extent: Extent) -> Vec<Redaction> {
    let mut redacted = Vec::with_capacity(args.len());
    let mut before = "";
    let mut code = CodeFinder::default();
    code.is_code(program);
    for (at, arg) in args.iter().enumerate() {
        let previous = at.checked_sub(1).and_then(|at| args.get(at)).map_or("", String::as_str);
        redacted.push(if code.is_code(arg) {
            text(arg, Extent::Code)
        } else if (is_secret_name(previous) || is_scheme(previous)) && issuers::is_token_shaped(arg) {
            // `--auth Bearer abc`, `token abc`.
            Redaction::whole(arg)
        } else if is_piece(args, at) {
            Redaction::whole(arg)
        } else {
            argument(before, arg, extent)
        });
        let is_flag = arg.starts_with('-') || (arg.starts_with('/') && !arg.get(1..).unwrap_or_default().contains('/'));
        before = if is_flag && !arg.contains('=') { arg } else { "" };
    }
    redacted
}

/// Redacts one argument. `before` is the option before it, or empty.
fn argument(before: &str, arg: &str, extent: Extent) -> Redaction {
    let name = before.trim_start_matches(['-', '/']);
    let is_flag = arg.starts_with("--") || (arg.starts_with('-') && arg.len() <= 1);
    if !name.is_empty() && !is_flag && holds_secret(name, arg) && !runs_commands(arg) {
        return Redaction::whole(arg);
    }
    if is_only_an_identifier(name, arg) {
        return Redaction::new(arg);
    }
    if sets_for_command(arg) && !["-e", "--env"].contains(&before) {
        return text(arg, Extent::Code);
    }
    if is_cookie_flag(before)
        && let Some(cookies) = cookies(arg)
    {
        return cookies;
    }
    let (joined, value) = match arg.get(..2) {
        Some(flag) if SHORT_FLAGS.contains(&flag) || flag == "-u" => (flag, arg.get(2..).unwrap_or_default()),
        _ => ("", arg),
    };
    let short = if joined.is_empty() { before } else { joined };
    let is_short = before.len() == 2 && before.starts_with('-') && joined.is_empty();
    if (SHORT_FLAGS.contains(&short) && is_mixed(value)) || (is_short && issuers::is_opaque(value)) {
        return Redaction { shown: format!("{joined}{HIDDEN}"), hidden: vec![value.to_owned()] };
    }
    if let Some(redaction) = user_and_password(name, arg).or_else(|| user_and_password("u", arg.strip_prefix("-u")?)) {
        return Redaction {
            shown: format!("{}{}", if joined == "-u" { joined } else { "" }, redaction.shown),
            ..redaction
        };
    }
    whole_value(arg, extent)
}

/// One-letter options that many programs use for a secret.
const SHORT_FLAGS: [&str; 3] = ["-t", "-k", "-p"];

/// True for a value of mixed upper-case, lower-case letters and digits, which is neither a name nor a number.
fn is_mixed(value: &str) -> bool {
    let has = |test: fn(&char) -> bool| value.chars().any(|c| test(&c));
    value.len() >= 10
        && issuers::is_token_shaped(value)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_uppercase)
}

/// True for `NAME=value command`, which programs such as `watch` or `ssh` pass to a shell.
fn sets_for_command(arg: &str) -> bool {
    let is_variable =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    arg.split_once('=').is_some_and(|(name, rest)| is_variable(name) && rest.trim().contains(char::is_whitespace))
}

/// True for curl's cookie options.
fn is_cookie_flag(flag: &str) -> bool {
    ["-b", "--cookie", "--cookies"].contains(&flag)
}

/// Redacts cookie values in `a=b; c=d`. `None` if none looks like a secret.
fn cookies(text: &str) -> Option<Redaction> {
    let mut hidden = Vec::new();
    let shown = text.split(';').map(|pair| match pair.split_once('=') {
        Some((name, value)) if holds_secret(name, value) || issuers::is_opaque(value.trim()) => {
            hidden.push(value.trim().to_owned());
            format!("{name}={HIDDEN}")
        }
        _ => pair.to_owned(),
    });
    let shown = shown.collect::<Vec<_>>().join(";");
    (!hidden.is_empty()).then_some(Redaction { shown, hidden })
}

/// Redacts a value by its format: JSON by its keys, `NAME=value` by its name, a URL by its parts, anything else by its
/// shape.
fn whole_value(value: &str, extent: Extent) -> Redaction {
    value_within(value, extent, 0)
}

/// Like `whole_value`. `depth` counts the enclosing values.
fn value_within(value: &str, extent: Extent, depth: usize) -> Redaction {
    if issuers::is_public(value) {
        return Redaction::new(value);
    }
    if runs_commands(value) {
        return text(value, Extent::Code);
    }
    if value.starts_with(['{', '['])
        && let Ok(mut json) = serde_json::from_str::<Value>(value)
    {
        let mut hidden = Vec::new();
        hide_in_json("", &mut json, extent, &mut hidden);
        let shown = if hidden.is_empty() { value.to_owned() } else { json.to_string() };
        return Redaction { shown, hidden };
    }
    let is_named = depth < DEEPEST_NAME && !has_user(value);
    // Equal signs alone are the padding of base64, not a value.
    let has_value = |rest: &str| !rest.trim_start_matches('=').is_empty();
    if let Some((name, separator, rest)) = named(value).filter(|(_, _, rest)| is_named && has_value(rest)) {
        if holds_secret(name, rest) {
            return Redaction { shown: format!("{name}{separator}{HIDDEN}"), hidden: vec![rest.to_owned()] };
        }
        if is_only_an_identifier(name, rest) {
            return Redaction::new(value);
        }
        let rest = user_and_password(name, rest).unwrap_or_else(|| value_within(rest, extent, depth + 1));
        return Redaction { shown: format!("{name}{separator}{}", rest.shown), hidden: rest.hidden };
    }
    let lower = value.to_ascii_lowercase();
    if lower.contains("%3d") || lower.contains("%3a") {
        let decoded = percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned();
        let redacted = text(&decoded, extent);
        if !redacted.hidden.is_empty() {
            return redacted;
        }
    }
    text(value, extent)
}

/// True for `user:password@host`.
fn has_user(value: &str) -> bool {
    USER.captures(value).is_some_and(|found| {
        found.get(0).is_some_and(|it| it.start() == 0) && !SCHEMES_NOT_USERS.contains(&group(&found, 1))
    })
}

/// Splits `name=value` or `name: value` into name, separator and value.
fn named(value: &str) -> Option<(&str, &str, &str)> {
    let end = value.find(['=', ':'])?;
    let (name, rest) = value.split_at(end);
    let is_name = name.len() > 1
        && name.len() <= 80
        && name.strip_prefix('/').unwrap_or(name).chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let after = rest.get(1..)?;
    if !is_name || after.starts_with("//") {
        return None;
    }
    // Several pairs are handled one by one.
    if rest.starts_with('=') && after.contains(['&', ';']) && after.contains('=') {
        return None;
    }
    let space = after.len() - after.trim_start().len();
    Some((name, rest.get(..=space)?, after.get(space..)?))
}

/// True for a text with shell operators.
fn runs_commands(value: &str) -> bool {
    ["$(", "`", "&&", "||", "; ", ";\n", "|", ">", "<("].iter().any(|sign| value.contains(sign))
        && (value.contains(char::is_whitespace) || value.contains("$(") || value.contains('`'))
}

fn hide_in_json(name: &str, json: &mut Value, extent: Extent, hidden: &mut Vec<String>) {
    match json {
        Value::Object(map) => map.iter_mut().for_each(|(key, value)| hide_in_json(key, value, extent, hidden)),
        Value::Array(items) => {
            // A list may be a command, whose options name the words after them.
            let mut name = Cow::Borrowed(name);
            for item in items {
                let flag = item.as_str().filter(|text| text.starts_with('-') && !text.contains('=')).map(str::to_owned);
                hide_in_json(if flag.is_some() { "" } else { &name }, item, extent, hidden);
                name = flag.map_or(name, Cow::Owned);
            }
        }
        Value::String(value) => {
            let redacted = if holds_secret(name, value) { Redaction::whole(value) } else { whole_value(value, extent) };
            hidden.extend(redacted.hidden);
            *value = redacted.shown;
        }
        Value::Number(number) => {
            let value = number.to_string();
            if holds_secret(name, &value) {
                hidden.push(value);
                *json = Value::String(HIDDEN.into());
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// Redacts the secrets of `json`, such as the arguments of a call.
pub fn redact_json(json: &mut Value) {
    hide_in_json("", json, Extent::SecretsOnly, &mut Vec::new());
}

/// Redacts a text of unknown format.
fn text(value: &str, extent: Extent) -> Redaction {
    let mut redaction = Redaction::new(value);
    let is_code = extent == Extent::Code;
    if is_code {
        hide_in_words_of_code(&mut redaction);
    } else {
        redaction.replace(&ADDRESS, |found, hidden| {
            let whole = group(found, 0);
            match Url::parse(whole) {
                Ok(url) => {
                    let redacted = address(&url, extent);
                    let shown = if redacted.hidden.is_empty() { whole.to_owned() } else { redacted.shown };
                    hidden.extend(redacted.hidden);
                    shown
                }
                Err(_) => whole.to_owned(),
            }
        });
    }
    redaction.replace(&USER, |found, hidden| {
        let (user, password) = (group(found, 1), group(found, 2));
        let is_image = password.chars().all(|c| c.is_ascii_digit() || c == '.') && group(found, 3).starts_with("sha");
        if SCHEMES_NOT_USERS.contains(&user)
            || is_image
            || password.contains(HIDDEN)
            || is_placeholder(password)
            || stands_for_a_password(password)
        {
            return group(found, 0).to_owned();
        }
        hidden.push(password.to_owned());
        format!("{HIDDEN}@{}", group(found, 3))
    });
    redaction.replace(&ASSIGNED, |found, hidden| {
        let (name, divides, value) = (group(found, 1), group(found, 2), group(found, 3));
        let is_token = |value| issuers::is_token_shaped(value) && holds_secret(name, value);
        let is_named = if is_code { is_token(value) } else { holds_secret(name, value) };
        // A path may be that of a program.
        let is_opaque = is_code && issuers::is_opaque(value) && !value.contains('/') && !names_an_identifier(name);
        let is_hidden = (is_named || is_opaque) && !value.starts_with("//");
        if !is_hidden {
            return group(found, 0).to_owned();
        }
        hidden.push(value.to_owned());
        format!("{name}{divides}{HIDDEN}")
    });
    for divided in [&ELEMENT, &PAIR, &ESCAPED_PAIR] {
        redaction.replace(divided, |found, hidden| {
            let (whole, name, value) = (group(found, 0), group(found, 1), group(found, 2));
            if is_code && !issuers::is_token_shaped(value) || !holds_secret(name, value) || value.contains(HIDDEN) {
                return whole.to_owned();
            }
            hidden.push(value.to_owned());
            whole.replace(value, HIDDEN)
        });
    }
    redaction.replace(&SCHEME, |found, hidden| {
        let token = group(found, 3);
        if !issuers::is_token_shaped(token) {
            return group(found, 0).to_owned();
        }
        hidden.push(token.to_owned());
        format!("{}{}{HIDDEN}", group(found, 1), group(found, 2))
    });
    hide_tokens(&mut redaction);
    redaction.hide_spans(divided_spans(&redaction.shown));
    redaction
}

/// `url` without user, password, query values and tokens in its path.
pub fn redact_url(url: &Url) -> Redacted {
    // Every query value is redacted, although not every one is a secret.
    let hides_secret = !address(url, Extent::SecretsOnly).hidden.is_empty();
    Redacted::new(address(url, Extent::Shown).shown, hides_secret)
}

fn decoded(text: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy()
}

/// The secret before the host: the password, or a user that looks like one. With a web server a user is not shown.
fn user_secret(url: &Url, extent: Extent) -> Option<String> {
    let user = url.username();
    match url.password() {
        Some(password) => Some(password)
            .filter(|password| !is_placeholder(&decoded(password)) && !stands_for_a_password(&decoded(password))),
        None => {
            let is_web = extent == Extent::Shown && matches!(url.scheme(), "http" | "https" | "ws" | "wss");
            let is_secret = is_web || issuers::is_opaque(user) || issuers::has_token(user);
            Some(user).filter(|user| !user.is_empty() && is_secret && !is_placeholder(&decoded(user)))
        }
    }
    .map(str::to_owned)
}

fn address(url: &Url, extent: Extent) -> Redaction {
    let mut hidden = Vec::new();
    let mut shown = format!("{}://", url.scheme());
    if let Some(secret) = user_secret(url, extent) {
        hidden.push(secret);
        shown.push_str(HIDDEN);
        shown.push('@');
    } else if !url.username().is_empty() {
        let password = url.password().map(|password| format!(":{}", decoded(password)));
        shown.push_str(&format!("{}{}@", url.username(), password.unwrap_or_default()));
    }
    let host = url.host_str().unwrap_or_default();
    let hidden_host = hide_issued(host);
    hidden.extend(hidden_host.is_some().then(|| host.to_owned()));
    shown.push_str(hidden_host.as_deref().unwrap_or(host));
    if let Some(port) = url.port() {
        shown.push_str(&format!(":{port}"));
    }
    let below_host = path(url.path(), extent);
    shown.push_str(&below_host.shown);
    hidden.extend(below_host.hidden);
    for (part, sign) in [(url.query(), '?'), (url.fragment(), '#')] {
        if let Some(below) = part.filter(|part| sign == '#' && part.starts_with('/') && !part.contains(['=', '?'])) {
            // The path behind a socket: `unix:///run/shop.sock#/mcp`.
            let below = path(below, extent);
            shown.push_str(&format!("{sign}{}", below.shown));
            hidden.extend(below.hidden);
        } else if let Some(part) = part.filter(|part| !part.is_empty()) {
            let pairs: Vec<String> = part.split('&').map(|it| pair(it, extent, &mut hidden)).collect();
            shown.push(sign);
            shown.push_str(&pairs.join("&"));
        }
    }
    Redaction { shown, hidden }
}

/// Redacts the path of a URL: tokens, and the segment after the name of a secret, as in `/token/abc123`.
fn path(path: &str, extent: Extent) -> Redaction {
    let mut hidden = Vec::new();
    let mut before = "";
    let parts = path.split('/').map(|part| {
        let is_secret = (issuers::is_token_shaped(part) && holds_secret(before, part))
            || (extent == Extent::Shown && issuers::is_opaque(part));
        before = part;
        if is_secret {
            hidden.push(part.to_owned());
            HIDDEN
        } else {
            part
        }
    });
    let mut path = Redaction::new(&parts.collect::<Vec<_>>().join("/"));
    hide_tokens(&mut path);
    path.hidden.extend(hidden);
    path
}

/// Redacts one pair of a query.
fn pair(pair: &str, extent: Extent, hidden: &mut Vec<String>) -> String {
    let (name, value) = pair.split_once('=').map_or(("", pair), |(name, value)| (name, value));
    let is_secret = holds_secret(name, value) || has_secret(value);
    if value.is_empty() || (extent != Extent::Shown && !is_secret) {
        return pair.to_owned();
    }
    hidden.push(value.to_owned());
    if name.is_empty() { HIDDEN.to_owned() } else { format!("{name}={HIDDEN}") }
}

/// Redacts `values` in `text`. They were filled in for placeholders.
pub fn redact_values(text: Redacted, values: &[String]) -> Redacted {
    let values = values.iter().filter(|value| !value.is_empty());
    text.map(|text| values.fold(text, |text, value| text.replace(value, HIDDEN)))
}

/// Redacts a URL that cannot be parsed before its placeholders are filled in: its query and everything before the host.
pub fn redact_unparsed_address(text: &str) -> Redacted {
    let text = text.split('?').next().unwrap_or_default();
    match text.rsplit_once('@') {
        Some((_, host)) => format!("{HIDDEN}@{host}").into(),
        None => text.into(),
    }
}
