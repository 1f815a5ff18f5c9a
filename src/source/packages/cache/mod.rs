//! The caches of package managers, read without a network. What is in them may be damaged or made by somebody else: each
//! file is bounded and has the digest that the cache, the registry's answer in it, or a lock file states.

mod cached;
pub(crate) mod npm;
mod pip;
pub(crate) mod python;
mod uv;

pub(crate) use cached::Cached;
