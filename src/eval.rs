//! Labelled tools become accuracy figures.
