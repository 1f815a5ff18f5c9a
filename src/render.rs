//! The template environment. Every value that a template prints is cleaned and then escaped for the file type, so that
//! a template cannot forget it.
//!
//! The file name selects the escaping: `.html` and `.xml` files escape HTML; `.yaml` and `.md` files print cleaned text
//! unescaped (quote it with the `yaml` and `yaml_key` filters). An undefined value is an error. Templates are built in,
//! and single files can be replaced from a folder.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, TemplateSource, UndefinedBehavior};

use crate::text::embedded::EmbeddedFile;
use crate::text::{clean, prose, quote};

/// An environment of the templates in `builtin`, replaced file by file by those in `overlay`.
pub(crate) fn environment(builtin: &'static [EmbeddedFile], overlay: Option<&Path>) -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_syntax(
        SyntaxConfig::builder()
            .keep_trailing_newline(true)
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .expect("default delimiters are distinct"),
    );
    env.set_auto_escape_callback(|name| match name.rsplit('.').next() {
        Some("html" | "xml") => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    env.set_formatter(write_clean);
    env.set_loader(loader(builtin, overlay.map(Path::to_owned)));
    env.add_filter("one_line", |s: &str| clean::one_line(s));
    env.add_filter("excerpt", |s: &str, max: usize| clean::excerpt(s, max));
    env.add_filter("sentence", |s: &str| prose::sentence(s));
    env.add_filter("capitalise", |s: &str| prose::capitalised(s));
    env.add_filter("article", |s: &str| format!("{} {s}", prose::article(s)));
    env.add_filter("count", |n: usize, noun: &str| prose::count(n, noun));
    env.add_filter("thousands", prose::thousands);
    env.add_filter("yaml", |s: &str| quote::yaml(s));
    env.add_filter("yaml_key", |s: &str, indent: usize| quote::yaml_key(s, indent));
    env
}

/// Renders the template `name` with `context`. An error contains the template and the line.
pub(crate) fn render(env: &Environment<'_>, name: &str, context: impl serde::Serialize) -> Result<String, Error> {
    env.get_template(name)?.render(Value::from(minijinja::value::Serde(&context)))
}

fn write_clean(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if value.kind() == ValueKind::String && !value.is_safe() => match clean::clean(text) {
            Cow::Borrowed(_) => minijinja::escape_formatter(out, state, value),
            Cow::Owned(cleaned) => minijinja::escape_formatter(out, state, &Value::from(cleaned)),
        },
        _ => minijinja::escape_formatter(out, state, value),
    }
}

fn loader(
    builtin: &'static [EmbeddedFile],
    overlay: Option<PathBuf>,
) -> impl Fn(&str) -> Result<Option<TemplateSource>, Error> + Send + Sync {
    let on_disk = overlay.map(minijinja::path_loader);
    move |name| {
        if let Some(read) = &on_disk
            && let Some(source) = read(name)?
        {
            return Ok(Some(source));
        }
        match builtin.iter().find(|(n, _)| *n == name) {
            Some((_, source)) => Ok(Some(TemplateSource::new(*source))),
            None => Err(Error::new(ErrorKind::TemplateNotFound, format!("no template named {name}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: &[EmbeddedFile] = &[
        ("page.html", "<p title=\"{{ t }}\">{{ t }}</p>"),
        ("plain.yaml", "# {{ t | one_line }}\n"),
        ("strict.html", "{{ missing }}"),
    ];

    #[test]
    fn values_are_cleaned_and_escaped() {
        let env = environment(TEST, None);
        let html = render(&env, "page.html", serde_json::json!({"t": "\u{202e}<b>\"\u{1b}[31mx"})).unwrap();
        assert_eq!(html, "<p title=\"&lt;b&gt;&quot;x\">&lt;b&gt;&quot;x</p>");
        let yaml = render(&env, "plain.yaml", serde_json::json!({"t": "a\nb: c"})).unwrap();
        assert_eq!(yaml, "# a b: c\n");
    }

    #[test]
    fn an_undefined_value_is_an_error() {
        assert!(render(&environment(TEST, None), "strict.html", serde_json::json!({})).is_err());
    }

    #[test]
    fn a_folder_overlays_file_by_file() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("plain.yaml"), "mine {{ t }}").unwrap();
        let env = environment(TEST, Some(dir.path()));
        assert_eq!(render(&env, "plain.yaml", serde_json::json!({"t": 1})).unwrap(), "mine 1");
        assert!(render(&env, "page.html", serde_json::json!({"t": 1})).unwrap().starts_with("<p"));
    }
}
