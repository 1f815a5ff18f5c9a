//! Which words of a command a shell or an interpreter runs as code.

/// Programs that run a text among their arguments as code.
struct Interpreter {
    names: &'static [&'static str],
    /// Flags before the code.
    flags: &'static [&'static str],
    /// A letter that announces code at the end of a group of short flags, as in `-lc`.
    letters: &'static [char],
    /// Flags whose value is the next word, which is no script.
    value_flags: &'static [&'static str],
    /// The first word that is no flag is code.
    runs_first_word: bool,
}

const PLAIN: Interpreter =
    Interpreter { names: &[], flags: &[], letters: &[], value_flags: &[], runs_first_word: false };

const INTERPRETERS: [Interpreter; 14] = [
    Interpreter {
        names: &["sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "busybox", "su"],
        flags: &["--command", "--init-command"],
        letters: &['c', 'C'],
        value_flags: &["-o", "-O", "--rcfile", "--init-file"],
        ..PLAIN
    },
    Interpreter { names: &["cmd"], flags: &["/c", "/k", "/r"], ..PLAIN },
    Interpreter {
        names: &["powershell", "pwsh"],
        flags: &["-command", "-encodedcommand", "-enc", "-ec", "-e", "-c", "-commandwithargs", "-cwa"],
        value_flags: &["-executionpolicy", "-ep", "-ex", "-version", "-windowstyle", "-w", "-workingdirectory", "-wd"],
        ..PLAIN
    },
    Interpreter { names: &["python", "pypy"], letters: &['c'], value_flags: &["-W", "-X"], ..PLAIN },
    Interpreter {
        names: &["node", "nodejs", "bun", "tsx", "ts-node", "electron"],
        flags: &["--eval", "--print", "-pe", "-ep"],
        letters: &['e', 'p'],
        value_flags: &["-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions"],
        ..PLAIN
    },
    Interpreter { names: &["deno"], flags: &["eval"], value_flags: &["--config", "-c"], ..PLAIN },
    Interpreter { names: &["ruby", "perl"], letters: &['e', 'E'], value_flags: &["-r", "-I", "-M"], ..PLAIN },
    Interpreter {
        names: &["php"],
        flags: &["--run", "--process-code", "--process-begin", "--process-end"],
        letters: &['r', 'R', 'B', 'E'],
        value_flags: &["-d", "-c"],
        ..PLAIN
    },
    Interpreter { names: &["lua", "luajit"], letters: &['e'], value_flags: &["-l"], ..PLAIN },
    Interpreter { names: &["osascript"], letters: &['e'], value_flags: &["-l"], ..PLAIN },
    Interpreter {
        names: &["julia"],
        flags: &["--eval", "--print"],
        letters: &['e', 'E'],
        value_flags: &["-L", "-t", "-p", "-C", "-J"],
        ..PLAIN
    },
    Interpreter { names: &["rscript"], letters: &['e'], ..PLAIN },
    Interpreter {
        names: &["awk", "gawk", "mawk", "sed", "jq"],
        letters: &['e'],
        value_flags: &["-f", "-F", "-v"],
        runs_first_word: true,
        ..PLAIN
    },
    Interpreter { names: &["npx", "bunx", "env"], flags: &["--call", "--split-string"], letters: &['c', 'S'], ..PLAIN },
];

/// Finds code among the words of a command, which it is given in their order.
#[derive(Default)]
pub(crate) struct CodeFinder {
    /// The program whose flags are read.
    interpreter: Option<&'static Interpreter>,
    /// The next word is the value of a flag.
    is_value: bool,
    /// Whatever follows code may be run by it.
    found: bool,
}

impl CodeFinder {
    /// True when `word` is run as code, or follows what is.
    pub(crate) fn is_code(&mut self, word: &str) -> bool {
        if self.found {
            return true;
        }
        if let Some(interpreter) = self.interpreter {
            self.found = interpreter.is_code_flag(word);
            let is_value = std::mem::replace(&mut self.is_value, interpreter.takes_value(word));
            // Flags behind a script are those of the script.
            if !self.found && !is_value && !word.starts_with('-') {
                self.interpreter = None;
                self.found = interpreter.runs_first_word;
                if self.found {
                    return true;
                }
            }
        }
        if !self.found {
            self.interpreter = interpreter(word).or(self.interpreter);
        }
        false
    }
}

impl Interpreter {
    fn takes_value(&self, flag: &str) -> bool {
        self.value_flags.contains(&flag) || self.value_flags.contains(&flag.to_ascii_lowercase().as_str())
    }

    fn is_code_flag(&self, word: &str) -> bool {
        let is_group = |letters: &str| {
            letters.len() <= 6
                && letters.chars().all(|c| c.is_ascii_alphabetic())
                && letters.ends_with(self.letters)
                && !letters.is_empty()
        };
        self.flags.contains(&word.to_ascii_lowercase().as_str())
            || word.strip_prefix('-').is_some_and(|letters| !letters.starts_with('-') && is_group(letters))
    }
}

/// The interpreter that the path `word` names, with a version or without.
fn interpreter(word: &str) -> Option<&'static Interpreter> {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word).to_ascii_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    INTERPRETERS.iter().find(|it| it.names.contains(&plain) || it.names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<'a>(words: &[&'a str]) -> Vec<&'a str> {
        let mut finder = CodeFinder::default();
        words.iter().copied().filter(|word| finder.is_code(word)).collect()
    }

    #[test]
    fn code_is_found_before_the_script_and_not_behind_it() {
        for (words, found) in [
            (&["sh", "-c", "x"][..], &["x"][..]),
            (&["bash", "-euxc", "x", "y"], &["x", "y"]),
            (&["bash", "-o", "pipefail", "-c", "x"], &["x"]),
            (&["/usr/bin/env", "python3.12", "-W", "ignore", "-c", "x"], &["x"]),
            (&["python3", "server.py", "-p", "x", "-c", "y"], &[]),
            (&["python3", "-u", "server.py", "-c", "y"], &[]),
            (&["python3", "-m", "shop", "-c", "y"], &[]),
            (&["node", "-r", "./a.js", "-e", "x"], &["x"]),
            (&["node", "dist", "-p", "x"], &[]),
            (&["node", "-pe", "x"], &["x"]),
            (&["perl", "-lane", "x"], &["x"]),
            (&["php", "-r", "x"], &["x"]),
            (&["cmd.exe", "/C", "x"], &["x"]),
            (&["pwsh", "-NoProfile", "-ExecutionPolicy", "Bypass", "-EncodedCommand", "x"], &["x"]),
            (&["deno", "eval", "x"], &["x"]),
            (&["docker", "run", "-e", "A=b", "image", "sh", "-c", "x"], &["x"]),
            (&["npx", "-y", "shop", "-p", "x", "-c", "y"], &[]),
            (&["npx", "-c", "x"], &["x"]),
            (&["env", "-S", "x"], &["x"]),
            (&["awk", "-v", "a=b", "x", "file"], &["x", "file"]),
        ] {
            assert_eq!(code(words), found, "{words:?}");
        }
    }
}
