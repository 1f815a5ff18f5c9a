//! Sets of word classes.

use std::ops::{BitOr, BitOrAssign};

/// A set of word classes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Classes(u128);

impl Classes {
    /// The empty set.
    pub(crate) const NONE: Self = Self(0);
    /// A tool that is neither this one nor one it calls its own.
    pub(crate) const OTHER_TOOL: Self = Self(1);
    /// The tool whose definition it is.
    pub(crate) const OWN_TOOL: Self = Self(1 << 1);
    /// A name in the form of an identifier that no tool is known by.
    pub(crate) const IDENTIFIER: Self = Self(1 << 2);
    /// A quotation.
    pub(crate) const QUOTED: Self = Self(1 << 3);
    pub(crate) const NUMBER: Self = Self(1 << 4);
    /// A path of a file.
    pub(crate) const PATH: Self = Self(1 << 5);
    /// An address of a page or a server.
    pub(crate) const URL: Self = Self(1 << 6);
    /// An address of a person.
    pub(crate) const EMAIL: Self = Self(1 << 7);
    /// Code: a quotation with the signs of a shell or a script.
    pub(crate) const CODE: Self = Self(1 << 8);
    /// A word in capitals.
    pub(crate) const CAPITALS: Self = Self(1 << 9);

    /// A tool without parameters.
    pub(crate) const NO_PARAMETERS: Self = Self(1 << 10);
    /// A tool whose name all but repeats that of another one.
    pub(crate) const NEAR_COPY: Self = Self(1 << 11);

    /// A tool of another server of the same scan.
    pub const OTHER_SERVERS_TOOL: Self = Self(1 << 12);

    /// The classes that a token or a definition has by what it is, with the names by which structures call them.
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

    /// The class of the vocabulary with that index; `None` when there are too many.
    pub(crate) fn of_vocabulary(index: usize) -> Option<Self> {
        let bit = index + Self::BUILT_IN.len();
        (bit < 128).then(|| Self(1 << bit))
    }

    /// True when the two have a class in common.
    pub(crate) fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The classes that are in both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// True when there is none.
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
