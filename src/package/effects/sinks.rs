//! Functions of runtimes and well-known libraries, and what a call of one does.

use super::calls::{Call, Lang};
use crate::model::EffectKind;

/// Modules of JavaScript of which every function has one effect.
const JS_MODULES: [(&str, EffectKind); 22] = [
    ("child_process", EffectKind::RunsPrograms),
    ("execa", EffectKind::RunsPrograms),
    ("cross-spawn", EffectKind::RunsPrograms),
    ("shelljs", EffectKind::RunsPrograms),
    ("node-pty", EffectKind::RunsPrograms),
    ("zx", EffectKind::RunsPrograms),
    ("tinyexec", EffectKind::RunsPrograms),
    ("simple-git", EffectKind::RunsPrograms),
    ("vm", EffectKind::EvaluatesCode),
    ("vm2", EffectKind::EvaluatesCode),
    ("isolated-vm", EffectKind::EvaluatesCode),
    ("rimraf", EffectKind::DeletesFiles),
    ("axios", EffectKind::UsesNetwork),
    ("node-fetch", EffectKind::UsesNetwork),
    ("got", EffectKind::UsesNetwork),
    ("undici", EffectKind::UsesNetwork),
    ("ky", EffectKind::UsesNetwork),
    ("superagent", EffectKind::UsesNetwork),
    ("http", EffectKind::UsesNetwork),
    ("https", EffectKind::UsesNetwork),
    ("net", EffectKind::UsesNetwork),
    ("ws", EffectKind::UsesNetwork),
];
/// Functions of JavaScript's modules for files, by their last word without `Sync`.
const JS_FILES: [(&str, EffectKind); 17] = [
    ("writeFile", EffectKind::WritesFiles),
    ("appendFile", EffectKind::WritesFiles),
    ("createWriteStream", EffectKind::WritesFiles),
    ("copyFile", EffectKind::WritesFiles),
    ("cp", EffectKind::WritesFiles),
    ("copy", EffectKind::WritesFiles),
    ("rename", EffectKind::WritesFiles),
    ("move", EffectKind::WritesFiles),
    ("outputFile", EffectKind::WritesFiles),
    ("outputJson", EffectKind::WritesFiles),
    ("writeJson", EffectKind::WritesFiles),
    ("truncate", EffectKind::WritesFiles),
    ("unlink", EffectKind::DeletesFiles),
    ("rm", EffectKind::DeletesFiles),
    ("rmdir", EffectKind::DeletesFiles),
    ("remove", EffectKind::DeletesFiles),
    ("emptyDir", EffectKind::DeletesFiles),
];
/// Full names of Python's functions; one that ends with a dot stands for all names below it.
const PYTHON: [(&str, EffectKind); 37] = [
    ("subprocess.", EffectKind::RunsPrograms),
    ("os.system", EffectKind::RunsPrograms),
    ("os.popen", EffectKind::RunsPrograms),
    ("os.exec", EffectKind::RunsPrograms),
    ("os.spawn", EffectKind::RunsPrograms),
    ("os.posix_spawn", EffectKind::RunsPrograms),
    ("asyncio.create_subprocess_", EffectKind::RunsPrograms),
    ("asyncio.subprocess.", EffectKind::RunsPrograms),
    ("anyio.run_process", EffectKind::RunsPrograms),
    ("anyio.open_process", EffectKind::RunsPrograms),
    ("pty.spawn", EffectKind::RunsPrograms),
    ("pexpect.", EffectKind::RunsPrograms),
    ("sh.", EffectKind::RunsPrograms),
    ("eval", EffectKind::EvaluatesCode),
    ("exec", EffectKind::EvaluatesCode),
    ("os.remove", EffectKind::DeletesFiles),
    ("os.unlink", EffectKind::DeletesFiles),
    ("os.rmdir", EffectKind::DeletesFiles),
    ("os.removedirs", EffectKind::DeletesFiles),
    ("shutil.rmtree", EffectKind::DeletesFiles),
    ("os.rename", EffectKind::WritesFiles),
    ("os.replace", EffectKind::WritesFiles),
    ("shutil.copy", EffectKind::WritesFiles),
    ("shutil.move", EffectKind::WritesFiles),
    ("requests.", EffectKind::UsesNetwork),
    ("httpx.", EffectKind::UsesNetwork),
    ("aiohttp.", EffectKind::UsesNetwork),
    ("urllib.request.", EffectKind::UsesNetwork),
    ("urllib3.", EffectKind::UsesNetwork),
    ("http.client.", EffectKind::UsesNetwork),
    ("socket.", EffectKind::UsesNetwork),
    ("websockets.", EffectKind::UsesNetwork),
    ("websocket.", EffectKind::UsesNetwork),
    ("smtplib.", EffectKind::UsesNetwork),
    ("paramiko.", EffectKind::UsesNetwork),
    ("os.getenv", EffectKind::ReadsEnvironment),
    ("os.environ", EffectKind::ReadsEnvironment),
];
/// Full names of Go's functions; one that ends with a dot stands for all names below it.
const GO: [(&str, EffectKind); 34] = [
    ("os/exec.", EffectKind::RunsPrograms),
    ("os.StartProcess", EffectKind::RunsPrograms),
    ("syscall.Exec", EffectKind::RunsPrograms),
    ("syscall.ForkExec", EffectKind::RunsPrograms),
    ("plugin.Open", EffectKind::EvaluatesCode),
    ("github.com/dop251/goja.New", EffectKind::EvaluatesCode),
    ("github.com/traefik/yaegi/interp.New", EffectKind::EvaluatesCode),
    ("os.Remove", EffectKind::DeletesFiles),
    ("os.RemoveAll", EffectKind::DeletesFiles),
    ("os.WriteFile", EffectKind::WritesFiles),
    ("os.Create", EffectKind::WritesFiles),
    ("os.CreateTemp", EffectKind::WritesFiles),
    ("os.Mkdir", EffectKind::WritesFiles),
    ("os.MkdirAll", EffectKind::WritesFiles),
    ("os.Rename", EffectKind::WritesFiles),
    ("os.Symlink", EffectKind::WritesFiles),
    ("os.Truncate", EffectKind::WritesFiles),
    ("os.Chmod", EffectKind::WritesFiles),
    ("io/ioutil.WriteFile", EffectKind::WritesFiles),
    ("net/http.Get", EffectKind::UsesNetwork),
    ("net/http.Head", EffectKind::UsesNetwork),
    ("net/http.Post", EffectKind::UsesNetwork),
    ("net/http.PostForm", EffectKind::UsesNetwork),
    ("net/http.NewRequest", EffectKind::UsesNetwork),
    ("net/http.NewRequestWithContext", EffectKind::UsesNetwork),
    ("net.Dial", EffectKind::UsesNetwork),
    ("net.DialTimeout", EffectKind::UsesNetwork),
    ("net.Lookup", EffectKind::UsesNetwork),
    ("net/smtp.SendMail", EffectKind::UsesNetwork),
    ("golang.org/x/crypto/ssh.Dial", EffectKind::UsesNetwork),
    ("github.com/gorilla/websocket.", EffectKind::UsesNetwork),
    ("os.Getenv", EffectKind::ReadsEnvironment),
    ("os.LookupEnv", EffectKind::ReadsEnvironment),
    ("os.Environ", EffectKind::ReadsEnvironment),
];
/// Full names of Rust's functions, with `.` for `::`; one that ends with a dot stands for all names below it.
const RUST: [(&str, EffectKind); 32] = [
    ("std.process.Command.", EffectKind::RunsPrograms),
    ("tokio.process.Command.", EffectKind::RunsPrograms),
    ("async_process.Command.", EffectKind::RunsPrograms),
    ("duct.cmd", EffectKind::RunsPrograms),
    ("portable_pty.native_pty_system", EffectKind::RunsPrograms),
    ("libloading.Library.new", EffectKind::EvaluatesCode),
    ("std.fs.remove_file", EffectKind::DeletesFiles),
    ("std.fs.remove_dir", EffectKind::DeletesFiles),
    ("std.fs.remove_dir_all", EffectKind::DeletesFiles),
    ("tokio.fs.remove_file", EffectKind::DeletesFiles),
    ("tokio.fs.remove_dir", EffectKind::DeletesFiles),
    ("tokio.fs.remove_dir_all", EffectKind::DeletesFiles),
    ("trash.delete", EffectKind::DeletesFiles),
    ("std.fs.write", EffectKind::WritesFiles),
    ("std.fs.copy", EffectKind::WritesFiles),
    ("std.fs.rename", EffectKind::WritesFiles),
    ("std.fs.create_dir", EffectKind::WritesFiles),
    ("std.fs.create_dir_all", EffectKind::WritesFiles),
    ("std.fs.File.create", EffectKind::WritesFiles),
    ("tokio.fs.write", EffectKind::WritesFiles),
    ("tokio.fs.copy", EffectKind::WritesFiles),
    ("tokio.fs.rename", EffectKind::WritesFiles),
    ("tokio.fs.create_dir", EffectKind::WritesFiles),
    ("tokio.fs.create_dir_all", EffectKind::WritesFiles),
    ("tokio.fs.File.create", EffectKind::WritesFiles),
    ("reqwest.", EffectKind::UsesNetwork),
    ("ureq.", EffectKind::UsesNetwork),
    ("std.net.TcpStream.connect", EffectKind::UsesNetwork),
    ("tokio.net.TcpStream.connect", EffectKind::UsesNetwork),
    ("tokio_tungstenite.connect_async", EffectKind::UsesNetwork),
    ("std.env.var", EffectKind::ReadsEnvironment),
    ("std.env.vars", EffectKind::ReadsEnvironment),
];
/// Exceptions, types and constants of these modules, which do nothing.
const HARMLESS: [&str; 12] = [
    "Error",
    "Exception",
    "Timeout",
    "TimeoutExpired",
    "HTTPStatusError",
    "PIPE",
    "DEVNULL",
    "Limits",
    "BasicAuth",
    "exceptions",
    "quote",
    "Headers",
];
/// Methods of Python's paths, whatever the path.
const PATH_METHODS: [(&str, EffectKind); 4] = [
    ("write_text", EffectKind::WritesFiles),
    ("write_bytes", EffectKind::WritesFiles),
    ("unlink", EffectKind::DeletesFiles),
    ("rmdir", EffectKind::DeletesFiles),
];

