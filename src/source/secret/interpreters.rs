//! Programs that run a text among their arguments as code.

/// Programs that run a text as code.
const INTERPRETERS: [&str; 27] = [
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "ash",
    "fish",
    "busybox",
    "cmd",
    "powershell",
    "pwsh",
    "python",
    "python2",
    "python3",
    "node",
    "nodejs",
    "deno",
    "bun",
    "ruby",
    "perl",
    "php",
    "lua",
    "osascript",
    "tclsh",
    "rscript",
    "julia",
    "nsenter",
];
/// Flags before such a text.
const CODE_FLAGS: [&str; 16] = [
    "-c",
    "-e",
    "-p",
    "-pe",
    "-ne",
    "-lc",
    "-ic",
    "-lic",
    "-r",
    "--eval",
    "--print",
    "--command",
    "eval",
    "/c",
    "/k",
    "-command",
];

/// True for the path of such a program, with a version or without.
pub(crate) fn is_interpreter(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word).to_ascii_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    INTERPRETERS.contains(&name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'))
        || INTERPRETERS.contains(&name)
}

/// True for a flag after which code stands.
pub(crate) fn is_code_flag(word: &str) -> bool {
    CODE_FLAGS.contains(&word.to_ascii_lowercase().as_str())
}
