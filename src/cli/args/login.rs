//! The options of `login` and `logout`.

use clap::Args;
use url::Url;

use crate::source::authorization::LoginOptions;

/// The options of `login`.
#[derive(Debug, Clone, Args)]
pub(crate) struct LoginArgs {
    /// Address of the server
    #[arg(value_name = "URL")]
    pub(crate) url: Url,
    /// Print the address to open, instead of starting a browser
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Sign in with a code on another device, if the authorization server offers it
    #[arg(long)]
    pub(crate) device: bool,
    /// Id of a client that is registered there, or the https address of a client's metadata [default: register one]
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// Variable with the secret of that client
    #[arg(long, value_name = "NAME", requires = "client_id")]
    pub(crate) client_secret_env: Option<String>,
    /// Request this scope instead of those that the server names (repeatable)
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Vec<String>,
    /// Port of the redirect address http://127.0.0.1:PORT/callback [default: a free one]
    #[arg(long, value_name = "PORT", default_value = "0", hide_default_value = true)]
    pub(crate) port: u16,
    /// Let the authorization server use this host, without asking (repeatable)
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(crate) allow_host: Vec<String>,
}

impl LoginArgs {
    /// How to sign in.
    pub(crate) fn options(&self) -> LoginOptions {
        LoginOptions {
            client_id: self.client_id.clone(),
            client_secret_env: self.client_secret_env.clone(),
            scopes: self.scope.clone(),
            port: self.port,
            device: self.device,
            allowed_hosts: self.allow_host.clone(),
        }
    }
}

/// The options of `logout`.
#[derive(Debug, Clone, Args)]
pub(crate) struct LogoutArgs {
    /// Address of the server
    #[arg(value_name = "URL")]
    pub(crate) url: Url,
}
