//! Quotas: how often, and how much in a day or a month, each client may call.
//!
//! For each request:
//! 1. every limit reads its key, its plan and its cost. A request without a key is counted with
//!    all others without one, skipped or refused, as `onMissingKey` says; one whose key or cost
//!    can be read in two ways is refused;
//! 2. every limit takes the cost, or finds that it is not there. Once one has refused, the others
//!    are only looked at;
//! 3. where a limit refused, what the others took is given back, and the request is answered;
//! 4. the response says where the client stands. A cost that only the response tells is taken now,
//!    and what its body says beyond that when it has ended.
//!
//! Counters live in the host's shared data, in a fixed number of slots ([`table`]), and are changed
//! by compare-and-swap: all workers of a process count together, exactly.
//!
//! ```
//! use hachure_quota_policy::algorithm::{Algorithm, Allowance};
//! use hachure_config::UnixTime;
//!
//! let rate = Algorithm::Rate { period: 1_000_000_000 };
//! let two = Allowance { limit: 2, burst: 2 };
//! let now = UnixTime::from_seconds(1_800_000_000);
//! let (kept, standing) = rate.take(None, two, 2, now);
//! assert_eq!((standing.admitted, standing.remaining), (true, 0));
//! let (_, standing) = rate.take(kept, two, 1, now);
//! assert_eq!((standing.admitted, standing.retry), (false, Some(500_000_000)));
//! ```

pub mod algorithm;
mod compile;
mod config;
mod cost;
mod counters;
mod fields;
mod judgement;
mod key;
mod lease;
mod limit;
mod policy;
mod reasons;
mod secret;
mod service;
pub mod table;

pub use config::{
    Config, Cost, Fields, HeaderCost, KeyPart, Limit, OnFailure, OnFull, OnMissingKey, Period,
    Plan, PlanSource, Plans, Rate, RateAlgorithm, ResponseBodyCost, ResponseHeaderCost, Service,
    Store, Warning, Window,
};
pub use policy::{Quota, Stream};
