//! How a value on the command line is read, where clap has no reader of its own.

pub use crate::text::duration::duration;

/// `NAME=VALUE`.
pub fn environment_entry(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("give a name and a value: NAME=VALUE".into()),
    }
}

/// `NAME: VALUE`.
pub fn header(text: &str) -> Result<(String, String), String> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    match text.split_once(':') {
        Some((name, value)) if !name.is_empty() && name.chars().all(token) && !value.contains(['\r', '\n']) => {
            Ok((name.to_owned(), value.trim().to_owned()))
        }
        _ => Err("give a name and a value: 'NAME: VALUE'".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_and_headers_have_a_name() {
        assert_eq!(environment_entry("A=b=c"), Ok(("A".into(), "b=c".into())));
        assert!(environment_entry("=b").is_err() && environment_entry("A").is_err());
        assert_eq!(header("Authorization: Bearer a:b"), Ok(("Authorization".into(), "Bearer a:b".into())));
        assert!(header("no value").is_err() && header("a b: c").is_err() && header("a: b\r\nc: d").is_err());
    }
}
