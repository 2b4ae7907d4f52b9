//! Golden cases: a config and events in, a decision and its effects out.
//!
//! One file is one [`Case`]. The same files run natively ([`native`]), in Node, through the module
//! over `host-double` and through real Envoy; every runner produces [`Observed`] values and
//! [`compare()`] holds them against what the case expects.

mod bless;
mod case;
mod compare;
mod expect;
mod joined;
mod message;
mod metadata;
pub mod native;
mod observed;
mod runnable;
mod upstream;

pub use bless::{bless, bless_config_error};
pub use case::{Case, CaseError, Cell, LocalReply, Step};
pub use compare::{Mismatch, Strictness, compare};
pub use expect::{Expect, ExpectedBody, ExpectedCall, ExpectedMessage, ExpectedValue};
pub use message::{Headers, Message, Text};
pub use metadata::metadata_message;
pub use observed::{Observed, ObservedCall, Seen};
pub use runnable::{LONGEST_WAIT, Runner, cannot_run};
pub use upstream::{UpstreamAnswer, cluster, logical_name};
