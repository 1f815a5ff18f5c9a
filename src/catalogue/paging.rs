//! Splits a long list into pages.

/// Rows per page.
pub(crate) const ROWS: usize = 200;

/// The part numbers, from 1, of a list of `rows`. An empty list has one part.
pub(crate) fn parts(rows: usize) -> impl Iterator<Item = usize> {
    1..=rows.div_ceil(ROWS).max(1)
}

/// The rows of part `part` (from 1).
pub(crate) fn part<T>(rows: &[T], part: usize) -> &[T] {
    rows.chunks(ROWS).nth(part.saturating_sub(1)).unwrap_or(&[])
}
