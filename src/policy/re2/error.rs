//! Why RE2 rejects a pattern.

/// Why RE2 rejects a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PatternError {
    /// The lower bound of a repetition is above the upper one.
    #[error("the repetition {{{0} runs backwards")]
    BackwardRepetition(String),
    /// A group has no closing parenthesis.
    #[error("a group is not closed")]
    OpenGroup,
    /// A repetition comes first.
    #[error("a repetition has nothing to repeat")]
    NothingToRepeat,
    /// A repetition follows a repetition.
    #[error("RE2 repeats no repetition; put the inner one in brackets")]
    RepeatedRepetition,
    /// A bound is above [`MAX_REPETITIONS`](super::MAX_REPETITIONS).
    #[error("RE2 counts no more than 1,000 repetitions")]
    TooManyRepetitions,
    /// The pattern ends with a backslash.
    #[error("it ends with a backslash")]
    TrailingBackslash,
    /// A back-reference to a group.
    #[error("RE2 has no backreferences")]
    Backreference,
    /// `\x` without digits.
    #[error("after \\x come two hexadecimal digits, or some in {{}}")]
    Hexadecimal,
    /// A backslash before a letter without a meaning.
    #[error("RE2 has no escape \\{0}")]
    UnknownEscape(char),
    /// A code point that is not a character.
    #[error("{0:X} is the code of no character")]
    NoCharacter(u32),
    /// `\p{` without its closing bracket.
    #[error("a \\p{{ is not closed")]
    OpenProperty,
    /// A Unicode property that is neither script nor category.
    #[error("RE2 names scripts and categories alone, like \\p{{Greek}} or \\pL")]
    UnknownProperty,
    /// A class has no closing bracket.
    #[error("a class is not closed")]
    OpenClass,
    /// The first character of a range is above the last.
    #[error("the range {low}-{high} runs backwards")]
    BackwardRange {
        /// The first character.
        low: char,
        /// The last character.
        high: char,
    },
    /// A POSIX class that does not exist.
    #[error("RE2 has no class [:{0}:]")]
    UnknownClass(String),
    /// A group that looks ahead or behind.
    #[error("RE2 has no look-around")]
    LookAround,
    /// The name of a group is not a word.
    #[error("the name of a group has letters, digits and _")]
    GroupName,
    /// Two groups share a name.
    #[error("two groups are called {0}")]
    DuplicateGroup(String),
    /// A flag that does not exist.
    #[error("RE2 has no flags but i, m, s and U")]
    UnknownFlag,
    /// A kind of group that does not exist.
    #[error("RE2 has no groups that begin with (?{0}")]
    UnknownGroup(char),
    /// A closing parenthesis without its group.
    #[error("a group is closed that was not opened")]
    UnopenedGroup,
}
