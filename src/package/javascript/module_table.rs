//! The modules that run or have run.

use rustc_hash::FxHashMap;

use super::syntax::Name;
use super::value::{ModuleId, ObjectId, ScopeId, Value};

#[derive(Default)]
pub(super) struct Modules {
    pub(super) modules: Vec<Module>,
    pub(super) by_path: FxHashMap<String, ModuleId>,
    pub(super) by_scope: FxHashMap<ScopeId, ModuleId>,
}

pub(super) struct Module {
    pub(super) path: String,
    pub(super) scope: ScopeId,
    pub(super) exports: Vec<(Name, Export)>,
    /// The modules whose exports are all exported, and dependencies likewise.
    pub(super) stars: Vec<Value>,
    /// `module` of CommonJS.
    pub(super) common: ObjectId,
    pub(super) is_esm: bool,
    pub(super) namespace: Option<Value>,
}

#[derive(Clone)]
pub(super) enum Export {
    /// A name of the module itself.
    Local(Name),
    /// A name of what another module exports.
    From(Value, Name),
    Value(Value),
}

impl Modules {
    /// The path of the first module.
    pub(super) fn entry_path(&self) -> &str {
        self.modules.first().map_or("", |module| &module.path)
    }

    /// `module` of the first module.
    pub(super) fn entry_module(&self) -> Option<ObjectId> {
        self.modules.first().map(|module| module.common)
    }
}
