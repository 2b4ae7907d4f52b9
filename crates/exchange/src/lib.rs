//! The vocabulary between a policy and its host.
//!
//! A policy is pure decision code. In each phase it reads an [`Exchange`], records effects there,
//! and returns an [`Outcome`]. It has no clock, no randomness and no host of its own: all of it
//! comes through the [`Source`] behind the exchange, so the same crate runs in Envoy, in Node, in a
//! component and natively.

mod body;
mod consumer;
mod effects;
mod erased;
mod exchange;
mod header_map;
mod metrics;
mod policy;
mod problem;
mod refusal;
mod reply;
mod source;

pub use body::{Body, BodyPlan};
pub use consumer::{
    Consumer, STATE_CLAIMS, STATE_CONSUMER, STATE_CONSUMER_ID, STATE_CONSUMER_LABELS,
};
pub use effects::{Effect, Effects, HeaderOp, Invalid, LogLevel};
pub use erased::{AnyPolicy, AnyStream, compile_erased};
pub use exchange::Exchange;
pub use hachure_config::UnixTime;
pub use header_map::{HeaderMap, Malformed, Single};
pub use metrics::{Counter, MAX_SERIES, Metrics};
pub use policy::{Outcome, Phase, Policy, Setup};
pub use problem::Member;
pub use refusal::{Reason, Refusal, STATE_FILTER, STATE_REASON};
pub use reply::Reply;
pub use source::{Fault, Property, Source};
