//! A name of Latin letters and others that look like them.

use unicode_security::confusable_detection::skeleton;

/// What it does, for `rules show`.
pub(crate) const ABOUT: &str = "a letter of another script that looks like a Latin one, in a name with Latin letters";

/// The letter of `name` that looks like another one.
pub(crate) fn find(name: &str) -> Option<String> {
    if name.is_ascii() || !name.chars().any(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    let (c, like) = name.chars().filter(|c| !c.is_ascii()).find_map(|c| {
        let like: String = skeleton(&c.to_string()).collect();
        // An invisible character has an empty skeleton.
        (!like.is_empty() && like.chars().all(|like| like.is_ascii_alphanumeric())).then_some((c, like))
    })?;
    Some(format!("The name holds {}, which looks like \"{like}\".", code_point(c)))
}

/// `U+200B`.
pub(crate) fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_look_alikes_are_found() {
        assert_eq!(find("р_list").as_deref(), Some("The name holds U+0440, which looks like \"p\"."));
        for plain in ["löschen", "list\u{202e}_file", "list_file", "删除file", "список"] {
            assert_eq!(find(plain), None, "{plain}");
        }
    }
}
