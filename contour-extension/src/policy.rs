//! The Kubernetes object `ContourExtensionPolicy`, and what is made of it.

mod compile;
mod conflict;
mod last_good;
mod place;
mod problem;
mod resource;
mod status;
mod targets;
mod watch;
mod writer;

pub(crate) use compile::unfiltered;
pub use compile::{Compiled, compile};
pub(crate) use conflict::settle;
pub(crate) use last_good::kept;
pub use problem::{Problem, Reason};
pub use resource::{
    Ancestor, AncestorRef, Catalog, Code, CodeType, ContourExtensionPolicy,
    ContourExtensionPolicySpec, LastGood, Placement, Status, TargetKind, TargetRef, TargetSelector,
    Wasm,
};
pub use status::{Programmed, Verdict};
pub use watch::{Policies, watch};
pub use writer::{News, Told, Writer};
