//! The file of sign-ins: tokens that only the user can read, each for one resource. Never shown.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, fmt};

use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{AuthType, ClientId, ClientSecret, EndpointNotSet, EndpointSet, RefreshToken, TokenResponse, TokenUrl};
use serde::{Deserialize, Serialize};
use url::Url;

use super::error::LoginCause;
use super::metadata::covers;
use super::register::Client;
use super::requests::{client, send, token_error};

/// The version of the file.
const VERSION: u32 = 1;
/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 4 << 20;
/// A token that ends sooner than this is refreshed.
const MARGIN: Duration = Duration::from_secs(30);

/// A client that knows its token endpoint.
pub(super) type TokenClient = BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// One sign-in.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SignIn {
    /// The address of the server.
    pub(super) resource: Url,
    pub(super) issuer: String,
    pub(super) token_endpoint: Url,
    pub(super) client_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) client_secret: Option<String>,
    /// Whether the secret goes into the body of a request, not into a header.
    #[serde(default)]
    pub(super) secret_in_body: bool,
    pub(super) access_token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) refresh_token: Option<String>,
    /// When the token ends, in seconds since 1970. `None` if the server did not report it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<u64>,
}

impl SignIn {
    /// Takes over the tokens in `response`.
    pub(super) fn update(&mut self, response: &BasicTokenResponse) {
        self.access_token = response.access_token().secret().clone();
        if let Some(refresh) = response.refresh_token() {
            self.refresh_token = Some(refresh.secret().clone());
        }
        self.expires_at = response.expires_in().map(|left| now().saturating_add(left.as_secs()));
    }

    fn has_expired(&self) -> bool {
        self.expires_at.is_some_and(|end| end <= now().saturating_add(MARGIN.as_secs()))
    }

    /// True if the token may be sent to `url`: the same origin, and the same path or one below it.
    fn is_for(&self, url: &Url) -> bool {
        covers(&self.resource, url)
    }
}

/// Tokens are not shown.
impl fmt::Debug for SignIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SignIn").field("resource", &self.resource.as_str()).finish_non_exhaustive()
    }
}

#[derive(Default, Serialize, Deserialize)]
struct StoredSignIns {
    version: u32,
    sign_ins: Vec<SignIn>,
}

/// The file of sign-ins.
#[derive(Debug, Clone)]
pub struct SignIns {
    file: PathBuf,
}

impl SignIns {
    /// The file in the user's data folder. `None` if the system defines none.
    pub(crate) fn of_user() -> Option<Self> {
        let named = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let data = match () {
            () if cfg!(windows) => named("LOCALAPPDATA"),
            () if cfg!(target_os = "macos") => env::home_dir().map(|home| home.join("Library/Application Support")),
            () => named("XDG_DATA_HOME").or_else(|| Some(env::home_dir()?.join(".local/share"))),
        };
        Some(Self { file: data?.join("mcp-scan").join("sign-ins.json") })
    }

    /// Its path.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Adds `sign_in`, or replaces the one for its resource.
    pub(super) fn add(&self, sign_in: SignIn) -> Result<(), LoginCause> {
        let _lock = self.lock()?;
        let mut all = self.read()?;
        all.retain(|other| other.resource != sign_in.resource);
        all.push(sign_in);
        self.write(all)
    }

    /// Removes the sign-in for `url`. Returns its address.
    pub(crate) fn remove(&self, url: &Url) -> Result<Url, LoginCause> {
        let _lock = self.lock()?;
        let mut all = self.read()?;
        let at = best(&all, url).ok_or(LoginCause::NoSignIn)?;
        let removed = all.remove(at);
        self.write(all)?;
        Ok(removed.resource)
    }

    /// Keeps other processes from the file until the result is dropped.
    fn lock(&self) -> Result<File, LoginCause> {
        let folder = self.file.parent().ok_or(LoginCause::NoFolder)?;
        fs::create_dir_all(folder)?;
        let lock = File::options().create(true).truncate(false).write(true).open(folder.join("sign-ins.lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    fn read(&self) -> Result<Vec<SignIn>, LoginCause> {
        let found = match fs::metadata(&self.file) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            found => found?,
        };
        #[cfg(unix)]
        if std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o077 != 0 {
            return Err(LoginCause::OpenFile(self.file.display().to_string()));
        }
        if found.len() > MAX_FILE {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge).into());
        }
        let content: StoredSignIns = serde_json::from_slice(&fs::read(&self.file)?).map_err(io::Error::from)?;
        if content.version != VERSION {
            let text = format!("it is of version {}, and this program knows version {VERSION}", content.version);
            return Err(io::Error::other(text).into());
        }
        Ok(content.sign_ins)
    }

    /// Writes the file whole, or leaves the old one. A temporary file can be read by its owner alone.
    fn write(&self, sign_ins: Vec<SignIn>) -> Result<(), LoginCause> {
        let folder = self.file.parent().ok_or(LoginCause::NoFolder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, &StoredSignIns { version: VERSION, sign_ins })
            .map_err(io::Error::from)?;
        file.write_all(b"\n")?;
        file.persist(&self.file).map_err(|error| error.error)?;
        Ok(())
    }
}

