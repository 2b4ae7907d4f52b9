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
pub mod native;
mod observed;
mod runnable;

pub use bless::{bless, bless_config_error};
pub use case::{Case, CaseError, LocalReply, Step};
pub use compare::{Mismatch, Strictness, compare};
pub use expect::{Expect, ExpectedBody, ExpectedMessage, ExpectedValue};
pub use message::{Headers, Message, Text};
pub use observed::{Observed, Seen};
pub use runnable::{Runner, cannot_run};
