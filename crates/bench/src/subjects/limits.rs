//! One limit that is never reached.

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::{Subject, native, ours, subject};

pub(super) fn all(modules: &Path) -> Result<Vec<Subject>> {
    let quota = ours(modules, "quota", config())?;
    Ok(vec![
        subject(
            "native local_ratelimit, with its headers",
            "x-ratelimit-remaining: ",
            vec![native("local_ratelimit.v3.LocalRateLimit", native_config())],
        ),
        subject("`quota`, one local rate", "ratelimit: ", vec![quota]).at_most(4.0),
    ])
}

/// A million a second, for all clients together.
fn config() -> Value {
    json!({"limits": [{"name": "all", "rate": {"limit": 1_000_000, "per": "1s"}}]})
}

fn native_config() -> Value {
    let all = json!({"default_value": {"numerator": 100}});
    json!({
        "stat_prefix": "bench",
        "token_bucket": {
            "max_tokens": 1_000_000,
            "tokens_per_fill": 1_000_000,
            "fill_interval": "1s",
        },
        "filter_enabled": all,
        "filter_enforced": all,
        "enable_x_ratelimit_headers": "DRAFT_VERSION_03",
    })
}
