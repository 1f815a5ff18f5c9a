//! What a part of an evaluation may use of what is left. Loops, branches that may not be taken and callbacks that may not be
//! called leave something for the rest, and the program leaves something for the functions that list its tools: libraries
//! in a bundle make tables when they are loaded, and their code may not end where a value is not known.

use super::interpreter::{Abrupt, Eval, Flow, Interpreter, MAX_KEPT, MAX_STEPS};
use super::value::Value;

/// The parts of what is left that a branch and a loop get.
const OF_BRANCH: u64 = 2;
const OF_LOOP: u64 = 8;
/// The part of all that an evaluation has that either gets at least.
const AT_LEAST: u64 = 32;
/// The part of what is left that is for the functions that list tools.
const OF_LISTING: u64 = 8;

/// How far an evaluation may go for now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    /// The steps that it leaves.
    pub(super) steps_left: u64,
    /// The most bytes that are kept.
    pub(super) kept: usize,
}

impl Share {
    pub(super) const WHOLE: Self = Self { steps_left: 0, kept: MAX_KEPT };

    /// What the program may use of so many steps, before its tools are listed.
    pub(super) fn of_program(steps: u64) -> Self {
        Self { steps_left: steps / OF_LISTING, kept: MAX_KEPT - MAX_KEPT / OF_LISTING as usize }
    }

    fn part(self, of_rest: u64, steps: u64, kept: usize) -> Self {
        let room = steps.saturating_sub(self.steps_left);
        let most = (room / of_rest).max(MAX_STEPS / AT_LEAST).min(room);
        let room = self.kept.saturating_sub(kept);
        let most_kept = (room / of_rest as usize).max(MAX_KEPT / AT_LEAST as usize).min(room);
        Self { steps_left: steps.saturating_sub(most), kept: kept.saturating_add(most_kept) }
    }
}

/// What an evaluation gives that did not come to its end.
pub(super) trait Unfinished {
    fn unfinished() -> Self;
}

impl Unfinished for Value {
    fn unfinished() -> Self {
        Self::RUNTIME
    }
}

impl Unfinished for Flow {
    fn unfinished() -> Self {
        Self::Next
    }
}

impl Unfinished for () {
    fn unfinished() -> Self {}
}

impl Interpreter<'_> {
    /// Runs a branch with a share of what is left. Where the share ends, the evaluation goes on behind it.
    pub(super) fn in_share<T: Unfinished>(&mut self, branch: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<T> {
        self.with_part(OF_BRANCH, branch)
    }

    /// Runs a loop with a share of what is left.
    pub(super) fn in_loop<T: Unfinished>(&mut self, rounds: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<T> {
        self.with_part(OF_LOOP, rounds)
    }

    fn with_part<T: Unfinished>(&mut self, of_rest: u64, part: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<T> {
        let outer = self.share;
        self.share = outer.part(of_rest, self.steps, self.kept_bytes);
        let result = part(self);
        self.share = outer;
        match result {
            Err(Abrupt::Limit) if !self.is_exhausted() => Ok(T::unfinished()),
            result => result,
        }
    }
}
