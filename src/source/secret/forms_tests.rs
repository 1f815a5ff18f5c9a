//! Tests of the forms in which a server may repeat a secret, one in another, beside innocent texts that look like them.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use num_bigint::BigUint;

use super::KnownSecrets;
use super::names::HIDDEN;

const SECRET: &str = "kX7pQ2mZ9vLs4RtYw1Bc";

fn known() -> KnownSecrets {
    KnownSecrets::new("", &[], [("SHOP_TOKEN", SECRET)].into_iter())
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base32(bytes: impl AsRef<[u8]>, digits: &str) -> String {
    let bits: String = bytes.as_ref().iter().map(|byte| format!("{byte:08b}")).collect();
    let groups = bits.as_bytes().chunks(5).map(|group| format!("{:0<5}", String::from_utf8_lossy(group)));
    groups.map(|group| char::from(digits.as_bytes()[usize::from_str_radix(&group, 2).unwrap()])).collect()
}

fn large(digits: &str) -> String {
    let number = BigUint::from_bytes_be(SECRET.as_bytes()).to_radix_be(digits.len() as u32);
    number.into_iter().map(|value| char::from(digits.as_bytes()[usize::from(value)])).collect()
}

fn each(write: impl Fn(u32) -> String) -> String {
    SECRET.chars().map(|c| write(u32::from(c))).collect()
}

fn moved(by: u32) -> String {
    each(|code| char::from_u32(code + by).unwrap().to_string())
}

fn turned(text: &str, turn: impl Fn(u8) -> u8) -> String {
    text.bytes().map(|byte| char::from(turn(byte))).collect()
}

fn rot13(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
        b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
        other => other,
    }
}

fn rot3(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => (byte - b'a' + 3) % 26 + b'a',
        b'A'..=b'Z' => (byte - b'A' + 3) % 26 + b'A',
        other => other,
    }
}

fn rot47(byte: u8) -> u8 {
    (byte - b'!' + 47) % 94 + b'!'
}

fn gzip(text: &str) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(text.as_bytes()).unwrap();
    out.finish().unwrap()
}

fn spaced(text: &str, length: usize, sign: &str) -> String {
    let parts: Vec<String> =
        text.as_bytes().chunks(length).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    parts.join(sign)
}

