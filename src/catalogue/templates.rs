//! The templates and assets of the site, built in.

use std::sync::LazyLock;

use include_dir::{Dir, include_dir};

use crate::text::embedded::{EmbeddedFile, files};

static FOLDER: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates/catalogue");

/// Every file of `templates/catalogue/`, by its name there.
pub(crate) static TEMPLATES: LazyLock<Vec<EmbeddedFile>> = LazyLock::new(|| files(&FOLDER));
