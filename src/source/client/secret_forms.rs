//! Sixty server entries, half of them with a literal secret. Every secret is detected, and none is displayed.

use std::path::Path;

use serde_json::{Value, json};

use crate::source::client::servers;

/// The text that every planted secret contains.
const PLANTED: &str = "0123456789abcdefABCD";

fn entry(fields: &Value) -> (Vec<String>, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".mcp.json");
    std::fs::write(&path, json!({"mcpServers": {"a": fields}}).to_string()).unwrap();
    let named = servers(Path::new(&path)).unwrap().remove(0).unwrap();
    (named.origin.secrets.clone(), named.shown().into())
}

fn command(args: &[&str]) -> Value {
    json!({"command": "npx", "args": args})
}

fn env(name: &str, value: &str) -> Value {
    json!({"command": "npx", "args": ["-y", "shop"], "env": {name: value}})
}

fn header(name: &str, value: &str) -> Value {
    json!({"url": "https://h.example/mcp", "headers": {name: value}})
}

fn url(url: &str) -> Value {
    json!({"url": url})
}

#[test]
fn secrets_behind_other_text_are_seen() {
    let entries = [
        header("Authorization", "Bearer ghp_0123456789abcdefABCD"),
        header("Authorization", "token ghp_0123456789abcdefABCD"),
        header("X-Custom", "Bearer ghp_0123456789abcdefABCD"),
        header("X-Custom", "use glpat-0123456789abcdefABCD please"),
        header("X-Api-Key", "0123456789abcdefABCD ${HOME}"),
        header("X-Api-Key", "key ${HOME}"),
        header("X-Api-Key", "${PREFIX}0123456789abcdefABCD"),
        header("Cookie", "session=0123456789abcdefABCD; mode=${MODE}"),
        env("SHOP_KEY", "${SHOP_KEY:-ghp_0123456789abcdefABCD}"),
        env("REGION", "${REGION:-sk_live_0123456789abcdefABCD}"),
        env("NOTE", "Z2hwXzAxMjM0NTY3ODlhYmNkZWZBQkNE"),
        env("SETTINGS", "{\"apiKey\": \"0123456789abcdefABCD\"}"),
        env("DATABASE", "Server=db;Password=0123456789abcdefABCD;User=me"),
        env("DATABASE_URL", "postgres://me:0123456789abcdefABCD@db/shop"),
        env("EXTRA", "--token=0123456789abcdefABCD ${HOME}"),
        env("SHOP_PASSWORD", "%USERNAME%0123456789abcdefABCD"),
        env("REGION", "${REGION:=ghp_0123456789abcdefABCD}"),
        env("API_KEY", "0123456789012345"),
        json!({"url": "https://h.example/mcp", "oauth": {"clientId": "shop", "clientSecret": "0123456789abcdefABCD"}}),
        json!({"url": "https://h.example/mcp", "headersHelper": "echo Authorization: Bearer ghp_0123456789abcdefABCD"}),
        command(&["mcp-remote", "https://h.example/mcp", "--header", "Authorization: Bearer 0123456789abcdefABCD"]),
        command(&["mcp-remote", "https://h.example/mcp", "--header", "Authorization:Bearer 0123456789abcdefABCD"]),
        command(&["mcp-remote", "https://h.example/mcp", "--header", "X-API-Key:0123456789abcdefABCD"]),
        command(&["shop", "ghp_0123456789", "abcdefABCD0123456789abcdefABCD"]),
        command(&["shop", "--token", "0123456789abcdefABCD"]),
        command(&["shop", "--api-key=0123456789abcdefABCD${X}"]),
        command(&["shop", "{\"token\":\"0123456789abcdefABCD\"}"]),
        command(&["shop", "me:0123456789abcdefABCD@db.example"]),
        command(&["shop", "Bearer ghp_0123456789abcdefABCD"]),
        command(&["shop", "-e", "API_TOKEN=0123456789abcdefABCD"]),
        url("https://me:0123456789abcdefABCD@h.example/mcp"),
        url("https://h.example/mcp?api_key=0123456789abcdefABCD"),
        url("https://h.example/ghp_0123456789abcdefABCD/mcp"),
        url("https://h.example/mcp?x=${X}&token=${T:-0123456789abcdefABCD}"),
    ];
    for fields in &entries {
        let (secrets, shown) = entry(fields);
        assert!(!secrets.is_empty(), "{fields}");
        assert!(!shown.contains(PLANTED), "{fields}: {shown}");
    }
    assert_eq!(entries.len(), 34);
}