/// What a call does. A question to a program for its version is nothing.
pub(super) fn effect(call: &Call) -> Option<EffectKind> {
    let (full, mode) = (call.full.as_str(), call.mode.as_deref());
    let last = full.rsplit('.').next().unwrap_or(full);
    if HARMLESS.contains(&last) || last.ends_with("Error") || last.ends_with("Exception") {
        return None;
    }
    let effect = match call.language {
        Lang::Python => python(full, last, mode),
        Lang::JavaScript => javascript(full, last),
        Lang::Go => listed(&GO, full),
        Lang::Rust => listed(&RUST, full),
    };
    effect.filter(|effect| *effect != EffectKind::RunsPrograms || !call.asks)
}

/// The effect of a name in a table: that name itself, what is called on its result, or any name below it.
fn listed(table: &[(&str, EffectKind)], full: &str) -> Option<EffectKind> {
    let is = |pattern: &str| match full.strip_prefix(pattern) {
        Some(rest) => pattern.ends_with('.') || rest.is_empty() || rest.starts_with('.'),
        None => false,
    };
    table.iter().find(|(pattern, _)| is(pattern)).map(|(_, effect)| *effect)
}

fn python(full: &str, last: &str, mode: Option<&str>) -> Option<EffectKind> {
    if ["open", "io.open", "aiofiles.open"].contains(&full) {
        return mode.filter(|mode| mode.contains(['w', 'a', 'x', '+'])).map(|_| EffectKind::WritesFiles);
    }
    let is = |pattern: &str| match pattern {
        "eval" | "exec" => full == pattern,
        prefix if prefix.ends_with(['.', '_']) => full.starts_with(prefix),
        name => full.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_uppercase())),
    };
    let known = PYTHON.iter().find(|(pattern, _)| is(pattern)).map(|(_, effect)| *effect);
    known.or_else(|| {
        PATH_METHODS.iter().find(|(name, _)| *name == last && full.contains('.')).map(|(_, effect)| *effect)
    })
}

fn javascript(full: &str, last: &str) -> Option<EffectKind> {
    match full {
        "eval" | "Function" => return Some(EffectKind::EvaluatesCode),
        "fetch" | "globalThis.fetch" | "WebSocket" | "XMLHttpRequest" => return Some(EffectKind::UsesNetwork),
        "process.env" => return Some(EffectKind::ReadsEnvironment),
        _ => {}
    }
    let (module, _) = full.split_once(':')?;
    if let Some((_, effect)) = JS_MODULES.iter().find(|(name, _)| *name == module) {
        return Some(*effect);
    }
    if ["fs", "fs/promises", "fs-extra", "graceful-fs"].contains(&module) {
        let name = last.rsplit(':').next().unwrap_or(last);
        let name = name.strip_suffix("Sync").unwrap_or(name);
        return JS_FILES.iter().find(|(known, _)| *known == name).map(|(_, effect)| *effect);
    }
    None
}
