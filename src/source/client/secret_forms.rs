//! Server entries with and without a literal secret. Every secret is detected, and none is displayed.

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
        env("REGION", "${REGION:-${OTHER:-ghp_0123456789abcdefABCD}}"),
        env(
            "CA",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n0123456789abcdefABCD\n-----END PRIVATE KEY-----",
        ),
        env("DATA", "eyJhcGlLZXkiOiAiMDEyMzQ1Njc4OWFiY2RlZkFCQ0QifQ=="),
        env("SESSION_ID", "0123456789abcdefABCD"),
        env("VAULT_SECRET_ID", "123e4567-e89b-12d3-a456-426614174000"),
        env("CACHE_PASSWORD", "0123456789abcdefABCD"),
        env("KEY_ID", "ghp_0123456789abcdefABCD"),
        env("AUTH_HEADER", "Bearer 0123456789abcdefABCD"),
        json!({"url": "https://h.example/mcp", "requestInit": {"headers": {"Authorization": "Bearer 0123456789abcdefABCD"}}}),
        json!({"url": "https://h.example/mcp", "headers": ["Authorization: Bearer 0123456789abcdefABCD"]}),
        env("TRACING", "lsv2_pt_0123456789abcdefABCD_0123456789"),
        command(&["shop", "--data-dir", "ghp_0123456789abcdefABCD"]),
        env("DATABASE_URL", "postgres://me:password-0123456789abcdefABCD@db/shop"),
        json!({"command": "npx", "args": ["-y", "shop"], "env": ["SHOP_TOKEN=0123456789abcdefABCD"]}),
    ];
    for fields in &entries {
        let (secrets, shown) = entry(fields);
        assert!(!secrets.is_empty(), "{fields}");
        assert!(!shown.contains(PLANTED), "{fields}: {shown}");
    }
    assert_eq!(entries.len(), 48);
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
        // Names that say which one of many, or what is public.
        env("KEY_ID", "my-key-1"),
        env("SHOP_DATABASE_ID", "0123456789abcdef0123456789abcdef"),
        env("SHEET_ID", "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"),
        env("WALLET_ADDRESS", "7xKXtg2CW87d97TXJSDpbD5jBkheTqA83TZRuJosgAsU"),
        env("ED25519_PUBLIC_KEY", "302a300506032b6570032100e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934c"),
        env("GIT_SHA", "0123456789abcdef0123456789abcdef01234567"),
        env("SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        command(&["shop", "--ref", "0123456789abcdef0123456789abcdef01234567"]),
        command(&["shop", "--commit=0123456789abcdef0123456789abcdef01234567"]),
        env("CACHE_KEY", "v2"),
        env("SORT_KEY", "created_at"),
        // Names that say something about a secret.
        json!({"url": "https://h.example/mcp", "bearer_token_env_var": "SHOP", "env_http_headers": {"X-Token": "SHOP"}}),
        command(&["shop", "--token-env", "SHOP", "--auth", "oauth"]),
        env("COOKIE_DOMAIN", "shop.example"),
        json!({"url": "https://h.example/mcp", "api_key_header": "Authorization", "api_key_format": "Bearer {token}"}),
        // What everyone may see.
        env("DEPLOY_KEY", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8kD2lWm0vTq3cX7Zp1sYb5nR9uHfGe4tAoQwLxPzKd me@h"),
        env(
            "JWT_KEY",
            "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9uHfGe4tAo\n-----END PUBLIC KEY-----",
        ),
        env("CA", "-----BEGIN CERTIFICATE-----\nMIIBaB3dE5gH7jK9mN1pQ3sT5vW7\n-----END CERTIFICATE-----"),
        env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        env("SENTRY_DSN", "https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.example/42"),
        // No password, or one that is filled in.
        command(&["shop", "postgres://app@localhost:5432/dev"]),
        command(&["shop", "postgres://app:${DB_PASSWORD}@db/prod"]),
        env("API_KEY", "${KEY:-${OTHER}}"),
        env("API_KEY", "${KEY:-${OTHER:-your-key}}"),
        env("API_KEY", "test"),
        env("API_TOKEN", "dummy"),
        // Paths, words and plain texts.
        env("SSH_AUTH_SOCK", "/run/user/1000/keyring/ssh"),
        env("SHOP_CREDENTIALS", "/home/me/shop/credentials"),
        command(&["/Users/someone/Documents/Projects/ThisIsALongFolderName1234567890/server"]),
        command(&["shop", "--user-data-dir", "/tmp/profile-AbCdEf1234567890GhIjKl"]),
        env("SECRET_ARN", "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-AbCdEf"),
        env("PASSWORD_POLICY", "strong"),
        env("DATABASE_URL", "postgresql://user:password@localhost/db"),
        command(&["shop", "postgresql://user:pass@localhost:5432/db"]),
        command(&["shop", "mysql://app:your_password@localhost/db"]),
        env("CONFIG", "eyJ0aGVtZSI6ImRhcmsiLCJsYW5ndWFnZSI6ImVuIiwiY29sdW1ucyI6NH0="),
    ];
    for fields in &entries {
        assert_eq!(entry(fields).0, Vec::<String>::new(), "{fields}");
    }
    assert_eq!(entries.len(), 79);
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
