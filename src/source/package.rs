//! Detects which published package a command starts: `npx -y PKG@VER`, `uvx --from PKG==VER tool`, `docker run
//! IMAGE:TAG` and similar, also through a shell.

use super::client::influence::replaces_packages;
use super::command::Command;
use crate::model::{Package, Registry};

/// A program that fetches a package and runs it.
struct Runner {
    program: &'static str,
    /// The words that must follow the program, such as `dlx` or `tool run`.
    subcommand: &'static [&'static str],
    /// Parses the word that names the package.
    read: fn(&str) -> Option<Package>,
    /// The options whose value is the package.
    package_flags: &'static [&'static str],
    /// The other options that take the next word as their value.
    value_flags: &'static [&'static str],
}

/// Options that leave the package as it is published. Any other one may name another registry, add packages or run
/// other code.
#[rustfmt::skip]
const HARMLESS_OPTIONS: &[&str] = &[
    "-y", "--yes", "-n", "--no", "-q", "--quiet", "--silent", "-s", "-v", "-vv", "-d", "--verbose", "--loglevel",
    "--prefer-offline", "--prefer-online", "--offline", "--no-install", "--ignore-scripts", "--no-audit", "--no-fund",
    "--no-update-notifier", "--ignore-existing", "--bun", "-p", "--package", "--from", "--spec", "--isolated", "--refresh",
    "--refresh-package", "--no-cache", "--no-progress", "--upgrade", "-U", "--reinstall", "--no-config",
    "--managed-python", "--no-managed-python", "--native-tls", "--system-certs", "--prerelease", "--no-build",
    "--fetch-python", "--python", "--allow-python-downloads", "--", "--no-color", "--color", "-A",
];
/// Programs that run any code, also as the program of a package.
const INTERPRETERS: &[&str] = &[
    "node", "deno", "bun", "tsx", "ts-node", "python", "python3", "pypy", "sh", "bash", "zsh", "dash", "env", "npx",
    "uv",
];
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
const GO_VALUES: &[&str] = &["-C", "-exec", "-gcflags", "-ldflags", "-mod", "-modfile", "-overlay", "-p", "-tags"];
/// The options of `docker run` that take a value. `podman run` has the same.
#[rustfmt::skip]
const IMAGE_VALUES: &[&str] = &[
    "-a", "-c", "-e", "-h", "-l", "-m", "-p", "-u", "-v", "-w", "--add-host", "--annotation", "--attach", "--cap-add",
    "--cap-drop", "--cgroup-parent", "--cgroupns", "--cidfile", "--cpu-shares", "--cpus", "--cpuset-cpus", "--device",
    "--dns", "--entrypoint", "--env", "--env-file", "--expose", "--gpus", "--group-add", "--hostname", "--ip", "--ipc",
    "--label", "--label-file", "--link", "--log-driver", "--log-opt", "--mac-address", "--memory", "--memory-swap",
    "--mount", "--name", "--net", "--network", "--network-alias", "--pid", "--pids-limit", "--platform", "--publish",
    "--pull", "--restart", "--runtime", "--security-opt", "--shm-size", "--stop-signal", "--stop-timeout", "--sysctl",
    "--tmpfs", "--ulimit", "--user", "--userns", "--uts", "--volume", "--volume-driver", "--volumes-from", "--workdir",
];

const RUNNERS: [Runner; 15] = [
    npm("npx", &[]),
    npm("bunx", &[]),
    npm("bun", &["x"]),
    npm("npm", &["exec"]),
    npm("pnpm", &["dlx"]),
    npm("yarn", &["dlx"]),
    pypi("uvx", &[], &["--from"]),
    pypi("uv", &["tool", "run"], &["--from"]),
    pypi("pipx", &["run"], &["--spec"]),
    other("deno", &["run"], deno_specifier, &[]),
    other("go", &["run"], go_module, GO_VALUES),
    other("docker", &["run"], image, IMAGE_VALUES),
    other("docker", &["container", "run"], image, IMAGE_VALUES),
    other("podman", &["run"], image, IMAGE_VALUES),
    other("nerdctl", &["run"], image, IMAGE_VALUES),
];

/// The end of the name of a package that may be another one than the registry has.
const NOT_AS_PUBLISHED: &str = " (not as published)";

/// How many nested shells or wrapper programs are followed.
const MAX_SHELLS: usize = 4;

