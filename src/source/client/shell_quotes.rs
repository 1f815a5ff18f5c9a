//! Quotes of shells whose content is written with escapes: `$'\x6f'` is `o`.

/// What begins such a quote.
const START: &str = "$'";

/// `text` with the content of such quotes as a shell reads it. `None` if it has none.
pub(super) fn decoded(text: &str) -> Option<String> {
    let (before, mut rest) = text.split_once(START)?;
    let mut bytes = before.as_bytes().to_vec();
    loop {
        rest = content(rest, &mut bytes);
        let Some((before, after)) = rest.split_once(START) else { break };
        bytes.extend_from_slice(before.as_bytes());
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Adds the content of the quote that `text` begins in. Returns what stands behind its end.
fn content<'a>(text: &'a str, bytes: &mut Vec<u8>) -> &'a str {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\'' => return rest,
            '\\' => rest = escape(rest, bytes),
            c => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    rest
}

/// Adds what the escape stands for that follows the backslash. Returns what stands behind it.
fn escape<'a>(text: &'a str, bytes: &mut Vec<u8>) -> &'a str {
    let Some(c) = text.chars().next() else { return text };
    let behind = &text[c.len_utf8()..];
    let mut number = |digits: &'a str, base: u32, longest: usize, is_byte: bool| {
        let length = digits.bytes().take(longest).take_while(|byte| char::from(*byte).is_digit(base)).count();
        let (digits, rest) = digits.split_at(length);
        let value = u32::from_str_radix(digits, base).unwrap_or(0);
        match (is_byte, char::from_u32(value)) {
            (true, _) | (false, None) => bytes.push((value & 0xff) as u8),
            (false, Some(c)) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest
    };
    match c {
        'x' => number(behind, 16, 2, true),
        'u' => number(behind, 16, 4, false),
        'U' => number(behind, 16, 8, false),
        '0'..='7' => number(text, 8, 3, true),
        other => {
            let plain = match other {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'a' | 'b' | 'e' | 'E' | 'f' | 'v' => ' ',
                other => other,
            };
            bytes.extend_from_slice(plain.encode_utf8(&mut [0; 4]).as_bytes());
            behind
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_as_a_shell_does() {
        for (text, want) in [
            (r". $'/x/\x6fut/run.sh'", ". /x/out/run.sh"),
            (r". /x/$'\157\u0075'$'t'/run.sh x", ". /x/out/run.sh x"),
            (r"$'it\'s' \x6f", r"it's \x6f"),
            (r"$'\x", "\0"),
            (r"$'é\\", "é\\"),
        ] {
            assert_eq!(decoded(text).as_deref(), Some(want), "{text}");
        }
        assert_eq!(decoded("'$x' $y"), None);
    }
}
