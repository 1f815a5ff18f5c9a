//! How a long list is divided into pages.

/// Rows on one page of a list; longer lists go on in further parts.
pub(crate) const ROWS: usize = 200;

/// The numbers, from 1, of the parts that a list of `rows` takes; an empty list takes one.
pub(crate) fn parts(rows: usize) -> impl Iterator<Item = usize> {
    1..=rows.div_ceil(ROWS).max(1)
}

/// The rows of part `part` (from 1).
pub(crate) fn part<T>(rows: &[T], part: usize) -> &[T] {
    rows.chunks(ROWS).nth(part.saturating_sub(1)).unwrap_or(&[])
}
