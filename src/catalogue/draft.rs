//! A file before it is drawn: what it is made from is known, and so whether it has to be drawn at all.

use minijinja::{Environment, Value, context};

use super::site::{PageId, Site};
use super::view::{self, Drawn};
use super::{Error, Page, address};
use crate::text::digest;

/// A file of the site that is not drawn yet.
pub struct Draft {
    /// Where it stands below the site's folder.
    pub path: String,
    /// The digest of all that it is made from.
    pub from: String,
    how: How,
}

enum How {
    /// The contents as they are.
    Whole(Vec<u8>),
    /// What the template of that name sees.
    Template(&'static str, Value),
}

/// The files of page `id`: itself, and its twin for programs, which is the very data that it is drawn from.
pub fn of(site: &Site<'_>, id: PageId) -> Result<Vec<Draft>, Error> {
    let path = site.path(id);
    let drawn = view::of(site, id).map_err(|cause| Error::Policy { path: path.clone(), cause })?;
    let (name, view, has_twin) = match drawn {
        Drawn::Whole(contents) => return Ok(vec![Draft::whole(path, contents)]),
        Drawn::Page(name, view) => (name, view, true),
        Drawn::File(name, view) => (name, view, false),
    };
    let data = serde_json::to_string(&view).map_err(|cause| Error::Io {
        what: "write",
        path: path.clone().into(),
        cause: cause.into(),
    })?;
    let from = short(digest::sha256([site.options.theme.digest(), name, &data]));
    let twin = has_twin.then(|| Draft::whole(address::twin(&path), data.into_bytes()));
    // The way to the folder of the site, with which every link starts: dots and slashes, or the path of a parsed URL.
    let root = Value::from_safe_string(site.root(id));
    let page = Draft { path, from, how: How::Template(name, context! { root, ..view }) };
    Ok([Some(page), twin].into_iter().flatten().collect())
}

impl Draft {
    fn whole(path: String, contents: Vec<u8>) -> Self {
        Self { path, from: short(digest::sha256([&contents])), how: How::Whole(contents) }
    }

    /// Draws it.
    pub fn draw(self, env: &Environment<'static>) -> Result<Page, Error> {
        let Self { path, how, .. } = self;
        let contents = match how {
            How::Whole(contents) => contents,
            How::Template(name, value) => env
                .get_template(name)
                .and_then(|template| template.render(value))
                .map_err(|cause| Error::Render { path: path.clone(), cause })?
                .into_bytes(),
        };
        Ok(Page { path, contents })
    }
}

/// Half of a digest: enough to tell things apart, and a manifest of half the size.
fn short(digest: String) -> String {
    digest.chars().skip("sha256:".len()).take(32).collect()
}
