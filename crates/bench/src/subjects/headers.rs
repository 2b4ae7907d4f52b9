//! One header on the request and one on the response.

use std::path::Path;

use anyhow::Result;
use hachure_envoy::HttpFilter;
use serde_json::{Value, json};

use super::{Subject, lua, native, ours, subject};

pub(super) fn all(modules: &Path) -> Result<Vec<Subject>> {
    let headers = ours(modules, "header-mutation", header_config())?;
    Ok(vec![
        subject(
            "native header_mutation, 1 + 1 header",
            "x-set: yes",
            vec![native_headers()],
        ),
        subject("Lua, 1 + 1 header", "x-set: yes", vec![lua(LUA_HEADERS)]),
        subject(
            "`header-mutation`, 1 + 1 header",
            "x-set: yes",
            vec![headers],
        )
        .at_most(3.0),
    ])
}

fn header_config() -> Value {
    json!({"rules": [
        {"phase": "request", "operation": {"set": {"name": "x-set", "value": "yes"}}},
        {"phase": "response", "operation": {"set": {"name": "x-set", "value": "yes"}}},
    ]})
}

fn native_headers() -> HttpFilter {
    let set = json!([{"append": {
        "header": {"key": "x-set", "value": "yes"},
        "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
    }}]);
    let mutations = json!({"request_mutations": set, "response_mutations": set});
    native(
        "header_mutation.v3.HeaderMutation",
        json!({"mutations": mutations}),
    )
}

const LUA_HEADERS: &str = r#"
function envoy_on_request(handle) handle:headers():replace("x-set", "yes") end
function envoy_on_response(handle) handle:headers():replace("x-set", "yes") end
"#;
