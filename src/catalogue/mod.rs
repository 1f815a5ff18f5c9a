//! A report becomes a static site.
