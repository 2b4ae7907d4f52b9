//! What is measured: each a listener of its own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use hachure_envoy::{HttpFilter, Listener, Process, Route, WasmFilter};
use hachure_registry::Filter;
use serde_json::{Value, json};

use crate::module;
use crate::nothing;
use crate::upstream;

/// The router alone, which every subject is measured beside.
#[derive(Clone, Copy)]
pub(crate) enum Base {
    /// It answers by itself: nothing else takes time.
    Direct,
    /// It passes requests on: native cors does nothing on a route that answers by itself.
    Proxied,
}

impl Base {
    pub(crate) const ALL: [Self; 2] = [Self::Direct, Self::Proxied];

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Proxied => "proxied",
        }
    }

    pub(crate) fn listener(self) -> Listener {
        listener(self.id()).route(self.route())
    }

    fn route(self) -> Route {
        let all = Route::prefix("/");
        match self {
            Self::Direct => all.direct(200, "ok"),
            Self::Proxied => all.to(upstream::NAME),
        }
    }
}

/// One listener under load.
pub(crate) struct Subject {
    pub(crate) id: String,
    pub(crate) title: &'static str,
    /// What it is measured beside.
    pub(crate) base: Base,
    /// The most that it may add, in microseconds.
    pub(crate) goal: Option<f64>,
    pub(crate) listener: Listener,
    /// What an answer must hold, so that nothing is measured that does not work.
    shows: &'static str,
}

/// All subjects; the first is its base again.
pub(crate) fn all(modules: &Path) -> Result<Vec<Subject>> {
    let headers = ours(modules, "header-mutation", header_config())?;
    let cors = ours(modules, "cors", cors_config())?;
    Ok(vec![
        subject("router alone, again", "200 OK", vec![]),
        subject(
            "a Wasm filter that does nothing",
            "200 OK",
            vec![native("wasm.v3.Wasm", nothing::config()?)],
        ),
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
        native_cors(),
        subject("Lua cors, simple request", ALLOWED, vec![lua(LUA_CORS)]),
        subject("`cors`, simple request", ALLOWED, vec![cors]).at_most(3.0),
    ])
}

const ALLOWED: &str = "access-control-allow-origin: https://app.example.com";

/// A subject whose route answers by itself.
fn subject(title: &'static str, shows: &'static str, filters: Vec<HttpFilter>) -> Subject {
    beside(Base::Direct, title, shows, filters, |route| route)
}

fn beside(
    base: Base,
    title: &'static str,
    shows: &'static str,
    filters: Vec<HttpFilter>,
    configure: impl FnOnce(Route) -> Route,
) -> Subject {
    let id = title.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let filters = filters.into_iter();
    let listener = filters
        .fold(listener(&id), Listener::filter)
        .route(configure(base.route()));
    Subject {
        id,
        title,
        base,
        goal: None,
        listener,
        shows,
    }
}

/// Without what the FAQ «best practices for benchmarking Envoy» asks to turn off.
fn listener(id: &str) -> Listener {
    Listener::new(id).manager_field("generate_request_id", json!(false))
}

impl Subject {
    fn at_most(mut self, microseconds: f64) -> Self {
        self.goal = Some(microseconds);
        self
    }

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
