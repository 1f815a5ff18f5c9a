//! Which server of one lock is which of another.

use std::collections::{HashMap, VecDeque};

use super::entries::LockedServer;
use crate::text::digest;

/// What a server can be known by, the surest first: of several of one name, by the same definitions.
const KEYS: [fn(&LockedServer) -> Option<String>; 5] = [
    |server| Some(definitions(server)),
    |server| Some(format!("{} {}", server.name, server.launch.as_ref()?)),
    |server| Some(server.name.clone()),
    |server| server.launch.clone(),
    |server| server.package.as_ref().map(|package| package.name.clone()),
];

/// The digest of a server's name, launch and tools, whoever judged them.
fn definitions(server: &LockedServer) -> String {
    let tools = server.tools.iter().flat_map(|tool| [&tool.name].into_iter().chain(tool.digests.values()));
    let launch = server.launch.iter().chain([&server.name]);
    digest::sha256(launch.chain(tools))
}

/// For each server of `now`, its place in `before`; nothing for one that is new.
pub(crate) fn pairs(before: &[LockedServer], now: &[LockedServer]) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = vec![None; now.len()];
    let mut taken = vec![false; before.len()];
    for key in KEYS {
        let mut places: HashMap<String, VecDeque<usize>> = HashMap::new();
        for (at, server) in before.iter().enumerate().filter(|(at, _)| !taken[*at]) {
            if let Some(key) = key(server) {
                places.entry(key).or_default().push_back(at);
            }
        }
        for (server, place) in now.iter().zip(&mut found).filter(|(_, place)| place.is_none()) {
            *place = key(server).and_then(|key| places.get_mut(&key)?.pop_front());
            if let Some(at) = *place {
                taken[at] = true;
            }
        }
    }
    found
}
