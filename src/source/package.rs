//! Which published package a command starts: `npx -y PKG@VER`, `uvx --from PKG==VER tool`, and their kin.

use super::target::Command;
use crate::model::{Package, Registry};

/// A program that fetches a package and runs it.
struct Runner {
    /// The program's name.
    program: &'static str,
    /// The words that must follow it to make it one: `dlx`, `tool run`.
    subcommand: &'static [&'static str],
    registry: Registry,
    /// The flags whose value is the package.
    package_flags: &'static [&'static str],
    /// The other flags that take a value as the next word.
    value_flags: &'static [&'static str],
}

const NPM_PACKAGE: &[&str] = &["--package", "-p"];
const NPM_VALUES: &[&str] = &["--registry", "--cache", "--userconfig", "--prefix", "-w", "--workspace"];
const UV_VALUES: &[&str] = &[
    "--with",
    "--python",
    "-p",
    "--index",
    "--index-url",
    "--extra-index-url",
    "--env-file",
    "--directory",
    "--refresh-package",
];

const RUNNERS: [Runner; 9] = [
    npm("npx", &[]),
    npm("bunx", &[]),
    npm("bun", &["x"]),
    npm("npm", &["exec"]),
    npm("pnpm", &["dlx"]),
    npm("yarn", &["dlx"]),
    pypi("uvx", &[], &["--from"]),
    pypi("uv", &["tool", "run"], &["--from"]),
    pypi("pipx", &["run"], &["--spec"]),
];

const fn npm(program: &'static str, subcommand: &'static [&'static str]) -> Runner {
    Runner { program, subcommand, registry: Registry::Npm, package_flags: NPM_PACKAGE, value_flags: NPM_VALUES }
}

const fn pypi(
    program: &'static str,
    subcommand: &'static [&'static str],
    package_flags: &'static [&'static str],
) -> Runner {
    Runner { program, subcommand, registry: Registry::Pypi, package_flags, value_flags: UV_VALUES }
}

/// The package that `command` starts, where the command says so.
pub fn of_command(command: &Command) -> Option<Package> {
    let name = command.program_name();
    let (runner, args) = RUNNERS.iter().find_map(|runner| {
        let args = strip_words(&command.args, runner.subcommand)?;
        (runner.program == name).then_some((runner, args))
    })?;
    let spec = specification(runner, args)?;
    match runner.registry {
        Registry::Npm => npm_package(spec),
        _ => pypi_package(spec),
    }
}

fn strip_words<'a>(args: &'a [String], words: &[&str]) -> Option<&'a [String]> {
    let (head, rest) = args.split_at_checked(words.len())?;
    (head == words).then_some(rest)
}

/// The word that names the package: the value of a flag for it, else the first word that is no option.
fn specification<'a>(runner: &Runner, args: &'a [String]) -> Option<&'a str> {
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        if let Some((flag, value)) = arg.split_once('=').filter(|(flag, _)| flag.starts_with('-')) {
            if runner.package_flags.contains(&flag) {
                return Some(value);
            }
        } else if runner.package_flags.contains(&arg) {
            return args.next();
        } else if runner.value_flags.contains(&arg) {
            args.next();
        } else if !arg.starts_with('-') {
            return Some(arg);
        }
    }
    None
}

/// `@scope/name@version`.
fn npm_package(spec: &str) -> Option<Package> {
    let elsewhere = spec.starts_with(['.', '/', '~']) || spec.contains(':');
    let scoped = spec.starts_with('@');
    if elsewhere || (!scoped && spec.contains('/')) {
        return None;
    }
    let (name, version) = match spec.rsplit_once('@') {
        Some((name, version)) if !name.is_empty() => (name, Some(version)),
        _ => (spec, None),
    };
    Some(package(Registry::Npm, name, version))
}

/// `name[extra]==version` or `name@version`.
fn pypi_package(spec: &str) -> Option<Package> {
    if spec.starts_with(['.', '/', '~']) || spec.contains(':') {
        return None;
    }
    let end = spec.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).unwrap_or(spec.len());
    let (name, rest) = spec.split_at(end);
    let version = rest.rsplit_once(']').map_or(rest, |(_, after)| after);
    let version = version.strip_prefix("==").or_else(|| version.strip_prefix('@'));
    (!name.is_empty()).then(|| package(Registry::Pypi, name, version))
}

fn package(registry: Registry, name: &str, version: Option<&str>) -> Package {
    let version = version.filter(|v| !v.is_empty() && *v != "latest").map(str::to_owned);
    Package { registry, name: name.to_owned(), version }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<String> {
        let mut words = line.split(' ').map(str::to_owned);
        let command = Command { program: words.next().unwrap(), args: words.collect() };
        of_command(&command).map(|p| format!("{:?} {} {}", p.registry, p.name, p.version.as_deref().unwrap_or("-")))
    }

    #[test]
    fn packages_of_commands() {
        let cases = [
            ("npx -y @acme/shop@1.2.3 --flag", "Npm @acme/shop 1.2.3"),
            ("npx @acme/shop", "Npm @acme/shop -"),
            ("/usr/bin/npx --yes shop@latest", "Npm shop -"),
            ("npx -y --package=@acme/shop@2 shop-cli", "Npm @acme/shop 2"),
            ("npx -p shop@2 cli", "Npm shop 2"),
            ("npx.cmd --registry http://x shop", "Npm shop -"),
            ("npm exec -- shop@3", "Npm shop 3"),
            ("bunx shop", "Npm shop -"),
            ("bun x shop", "Npm shop -"),
            ("pnpm dlx shop", "Npm shop -"),
            ("yarn dlx -q shop", "Npm shop -"),
            ("uvx mcp-shop", "Pypi mcp-shop -"),
            ("uvx --python 3.12 mcp-shop@0.2.0 -v", "Pypi mcp-shop 0.2.0"),
            ("uvx --from mcp-shop[cli]==0.2 serve", "Pypi mcp-shop 0.2"),
            ("uvx --from=mcp.shop>=1 serve", "Pypi mcp.shop -"),
            ("uv tool run mcp-shop", "Pypi mcp-shop -"),
            ("pipx run --spec mcp-shop==1 serve", "Pypi mcp-shop 1"),
        ];
        for (line, want) in cases {
            assert_eq!(read(line).as_deref(), Some(want), "{line}");
        }
    }

    #[test]
    fn commands_that_name_no_package() {
        for line in [
            "node server.js",
            "npx ./local",
            "npx github:a/b",
            "npx a/b",
            "uvx --from git+https://x/y z",
            "npm run x",
            "npx",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
