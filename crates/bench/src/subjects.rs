//! What is measured: each a listener of its own.

mod cors;
mod headers;
mod limits;
mod tokens;
mod versions;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use hachure_envoy::{HttpFilter, Listener, Process, Route, WasmFilter};
use hachure_registry::Filter;
use serde_json::{Value, json};

use crate::load;
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
    pub(crate) goal: Option<Goal>,
    pub(crate) listener: Listener,
    pub(crate) request: Request,
    /// What an answer must hold, so that nothing is measured that does not work.
    shows: &'static str,
    /// What the answer to a request without the headers of its own must hold.
    else_shows: Option<&'static str>,
}

/// What a subject may cost.
pub(crate) enum Goal {
    /// Added microseconds.
    Added(f64),
    /// So many times what the subject of that title adds.
    Times(f64, &'static str),
}

/// What is asked of a subject, and of its base while it is measured beside it.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) path: &'static str,
    /// `name: value` beside the usual ones.
    pub(crate) headers: Vec<String>,
}

/// All subjects; the first is its base again.
pub(crate) fn all(modules: &Path) -> Result<Vec<Subject>> {
    let first = vec![
        subject("router alone, again", "200 OK", vec![]),
        subject(
            "a Wasm filter that does nothing",
            "200 OK",
            vec![native("wasm.v3.Wasm", nothing::config()?)],
        ),
    ];
    Ok([
        first,
        headers::all(modules)?,
        cors::all(modules)?,
        tokens::all(modules)?,
        limits::all(modules)?,
        versions::all(modules)?,
    ]
    .into_iter()
    .flatten()
    .collect())
}

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
        request: Request {
            path: "/orders",
            headers: vec![],
        },
        shows,
        else_shows: None,
    }
}

/// Without what the FAQ «best practices for benchmarking Envoy» asks to turn off.
fn listener(id: &str) -> Listener {
    Listener::new(id).manager_field("generate_request_id", json!(false))
}

impl Subject {
    fn at_most(mut self, microseconds: f64) -> Self {
        self.goal = Some(Goal::Added(microseconds));
        self
    }

    fn at_most_times(mut self, factor: f64, title: &'static str) -> Self {
        self.goal = Some(Goal::Times(factor, title));
        self
    }

    fn at(mut self, path: &'static str) -> Self {
        self.request.path = path;
        self
    }

    /// Every request carries the header, and one that does not is answered so.
    fn carries(mut self, header: String, else_shows: &'static str) -> Self {
        self.request.headers.push(header);
        self.else_shows = Some(else_shows);
        self
    }

    /// Requests that must be answered as the subject says.
    pub(crate) fn check(&self, envoy: &Process) -> Result<()> {
        let with = &self.request.headers;
        self.ask(envoy, with, self.shows)?;
        // Out of a cache, where there is one.
        self.ask(envoy, with, self.shows)?;
        match self.else_shows {
            Some(shows) => self.ask(envoy, &[], shows),
            None => Ok(()),
        }
    }

    fn ask(&self, envoy: &Process, headers: &[String], shows: &str) -> Result<()> {
        let address = envoy
            .address(&self.id)
            .context("a listener without an address")?;
        let usual = load::HEADERS.map(str::to_owned);
        let lines = [&usual[..], headers].concat().join("\r\n");
        let mut stream = TcpStream::connect(address)?;
        write!(
            stream,
            "GET {} HTTP/1.1\r\nhost: bench\r\n{lines}\r\nconnection: close\r\n\r\n",
            self.request.path
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        ensure!(
            answer.contains(shows),
            "{}: no `{shows}` in: {answer}",
            self.title
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

fn native(kind: &str, config: Value) -> HttpFilter {
    let mut typed =
        json!({"@type": format!("type.googleapis.com/envoy.extensions.filters.http.{kind}")});
    if let (Value::Object(typed), Value::Object(config)) = (&mut typed, config) {
        typed.extend(config);
    }
    HttpFilter::native(kind.to_owned(), typed)
}

fn lua(code: &str) -> HttpFilter {
    native(
        "lua.v3.Lua",
        json!({"default_source_code": {"inline_string": code}}),
    )
}
