//! Who is told what a person should know.

use std::sync::Arc;

/// Receives what a person should know, in a sentence.
pub(crate) type Reporter = Arc<dyn Fn(&str) + Send + Sync>;
