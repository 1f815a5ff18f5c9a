//! The options for reaching a server that the user has signed in to.

use std::borrow::Cow;

use url::Url;

use crate::source::Options;
use crate::source::authorization;

/// `options` with the token of the user's sign-in to `url`, if there is one and no header carries another credential.
pub(super) async fn signed_in<'o>(url: &Url, options: &'o Options) -> Cow<'o, Options> {
    let is_given = options.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let Some(sign_ins) = options.sign_ins.as_ref().filter(|_| !is_given) else { return Cow::Borrowed(options) };
    match authorization::bearer(url, sign_ins).await {
        Ok(Some(token)) => {
            let mut options = options.clone();
            options.headers.push(("Authorization".into(), format!("Bearer {token}")));
            Cow::Owned(options)
        }
        Ok(None) => Cow::Borrowed(options),
        Err(cause) => {
            options.notice(&format!("the sign-in to {} is not used: {cause}", url.host_str().unwrap_or_default()));
            Cow::Borrowed(options)
        }
    }
}
