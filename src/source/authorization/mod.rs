//! Authorization of servers over HTTP: what a 401 publishes, signing in with OAuth, and the tokens that a scan then
//! uses. Other hosts than the server's own are reached only after the user agreed to them.

mod challenge;
mod error;
mod inspect;
mod login;
mod loopback;
mod metadata;
mod register;
mod requests;
mod sign_ins;

pub(crate) use error::{LoginCause, LoginError};
pub(crate) use inspect::inspect;
pub(crate) use login::{LoginOptions, Person, login};
pub(crate) use sign_ins::{SignIns, bearer};
