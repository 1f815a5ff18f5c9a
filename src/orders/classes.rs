//! Sets of word classes.

use std::ops::{BitOr, BitOrAssign};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Classes([u128; 3]);

impl Classes {
    /// The empty set.
    pub(crate) const NONE: Self = Self([0; 3]);
    /// The name of a tool other than the defined one.
    pub(crate) const OTHER_TOOL: Self = Self::bit(0);
    /// The name of the defined tool itself.
    pub(crate) const OWN_TOOL: Self = Self::bit(1);
    /// A name in the form of an identifier that is not a known tool.
    pub(crate) const IDENTIFIER: Self = Self::bit(2);
    pub(crate) const QUOTED: Self = Self::bit(3);
    pub(crate) const NUMBER: Self = Self::bit(4);
    /// A file path.
    pub(crate) const PATH: Self = Self::bit(5);
    pub(crate) const URL: Self = Self::bit(6);
    pub(crate) const EMAIL: Self = Self::bit(7);
    /// A quotation that contains shell or script syntax.
    pub(crate) const CODE: Self = Self::bit(8);
    /// A word in capital letters.
    pub(crate) const CAPITALS: Self = Self::bit(9);

    /// Of a definition: the tool has no parameters.
    pub(crate) const NO_PARAMETERS: Self = Self::bit(10);
    /// Of a definition: the tool's name contains another tool's name or differs from it by one letter.
    pub(crate) const NEAR_COPY: Self = Self::bit(11);

    /// The name of a tool of another server in the same scan.
    pub const OTHER_SERVERS_TOOL: Self = Self::bit(12);

    /// The first token of a text other than the description of a parameter.
    pub(crate) const OPENING: Self = Self::bit(13);
    /// The first token of a sentence that describes a parameter.
    pub(crate) const OF_PARAMETER: Self = Self::bit(14);
    /// A hidden file or folder of a home folder.
    pub(crate) const HOME_FILE: Self = Self::bit(15);
    /// A telephone number, the number of a bank account, the address of a wallet, or a name behind `@` or `#`.
    pub(crate) const ACCOUNT: Self = Self::bit(16);
    /// The name of a host, without a scheme.
    pub(crate) const HOST: Self = Self::bit(17);

    /// A capitalised word within a sentence that the vocabulary does not know: mostly the name of a product or company.
    pub(crate) const PROPER_NAME: Self = Self::bit(18);

    /// The first token of a later sentence that describes no parameter. A verb there is an order.
    pub(crate) const START: Self = Self::bit(19);
    /// A name behind `@` or `#`, which is also an [`ACCOUNT`](Self::ACCOUNT).
    pub(crate) const HANDLE: Self = Self::bit(20);

    /// The classes that do not come from the vocabulary, with their names in structures.
    pub(crate) const BUILT_IN: [(&'static str, Self); 21] = [
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
        ("opening", Self::OPENING),
        ("of-parameter", Self::OF_PARAMETER),
        ("home-file", Self::HOME_FILE),
        ("account-number", Self::ACCOUNT),
        ("host", Self::HOST),
        ("proper-name", Self::PROPER_NAME),
        ("start", Self::START),
        ("handle", Self::HANDLE),
    ];

    /// The class of the vocabulary entry `index`; `None` if all bits are taken.
    pub(crate) fn of_vocabulary(index: usize) -> Option<Self> {
        let bit = index + Self::BUILT_IN.len();
        (bit < 384).then(|| Self::bit(bit))
    }

    /// The set of one class, by its number.
    const fn bit(number: usize) -> Self {
        let mut parts = [0; 3];
        parts[number / 128] = 1 << (number % 128);
        Self(parts)
    }

    /// True if the sets have a class in common.
    pub(crate) fn intersects(self, other: Self) -> bool {
        !self.and(other).is_empty()
    }

    /// The intersection of the sets.
    pub(crate) fn and(self, other: Self) -> Self {
        Self([self.0[0] & other.0[0], self.0[1] & other.0[1], self.0[2] & other.0[2]])
    }

    /// The numbers of its classes.
    pub(crate) fn numbers(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(part, bits)| {
            let left = std::iter::successors(Some(bits), |bits| Some(bits & bits.wrapping_sub(1)));
            left.take_while(|bits| *bits != 0).map(move |bits| 128 * part + bits.trailing_zeros() as usize)
        })
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == [0; 3]
    }
}

impl BitOr for Classes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self([self.0[0] | other.0[0], self.0[1] | other.0[1], self.0[2] | other.0[2]])
    }
}

impl BitOrAssign for Classes {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}