/// The index of the most specific sign-in for `url`.
fn best(all: &[SignIn], url: &Url) -> Option<usize> {
    let fitting = all.iter().enumerate().filter(|(_, sign_in)| sign_in.is_for(url));
    fitting.max_by_key(|(_, sign_in)| sign_in.resource.path().len()).map(|(at, _)| at)
}

/// The access token for requests to `url`, refreshed if it has ended. `None` if the user has not signed in to it.
pub(crate) async fn bearer(url: &Url, sign_ins: &SignIns) -> Result<Option<String>, LoginCause> {
    if !sign_ins.file.exists() {
        return Ok(None);
    }
    let all = sign_ins.read()?;
    let Some(sign_in) = best(&all, url).and_then(|at| all.get(at)) else { return Ok(None) };
    if !sign_in.has_expired() || sign_in.refresh_token.is_none() {
        return Ok(Some(sign_in.access_token.clone()));
    }
    // A refresh token is often good for one use, so two processes must not use it at once.
    let locking = sign_ins.clone();
    let locked = tokio::task::spawn_blocking(move || locking.lock()).await;
    let _lock = locked.map_err(|cause| io::Error::other(cause.to_string()))??;
    let mut all = sign_ins.read()?;
    let Some(sign_in) = best(&all, url).and_then(|at| all.get_mut(at)) else { return Ok(None) };
    if let Some(refresh) = sign_in.refresh_token.clone().filter(|_| sign_in.has_expired()) {
        let http = client()?;
        let sender = |request| send(http.clone(), request);
        let client = token_client(
            &Client { id: sign_in.client_id.clone(), secret: sign_in.client_secret.clone() },
            &sign_in.token_endpoint,
            sign_in.secret_in_body,
        );
        let refresh = RefreshToken::new(refresh);
        let request = client.exchange_refresh_token(&refresh).add_extra_param("resource", sign_in.resource.as_str());
        let response = request.request_async(&sender).await;
        sign_in.update(&response.map_err(|error| LoginCause::NoToken(token_error(&error)))?);
    }
    let token = sign_in.access_token.clone();
    sign_ins.write(all)?;
    Ok(Some(token))
}

/// The OAuth client for requests to `token_endpoint`.
pub(super) fn token_client(client: &Client, token_endpoint: &Url, secret_in_body: bool) -> TokenClient {
    let found = BasicClient::new(ClientId::new(client.id.clone()));
    let found = match &client.secret {
        Some(secret) => found.set_client_secret(ClientSecret::new(secret.clone())),
        None => found,
    };
    let auth = if secret_in_body { AuthType::RequestBody } else { AuthType::BasicAuth };
    found.set_auth_type(auth).set_token_uri(TokenUrl::from_url(token_endpoint.clone()))
}

#[expect(clippy::disallowed_methods, reason = "a token ends at a time; nothing in a report depends on it")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign_in(resource: &str, token: &str) -> SignIn {
        SignIn {
            resource: Url::parse(resource).unwrap(),
            issuer: "https://sign.example".into(),
            token_endpoint: Url::parse("https://sign.example/token").unwrap(),
            client_id: "c".into(),
            client_secret: None,
            secret_in_body: false,
            access_token: token.into(),
            refresh_token: None,
            expires_at: Some(1),
        }
    }

    #[tokio::test]
    async fn a_token_goes_to_its_own_resource_alone() {
        let dir = tempfile::tempdir().unwrap();
        let sign_ins = SignIns { file: dir.path().join("mcp-scan/sign-ins.json") };
        sign_ins.add(sign_in("https://shop.example/mcp", "t0p-one")).unwrap();
        sign_ins.add(sign_in("https://shop.example/mcp/admin", "t0p-two")).unwrap();
        for (url, expected) in [
            ("https://shop.example/mcp", Some("t0p-one")),
            ("https://shop.example/mcp/v2?x=1", Some("t0p-one")),
            ("https://shop.example/mcp/admin/", Some("t0p-two")),
            ("https://shop.example/mcpx", None),
            ("https://shop.example/", None),
            ("https://shop.example:8443/mcp", None),
            ("http://shop.example/mcp", None),
            ("https://shop.example.attacker.example/mcp", None),
        ] {
            assert_eq!(bearer(&Url::parse(url).unwrap(), &sign_ins).await.unwrap().as_deref(), expected, "{url}");
        }
        assert!(!format!("{:?}", sign_in("https://shop.example/mcp", "t0p-one")).contains("t0p"));
        let url = Url::parse("https://shop.example/mcp").unwrap();
        assert_eq!(sign_ins.remove(&url).unwrap(), url);
        assert!(matches!(sign_ins.remove(&url), Err(LoginCause::NoSignIn)));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_the_users_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let sign_ins = SignIns { file: dir.path().join("sign-ins.json") };
        sign_ins.add(sign_in("https://shop.example/mcp", "t0p")).unwrap();
        assert_eq!(fs::metadata(&sign_ins.file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&sign_ins.file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(sign_ins.read(), Err(LoginCause::OpenFile(_))));
    }
}
