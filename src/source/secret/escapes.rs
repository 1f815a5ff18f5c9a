//! Escapes, entities and markup that may stand between the characters of a secret, or for them.

/// Maximum length of an escape, in bytes.
const LONGEST_ESCAPE: usize = 12;
/// Maximum length of a tag or a named entity, in bytes.
const LONGEST_TAG: usize = 200;
const LONGEST_ENTITY: usize = 32;

/// HTML entities for characters that occur in tokens, or for invisible ones.
const ENTITIES: [(&str, &str); 16] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", ""),
    ("shy", ""),
    ("zwj", ""),
    ("zwnj", ""),
    ("lowbar", "_"),
    ("hyphen", "-"),
    ("period", "."),
    ("colon", ":"),
    ("sol", "/"),
    ("equals", "="),
    ("plus", "+"),
];

/// What an escape stands for.
pub(super) enum DecodedEscape {
    Byte(u8),
    Char(char),
    Nothing,
}

/// Decodes the escape at the start of `text`. Returns the result and the length of the escape.
pub(super) fn escape(text: &str) -> Option<(DecodedEscape, usize)> {
    match text.as_bytes().first()? {
        b'%' => {
            // Repeated encoding turns `%` into `%25`.
            let mut at = 1;
            while text.get(at..at + 2) == Some("25") && text.get(at + 2..at + 4).is_some_and(is_hex) {
                at += 2;
            }
            let byte = u8::from_str_radix(text.get(at..at + 2).filter(|digits| is_hex(digits))?, 16).ok()?;
            Some((if byte <= b' ' { DecodedEscape::Nothing } else { DecodedEscape::Byte(byte) }, at + 2))
        }
        b'0' => {
            let digits = text.get(2..4).filter(|digits| is_hex(digits))?;
            let is_byte = text.get(1..2).is_some_and(|x| x.eq_ignore_ascii_case("x"))
                && !text.as_bytes().get(4).is_some_and(u8::is_ascii_hexdigit);
            is_byte.then_some((DecodedEscape::Byte(u8::from_str_radix(digits, 16).ok()?), 4))
        }
        b'&' => {
            let end = text.bytes().take(LONGEST_ESCAPE).position(|byte| byte == b';')?;
            let name = text.get(1..end)?;
            let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => number.parse().ok(),
            });
            let decoded = match number {
                Some(number) => DecodedEscape::Char(char::from_u32(number)?),
                None => {
                    let (_, text) = ENTITIES.iter().find(|(entity, _)| entity.eq_ignore_ascii_case(name))?;
                    text.chars().next().map_or(DecodedEscape::Nothing, DecodedEscape::Char)
                }
            };
            Some((decoded, end + 1))
        }
        b'\\' => match text.as_bytes().get(1)? {
            b'u' if text.as_bytes().get(2) == Some(&b'{') => {
                let end = text.bytes().take(LONGEST_ESCAPE).position(|byte| byte == b'}')?;
                Some((DecodedEscape::Char(char::from_u32(u32::from_str_radix(text.get(3..end)?, 16).ok()?)?), end + 1))
            }
            b'u' => Some((DecodedEscape::Char(char::from_u32(u32::from_str_radix(text.get(2..6)?, 16).ok()?)?), 6)),
            b'x' => Some((DecodedEscape::Byte(u8::from_str_radix(text.get(2..4)?, 16).ok()?), 4)),
            b'U' => Some((DecodedEscape::Char(char::from_u32(u32::from_str_radix(text.get(2..10)?, 16).ok()?)?), 10)),
            b'0' if text.get(1..5) == Some("0000") => {
                // An escape of CSS has six digits.
                let byte = u8::from_str_radix(text.get(5..7).filter(|digits| is_hex(digits))?, 16).ok()?;
                Some((DecodedEscape::Byte(byte), 7))
            }
            b'n' | b'r' | b't' => Some((DecodedEscape::Nothing, 2)),
            b'0'..=b'3' => Some((DecodedEscape::Byte(u8::from_str_radix(text.get(1..4)?, 8).ok()?), 4)),
            _ => None,
        },
        _ => None,
    }
}

/// The tag, named entity or terminal code at the start of `text`, which is dropped, and its length.
pub(super) fn markup(text: &str) -> Option<(DecodedEscape, usize)> {
    let bytes = text.as_bytes();
    let length = match bytes {
        [b'<', b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'!' | b'?', ..] => {
            bytes.iter().take(LONGEST_TAG).position(|byte| *byte == b'>')?
        }
        [b'&', ..] => {
            let end = bytes.iter().take(LONGEST_ENTITY).position(|byte| *byte == b';')?;
            bytes[1..end].iter().all(u8::is_ascii_alphanumeric).then_some(end)?
        }
        [0x1b, b'[', ..] => 2 + bytes.iter().skip(2).take(LONGEST_TAG).position(|byte| (0x40..=0x7e).contains(byte))?,
        _ => return None,
    };
    Some((DecodedEscape::Nothing, length + 1))
}

fn is_hex(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}
