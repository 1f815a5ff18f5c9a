//! The text of a configuration file.

use std::fs::{self, File};
use std::io::Read;
use std::ops::RangeInclusive;
use std::path::Path;

use encoding_rs::{EUC_KR, Encoding, GBK, SHIFT_JIS, WINDOWS_1252};

use super::error::FileCause;

/// Maximum size of a configuration, in bytes.
const MAX_FILE: u64 = 8 << 20;

const HANGUL: RangeInclusive<char> = '\u{ac00}'..='\u{d7a3}';
const KANA: RangeInclusive<char> = '\u{3041}'..='\u{30ff}';
const IDEOGRAPHS: RangeInclusive<char> = '\u{4e00}'..='\u{9fff}';

/// Encodings of Windows in East Asia, each with letters of which its texts have some, and others that they may have.
const ENCODINGS: [(&Encoding, RangeInclusive<char>, RangeInclusive<char>); 3] =
    [(EUC_KR, HANGUL, HANGUL), (SHIFT_JIS, KANA, IDEOGRAPHS), (GBK, IDEOGRAPHS, IDEOGRAPHS)];

/// Reads a regular file as text: UTF-16 or another encoding of Windows, as programs there write it, otherwise UTF-8. A link
/// to the null device, which is how some people keep a file empty, is an empty text.
pub(crate) fn text(path: &Path) -> Result<String, FileCause> {
    if !fs::metadata(path)?.is_file() {
        let is_null = fs::canonicalize(path).is_ok_and(|real| real == Path::new("/dev/null"));
        return if is_null { Ok(String::new()) } else { Err(FileCause::NotAFile) };
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(FileCause::TooLarge { mib: MAX_FILE >> 20 });
    }
    Ok(decoded(&bytes).trim_start_matches('\u{feff}').to_owned())
}

fn decoded(bytes: &[u8]) -> String {
    let units =
        |read: fn([u8; 2]) -> u16| -> Vec<u16> { bytes.chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect() };
    match bytes {
        // With a byte-order mark, or a first character of ASCII.
        [0xff, 0xfe, ..] | [1..=0x7f, 0, ..] => String::from_utf16_lossy(&units(u16::from_le_bytes)),
        [0xfe, 0xff, ..] | [0, 1..=0x7f, ..] => String::from_utf16_lossy(&units(u16::from_be_bytes)),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => of_windows(bytes),
        },
    }
}

/// The text in the first encoding whose letters nearly all of its letters are. What fits none is taken for Western European.
fn of_windows(bytes: &[u8]) -> String {
    let mut candidates = ENCODINGS.iter().filter_map(|(encoding, own, others)| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?.into_owned();
        let letters: Vec<char> = text.chars().filter(|character| !character.is_ascii()).collect();
        let known = letters.iter().filter(|letter| own.contains(*letter) || others.contains(*letter)).count();
        // Ideographs are common in Chinese alone, and there as pairs of bytes above ASCII.
        let are_pairs = bytes.split(u8::is_ascii).all(|run| run.len() % 2 == 0);
        if *encoding == GBK && !are_pairs {
            return None;
        }
        let has_own = letters.iter().any(|letter| own.contains(letter));
        (has_own && known * 10 >= letters.len() * 9).then_some(text)
    });
    candidates.next().unwrap_or_else(|| WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_on_windows_write_is_read() {
        let json = |name: &str| format!("{{\"mcpServers\": {{\"{name}\": {{\"command\": \"x\"}}}}}}");
        for (encoding, name) in
            [(EUC_KR, "날씨 서버"), (SHIFT_JIS, "てんき サーバー"), (GBK, "天气服务器"), (WINDOWS_1252, "météo")]
        {
            let text = json(name);
            assert_eq!(decoded(&encoding.encode(&text).0), text, "{}", encoding.name());
        }
        let text = json("날씨");
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decoded(&wide), text);
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decoded(&wide), text);
        assert_eq!(decoded("{\"é\": 1}".as_bytes()), "{\"é\": 1}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_device_is_an_error_and_one_to_the_null_device_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        let link = |target: &str, name: &str| {
            std::os::unix::fs::symlink(target, dir.path().join(name)).unwrap();
            text(&dir.path().join(name))
        };
        assert_eq!(link("/dev/null", "null.json").unwrap(), "");
        assert!(matches!(link("/dev/zero", "zero.json"), Err(FileCause::NotAFile)));
    }
}
