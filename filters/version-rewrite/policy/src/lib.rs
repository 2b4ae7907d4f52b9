//! Version rewriting: several versions of an API behind one address.
//!
//! For each request, in this order:
//! 1. headers that tell an upstream its version are removed: only this filter sets them;
//! 2. a path that has two readings is refused, where a path source or a path change rests on it;
//! 3. the sources are read in order. With `conflict: first` the first that speaks decides; with
//!    `reject` all of them are read and must agree. A version that is unknown, or two values that
//!    differ in one place, refuse;
//! 4. where none speaks, `default` decides; without it the request is refused, or passes;
//! 5. a version that has ended is refused: by its `status`, or by its date with `enforceSunset`;
//! 6. the path, the headers and the media types are changed to what the version's upstream takes,
//!    and a JSON body, where the version has operations for it.
//!
//! The response then says which version answered, when it ends, and what it depends on;
//! a JSON body becomes the version's.
//!
//! **Deployment.** Envoy chooses the route again after any change to a request's headers, and the
//! filters of the new route do not run. A config that changes anything says `reroute: true`, and
//! this filter and every security filter belong on both routes.
//!
//! ```
//! use hachure_exchange::{Metrics, Policy, Setup};
//! use hachure_version_rewrite_policy::{Config, VersionRewrite};
//!
//! let config: Config = hachure_config::from_slice(
//!     br#"{
//!         "sources": [{"path": {"template": "/v{version}"}}],
//!         "versions": [{"name": "1", "upstream": {"path": {"prefix": "/legacy"}}}, {"name": "2"}],
//!         "reroute": true
//!     }"#,
//! )?;
//! let mut metrics = Metrics::new(VersionRewrite::NAME);
//! let setup = Setup { metrics: &mut metrics, plugin: "orders", seed: [0; 16] };
//! VersionRewrite::compile(config, setup)?;
//! assert!(metrics.names().iter().any(|n| n.ends_with("request.version.2.consumer.other")));
//! # Ok::<(), hachure_config::ConfigErrors>(())
//! ```

mod bodies;
mod carry;
mod compile;
mod config;
mod counters;
mod decide;
mod etag;
mod link;
mod media_range;
mod media_types;
mod names;
mod policy;
mod reasons;
mod refuse;
mod rerun;
mod response;
mod source;
mod upstream;
mod vary;
mod versions;

pub use config::{
    Assignment, Bodies, Config, Conflict, Header, Json, Links, Map, Mapping, MediaTypeSource,
    NamedSource, OnFailure, OnMissing, Operation, Parts, PathSource, Place, Rename, Source, Status,
    Transfer, Upstream, UpstreamPath, Version, Wrapping,
};
pub use policy::{Stream, VersionRewrite};
