//! What every filter's config is made of.
//!
//! A config is parsed into types that can only hold what is right, and everything that can be
//! wrong is found before the first request, with the path to the field ([`ConfigError`]).

mod error;
mod mode;
mod parse;
mod path;
mod time;

pub use error::{ConfigError, ConfigErrors};
pub use mode::Mode;
pub use parse::{from_slice, from_value};
pub use path::Path;
pub use time::UnixTime;
