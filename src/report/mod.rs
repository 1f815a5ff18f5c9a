//! A report becomes text: one file per format.
