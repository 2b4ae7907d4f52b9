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
mod watch;
mod writer;

pub(crate) use code::sources;
pub(crate) use compile::unfiltered;
pub use compile::{Compiled, compile};
pub(crate) use conflict::settle;
pub(crate) use last_good::kept;
pub use problem::{Problem, Reason};
pub use resource::{
    Ancestor, AncestorRef, Catalog, Code, CodeType, ContourExtensionPolicy,
    ContourExtensionPolicySpec, Http, Image, LastGood, ObjectRef, Placement, PullPolicy, Status,
    TargetKind, TargetRef, TargetSelector, Tls, Wasm,
};
pub use status::{Programmed, Verdict};
pub use watch::{Policies, watch};
pub use writer::{News, Told, Writer};
