//! An index of many names: which of them another name contains, or differs from by one letter. Time does not grow with the
//! number of names.

use std::hash::Hasher;

use rustc_hash::{FxHashSet, FxHasher};

/// Shortest name, in letters, that can have a near copy.
pub(super) const MIN_NAME: usize = 6;

/// The names of a server's tools, without those that are too short to have a near copy.
#[derive(Debug)]
pub(super) struct NearNames {
    names: Vec<Box<str>>,
    /// The lengths of names, in bytes, in order.
    lengths: Vec<usize>,
    /// The digest of each name, and of each name without one of its letters, with the index of the name; in order. Two names
    /// that differ by a letter or a swap have one of them in common.
    shortened: Vec<(u64, u32)>,
}

impl NearNames {
    pub(super) fn new(all: &FxHashSet<String>) -> Self {
        let mut names: Vec<Box<str>> =
            all.iter().filter(|name| name.len() >= MIN_NAME).map(|name| name.as_str().into()).collect();
        names.sort_unstable();
        let mut lengths: Vec<usize> = names.iter().map(|name| name.len()).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let numbered = names.iter().zip(0_u32..);
        let mut shortened: Vec<(u64, u32)> =
            numbered.flat_map(|(name, at)| digests(name).map(move |digest| (digest, at))).collect();
        shortened.sort_unstable();
        Self { names, lengths, shortened }
    }

    /// True if `own` contains another name of `all`, or differs from one by one letter or swap.
    pub(super) fn has_near_copy(&self, own: &str, all: &FxHashSet<String>) -> bool {
        self.is_around_another(own, all) || digests(own).any(|digest| self.differs_by_one(own, digest))
    }

    fn is_around_another(&self, own: &str, all: &FxHashSet<String>) -> bool {
        self.lengths.iter().take_while(|length| **length < own.len()).any(|length| {
            (0..=own.len() - length).filter_map(|start| own.get(start..start + length)).any(|part| all.contains(part))
        })
    }

    fn differs_by_one(&self, own: &str, digest: u64) -> bool {
        let first = self.shortened.partition_point(|(known, _)| *known < digest);
        let same = self.shortened[first..].iter().take_while(|(known, _)| *known == digest);
        let mut others = same.filter_map(|(_, at)| self.names.get(*at as usize)).filter(|name| ***name != *own);
        others.any(|name| may_differ_by_one(own, name) && strsim::osa_distance(own, name) == 1)
    }
}

/// False if two names surely differ by more than one letter or swap. Rejects most pairs without computing a distance.
pub(super) fn may_differ_by_one(one: &str, other: &str) -> bool {
    let (shorter, longer) = (one.len().min(other.len()), one.len().max(other.len()));
    let is_same = |(a, b): &(u8, u8)| a == b;
    let from_start = || one.bytes().zip(other.bytes()).take_while(is_same).count();
    let from_end = || one.bytes().rev().zip(other.bytes().rev()).take_while(is_same).count();
    // Two letters are two bytes in ASCII, and at most eight in UTF-8.
    let two_letters = if one.is_ascii() && other.is_ascii() { 2 } else { 8 };
    longer - shorter <= two_letters && from_start() + from_end() + two_letters >= shorter
}

/// The digests of `name`, and of `name` without one of its letters.
fn digests(name: &str) -> impl Iterator<Item = u64> + '_ {
    let without = |(at, letter): (usize, char)| digest(&name[..at], &name[at + letter.len_utf8()..]);
    std::iter::once(digest(name, "")).chain(name.char_indices().map(without))
}

fn digest(start: &str, end: &str) -> u64 {
    let mut hasher = FxHasher::default();
    start.bytes().chain(end.bytes()).for_each(|byte| hasher.write_u8(byte));
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_finds_what_a_comparison_of_all_names_finds() {
        let names: FxHashSet<String> =
            ["createissue", "creatissue", "readfile", "raedfile", "sendmail", "größen", "short"]
                .map(String::from)
                .into_iter()
                .collect();
        let near = NearNames::new(&names);
        let others = [
            "createissues",
            "xreadfilex",
            "readfiles",
            "radefile",
            "sendmai",
            "grössen",
            "größe",
            "short",
            "sendmailnow",
        ];
        for own in names.iter().map(String::as_str).chain(others) {
            let long = names.iter().filter(|name| *name != own && name.len() >= MIN_NAME);
            let mut near_ones = long.filter(|name| own.contains(name.as_str()) || strsim::osa_distance(own, name) == 1);
            assert_eq!(near.has_near_copy(own, &names), near_ones.next().is_some(), "{own}");
        }
    }
}
