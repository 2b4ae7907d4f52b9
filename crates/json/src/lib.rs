//! JSON text (RFC 8259) that stays as it is written, and operations on it.
//!
//! A [`Document`] is the text itself: only the lists and objects on the way to a place that an
//! operation names are taken apart, and everything else goes into the new text byte for byte:
//! numbers keep their digits and members their order. The [`Reader`] below it also reads configs.
//!
//! ```
//! use hachure_json::{Document, Operation, Pointer};
//!
//! let rename = Operation::rename(Pointer::parse("/orders/*/customer")?, "client")?;
//! let text = r#"{"total": 1.50, "orders": [{"id": 7, "customer": "a"}]}"#;
//! let mut document = Document::parse(text)?;
//! rename.apply(&mut document)?;
//! assert_eq!(
//!     document.into_text(1000)?,
//!     r#"{"total":1.50,"orders":[{"id":7,"client":"a"}]}"#
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod document;
mod error;
mod operation;
mod pointer;
mod reader;
mod string;

pub use document::Document;
pub use error::{Problem, Wrong};
pub use operation::{Mapping, Operation};
pub use pointer::{Pointer, Segment};
pub use reader::{MAX_DEPTH, Reader, Refused};
pub use string::{quote, unquote};
