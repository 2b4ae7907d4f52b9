//! What is measured: each a listener of its own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use hachure_envoy::{HttpFilter, Listener, Process, Route, WasmFilter};
use hachure_registry::Filter;
use serde_json::{Value, json};

use crate::module;

/// One listener under load.
pub(crate) struct Subject {
    pub(crate) id: String,
    pub(crate) title: &'static str,
    /// The most that it may add, in microseconds.
    pub(crate) goal: Option<f64>,
    pub(crate) listener: Listener,
    /// What an answer must hold, so that nothing is measured that does not work.
    shows: &'static str,
}

/// All subjects; the first is what the others add to, the second is the first again.
pub(crate) fn all(modules: &Path) -> Result<Vec<Subject>> {
    let headers = ours(modules, "header-mutation", header_config())?;
    let cors = ours(modules, "cors", cors_config())?;
    Ok(vec![
        subject("router alone", "200 OK", None, vec![], route()),
        subject("router alone, again", "200 OK", None, vec![], route()),
        subject(
            "native header_mutation, 1 + 1 header",
            "x-set: yes",
            None,
            vec![native_headers()],
            route(),
        ),
        subject(
            "Lua, 1 + 1 header",
            "x-set: yes",
            None,
            vec![lua(LUA_HEADERS)],
            route(),
        ),
        subject(
            "`header-mutation`, 1 + 1 header",
            "x-set: yes",
            Some(3.0),
            vec![headers],
            route(),
        ),
        subject(
            "native cors, simple request",
            ALLOWED,
            None,
            vec![native_cors()],
            cors_route(),
        ),
        subject(
            "Lua cors, simple request",
            ALLOWED,
            None,
            vec![lua(LUA_CORS)],
            route(),
        ),
        subject(
            "`cors`, simple request",
            ALLOWED,
            Some(3.0),
            vec![cors],
            route(),
        ),
    ])
}

const ALLOWED: &str = "access-control-allow-origin: https://app.example.com";

fn subject(
    title: &'static str,
    shows: &'static str,
    goal: Option<f64>,
    filters: Vec<HttpFilter>,
    route: Route,
) -> Subject {
    let id = title.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let listener = filters
        .into_iter()
        .fold(Listener::new(&id), Listener::filter)
        .route(route);
    // What the FAQ «best practices for benchmarking Envoy» asks to turn off.
    let listener = listener.manager_field("generate_request_id", json!(false));
    Subject {
        id,
        title,
        goal,
        listener,
        shows,
    }
}

impl Subject {
    /// One request that must be answered as the subject says.
    pub(crate) fn check(&self, envoy: &Process) -> Result<()> {
        let address = envoy
            .address(&self.id)
            .context("a listener without an address")?;
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(
            b"GET /orders HTTP/1.1\r\nhost: bench\r\norigin: https://app.example.com\r\nconnection: close\r\n\r\n",
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        ensure!(
            answer.contains(self.shows),
            "{}: no `{}` in: {answer}",
            self.title,
            self.shows
        );
        Ok(())
    }
}

fn route() -> Route {
    Route::prefix("/").direct(200, "ok")
}

fn ours(modules: &Path, name: &str, config: Value) -> Result<HttpFilter> {
    let filter = Filter::find(name).with_context(|| format!("no filter `{name}`"))?;
    let file = module(modules, name);
    ensure!(
        file.exists(),
        "{}: run `cargo xtask build` first",
        file.display()
    );
    Ok(WasmFilter::new(&filter.entry()?, name, file, config).into())
}

fn header_config() -> Value {
    json!({"rules": [
        {"phase": "request", "operation": {"set": {"name": "x-set", "value": "yes"}}},
        {"phase": "response", "operation": {"set": {"name": "x-set", "value": "yes"}}},
    ]})
}

fn cors_config() -> Value {
    json!({"origins": ["https://app.example.com"], "credentials": true})
}

fn native(kind: &str, config: Value) -> HttpFilter {
    let mut typed =
        json!({"@type": format!("type.googleapis.com/envoy.extensions.filters.http.{kind}")});
    if let (Value::Object(typed), Value::Object(config)) = (&mut typed, config) {
        typed.extend(config);
    }
    HttpFilter::native(kind.to_owned(), typed)
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

const NATIVE_CORS: &str = "envoy.filters.http.cors";

fn native_cors() -> HttpFilter {
    let kind = "type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors";
    HttpFilter::native(NATIVE_CORS, json!({"@type": kind}))
}

fn cors_route() -> Route {
    let kind = "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy";
    let policy = json!({
        "@type": kind,
        "allow_origin_string_match": [{"exact": "https://app.example.com"}],
        "allow_credentials": true,
    });
    route().configure(NATIVE_CORS, policy)
}

fn lua(code: &str) -> HttpFilter {
    native(
        "lua.v3.Lua",
        json!({"default_source_code": {"inline_string": code}}),
    )
}

const LUA_HEADERS: &str = r#"
function envoy_on_request(handle) handle:headers():replace("x-set", "yes") end
function envoy_on_response(handle) handle:headers():replace("x-set", "yes") end
"#;

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
