//! The Kubernetes object `ContourExtensionPolicy`, and what is made of it.

mod compile;
mod conflict;
mod resource;
mod status;
mod unresolved;
mod upstreams;
mod watch;

pub(crate) use compile::unfiltered;
pub use compile::{Compiled, compile};
pub(crate) use conflict::settle;
pub use resource::{
    Ancestor, AncestorRef, CaKind, CaRef, Catalog, Code, CodeType, ContourExtensionPolicy,
    ContourExtensionPolicySpec, Placement, SchemeName, ServiceRef, Status, TargetKind, TargetRef,
    Timeouts, Upstream, Wasm,
};
pub use status::{Programmed, Verdict, write};
pub use unresolved::Unresolved;
pub(crate) use upstreams::references;
pub use watch::{Policies, watch};