const fn npm(program: &'static str, subcommand: &'static [&'static str]) -> Runner {
    Runner { program, subcommand, read: npm_package, package_flags: NPM_PACKAGE, value_flags: NPM_VALUES }
}

const fn pypi(
    program: &'static str,
    subcommand: &'static [&'static str],
    package_flags: &'static [&'static str],
) -> Runner {
    Runner { program, subcommand, read: pypi_package, package_flags, value_flags: UV_VALUES }
}

const fn other(
    program: &'static str,
    subcommand: &'static [&'static str],
    read: fn(&str) -> Option<Package>,
    value_flags: &'static [&'static str],
) -> Runner {
    Runner { program, subcommand, read, package_flags: &[], value_flags }
}

/// The package that `command` starts. `None` if it starts no known kind of package.
pub(crate) fn of_command(command: &Command) -> Option<Package> {
    of_nested(command, MAX_SHELLS)
}

/// True if `command` is itself the runner of a package, with options that leave the package as it is published.
pub(crate) fn is_plainly_run(command: &Command) -> bool {
    let package = of_nested(command, 0);
    let is_published = |package: &Package| match package.registry {
        Registry::Npm | Registry::Pypi => true,
        // An image, or a module by its address.
        Registry::Other => !package.name.ends_with(NOT_AS_PUBLISHED),
    };
    command.program == command.program_name() && package.as_ref().is_some_and(is_published)
}

fn of_nested(command: &Command, depth: usize) -> Option<Package> {
    let name = command.program_name();
    let found = RUNNERS.iter().find_map(|runner| {
        let args = strip_words(without_global_options(name, &command.args), runner.subcommand)?;
        (runner.program == name).then_some((runner, args))
    });
    match found {
        Some((runner, args)) => {
            let (spec, options) = specification(runner, args)?;
            let package = (runner.read)(spec)?;
            Some(if options.iter().all(|option| is_harmless(option)) { package } else { not_as_published(package) })
        }
        None => {
            let depth = depth.checked_sub(1)?;
            let package = started_by(command).iter().find_map(|inner| of_nested(inner, depth))?;
            Some(if sets_variables(command) { not_as_published(package) } else { package })
        }
    }
}

/// `args` of a container program without the options before its subcommand.
fn without_global_options<'a>(program: &str, args: &'a [String]) -> &'a [String] {
    const WITH_VALUE: [&str; 9] =
        ["--context", "-c", "--host", "-H", "--config", "--log-level", "-l", "--connection", "--url"];
    let mut rest = args;
    while let Some((first, after)) = rest.split_first().filter(|(first, _)| first.starts_with('-')) {
        if !["docker", "podman", "nerdctl"].contains(&program) {
            break;
        }
        rest = after.get(usize::from(WITH_VALUE.contains(&first.as_str()))..).unwrap_or_default();
    }
    rest
}

/// The commands that `command` passes to a shell, or that it wraps (such as `env`).
fn started_by(command: &Command) -> Vec<Command> {
    let args = &command.args;
    match command.program_name() {
        "cmd" => {
            let runs = |flag: &String| ["/c", "/k"].iter().any(|known| flag.eq_ignore_ascii_case(known));
            let code = args.iter().position(runs).and_then(|at| args.get(at + 1..));
            code.map_or_else(Vec::new, lines_of_windows)
        }
        "powershell" | "pwsh" => {
            let runs = |flag: &String| {
                let name = flag.trim_start_matches('-').to_ascii_lowercase();
                flag.starts_with('-') && !name.is_empty() && "command".starts_with(&name)
            };
            let code = args.iter().position(runs).and_then(|at| args.get(at + 1..));
            code.map_or_else(Vec::new, lines_of_windows)
        }
        "sh" | "bash" | "zsh" | "dash" | "ksh" => {
            let runs = |flag: &String| flag.starts_with('-') && !flag.starts_with("--") && flag.ends_with('c');
            let script = args.iter().position(runs).and_then(|at| args.get(at + 1));
            let words = script.and_then(|script| shlex::split(script)).unwrap_or_default();
            words.split(|word| matches!(word.as_str(), "&&" | "||" | "|" | ";" | "&")).filter_map(simple).collect()
        }
        "env" | "sudo" | "nohup" | "exec" => simple(args).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The commands in the words after the option of a shell of Windows, which joins them to one line of code.
fn lines_of_windows(words: &[String]) -> Vec<Command> {
    let code = words.join(" ");
    let words: Vec<String> = code.split_whitespace().map(|word| word.trim_matches(['"', '\'']).to_owned()).collect();
    words.split(|word| matches!(word.as_str(), "&&" | "||" | "|" | ";" | "&")).filter_map(simple).collect()
}

/// The command in `words`, without the options and variable assignments before it.
fn simple(words: &[String]) -> Option<Command> {
    let is_set = |word: &&String| word.contains('=') || word.starts_with('-') || *word == "exec";
    let at = words.iter().take_while(is_set).count();
    let (program, args) = words[at..].split_first()?;
    Some(Command { program: program.clone(), args: args.to_vec() })
}

fn strip_words<'a>(args: &'a [String], words: &[&str]) -> Option<&'a [String]> {
    let (head, rest) = args.split_at_checked(words.len())?;
    (head == words).then_some(rest)
}

