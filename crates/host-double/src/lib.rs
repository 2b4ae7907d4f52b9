//! The proxy-wasm ABI 0.2.1 as a test double: Envoy's side of it, in the test's own process.
//!
//! It defines every `proxy_*` function that the SDK and `hachure-host` link to, and drives the real
//! callbacks, those of `hachure-host` where the module is one of its and the SDK's otherwise: what
//! runs is the code of a module, natively, without Wasm.
//!
//! A [`Double`] is the Envoy process: the clock, shared data, metrics, log. [`Double::start`] makes
//! a [`Vm`] on the calling thread, as a worker has one; several threads that start one from the
//! same double are several workers. A [`Vm`] makes [`Stream`]s, which take the events of a message
//! and tell what went on to the upstream and to the client.
//!
//! ```
//! use hachure_host_double::Double;
//! # struct Nothing;
//! # impl proxy_wasm::traits::Context for Nothing {}
//! # impl proxy_wasm::traits::RootContext for Nothing {
//! #     fn get_type(&self) -> Option<proxy_wasm::types::ContextType> {
//! #         Some(proxy_wasm::types::ContextType::HttpContext)
//! #     }
//! #     fn create_http_context(&self, _: u32) -> Option<Box<dyn proxy_wasm::traits::HttpContext>> {
//! #         Some(Box::new(Nothing))
//! #     }
//! # }
//! # impl proxy_wasm::traits::HttpContext for Nothing {}
//! # fn module() { proxy_wasm::set_root_context(|_| Box::new(Nothing)); }
//! let double = Double::new().plugin_config(r#"{"rules": []}"#);
//! let vm = double.start(module).unwrap();
//! let stream = vm.stream();
//! stream.request_headers([(":method", "GET"), (":path", "/")], true);
//! stream.response_headers([(":status", "200")], true);
//! assert_eq!(stream.client().value(":status"), Some(&b"200"[..]));
//! ```
//!
//! It is as strict as Envoy 1.40 is meant to be used: a call in a phase in which Envoy refuses it
//! is refused with the same status, and besides, where Envoy answers `Ok` and does nothing or does
//! harm, it is noted as a [`Violation`]. A [`Vm`] that is dropped with violations that nobody
//! took fails its test.
//!
//! Where it is simpler than Envoy: there is one filter in the chain, and a value that is added to a
//! header which Envoy stores once (`:path`, `vary`, …) becomes a value of its own, where Envoy joins
//! the two with a comma.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test double: its own mistakes must stop the test"
)]

mod abi;
mod callback;
mod callouts;
pub mod case;
mod chain;
mod context;
mod cost;
mod double;
mod fault;
mod fields;
mod flow;
mod function;
mod local_reply;
mod log;
mod machine;
mod memory;
mod message;
mod metrics;
mod process;
mod property;
mod random;
mod settings;
mod shared_data;
mod shared_queue;
mod status;
mod stream;
mod timer;
mod violation;
mod vm;

pub use callouts::{Answer, GrpcCall, HttpCall};
pub use cost::Costs;
pub use double::{Double, Refused};
pub use fields::Fields;
pub use flow::Side;
pub use local_reply::LocalReply;
pub use log::LogLine;
pub use message::Message;
pub use random::Random;
pub use status::Status;
pub use stream::Stream;
pub use violation::Violation;
pub use vm::Vm;
