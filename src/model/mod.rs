//! The data model: servers, tools, parameters, verdicts and the report. It does no input or output. Every output is
//! rendered from one [`Report`].

mod assessment;
mod authorization;
mod category;
mod changed_part;
mod client_name;
mod code_effect;
mod comparison;
mod counts;
mod decision;
mod drift;
mod failure;
mod finding;
mod flow;
mod guard;
mod ignored;
mod item;
mod json_types;
mod listing;
mod location;
mod parameter;
mod publication;
mod rate_limit;
mod redacted;
mod report;
mod schema;
mod schema_texts;
mod shown_texts;
mod texts;
mod tool;
mod verdict;

pub use assessment::{Action, Assessment, Confidence, Evidence, EvidenceField, Overridden, Score, Signal};
pub use authorization::{Authorization, AuthorizationServer, IssuerMetadata};
pub use category::{Category, Severity};
pub(crate) use changed_part::ChangedPart;
pub(crate) use client_name::ClientName;
pub use code_effect::{CodeEffect, CodePlace, EffectKind};
pub use comparison::{Comparison, LiveDifference};
pub(crate) use counts::Counts;
pub use decision::{Decision, PolicyAction};
pub(crate) use drift::{Change, Drift, RiskChange, ServerDrift, ToolChange, ToolDrift};
pub use failure::{Failure, FailureCause, LeftUnread, ReportedError};
pub use finding::{Finding, FindingKind};
pub use flow::{Flow, FlowStep, Flows, ToolRef};
pub(crate) use guard::APPROVE;
pub use guard::{Adds, Cause, Check, Condition, Guard, Op, Refusal, Total, UnenforceableGuard};
pub(crate) use ignored::Ignored;
pub use item::{AppDomain, Item, ItemKind, ManifestFile, PromptArgument};
pub use json_types::JsonTypes;
pub(crate) use listing::source_in_file;
pub use listing::{Deviation, Listing, NotRead, Origin, Package, Registry, SandboxKind, Server, Transport};
pub(crate) use location::{DefinedIn, Locations, Position};
pub use parameter::{Flattened, Parameter, flatten};
pub use publication::Publication;
pub(crate) use rate_limit::RateLimit;
pub(crate) use redacted::Redacted;
pub use report::{
    ByCategory, BySeverity, ParameterCount, Raise, Report, SCHEMA_VERSION, ServerReport, ToolReport, Unmatched,
};
pub use schema::Schema;
pub(crate) use schema_texts::SchemaPlace;
pub(crate) use texts::{
    ModelText, comments_of_item, scripts_of_item, texts_of_item, texts_of_result, texts_of_server, texts_of_tool,
};
pub use tool::{Annotations, LongText, Tool, ToolApp};
pub use verdict::{Answer, Care, CareDeduction, Exposure, Verdict};
