//! Groups of English words of similar meaning: `rules/word-groups.tsv`.
//!
//! A line has two columns: the name of a group, and the stems of its words.

use rustc_hash::FxHashMap;

use super::error::WordingError;

/// Most groups, which is what a [`GroupSet`] can hold.
const MAX_GROUPS: usize = 256;
/// Names of groups of one function word, such as `=the`.
const FUNCTION_WORD: char = '=';

/// The index of a group of words, or of a mark.
pub(crate) type GroupId = u16;

/// What stands in a sentence in the place of a group: names, values and the ends of the sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    OwnTool,
    OtherTool,
    Url,
    Email,
    Path,
    Code,
    Quoted,
    Identifier,
    Number,
    Start,
    End,
    /// An English word without a group.
    Unknown,
    /// A word with other letters than those of English.
    Foreign,
}

impl Mark {
    /// The names of all marks in data files, in order.
    const NAMES: [&str; 13] = [
        "<own-tool>",
        "<other-tool>",
        "<url>",
        "<email>",
        "<path>",
        "<code>",
        "<quoted>",
        "<identifier>",
        "<number>",
        "<start>",
        "<end>",
        "<unknown>",
        "<foreign>",
    ];
}

/// A feature with a weight. A sentence can have it more than once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) id: u32,
    pub(crate) weight: i32,
}

/// What is known of a stem.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stem {
    /// Its group, or the mark of a word without one.
    pub(crate) group: GroupId,
    /// Its weight as a word.
    pub(crate) known: Option<Known>,
}

/// The groups, and the group of each stem.
#[derive(Debug, Default)]
pub(crate) struct WordGroups {
    /// The names of the groups, then those of the marks.
    names: Vec<Box<str>>,
    /// The number of groups.
    groups: usize,
    by_name: FxHashMap<Box<str>, GroupId>,
    by_stem: FxHashMap<Box<str>, Stem>,
    /// The number of groups of content words, which come first.
    content: usize,
}

/// A set of groups of content words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct GroupSet([u64; MAX_GROUPS / 64]);

impl WordGroups {
    /// Parses the data file. Groups of function words come after all others.
    pub(crate) fn parse(text: &str) -> Result<Self, WordingError> {
        let mut groups = Self::default();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            groups.add(line).ok_or_else(|| WordingError::new("word-groups.tsv", at + 1, line))?;
        }
        groups.groups = groups.names.len();
        groups.names.extend(Mark::NAMES.map(Into::into));
        for (at, name) in groups.names.iter().enumerate() {
            if let Ok(id) = GroupId::try_from(at) {
                groups.by_name.entry(name.clone()).or_insert(id);
            }
        }
        Ok(groups)
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let (name, stems) = line.split_once('\t')?;
        let id = GroupId::try_from(self.names.len()).ok()?;
        if !name.starts_with(FUNCTION_WORD) {
            self.content += 1;
            if self.content != self.names.len() + 1 || self.content > MAX_GROUPS {
                return None;
            }
        }
        self.names.push(name.into());
        let stem = Stem { group: id, known: None };
        self.by_stem.extend(stems.split(' ').map(|text| (text.into(), stem)));
        Some(())
    }

    /// The name of a group or mark.
    pub(crate) fn name(&self, id: GroupId) -> &str {
        self.names.get(usize::from(id)).map_or("", |name| name)
    }

    /// The group or mark with this name.
    pub(crate) fn by_name(&self, name: &str) -> Option<GroupId> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn mark(&self, mark: Mark) -> GroupId {
        GroupId::try_from(self.groups + mark as usize).unwrap_or(GroupId::MAX)
    }

    pub(crate) fn stem(&self, text: &str) -> Stem {
        self.by_stem.get(text).copied().unwrap_or_else(|| self.unknown(text))
    }

    /// Gives the stem `text` a weight.
    pub(crate) fn weigh(&mut self, text: &str, known: Known) {
        let stem = self.stem(text);
        self.by_stem.insert(text.into(), Stem { known: Some(known), ..stem });
    }

    fn unknown(&self, text: &str) -> Stem {
        Stem { group: self.mark(if text.is_ascii() { Mark::Unknown } else { Mark::Foreign }), known: None }
    }

    /// True for a group of content words, not of function words, nor a mark.
    pub(crate) fn is_content(&self, id: GroupId) -> bool {
        usize::from(id) < self.content
    }
}

impl GroupSet {
    pub(crate) fn insert(&mut self, id: GroupId) {
        let id = usize::from(id) % MAX_GROUPS;
        self.0[id / 64] |= 1 << (id % 64);
    }

    /// The number of groups in both sets.
    pub(crate) fn shared(self, other: Self) -> u32 {
        self.0.iter().zip(other.0).map(|(a, b)| (a & b).count_ones()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_have_groups_and_sets_count_what_they_share() {
        let groups = WordGroups::parse("# words\nhide\thid conceal\nsend\tsend mail\n=the\tthe\n").unwrap();
        let of_stem = |text| groups.stem(text).group;
        let (hide, send, the) = (of_stem("conceal"), of_stem("mail"), of_stem("the"));
        let names = [hide, the, of_stem("zorb"), of_stem("größe"), groups.mark(Mark::Number)];
        assert_eq!(names.map(|id| groups.name(id)), ["hide", "=the", "<unknown>", "<foreign>", "<number>"]);
        assert_eq!([groups.is_content(send), groups.is_content(the)], [true, false]);
        assert_eq!([groups.by_name("send"), groups.by_name("mail")], [Some(send), None]);
        let set = |ids: &[GroupId]| {
            let mut set = GroupSet::default();
            ids.iter().for_each(|id| set.insert(*id));
            set
        };
        assert_eq!(set(&[hide, send, 255]).shared(set(&[send, 255])), 2);
        assert!(WordGroups::parse("=the\tthe\nhide\thid\n").unwrap_err().to_string().contains("line 2"));
    }
}