/// Each form with its name.
fn forms() -> Vec<(&'static str, String)> {
    const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const BASE32HEX: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let selectors = each(|code| char::from_u32(0xE0100 + code - 16).unwrap().to_string());
    let wide: Vec<u8> = SECRET.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let wide_last: Vec<u8> = SECRET.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
    let sixteen: Vec<u8> = SECRET.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let ebcdic: Vec<u8> = SECRET
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'i' => byte - b'a' + 0x81,
            b'j'..=b'r' => byte - b'j' + 0x91,
            b's'..=b'z' => byte - b's' + 0xa2,
            b'A'..=b'I' => byte - b'A' + 0xc1,
            b'J'..=b'R' => byte - b'J' + 0xd1,
            b'S'..=b'Z' => byte - b'S' + 0xe2,
            digit => digit - b'0' + 0xf0,
        })
        .collect();
    let keyed: Vec<u8> = SECRET.bytes().map(|byte| byte ^ 0xa5).collect();
    let reversed: String = SECRET.chars().rev().collect();
    vec![
        ("base64 three times", base64(base64(base64(SECRET)))),
        ("base64 four times", base64(base64(base64(base64(SECRET))))),
        ("base64 of hexadecimal", base64(hex(SECRET))),
        ("hexadecimal of base64", hex(base64(SECRET))),
        ("hexadecimal of base64, with colons", spaced(&hex(base64(SECRET)), 2, ":")),
        ("base64 of other text and hexadecimal", base64(format!("x {} and more", hex(SECRET)))),
        ("base64 of hexadecimal with blanks", base64(spaced(&hex(SECRET), 2, " "))),
        ("base64 of percent signs", base64(each(|code| format!("%{code:02x}")))),
        ("base64 of escapes", base64(each(|code| format!("\\u{code:04x}")))),
        ("base64 of base32", base64(base32(SECRET, BASE32))),
        ("base32 of base64", base32(base64(SECRET), BASE32)),
        ("base32 of hexadecimal of base64", base32(hex(base64(SECRET)), BASE32)),
        ("base64 in groups by blanks of base64", spaced(&base64(base64(SECRET)), 8, " ")),
        ("base64 for addresses of base64", URL_SAFE.encode(STANDARD_NO_PAD.encode(SECRET))),
        ("base64 of each character", each(|code| base64([code as u8]))),
        ("base32hex", base32(SECRET, BASE32HEX)),
        ("base32hex, small", base32(SECRET, BASE32HEX).to_lowercase()),
        ("base32 of Crockford", base32(SECRET, "0123456789ABCDEFGHJKMNPQRSTVWXYZ")),
        ("base32 for people", base32(SECRET, "ybndrfg8ejkmcpqxot1uwisza345h769")),
        ("octal by blanks", each(|code| format!("{code:o} "))),
        ("octal without signs", each(|code| format!("{code:03o}"))),
        ("decimal of equal length", each(|code| format!("{code:03}"))),
        ("base64 of decimal numbers", base64(each(|code| format!("{code} ")))),
        ("decimal numbers of base64", base64(SECRET).bytes().map(|byte| format!("{byte}, ")).collect()),
        ("escapes of CSS", each(|code| format!("\\{code:06x}"))),
        ("short escapes of CSS", each(|code| format!("\\{code:x} "))),
        ("quoted-printable", each(|code| format!("={code:02X}"))),
        ("binary of base64", base64(SECRET).bytes().map(|byte| format!("{byte:08b}")).collect()),
        ("tag characters", moved(0xE0000)),
        ("variation selectors", selectors),
        ("Braille", moved(0x2800)),
        ("private use", moved(0xE000)),
        ("wide letters", moved(0xFEE0)),
        ("ideographs", moved(0x4E00)),
        ("base64 of tag characters", base64(moved(0xE0000))),
        ("numbers of tag characters", each(|code| format!("{} ", code + 0xE0000))),
        ("ROT47", turned(SECRET, rot47)),
        ("ROT13 of base64", turned(&base64(SECRET), rot13)),
        ("ROT47 of base64", turned(&base64(SECRET), rot47)),
        ("base64 of ROT13", base64(turned(SECRET, rot13))),
        ("hexadecimal of ROT47", hex(turned(SECRET, rot47))),
        ("ROT3", turned(SECRET, rot3)),
        ("exclusive or, in hexadecimal", hex(keyed)),
        ("nibbles swapped", hex(SECRET.bytes().map(|byte| byte.rotate_left(4)).collect::<Vec<u8>>())),
        ("EBCDIC in hexadecimal", hex(&ebcdic)),
        ("EBCDIC in base64", base64(&ebcdic)),
        ("UTF-16 in base64 of base64", base64(base64(&sixteen))),
        ("UTF-32 in base64", base64(wide)),
        ("UTF-32 in hexadecimal", hex(wide_last)),
        ("uuencode", ("4".to_owned() + &uuencode(SECRET.as_bytes())) + "\n`\n"),
        ("base58", large("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")),
        ("base62", large("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")),
        ("base62, letters first", large(LETTERS)),
        ("base36", large("0123456789abcdefghijklmnopqrstuvwxyz")),
        ("one decimal number", BigUint::from_bytes_be(SECRET.as_bytes()).to_string()),
        ("one number of the bytes backwards", BigUint::from_bytes_le(SECRET.as_bytes()).to_string()),
        ("base64 of base58", base64(large("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"))),
        ("gzip in hexadecimal with colons", spaced(&hex(gzip(SECRET)), 2, ":")),
        ("gzip in base64 of base64", base64(base64(gzip(SECRET)))),
        ("base64 of base64 in gzip", base64(gzip(&base64(base64(SECRET))))),
        ("base64 of what is backwards of base64", base64(base64(&reversed))),
        ("a letter between", spaced(SECRET, 1, "z")),
        ("a word between", spaced(SECRET, 1, "and")),
        ("words with blanks between", spaced(SECRET, 1, " and then ")),
        ("the first of words", each(|code| format!("{}orem ", char::from_u32(code).unwrap()))),
        ("words of one letter", each(|code| format!("{} word{} ", char::from_u32(code).unwrap(), "s".repeat(3)))),
        ("every second one", SECRET.chars().step_by(2).chain(SECRET.chars().skip(1).step_by(2)).collect()),
        ("look-alikes", SECRET.replace('X', "\u{425}").replace('p', "\u{440}").replace('B', "\u{412}")),
        ("small and in circles", SECRET.replace('7', "\u{2466}").replace('m', "\u{24dc}").replace('2', "\u{b2}")),
    ]
}