/// The word that names the package, and what else decides what runs: the options of the runner, and the program where it
/// is named apart. The package is the value of a package option, otherwise the first word that is not an option. `None` if
/// several packages are named, since any of them can bring the program.
fn specification<'a>(runner: &Runner, args: &'a [String]) -> Option<(&'a str, Vec<&'a str>)> {
    let (mut named, mut options) = (None, Vec::new());
    let mut at = 0;
    while let Some(arg) = args.get(at).map(String::as_str) {
        let (flag, attached) = match arg.split_once('=').filter(|(flag, _)| flag.starts_with('-')) {
            Some((flag, value)) => (flag, Some(value)),
            None => (arg, None),
        };
        let takes_value = runner.package_flags.contains(&flag) || runner.value_flags.contains(&flag);
        let value = attached.or_else(|| args.get(at + 1).map(String::as_str).filter(|_| takes_value));
        if runner.package_flags.contains(&flag) {
            if named.is_some() {
                return None;
            }
            named = Some(value?);
        } else if !arg.starts_with('-') {
            if named.is_some() {
                options.push(arg);
            }
            if runner.program == "npm" && !options.contains(&"--") {
                // npm takes its own options behind the package too.
                let behind = args[at + 1..].iter().map(String::as_str).take_while(|arg| *arg != "--");
                options.extend(behind.filter(|arg| arg.starts_with('-')));
            }
            return Some((named.unwrap_or(arg), options));
        }
        // A path can name any Python.
        options.push(flag);
        let is_path = |value: &&str| value.contains(['/', '\\', '$']);
        options.extend(value.filter(is_path).filter(|_| ["--python", "-p"].contains(&flag)));
        at += if takes_value && attached.is_none() { 2 } else { 1 };
    }
    Some((named?, options))
}

/// The package of a command that may run something else than the public registry has under this name. It keeps neither the
/// registry nor the name, and no range of versions, whose form the registry decides.
pub(crate) fn not_as_published(package: Package) -> Package {
    match package.registry {
        Registry::Npm | Registry::Pypi => {
            let name = format!("{}{NOT_AS_PUBLISHED}", package.name);
            let is_exact =
                |version: &String| version.split('.').count() > 2 && !version.contains(['*', 'x', ' ', '^', '~']);
            Package { registry: Registry::Other, name, version: package.version.filter(is_exact) }
        }
        Registry::Other => package,
    }
}

/// True if `option`, of a runner, leaves the package as it is published; also for the name of its program.
fn is_harmless(option: &str) -> bool {
    match option.starts_with('-') {
        true => HARMLESS_OPTIONS.contains(&option) || option.starts_with("--allow-"),
        false => !option.contains(['/', '\\', '$']) && !INTERPRETERS.contains(&option),
    }
}

