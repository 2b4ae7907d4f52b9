//! `RouteConfiguration{name=1, virtual_hosts=2{domains=2, routes=3}}`, down to its routes.

use std::sync::Arc;

use crate::splice::choice::{Choice, native};
use crate::types;
use crate::wire::{self, Edit, Malformed};

const NAME: u32 = 1;
const VIRTUAL_HOSTS: u32 = 2;
/// `VirtualHost{domains=2, routes=3, typed_per_filter_config=15}`.
const DOMAINS: u32 = 2;
const OF_HOST: u32 = 15;
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

/// A virtual host, as far as it decides what is done with its routes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Host {
    /// The hosts that it is for.
    pub domains: Vec<String>,
    /// Its routes in their order.
    pub routes: Vec<Route>,
}

/// A route, as far as it decides what is done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The object that it was made of, if it says so.
    pub owner: Option<Arc<Owner>>,
    /// It only redirects.
    pub redirects: bool,
}

/// What is done with a route.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Treatment {
    /// It stays as it is.
    #[default]
    Pass,
    /// These filters are switched on.
    Enable(Vec<String>),
    /// It answers 503 with that text, instead of what it would do.
    Close(String),
}

/// Where a route stands: its virtual host's place, and its own in that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The virtual host's.
    pub host: usize,
    /// The route's.
    pub route: usize,
}

/// A route configuration under another name, with each route treated; none where that changes
/// nothing.
pub fn routes<'t>(
    routes: &[u8],
    name: &str,
    mut treat: impl FnMut(Place) -> &'t Treatment,
) -> Result<Option<Vec<u8>>, Malformed> {
    let mut hosts = 0..;
    wire::edit(routes, |field| match field.number {
        NAME if field.bytes()? != name.as_bytes() => Ok(Edit::Replace(name.as_bytes().to_vec())),
        VIRTUAL_HOSTS => {
            let host = hosts.next().unwrap_or_default();
            let mut places = 0..;
            let changed = wire::edit::<Malformed>(field.bytes()?, |field| {
                if field.number != ROUTES {
                    return Ok(Edit::Keep);
                }
                let route = places.next().unwrap_or_default();
                let route = apply(field.bytes()?, treat(Place { host, route }))?;
                Ok(route.map_or(Edit::Keep, Edit::Replace))
            })?;
            Ok(changed.map_or(Edit::Keep, Edit::Replace))
        }
        _ => Ok(Edit::Keep),
    })
}

/// The virtual hosts of a route configuration.
pub fn hosts(routes: &[u8]) -> Result<Vec<Host>, Malformed> {
    let mut hosts = vec![];
    // Neighbours are mostly of one object.
    let mut last: Option<Arc<Owner>> = None;
    for field in wire::fields(routes) {
        let field = field?;
        if field.number != VIRTUAL_HOSTS {
            continue;
        }
        let mut host = Host::default();
        for field in wire::fields(field.bytes()?) {
            let field = field?;
            match field.number {
                DOMAINS => {
                    let domain = String::from_utf8_lossy(field.bytes()?);
                    host.domains.push(domain.into_owned());
                }
                ROUTES => host.routes.push(read(field.bytes()?, &mut last)?),
                _ => {}
            }
        }
        hosts.push(host);
    }
    Ok(hosts)
}

/// By what the routes of each virtual host are chosen.
pub(crate) fn choices(routes: &[u8]) -> Result<Vec<Vec<Choice>>, Malformed> {
    let mut hosts = vec![];
    for field in wire::fields(routes) {
        let field = field?;
        if field.number != VIRTUAL_HOSTS {
            continue;
        }
        let around = native(field.bytes()?, OF_HOST)?;
        let mut choices = vec![];
        for field in wire::fields(field.bytes()?) {
            let field = field?;
            if field.number == ROUTES {
                choices.push(Choice::read(field.bytes()?, &around)?);
            }
        }
        hosts.push(choices);
    }
    Ok(hosts)
}

fn read(route: &[u8], last: &mut Option<Arc<Owner>>) -> Result<Route, Malformed> {
    let redirects = wire::once(route, REDIRECT)?.is_some();
    let owner = match wire::once(route, METADATA)? {
        Some(metadata) => owner(metadata)?,
        None => None,
    };
    let owner = owner.map(|owner| match last {
        Some(same) if **same == owner => Arc::clone(same),
        _ => Arc::clone(last.insert(Arc::new(owner))),
    });
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
