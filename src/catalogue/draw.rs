//! Renders a planned page to its files: the page, its JSON version with the data that the template gets, and, for a
//! tool, the page of policies.

use minijinja::{Environment, Value, context};

use super::error::Error;
use super::page::Page;
use super::site::{PageId, Site};
use super::view::{self, Drawn};

/// The files of page `id`, in the order of [`Site::paths`].
pub(crate) fn draw(site: &Site<'_>, id: PageId, env: &Environment<'static>) -> Result<Vec<Page>, Error> {
    let path = site.path(id);
    let (name, view) = match view::draw(site, id).map_err(|cause| Error::Policy { path: path.clone(), cause })? {
        Drawn::Whole(contents) => return Ok(vec![Page { path, contents }]),
        Drawn::Template(name, view) => (name, view),
    };
    let twin = site.twin(id).map(|path| match serde_json::to_vec(&view) {
        Ok(contents) => Ok(Page { path, contents }),
        Err(cause) => Err(Error::Io { what: "write", path: path.into(), cause: cause.into() }),
    });
    // The prefix of every link: `../` segments, or the path of a parsed URL. Both are safe, so it is not escaped.
    let root = Value::from_safe_string(site.root(id));
    let render = |name: &str, path: String| {
        let drawn = env
            .get_template(name)
            .and_then(|template| template.render(context! { root => root.clone(), ..view.clone() }));
        match drawn {
            Ok(text) => Ok(Page { path, contents: text.into_bytes() }),
            Err(cause) => Err(Error::Render { path, cause }),
        }
    };
    let policies = site.policies(id).map(|path| render("tool-policies.html", path));
    [Some(render(name, path)), twin, policies].into_iter().flatten().collect()
}
