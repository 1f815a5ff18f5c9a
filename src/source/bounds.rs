//! How much of what others wrote is kept in memory.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Most values in one document: the largest real listing has a few ten thousand, and each takes far more memory than its
/// text.
pub(crate) const MAX_VALUES: usize = 1_000_000;
/// Longest line or message of a server, in bytes.
pub(crate) const MAX_MESSAGE: usize = 16 << 20;
/// Most text of definitions that one run keeps, in bytes.
const MAX_RUN: u64 = 512 << 20;

/// Counts the values of JSON that comes in parts, by the marks that come before or between them.
#[derive(Debug, Default)]
pub(crate) struct ValueCount {
    in_string: bool,
    escaped: bool,
    count: usize,
}

impl ValueCount {
    /// True when there are more than [`MAX_VALUES`] with those of `part`.
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

/// True for JSON with more than [`MAX_VALUES`] values.
pub(crate) fn has_too_many_values(text: &[u8]) -> bool {
    ValueCount::default().is_over_with(text)
}

/// What is left of the memory of one run, shared by all that it reads.
#[derive(Debug, Clone)]
pub struct Budget(Arc<AtomicU64>);

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(MAX_RUN)))
    }
}

impl Budget {
    /// Takes `bytes` of it; an error when there are not as many left.
    pub(crate) fn spend(&self, bytes: u64) -> Result<(), OverBudget> {
        let spent = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        spent.map(drop).map_err(|_| OverBudget)
    }
}

/// The run has read as much as it may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this run has read {} MiB of definitions, and keeps no more: scan fewer targets at once", MAX_RUN >> 20)]
pub(crate) struct OverBudget;

/// A reader that spends what it reads.
pub(crate) struct Spending<R> {
    /// What is read.
    pub(crate) inner: R,
    /// What pays for it.
    pub(crate) budget: Budget,
}

impl<R: Read> Read for Spending<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.budget.spend(read as u64).map_err(io::Error::other)?;
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
        let mut reader = Spending { inner: &b"abc"[..], budget };
        let cause = reader.read_to_end(&mut Vec::new()).unwrap_err();
        assert!(cause.to_string().contains("scan fewer targets at once"), "{cause}");
    }
}