/// True if a shell or a program such as `env` sets variables that may replace the package, or changes the folder, whose
/// settings may.
fn sets_variables(command: &Command) -> bool {
    let words = command.args.iter().flat_map(|arg| arg.split(|c: char| c.is_whitespace() || "'\";&|()".contains(c)));
    let mut words = words.map(|word| word.trim_start_matches("$env:"));
    words.any(|word| {
        let (name, value) = word.split_once('=').unwrap_or_default();
        ["cd", "chdir", "pushd", "-C", "--chdir", "source", "."].contains(&word) || replaces_packages(name, value)
    })
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

/// `npm:@scope/name@version` or `jsr:@scope/name@version`.
fn deno_specifier(spec: &str) -> Option<Package> {
    match spec.strip_prefix("npm:") {
        Some(spec) => npm_package(spec),
        None => npm_package(spec.strip_prefix("jsr:")?).map(|package| Package { registry: Registry::Other, ..package }),
    }
}

/// `host/path@version`. Without a version it is a local folder.
fn go_module(spec: &str) -> Option<Package> {
    let (name, version) = spec.split_once('@')?;
    Some(package(Registry::Other, name, Some(version)))
}

/// `host:port/path:tag@digest`.
fn image(spec: &str) -> Option<Package> {
    let (named, digest) = spec.split_once('@').map_or((spec, None), |(named, digest)| (named, Some(digest)));
    let (name, tag) = match named.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (named, None),
    };
    (!name.is_empty() && !name.contains(['$', '{'])).then(|| package(Registry::Other, name, digest.or(tag)))
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
            ("npx.cmd --registry http://x shop", "Other shop (not as published) -"),
            ("npx --registry=http://x shop@1", "Other shop (not as published) -"),
            ("npx --registry=http://x shop@1.2.3", "Other shop (not as published) 1.2.3"),
            ("npx --@acme:registry=http://x @acme/shop", "Other @acme/shop (not as published) -"),
            ("npx shop --registry http://x", "Npm shop -"),
            ("npx --reg=http://x shop", "Other shop (not as published) -"),
            ("npx --registry${A:-=http://x} shop", "Other shop (not as published) -"),
            ("npm exec shop --registry=http://x", "Other shop (not as published) -"),
            ("npm exec shop -- --registry=http://x", "Npm shop -"),
            ("npx -p shop node ./server.js", "Other shop (not as published) -"),
            ("npx -p shop -c ./server.js", "Other shop (not as published) -"),
            ("uvx --with other mcp-shop", "Other mcp-shop (not as published) -"),
            ("uvx --from mcp-shop python server.py", "Other mcp-shop (not as published) -"),
            ("uvx --python ./python mcp-shop", "Other mcp-shop (not as published) -"),
            ("env npm_config_registry=http://x npx -y shop", "Other shop (not as published) -"),
            ("uvx --index-url http://x mcp-shop==1", "Other mcp-shop (not as published) -"),
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
            ("cmd /c npx -y shop@1.2.3", "Npm shop 1.2.3"),
            ("cmd /c set NPM_CONFIG_REGISTRY=http://x & npx -y shop", "Other shop (not as published) -"),
            ("env -i A=b npx -y shop", "Npm shop -"),
            ("deno run -A npm:@acme/shop@1.2.3", "Npm @acme/shop 1.2.3"),
            ("deno run jsr:@acme/shop", "Other @acme/shop -"),
            ("go run -mod mod shop.example/cmd/server@latest", "Other shop.example/cmd/server -"),
            ("docker run -i shop:latest", "Other shop -"),
            ("docker run -i --rm shop/server:1.4.2 data/file", "Other shop/server 1.4.2"),
            (
                "docker run -e TOKEN -v /data/shop:/data localhost:5000/shop/server",
                "Other localhost:5000/shop/server -",
            ),
            ("podman run --name=x shop@sha256:0123", "Other shop sha256:0123"),
        ];
        for (line, want) in cases {
            assert_eq!(read(line).as_deref(), Some(want), "{line}");
        }
    }

    #[test]
    fn a_shell_hides_no_package() {
        for script in ["npx -y shop@2", "cd /srv && A=b exec npx -y shop@2", "true; npx shop@2 | tee log"] {
            let args = vec!["-lc".to_owned(), script.replace("; ", " ; ")];
            let package = of_command(&Command { program: "/bin/bash".into(), args }).map(|package| package.name);
            let replaced = script.starts_with("cd ");
            assert_eq!(package.as_deref(), Some(if replaced { "shop (not as published)" } else { "shop" }), "{script}");
        }
    }

    #[test]
    fn commands_that_name_no_package() {
        for line in [
            "node server.js",
            "npx ./local",
            "npx --reg http://x shop",
            "npx -p shop -p other cli",
            "npx github:a/b",
            "npx a/b",
            "uvx --from git+https://x/y z",
            "npm run x",
            "go run ./cmd/server",
            "deno run -A server.ts",
            "docker run -i",
            "sh server.sh",
            "npx",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
