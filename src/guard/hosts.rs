//! Names of hosts in the arguments of calls, and where they lead: a policy that lets only public hosts pass means the address,
//! and a name may lead to this machine or into a private network.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::net::lookup_host;
use tokio::time::timeout;
use url::{Host, Url};

use crate::policy::{Call, Outcome, Verdict};
use crate::text::clean;
use crate::text::public_address::is_public;

/// Most addresses of one call that are looked at.
const MAX_NAMES: usize = 5;
/// How long a look-up may take. A server will not reach a name sooner.
const PATIENCE: Duration = Duration::from_secs(2);
/// A name that only a policy lets pass that lets public hosts pass, and an address that such a policy refuses.
const ANY_PUBLIC: &str = "www.a-host-that-no-policy-names.com";
const THIS_MACHINE: &str = "127.0.0.1";

/// A name of a host in an argument.
struct NamedHost {
    /// The JSON pointer to the argument.
    pointer: String,
    host: String,
}

/// Why a call is not allowed that `decide` allows: a host that it names leads to an address that `decide` does not allow. `None`
/// if it is allowed.
pub(super) async fn refusal<F>(
    call: &Call,
    decide: impl Fn(&Call) -> Verdict,
    look_up: impl Fn(String) -> F,
) -> Option<Verdict>
where
    F: Future<Output = Vec<IpAddr>>,
{
    for named in hosts(&call.arguments) {
        let verdict = |host: &str| decide(&named.replaced(call, host));
        let is_allowed = |host: &str| verdict(host).outcome == Outcome::Allowed;
        if !is_allowed(ANY_PUBLIC) || is_allowed(THIS_MACHINE) {
            continue;
        }
        for address in look_up(named.host.clone()).await.into_iter().filter(|address| !is_public(*address)) {
            let written = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
            let refused = verdict(&written);
            if refused.outcome != Outcome::Allowed {
                let why = refused.message.as_deref().unwrap_or("The policy does not allow it.");
                let message = format!("{} leads to {address}. {why}", clean::excerpt(&named.host, 100));
                return Some(Verdict { message: Some(message), ..refused });
            }
        }
    }
    None
}

/// The addresses to which `host` leads. None if that cannot be found out: the server cannot reach it either.
pub(super) async fn look_up(host: String) -> Vec<IpAddr> {
    match timeout(PATIENCE, lookup_host((host, 0))).await {
        Ok(Ok(found)) => found.map(|address| address.ip()).collect(),
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

impl NamedHost {
    /// `call` with `host` in the place of this one.
    fn replaced(&self, call: &Call, host: &str) -> Call {
        let mut call = call.clone();
        if let Some(Value::String(text)) = call.arguments.pointer_mut(&self.pointer)
            && let Some(at) = text.to_ascii_lowercase().find(&self.host)
        {
            text.replace_range(at..at + self.host.len(), host);
        }
        call
    }
}

/// The names of hosts in the addresses in `arguments`.
fn hosts(arguments: &Value) -> Vec<NamedHost> {
    let mut found = Vec::new();
    add_hosts(arguments, "", &mut found);
    found
}

fn add_hosts(value: &Value, pointer: &str, found: &mut Vec<NamedHost>) {
    if found.len() == MAX_NAMES {
        return;
    }
    match value {
        Value::String(text) => {
            let url = Some(text).filter(|text| text.contains("://")).and_then(|text| Url::parse(text).ok());
            // The policy sees an address, and this machine, as they are written.
            if let Some(Host::Domain(name)) = url.as_ref().and_then(Url::host)
                && name != "localhost"
            {
                found.push(NamedHost { pointer: pointer.to_owned(), host: name.to_ascii_lowercase() });
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| add_hosts(item, &format!("{pointer}/{at}"), found));
        }
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            add_hosts(value, &format!("{pointer}/{key}"), found);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The answer to a call that names `host`, by a policy that refuses what `refuses` is true for.
    async fn refused(host: &str, refuses: impl Fn(&str) -> bool) -> Option<String> {
        let arguments = json!({"to": [{"a/b": format!("https://{host}/x?y=http://127.0.0.1")}]});
        let call = Call { tool: "fetch".into(), arguments, at: 0 };
        let decide = |call: &Call| {
            let url: Url = call.arguments["to"][0]["a/b"].as_str().unwrap().parse().unwrap();
            let outcome = if refuses(url.host_str().unwrap()) { Outcome::Denied } else { Outcome::Allowed };
            Verdict { outcome, rule: "hosts".into(), message: Some("Name a public host.".into()) }
        };
        let look_up = async |name: String| match name.as_str() {
            "inside.example.com" => vec!["93.184.216.34".parse().unwrap(), "10.1.2.3".parse().unwrap()],
            "mapped.example.com" => vec!["::ffff:127.0.0.1".parse().unwrap()],
            "translated.example.com" => vec!["64:ff9b::10.1.2.3".parse().unwrap()],
            "outside.example.com" => vec!["93.184.216.34".parse().unwrap()],
            _ => Vec::new(),
        };
        refusal(&call, decide, look_up).await.and_then(|verdict| verdict.message)
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_where_addresses_inside_are() {
        let is_private = |host: &str| host.starts_with("127.") || host.starts_with("10.") || host.starts_with('[');
        let why = refused("inside.example.com", is_private).await.unwrap();
        assert_eq!(why, "inside.example.com leads to 10.1.2.3. Name a public host.");
        assert!(refused("MAPPED.example.com", is_private).await.is_some());
        assert!(refused("translated.example.com", is_private).await.is_some());
        assert_eq!(refused("outside.example.com", is_private).await, None);
        assert_eq!(refused("nowhere.example.com", is_private).await, None);
    }

    #[tokio::test]
    async fn a_policy_that_names_its_hosts_or_minds_none_is_taken_at_its_word() {
        assert_eq!(refused("inside.example.com", |host| host != "inside.example.com").await, None);
        assert_eq!(refused("inside.example.com", |_| false).await, None);
    }
}
