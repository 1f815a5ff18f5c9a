//! Limits on how much untrusted data is kept in memory.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Maximum number of JSON values in one document. The largest real listing has a few ten thousand, and each takes far
/// more memory than its text.
pub(crate) const MAX_VALUES: usize = 1_000_000;
/// Maximum length of a line or message from a server, in bytes.
pub(crate) const MAX_MESSAGE: usize = 16 << 20;
/// Maximum size of all definitions that one run keeps, in bytes.
const MAX_RUN: u64 = 512 << 20;

/// Counts the values of JSON that arrives in chunks, by counting `,`, `[` and `{` outside strings.
#[derive(Debug, Default)]
pub(crate) struct ValueCount {
    in_string: bool,
    escaped: bool,
    count: usize,
}

impl ValueCount {
    /// Adds `part` to the count. True if the total exceeds [`MAX_VALUES`].
    pub(crate) fn is_over_with(&mut self, part: &[u8]) -> bool {
        for byte in part {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b',' | b'[' | b'{' if !self.in_string => self.count += 1,
                _ => {}
            }
        }
        self.count > MAX_VALUES
    }
}

/// True if `text` holds more than [`MAX_VALUES`] JSON values.
pub(crate) fn has_too_many_values(text: &[u8]) -> bool {
    ValueCount::default().is_over_with(text)
}

/// The remaining memory budget of one run, shared by all its readers.
#[derive(Debug, Clone)]
pub struct Budget(Arc<AtomicU64>);

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(MAX_RUN)))
    }
}

impl Budget {
    /// Takes `bytes` from the budget. Fails if fewer are left.
    pub(crate) fn spend(&self, bytes: u64) -> Result<(), OverBudget> {
        let spent = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        spent.map(drop).map_err(|_| OverBudget)
    }
}

/// The run has used up its memory budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this run has read {} MiB of definitions, and keeps no more: scan fewer targets at once", MAX_RUN >> 20)]
pub(crate) struct OverBudget;

/// What a tool takes in memory beside its texts, in bytes: many tools may stand in a small archive.
const TOOL_COST: u64 = 384;

/// A reader that charges every byte it reads to a `Budget`, and `line_cost` for every line.
pub(crate) struct Spending<R> {
    inner: R,
    budget: Budget,
    line_cost: u64,
}

impl<R> Spending<R> {
    /// Charges what is read of `inner` to `budget`. With `lines_are_tools`, a line costs more than its bytes.
    pub(crate) fn new(inner: R, budget: &Budget, lines_are_tools: bool) -> Self {
        Self { inner, budget: budget.clone(), line_cost: if lines_are_tools { TOOL_COST } else { 0 } }
    }
}

impl<R: Read> Read for Spending<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let lines = buffer.iter().take(read).filter(|byte| **byte == b'\n').count();
        self.budget.spend(read as u64 + lines as u64 * self.line_cost).map_err(io::Error::other)?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_outside_of_texts() {
        let many = MAX_VALUES + 1;
        assert!(has_too_many_values("[],".repeat(many).as_bytes()));
        assert!(has_too_many_values("{\"a\":".repeat(many).as_bytes()));
        assert!(!has_too_many_values(format!("\"\\\"{}\"", ",[{".repeat(many)).as_bytes()));
        assert!(!has_too_many_values(b"[1, 2]"));
    }

    #[test]
    fn a_run_ends_where_its_budget_does() {
        let budget = Budget::default();
        assert_eq!(budget.clone().spend(MAX_RUN - 1), Ok(()));
        let mut reader = Spending { inner: &b"abc"[..], budget, line_cost: 0 };
        let cause = reader.read_to_end(&mut Vec::new()).unwrap_err();
        assert!(cause.to_string().contains("scan fewer targets at once"), "{cause}");
    }

    #[test]
    fn a_line_costs_more_than_its_bytes() {
        let read = |line_cost| {
            let budget = Budget::default();
            assert_eq!(budget.clone().spend(MAX_RUN - 100), Ok(()));
            Spending { inner: &b"a\nb\n"[..], budget, line_cost }.read_to_end(&mut Vec::new()).ok()
        };
        assert_eq!((read(48), read(49)), (Some(4), None));
    }
}