#[test]
fn innocent_texts_are_no_secrets() {
    let entries = [
        header("Authorization", "Bearer ${TOKEN}"),
        header("Authorization", "token ${GITHUB_TOKEN}"),
        header("Authorization", "Bearer YOUR_API_TOKEN"),
        header("Authorization", "Bearer <your-token>"),
        header("X-Api-Key", "${KEY:-}"),
        header("X-Api-Key", "{{api_key}}"),
        header("X-Client", "shop-client/1.2.3 (linux; x86_64)"),
        header("Accept-Language", "de-DE, en;q=0.5"),
        env("KEY", "${KEY:-}"),
        env("API_TOKEN", "YOUR_API_TOKEN"),
        env("API_TOKEN", "<token>"),
        env("API_TOKEN", "xxxxxxxxxxxxxxxxxxxxxxxx"),
        env("API_TOKEN", "${input:api-token}"),
        env("API_TOKEN", "$API_TOKEN"),
        env("API_TOKEN", "%API_TOKEN%"),
        env("MAX_TOKENS", "4096"),
        env("AUTH_ENABLED", "true"),
        env("KEY_FILE", "/etc/shop/key.pem"),
        env("TENANT_ID", "123e4567-e89b-12d3-a456-426614174000"),
        env("NODE_OPTIONS", "--max-old-space-size=4096"),
        env("DATABASE_URL", "postgres://db.example:5432/shop"),
        command(&["-y", "@modelcontextprotocol/server-everything@2026.8.31"]),
        command(&["run", "-i", "shop@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]),
        command(&["github:owner/repo#0123456789abcdef0123456789abcdef01234567"]),
        command(&["shop", "--max-tokens", "4000", "--token-file", "/run/secrets/token"]),
        command(&["mcp-remote", "https://h.example/mcp", "--header", "Authorization:${AUTH_HEADER}"]),
        command(&["sk-image-processing-tools", "--password", "${PASSWORD}"]),
        url("https://h.example/mcp?region=eu&version=2"),
        url("https://h.example/${TENANT}/mcp?key=${KEY}"),
        url("http://localhost:8080/mcp#tools"),
        env("API_TOKEN", "op://private/shop/token"),
        env("API_TOKEN", "$(pass show shop)"),
        env("API_TOKEN", "`op read op://private/shop/token`"),
        env("API_TOKEN", "vault:secret/data/shop#token"),
        env("API_SECRET", "projects/shop/secrets/api/versions/latest"),
        env("OPENAI_API_KEY", "sk-..."),
        env("GITHUB_TOKEN", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        env("ADMIN_PASSWORD", "changeme"),
        env("AUTH_TYPE", "oauth2"),
        env("OAUTH_TOKEN_URL", "https://id.example/oauth2/token"),
        env("SSH_PUBLIC_KEY", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8kD2lWm0vTq3cX7Zp1sYb5nR9uHfGe4tAoQwLxPzKd me@h"),
        env("STRIPE_KEY", "pk_test_51Hq8ZkLmN0pQrStUvWxYz12"),
        env("INDEX_KEY", "user.id"),
    ];
    for fields in &entries {
        assert_eq!(entry(fields).0, Vec::<String>::new(), "{fields}");
    }
    assert_eq!(entries.len(), 43);
}

#[test]
fn secrets_in_pieces_and_in_names_are_not_shown() {
    let token = "ghp_0123456789abcdefABCD";
    for (words, is_found) in [
        (&["node", "--key", "ghp_01234567", "89abcdef", "ABCDefgh"][..], true),
        (&["node", "ghp_0123456789abcdef", "A1b2C3d4E5f689abcdef"], true),
        (&["powershell", "-c", "$env:API_TOKEN='A1b2C3d489abcdef'; node x.js"], true),
        (&["node", "sk_live_01", "23456789abc", "defABCDE0"], true),
        (&["node", "ghp_", "0123456789abcdef", "ABCD0123"], true),
        (&["./run-ghp_0123456789abcdefABCD"], true),
        (&["env TOKEN=ghp_0123456789abcdefABCD node x.js"], true),
        (&["sh", "-c", r#"x "ghp_""0123456789abcdefABCD""#], true),
        (&["sh", "-c", "A=ghp_01234567; B=89abcdefABCD; exec x $A$B"], true),
        (&["python", "-c", "run('ghp_01234567' + '89abcdefABCD')"], true),
        (&["node", "sk-learn", "tools", "version2024"], false),
        (&["npx", "-y", "api-key-manager2024", "serve"], false),
    ] {
        let (secrets, shown) = entry(&json!({"command": words[0], "args": words[1..]}));
        assert_eq!(!secrets.is_empty(), is_found, "{words:?}: {secrets:?}");
        let shown: String = shown.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        assert!(!shown.contains(token) && (!is_found || !shown.contains("89abcdef")), "{words:?}: {shown}");
    }
    let (_, shown) = entry(&url("https://ghp_0123456789abcdefABCD.h.example/mcp"));
    assert!(!shown.contains("0123"), "{shown}");
}
