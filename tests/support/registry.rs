//! Registries of packages on loopback, archives of packages, and caches as package managers write them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::{fs, thread};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};

/// A registry that answers with the files that `files` names for its address, on the 28th of November 2026.
pub fn registry(files: impl FnOnce(&str) -> BTreeMap<String, Vec<u8>>) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let files = files(&address);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let request = lines.next().unwrap_or_default();
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let path = request.split(' ').nth(1).unwrap_or_default();
            let (status, body) = match files.get(path) {
                Some(body) => ("200 OK", body.as_slice()),
                None => ("404 Not Found", &b"{}"[..]),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nDate: Sat, 28 Nov 2026 12:00:00 GMT\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        }
    });
    address
}

/// A tar archive, compressed, of files.
pub fn tgz(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// An npm package `name` whose server has one tool.
pub fn npm_package(name: &str, version: &str, description: &str) -> Vec<u8> {
    let manifest = json!({"name": name, "version": version, "type": "module", "bin": "index.js"}).to_string();
    let program = format!(
        "import {{ McpServer }} from '@modelcontextprotocol/sdk/server/mcp.js';\nimport {{ z }} from 'zod';\n\
         const server = new McpServer({{ name: 'shop', version: '{version}' }});\n\
         server.tool('list_orders', '{description}', {{ limit: z.number() }}, async () => ({{ content: [] }}));\n"
    );
    tgz(&[("package/package.json", &manifest), ("package/index.js", &program)])
}

/// The digest of an archive in the form of npm.
pub fn integrity(bytes: &[u8]) -> String {
    format!("sha512-{}", STANDARD.encode(Sha512::digest(bytes)))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Puts the answer to a request of `url` into a cache of npm in `folder`.
pub fn add_to_npm_cache(folder: &Path, url: &str, bytes: &[u8]) {
    let put = |kind: &str, digest: &str, bytes: &[u8]| {
        let place = folder.join("_cacache").join(kind).join(&digest[..2]).join(&digest[2..4]);
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join(&digest[4..]), bytes).unwrap();
    };
    put("content-v2/sha512", &hex(&Sha512::digest(bytes)), bytes);
    let key = format!("make-fetch-happen:request-cache:{url}");
    let entry = json!({"key": key, "integrity": integrity(bytes), "time": 1, "size": bytes.len(),
        "metadata": {"resHeaders": {"date": "Sat, 28 Nov 2026 12:00:00 GMT"}}});
    put("index-v5", &hex(&Sha256::digest(&key)), format!("\nsha1-of-the-line\t{entry}\n").as_bytes());
}

/// Puts an unpacked wheel into a cache of uv in `folder`.
pub fn add_to_uv_cache(folder: &Path, name: &str, version: &str, files: &[(&str, &str)], digest: &str) {
    let wheels = folder.join("wheels-v8/pypi").join(name);
    let wheel = wheels.join(format!("{version}-py3-none-any"));
    let mut record = String::new();
    for (path, text) in files {
        fs::create_dir_all(wheel.join(path).parent().unwrap()).unwrap();
        fs::write(wheel.join(path), text).unwrap();
        record += &format!("{path},sha256={},{}\n", URL_SAFE_NO_PAD.encode(Sha256::digest(text)), text.len());
    }
    let info = wheel.join(format!("{}-{version}.dist-info", name.replace('-', "_")));
    fs::create_dir_all(&info).unwrap();
    fs::write(info.join("RECORD"), record).unwrap();
    fs::write(wheels.join(format!("{version}-py3-none-any.http")), format!("\u{1}Sha256@{digest}")).unwrap();
}

/// The only server of a JSON report.
pub fn server(report: &str) -> Value {
    let mut report: Value = serde_json::from_str(report).unwrap_or_else(|error| panic!("{error}: {report}"));
    report["servers"][0].take()
}
