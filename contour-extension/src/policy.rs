//! The Kubernetes object `ContourExtensionPolicy`, and what is made of it.

mod compile;
mod conflict;
mod resource;
mod status;
mod watch;

pub(crate) use compile::unfiltered;
pub use compile::{Compiled, compile};
pub(crate) use conflict::settle;
pub use resource::{
    Ancestor, AncestorRef, Catalog, Code, CodeType, ContourExtensionPolicy,
    ContourExtensionPolicySpec, Placement, Status, TargetKind, TargetRef, Wasm,
};
pub use status::{Programmed, Verdict, write};
pub use watch::{Policies, watch};
