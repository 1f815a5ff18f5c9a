//! Sets of word classes.

use std::ops::{BitOr, BitOrAssign};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Classes(u128);

impl Classes {
    /// The empty set.
    pub(crate) const NONE: Self = Self(0);
    /// The name of a tool other than the defined one.
    pub(crate) const OTHER_TOOL: Self = Self(1);
    /// The name of the defined tool itself.
    pub(crate) const OWN_TOOL: Self = Self(1 << 1);
    /// A name in the form of an identifier that is not a known tool.
    pub(crate) const IDENTIFIER: Self = Self(1 << 2);
    pub(crate) const QUOTED: Self = Self(1 << 3);
    pub(crate) const NUMBER: Self = Self(1 << 4);
    /// A file path.
    pub(crate) const PATH: Self = Self(1 << 5);
    pub(crate) const URL: Self = Self(1 << 6);
    pub(crate) const EMAIL: Self = Self(1 << 7);
    /// A quotation that contains shell or script syntax.
    pub(crate) const CODE: Self = Self(1 << 8);
    /// A word in capital letters.
    pub(crate) const CAPITALS: Self = Self(1 << 9);

    /// Of a definition: the tool has no parameters.
    pub(crate) const NO_PARAMETERS: Self = Self(1 << 10);
    /// Of a definition: the tool's name contains another tool's name or differs from it by one letter.
    pub(crate) const NEAR_COPY: Self = Self(1 << 11);

    /// The name of a tool of another server in the same scan.
    pub const OTHER_SERVERS_TOOL: Self = Self(1 << 12);

    /// The classes that do not come from the vocabulary, with their names in structures.
    pub(crate) const BUILT_IN: [(&'static str, Self); 13] = [
        ("other-tool", Self::OTHER_TOOL),
        ("own-tool", Self::OWN_TOOL),
        ("identifier", Self::IDENTIFIER),
        ("quoted", Self::QUOTED),
        ("number", Self::NUMBER),
        ("path", Self::PATH),
        ("url", Self::URL),
        ("email", Self::EMAIL),
        ("code", Self::CODE),
        ("capitals", Self::CAPITALS),
        ("no-parameters", Self::NO_PARAMETERS),
        ("near-copy", Self::NEAR_COPY),
        ("other-servers-tool", Self::OTHER_SERVERS_TOOL),
    ];

    /// The class of the vocabulary entry `index`; `None` if all bits are taken.
    pub(crate) fn of_vocabulary(index: usize) -> Option<Self> {
        let bit = index + Self::BUILT_IN.len();
        (bit < 128).then(|| Self(1 << bit))
    }

    /// True if the sets have a class in common.
    pub(crate) fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The intersection of the sets.
    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Classes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Classes {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}
