//! A page's simple request.

use std::path::Path;

use anyhow::Result;
use hachure_envoy::HttpFilter;
use serde_json::{Value, json};

use super::{Base, Subject, beside, lua, ours, subject};

const ALLOWED: &str = "access-control-allow-origin: https://app.example.com";

pub(super) fn all(modules: &Path) -> Result<Vec<Subject>> {
    let cors = ours(modules, "cors", cors_config())?;
    Ok(vec![
        native_cors(),
        subject("Lua cors, simple request", ALLOWED, vec![lua(LUA_CORS)]),
        subject("`cors`, simple request", ALLOWED, vec![cors]).at_most(3.0),
    ])
}

fn cors_config() -> Value {
    json!({"origins": ["https://app.example.com"], "credentials": true})
}

const NATIVE_CORS: &str = "envoy.filters.http.cors";

fn native_cors() -> Subject {
    let kind = "type.googleapis.com/envoy.extensions.filters.http.cors.v3";
    let filter = HttpFilter::native(NATIVE_CORS, json!({"@type": format!("{kind}.Cors")}));
    let policy = json!({
        "@type": format!("{kind}.CorsPolicy"),
        "allow_origin_string_match": [{"exact": "https://app.example.com"}],
        "allow_credentials": true,
    });
    beside(
        Base::Proxied,
        "native cors, simple request (with an upstream)",
        ALLOWED,
        vec![filter],
        |route| route.configure(NATIVE_CORS, policy),
    )
}

/// What our filter does on a simple request, `Vary` included.
const LUA_CORS: &str = r#"
function envoy_on_request(handle)
  local origin = handle:headers():get("origin")
  if origin == "https://app.example.com" then
    handle:streamInfo():dynamicMetadata():set("cors", "origin", origin)
  end
end
function envoy_on_response(handle)
  local headers = handle:headers()
  local found = handle:streamInfo():dynamicMetadata():get("cors")
  if found then
    headers:replace("access-control-allow-origin", found["origin"])
    headers:replace("access-control-allow-credentials", "true")
  end
  local vary = headers:get("vary")
  headers:replace("vary", vary and (vary .. ", Origin") or "Origin")
end
"#;
