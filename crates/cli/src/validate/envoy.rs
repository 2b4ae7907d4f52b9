//! Envoy's own configs, whole or in pieces: bootstrap, listeners, routes, patches.

use crate::config::{Placed, Text};
use crate::cursor::Cursor;
use crate::finding::{Finding, Severity};
use crate::validate::found::Found;
use crate::validate::manager::{Manager, RouteTable};
use crate::validate::policy;

const WASM: &str = "envoy.extensions.filters.http.wasm.v3.Wasm";

/// Adds every Wasm HTTP filter and every route table below `root`. Whether there was one.
pub(super) fn recognise<'i>(root: &Cursor<'i>, found: &mut Found<'i>) -> bool {
    let size = |found: &Found<'_>| {
        (
            found.placed.len(),
            found.managers.len(),
            found.tables.len(),
            found.findings.len(),
        )
    };
    let before = size(found);
    walk(root, found);
    size(found) != before
}

fn walk<'i>(here: &Cursor<'i>, found: &mut Found<'i>) {
    if let Some(wasm) = wasm_message(here) {
        let placed = placed(&wasm, found);
        found.placed.extend(placed);
        return;
    }
    if let Some(filters) = here.get_any(&["http_filters", "httpFilters"]) {
        let manager = Manager::read(here, &filters, found);
        found.placed.extend(manager.placed().cloned());
        found.managers.push(manager);
    } else if let Some(hosts) = here.get_any(&["virtual_hosts", "virtualHosts"]) {
        found.tables.push(RouteTable::read(here, &hosts));
    }
    let members = here
        .members()
        .filter(|(key, _)| !is_read(key))
        .map(|(_, member)| member);
    for inside in members.chain(here.items()) {
        walk(&inside, found);
    }
}

/// What [`Manager::read`] and [`RouteTable::read`] have taken.
fn is_read(key: &str) -> bool {
    let keys = [
        "http_filters",
        "httpFilters",
        "virtual_hosts",
        "virtualHosts",
    ];
    keys.contains(&key) || ["route_config", "routeConfig"].contains(&key)
}

/// The message of the Wasm filter that an `Any` holds, as such or as a `TypedStruct`.
pub(super) fn wasm_message<'i>(any: &Cursor<'i>) -> Option<Cursor<'i>> {
    let kind = any.text("@type")?;
    if kind.ends_with(WASM) {
        return Some(any.clone());
    }
    let inner = any.get_any(&["type_url", "typeUrl"])?.value.as_str()?;
    if kind.ends_with(".TypedStruct") && inner.ends_with(WASM) {
        any.get("value")
    } else {
        None
    }
}

/// The config in a Wasm filter's message, where the filter is one of the catalogue.
pub(super) fn placed<'i>(wasm: &Cursor<'i>, found: &mut Found<'i>) -> Option<Placed<'i>> {
    let plugin = wasm.get("config")?;
    let root_id = plugin
        .get_any(&["root_id", "rootId"])
        .and_then(|id| id.value.as_str());
    let filter = policy::identified(&plugin, root_id, plugin.text("name"), found)?;
    let text = match plugin.get("configuration") {
        None => Text::Absent,
        Some(any) => configuration(&any).or_else(|| {
            let message = "expected a google.protobuf.StringValue that holds JSON, or a \
                           google.protobuf.Struct";
            found
                .findings
                .push(Finding::at(Severity::Error, &any, message));
            None
        })?,
    };
    Some(Placed {
        filter,
        entry: plugin,
        text,
    })
}

fn configuration<'i>(any: &Cursor<'i>) -> Option<Text<'i>> {
    let kind = any.text("@type")?;
    let value = any.get("value");
    if kind.ends_with("google.protobuf.StringValue") {
        return match value {
            None => Some(Text::Absent),
            Some(text) => text.value.is_string().then_some(Text::Json(text)),
        };
    }
    kind.ends_with("google.protobuf.Struct")
        .then(|| value.map_or(Text::Absent, Text::Tree))
}
