//! The Kubernetes object `ContourExtensionPolicy`, and what is made of it.

mod code;
mod compile;
mod conflict;
mod last_good;
mod place;
mod problem;
mod resource;
mod status;
mod targets;
mod upstreams;
mod watch;
mod writer;

pub(crate) use code::sources;
pub(crate) use compile::unfiltered;
pub use compile::{Compiled, compile};
pub(crate) use conflict::settle;
pub(crate) use last_good::{kept, then};
pub use problem::{Problem, Reason};
pub use resource::{
    Ancestor, AncestorRef, CaKind, CaRef, Catalog, Code, CodeType, ContourExtensionPolicy,
    ContourExtensionPolicySpec, Http, Image, LastGood, ObjectRef, Placement, PullPolicy,
    SchemeName, ServiceRef, Status, TargetKind, TargetRef, TargetSelector, Timeouts, Tls, Upstream,
    Wasm,
};
pub use status::{Programmed, Verdict};
pub(crate) use upstreams::references;
pub use watch::{Policies, watch};
pub use writer::{News, Told, Writer};
