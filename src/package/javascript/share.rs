//! What a part of an evaluation may use of what is left. Loops, branches that may not be taken and callbacks that may not be
//! called leave something for the rest, and the program leaves something for the functions that list its tools: libraries
//! in a bundle make tables when they are loaded, and their code may not end where a value is not known.

/// The most steps of all evaluations of a package. Tests that reach it run without optimization.
pub(super) const MAX_STEPS: u64 = if cfg!(test) { 1_000_000 } else { 16_000_000 };
/// The most bytes of objects, scopes, texts and schemas, which are kept to the end.
pub(super) const MAX_KEPT: usize = if cfg!(test) { 24 << 20 } else { 96 << 20 };
/// The parts of what is left that a branch and a loop get.
pub(super) const OF_BRANCH: u64 = 2;
pub(super) const OF_LOOP: u64 = 8;
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

    /// A part of what is left after so many steps and bytes.
    pub(super) fn part(self, of_rest: u64, steps: u64, kept: usize) -> Self {
        let room = steps.saturating_sub(self.steps_left);
        let most = (room / of_rest).max(MAX_STEPS / AT_LEAST).min(room);
        let room = self.kept.saturating_sub(kept);
        let most_kept = (room / of_rest as usize).max(MAX_KEPT / AT_LEAST as usize).min(room);
        Self { steps_left: steps.saturating_sub(most), kept: kept.saturating_add(most_kept) }
    }
}
