//! Values in a text that are known by their form: numbers, and those of accounts.

use super::classes::Classes;
use crate::text::words::Words;

/// True for a number or an id: at least two digits that come first, or three anywhere.
pub(super) fn is_number(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    digits >= 3 || digits >= 2 && word.starts_with(|c: char| c.is_ascii_digit())
}

/// The class of a name behind `@` or `#`: an account or a channel.
pub(super) fn handle(before: &str) -> Classes {
    let is_apart = |start: &str| {
        start.chars().next_back().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '\'' | '"' | '`'))
    };
    match before.strip_suffix(['@', '#']) {
        Some(start) if is_apart(start) => Classes::ACCOUNT | Classes::HANDLE,
        Some(_) | None => Classes::NONE,
    }
}

/// True for the number of a bank account (an IBAN), as one word or in groups of four. `next` are the words after it.
pub(super) fn is_account(word: &str, next: [&str; 2]) -> bool {
    let (country, rest) = word.split_at_checked(2).unwrap_or_default();
    let is_country = !country.is_empty() && country.bytes().all(|b| b.is_ascii_uppercase());
    let is_alphanumeric = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
    let has_check_digits = rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_digit()) && is_alphanumeric(rest);
    let is_group = |text: &str| text.len() == 4 && is_alphanumeric(text);
    let is_grouped = rest.len() == 2
        && is_group(next[0])
        && (next[0].bytes().any(|b| b.is_ascii_digit()) || is_four_digits(next[1]));
    is_country && has_check_digits && (is_grouped || word.len() >= 15) || is_wallet(word)
}

/// True if the number of a card begins at word `at`: four groups of four digits, with the same sign between them.
pub(super) fn is_card(words: &Words<'_>, at: usize) -> bool {
    let is_group = |at: usize| is_four_digits(words.get(at));
    let sign = words.gap_after(at);
    matches!(sign, " " | "-") && (at..at + 4).all(is_group) && (at..at + 3).all(|at| words.gap_after(at) == sign)
}

fn is_four_digits(word: &str) -> bool {
    word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit())
}

/// True for the address of a wallet: `0x` or `bc1` and many letters and digits.
fn is_wallet(word: &str) -> bool {
    let rest = word.strip_prefix("0x").or_else(|| word.strip_prefix("bc1"));
    rest.is_some_and(|rest| {
        rest.len() >= 10 && rest.bytes().all(|b| b.is_ascii_alphanumeric()) && rest.bytes().any(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_known_by_their_groups() {
        assert!(is_account("NL91", ["ABNA", "0417"]));
        assert!(is_account("DE02", ["1203", "0000"]));
        assert!(is_card(&Words::new("card 4111 1111 1111 1111"), 1));
        assert!(!is_card(&Words::new("2012, 2014, 2016, 2018"), 0) && !is_card(&Words::new("1001-5000"), 0));
        assert!(!is_account("NL91", ["ABNA", "bank"]));
        assert_eq!(handle(" @"), Classes::ACCOUNT | Classes::HANDLE);
        assert_eq!(handle("a@"), Classes::NONE);
    }
}
