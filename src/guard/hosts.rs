//! Names of hosts in the arguments of calls, and where they lead: a policy that lets only public hosts pass means the address,
//! and a name may lead to this machine or into a private network.

use std::collections::HashSet;
use std::net::IpAddr;
use std::time::Duration;

use futures::future::join_all;
use serde_json::Value;
use tokio::net::lookup_host;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use crate::policy::{Call, Outcome, Verdict};
use crate::text::clean;
use crate::text::public_address::is_public;

/// Most hosts that a call may name in addresses where they are looked up.
const MAX_NAMES: usize = 32;
/// How long all look-ups of a call may take. Resolvers ask again after 5 seconds if a packet is lost.
const PATIENCE: Duration = Duration::from_secs(6);
/// Each look-up holds a thread of the system until it ends, which may be long after nobody waits for it.
static LOOK_UPS: Semaphore = Semaphore::const_new(32);
/// A name that only a policy lets pass that lets public hosts pass, and an address that such a policy refuses.
const ANY_PUBLIC: &str = "www.a-host-that-no-policy-names.com";
const THIS_MACHINE: &str = "127.0.0.1";

/// A name of a host in an argument.
struct NamedHost {
    /// The JSON pointer to the argument.
    pointer: String,
    host: String,
}

/// Why a call is not allowed that `decide` allows: a host that it names leads to an address that `decide` does not allow, or it is
/// not known in time where it leads. `None` if it is allowed.
pub(super) async fn refusal<F>(
    call: &Call,
    decide: impl Fn(&Call) -> Verdict,
    look_up: impl Fn(String) -> F,
) -> Option<Verdict>
where
    F: Future<Output = Vec<IpAddr>>,
{
    let verdict = |named: &NamedHost, host: &str| decide(&named.replaced(call, host));
    let is_allowed = |named: &NamedHost, host: &str| verdict(named, host).outcome == Outcome::Allowed;
    let mut named = hosts(&call.arguments);
    let has_more = named.len() > MAX_NAMES;
    named.retain(|named| is_allowed(named, ANY_PUBLIC) && !is_allowed(named, THIS_MACHINE));
    let first = named.first()?;
    let unknown = |named: &NamedHost, why: String| Verdict { message: Some(why), ..verdict(named, THIS_MACHINE) };
    if has_more {
        let why =
            format!("The call names more than {MAX_NAMES} hosts, and where they lead must be looked up. Divide it.");
        return Some(unknown(first, why));
    }
    let names: HashSet<&str> = named.iter().map(|named| named.host.as_str()).collect();
    let until = Instant::now() + PATIENCE;
    let found = names.into_iter().map(|name| {
        let found = timeout_at(until, look_up(name.to_owned()));
        async move { (name, found.await.ok()) }
    });
    let found = join_all(found).await;
    let addresses =
        |named: &NamedHost| found.iter().find(|(name, _)| *name == named.host).and_then(|(_, it)| it.as_ref());
    for named in &named {
        for address in addresses(named).into_iter().flatten().filter(|address| !is_public(**address)) {
            let written = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
            let refused = verdict(named, &written);
            if refused.outcome != Outcome::Allowed {
                let why = refused.message.as_deref().unwrap_or("The policy does not allow it.");
                let message = format!("{} leads to {address}. {why}", clean::excerpt(&named.host, 100));
                return Some(Verdict { message: Some(message), ..refused });
            }
        }
    }
    // Whoever answers for the name could answer the guard late and the server in time.
    let late = named.iter().find(|named| addresses(named).is_none())?;
    let host = clean::excerpt(&late.host, 100);
    let seconds = PATIENCE.as_secs();
    Some(unknown(late, format!("Where {host} leads could not be looked up within {seconds} seconds. Try again.")))
}

/// The addresses to which `host` leads. None if that cannot be found out: the server cannot reach it either.
pub(super) async fn look_up(host: String) -> Vec<IpAddr> {
    let found = tokio::spawn(async move {
        // Nobody closes the semaphore.
        let _permit = LOOK_UPS.acquire().await;
        lookup_host((host, 0)).await.map(|found| found.map(|address| address.ip()).collect()).unwrap_or_default()
    });
    found.await.unwrap_or_default()
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

/// The names of hosts in the addresses in `arguments`, and one more than [`MAX_NAMES`] if there are more.
fn hosts(arguments: &Value) -> Vec<NamedHost> {
    let mut found = Vec::new();
    add_hosts(arguments, "", &mut found);
    found
}

fn add_hosts(value: &Value, pointer: &str, found: &mut Vec<NamedHost>) {
    if found.len() > MAX_NAMES {
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

    /// The answer to a call that names `hosts` by a policy that refuses this machine, where look-ups take as long as `takes` says.
    async fn refused_after(hosts: &[&str], takes: impl Fn(&str) -> Duration) -> Option<String> {
        let urls: Vec<String> = hosts.iter().map(|host| format!("https://{host}/")).collect();
        let call = Call { tool: "fetch".into(), arguments: json!({"urls": urls}), at: 0 };
        let decide = |call: &Call| {
            let is_inside = call.arguments["urls"].to_string().contains("//127.");
            let outcome = if is_inside { Outcome::Denied } else { Outcome::Allowed };
            Verdict { outcome, rule: "hosts".into(), message: None }
        };
        let look_up = async |name: String| {
            tokio::time::sleep(takes(&name)).await;
            vec!["93.184.216.34".parse().unwrap()]
        };
        refusal(&call, decide, look_up).await.and_then(|verdict| verdict.message)
    }

    #[tokio::test(start_paused = true)]
    async fn all_names_are_looked_up_at_once_and_one_that_takes_too_long_is_refused() {
        let names = ["a.example", "b.example", "c.example", "a.example"];
        let begun = Instant::now();
        assert_eq!(refused_after(&names, |_| PATIENCE / 2).await, None);
        assert_eq!(begun.elapsed(), PATIENCE / 2);
        let slow = |name: &str| if name == "b.example" { PATIENCE * 2 } else { Duration::ZERO };
        let why = refused_after(&names, slow).await.unwrap();
        assert_eq!(why, "Where b.example leads could not be looked up within 6 seconds. Try again.");
        assert_eq!(begun.elapsed(), PATIENCE * 3 / 2);
    }

    #[tokio::test]
    async fn more_names_than_are_looked_up_are_refused() {
        let names: Vec<String> = (0..=MAX_NAMES).map(|at| format!("host{at}.example")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let at_once = |_: &str| Duration::ZERO;
        assert_eq!(refused_after(&names[1..], at_once).await, None);
        assert!(refused_after(&names, at_once).await.unwrap().contains("more than 32 hosts"));
    }

    #[tokio::test]
    async fn a_policy_that_names_its_hosts_or_minds_none_is_taken_at_its_word() {
        assert_eq!(refused("inside.example.com", |host| host != "inside.example.com").await, None);
        assert_eq!(refused("inside.example.com", |_| false).await, None);
    }
}
