//! What every filter's config is made of.
//!
//! A config is parsed into types that can only hold what is right, and everything that can be
//! wrong is found before the first request, with the path to the field ([`ConfigError`]).

mod claim_path;
mod duration;
mod error;
mod ipv6;
mod matcher;
mod mode;
mod parse;
mod path;
mod problems;
mod query;
mod quoted;
mod request_path;
mod template;
mod time;
mod upstreams;

pub use claim_path::{ClaimPath, PathError};
pub use duration::Duration;
pub use error::{ConfigError, ConfigErrors};
pub use ipv6::ipv6_groups;
pub use matcher::{Captures, MAX_SUBJECT, Pattern, SearchPattern, StatusRange, TextMatch};
pub use mode::Mode;
pub use parse::{from_slice, from_value, scalar_at, text_at};
pub use path::Path;
pub use problems::Problems;
pub use query::{QueryEdit, encode_form};
pub use quoted::quoted;
pub use request_path::{
    NotCanonical, Parameter, Parameters, PathPattern, PathTemplate, RequestPath, Segment, Segments,
    decode_form,
};
pub use template::{Part, Template, Variable};
pub use time::UnixTime;
pub use upstreams::{UpstreamName, Upstreams};
