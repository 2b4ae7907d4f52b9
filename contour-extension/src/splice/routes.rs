//! `RouteConfiguration{name=1, virtual_hosts=2{domains=2, routes=3}}`, down to its routes.

use crate::types;
use crate::wire::{self, Edit, Malformed};

const NAME: u32 = 1;
const VIRTUAL_HOSTS: u32 = 2;
/// `VirtualHost{routes=3}`.
const ROUTES: u32 = 3;
/// `Route{redirect=3, metadata=4, direct_response=7, typed_per_filter_config=13}`.
const REDIRECT: u32 = 3;
const METADATA: u32 = 4;
const DIRECT_RESPONSE: u32 = 7;
const TYPED_PER_FILTER_CONFIG: u32 = 13;
/// What a route does, of which it has one: route, redirect, direct_response, filter_action,
/// non_forwarding_action.
const ACTIONS: [u32; 5] = [2, REDIRECT, DIRECT_RESPONSE, 17, 18];
/// `Metadata{filter_metadata=1}`, a map of `Struct{fields=1}`, a map of `Value{string_value=3}`.
const FILTER_METADATA: u32 = 1;
const STRUCT_FIELDS: u32 = 1;
const STRING_VALUE: u32 = 3;
/// Under which Contour says what a route was made of.
const SOURCE: &str = "envoy.access_loggers.file";

/// The object that a route was made of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// `HTTPProxy`, `Ingress`, `HTTPRoute`, `GRPCRoute`.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A route, as far as it decides what is done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The object that it was made of, if it says so.
    pub owner: Option<Owner>,
    /// It only redirects.
    pub redirects: bool,
}

/// What is done with a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Treatment {
    /// It stays as it is.
    Pass,
    /// These filters are switched on.
    Enable(Vec<String>),
    /// It answers 503 with that text, instead of what it would do.
    Close(String),
}

/// A route configuration under another name, with each route treated; none where that changes
/// nothing.
pub fn routes(
    routes: &[u8],
    name: &str,
    mut treat: impl FnMut(&Route) -> Treatment,
) -> Result<Option<Vec<u8>>, Malformed> {
    wire::edit(routes, |field| match field.number {
        NAME if field.bytes()? != name.as_bytes() => Ok(Edit::Replace(name.as_bytes().to_vec())),
        VIRTUAL_HOSTS => {
            let host = wire::edit::<Malformed>(field.bytes()?, |field| {
                if field.number != ROUTES {
                    return Ok(Edit::Keep);
                }
                let treatment = treat(&read(field.bytes()?)?);
                let route = apply(field.bytes()?, &treatment)?;
                Ok(route.map_or(Edit::Keep, Edit::Replace))
            })?;
            Ok(host.map_or(Edit::Keep, Edit::Replace))
        }
        _ => Ok(Edit::Keep),
    })
}

/// The objects that the routes were made of, each once for every route of it.
pub fn owners(routes: &[u8]) -> Result<Vec<Owner>, Malformed> {
    let mut owners = vec![];
    for host in wire::fields(routes) {
        let host = host?;
        if host.number != VIRTUAL_HOSTS {
            continue;
        }
        for route in wire::fields(host.bytes()?) {
            let route = route?;
            if route.number == ROUTES {
                owners.extend(read(route.bytes()?)?.owner);
            }
        }
    }
    Ok(owners)
}

fn read(route: &[u8]) -> Result<Route, Malformed> {
    let redirects = wire::once(route, REDIRECT)?.is_some();
    let owner = match wire::once(route, METADATA)? {
        Some(metadata) => owner(metadata)?,
        None => None,
    };
    Ok(Route { owner, redirects })
}

fn owner(metadata: &[u8]) -> Result<Option<Owner>, Malformed> {
    let Some(source) = wire::entry(metadata, FILTER_METADATA, SOURCE)? else {
        return Ok(None);
    };
    let text = |name: &str| -> Result<Option<String>, Malformed> {
        let key = format!("io.projectcontour.{name}");
        let Some(value) = wire::entry(source, STRUCT_FIELDS, &key)? else {
            return Ok(None);
        };
        Ok(Some(wire::text(value, STRING_VALUE)?.to_owned()))
    };
    let parts = (text("kind")?, text("namespace")?, text("name")?);
    let (Some(kind), Some(namespace), Some(name)) = parts else {
        return Ok(None);
    };
    Ok(Some(Owner {
        kind,
        namespace,
        name,
    }))
}

fn apply(route: &[u8], treatment: &Treatment) -> Result<Option<Vec<u8>>, Malformed> {
    match treatment {
        Treatment::Pass => Ok(None),
        Treatment::Enable(filters) => {
            let mut route = route.to_vec();
            for filter in filters {
                // Of two entries with one key the last counts.
                wire::put(&mut route, TYPED_PER_FILTER_CONFIG, &enabled(filter));
            }
            Ok(Some(route))
        }
        Treatment::Close(text) => {
            let closed = wire::edit::<Malformed>(route, |field| {
                Ok(match ACTIONS.contains(&field.number) {
                    true => Edit::Drop,
                    false => Edit::Keep,
                })
            })?;
            let mut route = closed.unwrap_or_else(|| route.to_vec());
            wire::put(&mut route, DIRECT_RESPONSE, &unavailable(text));
            Ok(Some(route))
        }
    }
}

/// The map entry that switches a filter on, without a config of the route's own.
fn enabled(filter: &str) -> Vec<u8> {
    let mut config = vec![];
    // `FilterConfig{config=1}`: Envoy refuses one without it, and takes an empty `Any`.
    wire::put(&mut config, 1, b"");
    let mut entry = vec![];
    wire::put_text(&mut entry, 1, filter);
    wire::put(&mut entry, 2, &wire::any(types::FILTER_CONFIG, &config));
    entry
}

/// `DirectResponseAction{status=1, body=2{inline_string=3}}`.
fn unavailable(text: &str) -> Vec<u8> {
    let mut body = vec![];
    wire::put_text(&mut body, 3, text);
    let mut response = vec![];
    wire::put_number(&mut response, 1, 503);
    wire::put(&mut response, 2, &body);
    response
}
