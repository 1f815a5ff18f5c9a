//! The options of command lines that a dependency reads: what one is if nobody sets it.

use super::super::evaluate::Truth;
use super::super::interpreter::{Eval, Interpreter};
use super::super::value::{External, Kind, Value};
use super::arg;

/// The most options that are noted.
const MAX_OPTIONS: usize = 500;

impl Interpreter<'_> {
    /// Notes the default of an option that counts as true: `.option("-t, --transport <type>", "text", "stdio")` of
    /// commander, and `.option("transport", { default: "stdio" })` of yargs.
    pub(super) fn note_option(&mut self, external: &External, args: &[Value]) -> Eval<()> {
        if external.path.last().is_none_or(|method| &**method != "option") {
            return Ok(());
        }
        let Some(name) = args.first().and_then(Value::as_str).map(variable) else { return Ok(()) };
        let described = arg(args, 1);
        let default = if matches!(self.kind(&described), Some(Kind::Plain)) {
            self.get(&described, "default")?
        } else {
            // A function that parses the option may come before its default.
            args.iter().skip(2).find(|value| !self.is_callable(value)).cloned().unwrap_or(Value::Undefined)
        };
        if self.truth(&default) == Truth::Known(true) && self.option_defaults.len() < MAX_OPTIONS {
            self.option_defaults.insert(name.as_str().into(), default);
        }
        Ok(())
    }
}

/// The variable of an option: `logLevel` of `-l, --log-level <level>`.
fn variable(flags: &str) -> String {
    let words = || flags.split([',', ' ', '|', '=']).filter(|word| !word.is_empty());
    let named = words().find(|word| word.starts_with("--")).or_else(|| words().next()).unwrap_or_default();
    let mut parts = named.trim_start_matches('-').split('-');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut chars = part.chars();
        name.extend(chars.next().into_iter().flat_map(char::to_uppercase));
        name.push_str(chars.as_str());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_named_as_its_library_names_it() {
        for (flags, name) in
            [("-l, --log-level <level>", "logLevel"), ("transport", "transport"), ("--port=<n>", "port")]
        {
            assert_eq!(variable(flags), name);
        }
    }
}
