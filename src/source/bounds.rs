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
/// Maximum number of tools that one run keeps. A short tool takes some 3 KB in memory, and millions of them fit into a small
/// archive. The largest catalogue that this program is measured with has 515,000.
const MAX_TOOLS: u64 = 600_000;

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
    // Each value has a byte.
    text.len() > MAX_VALUES && ValueCount::default().is_over_with(text)
}

/// The remaining memory budget of one run, shared by all its readers.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Left>);

#[derive(Debug)]
struct Left {
    bytes: AtomicU64,
    tools: AtomicU64,
}

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(Left { bytes: AtomicU64::new(MAX_RUN), tools: AtomicU64::new(MAX_TOOLS) }))
    }
}

impl Budget {
    /// Takes `bytes` from the budget. Fails if fewer are left.
    pub(crate) fn spend(&self, bytes: u64) -> Result<(), OverBudget> {
        take(&self.0.bytes, bytes).ok_or(OverBudget::Bytes)
    }

    /// Takes `tools` from the budget. Fails if fewer are left.
    pub(crate) fn spend_tools(&self, tools: u64) -> Result<(), OverBudget> {
        take(&self.0.tools, tools).ok_or(OverBudget::Tools)
    }
}

fn take(left: &AtomicU64, amount: u64) -> Option<()> {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(amount)).ok().map(drop)
}

/// The run has used up its memory budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OverBudget {
    #[error("this run has read {} MiB of definitions, and keeps no more: scan fewer targets at once", MAX_RUN >> 20)]
    Bytes,
    #[error(
        "this run has read {MAX_TOOLS} tools, and keeps no more: scan fewer targets at once, or one file with `--format jsonl`, which keeps none"
    )]
    Tools,
}

/// A reader that charges every byte it reads to a `Budget`, and every line as a tool if `lines_are_tools`.
pub(crate) struct Spending<R> {
    inner: R,
    budget: Budget,
    lines_are_tools: bool,
}

impl<R> Spending<R> {
    pub(crate) fn new(inner: R, budget: &Budget, lines_are_tools: bool) -> Self {
        Self { inner, budget: budget.clone(), lines_are_tools }
    }
}

impl<R: Read> Read for Spending<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.budget.spend(read as u64).map_err(io::Error::other)?;
        if self.lines_are_tools {
            let lines = buffer.iter().take(read).filter(|byte| **byte == b'\n').count();
            self.budget.spend_tools(lines as u64).map_err(io::Error::other)?;
        }
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
        let mut reader = Spending { inner: &b"abc"[..], budget, lines_are_tools: false };
        let cause = reader.read_to_end(&mut Vec::new()).unwrap_err();
        assert!(cause.to_string().contains("scan fewer targets at once"), "{cause}");
    }

    #[test]
    fn a_line_is_a_tool_that_is_kept() {
        let read = |left, lines_are_tools| {
            let budget = Budget::default();
            assert_eq!(budget.clone().spend_tools(MAX_TOOLS - left), Ok(()));
            Spending { inner: &b"a\nb\n"[..], budget, lines_are_tools }.read_to_end(&mut Vec::new())
        };
        assert!(read(2, true).is_ok() && read(1, false).is_ok());
        let cause = read(1, true).unwrap_err();
        assert!(cause.to_string().contains("600000 tools, and keeps no more"), "{cause}");
    }
}
