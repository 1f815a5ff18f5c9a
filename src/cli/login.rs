//! `mcp-scan login` and `logout`: tokens for servers that ask for authorization.

use std::io::{self, BufRead, IsTerminal, Write};

use tokio::runtime;
use url::Url;

use super::args::{LoginArgs, LogoutArgs};
use super::diagnose::Messages;
use super::error::{CliError, InternalCause, InternalError};
use super::exit::Exit;
use super::interrupt;
use crate::source::authorization::{self, LoginCause, LoginError, Person, SignIns};
use crate::text::prose;
use crate::text::reveal::reveal;

/// Signs in and stores the tokens.
pub(crate) fn login(args: &LoginArgs, messages: Messages) -> Result<Exit, CliError> {
    let failed = |cause: LoginCause| LoginError::new(shown(&args.url), cause);
    let sign_ins = SignIns::of_user().ok_or_else(|| failed(LoginCause::NoFolder))?;
    let runtime = runtime::Builder::new_multi_thread().enable_all().build().map_err(InternalCause::Runtime);
    let runtime = runtime.map_err(|cause| InternalError::new("this machine", cause))?;
    interrupt::ends_the_program();
    let person = AtTerminal { opens_browser: !args.no_browser, messages };
    let options = args.options();
    let signing_in = authorization::login(&args.url, &options, &person, &sign_ins);
    let issuer = runtime.block_on(signing_in).map_err(failed)?;
    runtime.shutdown_background();
    let (url, issuer) = (shown(&args.url), reveal(&issuer));
    messages.note(&format!("signed in to {url} at {issuer}; the tokens are in {}", sign_ins.file().display()));
    Ok(Exit::Done)
}

/// Removes the tokens of a server.
pub(crate) fn logout(args: &LogoutArgs, messages: Messages) -> Result<Exit, CliError> {
    let failed = |cause: LoginCause| LoginError::new(shown(&args.url), cause);
    let sign_ins = SignIns::of_user().ok_or_else(|| failed(LoginCause::NoFolder))?;
    let removed = sign_ins.remove(&args.url).map_err(failed)?;
    messages.note(&format!("removed the tokens for {removed}; the server accepts them until they end"));
    Ok(Exit::Done)
}

fn shown(url: &Url) -> String {
    crate::source::Target::Url(url.clone()).display()
}

/// The user at this terminal.
struct AtTerminal {
    opens_browser: bool,
    messages: Messages,
}

impl Person for AtTerminal {
    fn agrees(&self, hosts: &[String]) -> bool {
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return false;
        }
        let hosts: Vec<String> = hosts.iter().map(|host| reveal(host)).collect();
        let mut stderr = anstream::stderr();
        let asked = write!(stderr, "The server sends you to {} to sign in. Continue? [y/N] ", prose::list(&hosts));
        let mut answer = String::new();
        let answered = asked.and_then(|()| stderr.flush()).and_then(|()| io::stdin().lock().read_line(&mut answer));
        answered.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
    }

    fn visit(&self, url: &Url) {
        if self.opens_browser && open::that_detached(url.as_str()).is_ok() {
            self.messages.note("a browser opens; sign in there");
        } else {
            self.messages.always(&format!("open this address in a browser on this machine: {url}"));
        }
    }

    fn enter(&self, url: &str, code: &str) {
        self.messages.always(&format!("open {} and enter the code {}", reveal(url), reveal(code)));
    }
}
