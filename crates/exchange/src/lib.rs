//! The vocabulary between a policy and its host.
//!
//! A policy is pure decision code. In each phase it reads an [`Exchange`], records effects there,
//! and returns an [`Outcome`]. It has no clock, no randomness and no host of its own: all of it
//! comes through the [`Source`] behind the exchange, so the same crate runs in Envoy, in Node, in a
//! component and natively.

mod alone;
mod background;
mod body;
mod call;
mod capabilities;
mod cells;
mod consumer;
mod effects;
mod erased;
mod exchange;
mod header_map;
mod metadata;
mod metrics;
mod policy;
mod problem;
mod refusal;
mod reply;
mod setup;
mod shared;
mod signature;
mod source;
mod touch;

pub use alone::run_alone;
pub use background::{Background, Event};
pub use body::{Body, BodyPlan};
pub use call::{Answer, Call};
pub use capabilities::Capabilities;
pub use cells::Cells;
pub use consumer::{
    Consumer, STATE_CLAIMS, STATE_CONSUMER, STATE_CONSUMER_ID, STATE_CONSUMER_LABELS,
};
pub use effects::{Effect, Effects, HeaderOp, Invalid, LogLevel};
pub use erased::{AnyPolicy, AnyStream, compile_erased};
pub use exchange::Exchange;
pub use hachure_config::UnixTime;
pub use header_map::{HeaderMap, Malformed, Single};
pub use metadata::Metadata;
pub use metrics::{Counter, MAX_SERIES, Metrics};
pub use policy::{Outcome, Phase, Policy};
pub use problem::Member;
pub use refusal::{Reason, Refusal, STATE_FILTER, STATE_REASON};
pub use reply::Reply;
pub use setup::Setup;
pub use shared::{CREATE_ONLY, Contended};
pub use signature::{Hash, SignatureCheck};
pub use source::{Fault, Property, Source};
pub use touch::Touched;