fn uuencode(bytes: &[u8]) -> String {
    let digits: Vec<u8> = (b' '..=b'_').map(|digit| if digit == b' ' { b'`' } else { digit }).collect();
    let value = |digit: u8| {
        const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        BASE64.iter().position(|known| *known == digit).unwrap_or(0)
    };
    STANDARD.encode(bytes).bytes().map(|digit| char::from(digits[value(digit)])).collect()
}

#[test]
fn a_server_repeats_a_value_in_no_form() {
    let known = known();
    let mut left = Vec::new();
    for (name, form) in forms() {
        let mut json = serde_json::json!(format!("It is {form}, here."));
        known.hide_in(&mut json);
        let shown = json.as_str().unwrap().to_owned();
        let rest: usize = shown.split(HIDDEN).map(str::len).sum();
        // Nearly all of it is hidden, and nothing that stands around it.
        let is_hidden = shown.contains(HIDDEN) && rest < "It is , here.".len() + form.len() / 3;
        if !is_hidden || !shown.starts_with("It i") || !shown.contains("here.") {
            left.push(format!("{name}: {shown}"));
        }
    }
    assert!(left.is_empty(), "{} of {}:\n{}", left.len(), forms().len(), left.join("\n"));
}

#[test]
fn innocent_texts_in_such_forms_stay() {
    let known = known();
    let other = "mT4wBz8sN1qKc6XvJ3yR";
    let image: Vec<u8> = (0..4_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for text in [
        base64(base64(other)),
        hex(base64(other)),
        base64(&image),
        spaced(&base64(&image), 76, "\n"),
        hex(&image),
        base32(&image, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        other.bytes().map(|byte| format!("{byte:o} ")).collect(),
        other.chars().map(|c| char::from_u32(u32::from(c) + 0xE0000).unwrap()).collect(),
        turned(other, rot47),
        "3d5f0a9b-7c1e-4b6a-9d2f-8e0c1b2a3d4f 2b7e151628aed2a6abf7158809cf4f3c".into(),
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".into(),
        "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F} \u{2801}\u{2803}\u{2809}\u{2819}".into(),
        "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70".into(),
        "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 qwertyuiop".into(),
        "Gets the orders of a customer by id. Returns JSON with `orderId`, `createdAt` and up to 100 line items."
            .into(),
        "日本語の説明です。注文を一覧します。".into(),
    ] {
        let mut json = serde_json::json!(text);
        known.hide_in(&mut json);
        assert_eq!(json, serde_json::json!(text));
    }
}

/// The work is bounded by the length, whatever the text is: see `MAX_WORK` of the searcher. Printed is what each takes.
#[test]
fn a_long_text_takes_linear_time() {
    let known = known();
    let prose = "Gets the orders of a customer, and the lines of each of them with their prices. ";
    let noise = |length: usize| -> Vec<u8> {
        let mut state = 1_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        };
        (0..length).map(|_| next()).collect()
    };
    let mut nested = noise(25_000);
    while nested.len() < 50_000 {
        nested = base64(&nested).into_bytes();
    }
    let texts = [
        ("prose", prose.repeat(1 + (64 << 10) / prose.len())),
        ("base64", base64(noise(49_152))),
        ("hexadecimal", hex(noise(32_768))),
        ("nested base64", String::from_utf8(nested).unwrap()),
        ("one letter", "a".repeat(64 << 10)),
        ("numbers", "101 ".repeat(16 << 10)),
        ("words of base58", "3yQeR7Tn2KpWx9Zb4Md8".repeat(12).chars().chain([' ']).collect::<String>().repeat(250)),
        ("wide letters", "\u{FF4B}\u{FF38}".repeat(10_000)),
    ];
    for (name, text) in texts {
        let started = std::time::Instant::now();
        let hidden = known.hidden(&text);
        let took = started.elapsed();
        assert!(hidden.is_none(), "{name}");
        assert!(took.as_secs() < 60, "{name}: {took:?}");
    }
}
