//! An HTTP connection manager: which filters a request of which route goes through.

use std::collections::BTreeMap;

use crate::config::Placed;
use crate::cursor::Cursor;
use crate::validate::envoy;
use crate::validate::found::Found;

/// A connection manager's filters and the routes that it knows.
pub(crate) struct Manager<'i> {
    pub(crate) filters: Vec<HttpFilter<'i>>,
    inline: Option<RouteTable<'i>>,
    /// The name of a route table that stands elsewhere.
    named: Option<&'i str>,
}

/// An entry of `http_filters`.
pub(crate) struct HttpFilter<'i> {
    pub(crate) name: &'i str,
    /// Off, unless a route turns it on.
    pub(crate) disabled: bool,
    /// The type of its config.
    pub(crate) kind: &'i str,
    /// The config, for a filter of the catalogue.
    pub(crate) placed: Option<Placed<'i>>,
}

/// A route configuration.
pub(crate) struct RouteTable<'i> {
    name: &'i str,
    /// The routes of each virtual host.
    pub(crate) hosts: Vec<Vec<Route<'i>>>,
}

/// A route, and the filters that it turns on or off for itself.
pub(crate) struct Route<'i> {
    /// The whole route.
    pub(crate) place: Cursor<'i>,
    switches: BTreeMap<&'i str, bool>,
}

impl<'i> Manager<'i> {
    pub(super) fn read(here: &Cursor<'i>, filters: &Cursor<'i>, found: &mut Found<'i>) -> Self {
        let table = here
            .get_any(&["route_config", "routeConfig"])
            .and_then(|table| {
                let hosts = table.get_any(&["virtual_hosts", "virtualHosts"])?;
                Some(RouteTable::read(&table, &hosts))
            });
        let named = here.get("rds").and_then(|rds| {
            rds.get_any(&["route_config_name", "routeConfigName"])?
                .value
                .as_str()
        });
        Self {
            filters: filters
                .items()
                .map(|entry| HttpFilter::read(&entry, found))
                .collect(),
            inline: table,
            named,
        }
    }

    /// The filters of the catalogue, in order.
    pub(super) fn placed(&self) -> impl Iterator<Item = &Placed<'i>> {
        self.filters
            .iter()
            .filter_map(|filter| filter.placed.as_ref())
    }

    /// The virtual hosts that it serves, as far as the files hold them.
    pub(crate) fn hosts<'s>(
        &'s self,
        tables: &'s [RouteTable<'i>],
    ) -> impl Iterator<Item = &'s Vec<Route<'i>>> {
        let named = tables.iter().filter(|table| Some(table.name) == self.named);
        self.inline
            .iter()
            .chain(named)
            .flat_map(|table| &table.hosts)
    }

    /// The lists of filters that requests go through: without a route's switches, and on each
    /// route that has some.
    pub(crate) fn chains(&self, tables: &[RouteTable<'i>]) -> Vec<Vec<&Placed<'i>>> {
        let running = |runs: &dyn Fn(&HttpFilter<'_>) -> bool| -> Vec<_> {
            let filters = self.filters.iter().filter(|filter| runs(filter));
            filters
                .filter_map(|filter| filter.placed.as_ref())
                .collect()
        };
        let mut chains = vec![running(&|filter| !filter.disabled)];
        for route in self
            .hosts(tables)
            .flatten()
            .filter(|route| !route.switches.is_empty())
        {
            chains.push(running(&|filter| route.runs(filter)));
        }
        chains
    }
}

impl<'i> HttpFilter<'i> {
    fn read(entry: &Cursor<'i>, found: &mut Found<'i>) -> Self {
        let config = entry.get_any(&["typed_config", "typedConfig"]);
        let wasm = config.as_ref().and_then(envoy::wasm_message);
        let kind = config.as_ref().and_then(|config| config.text("@type"));
        Self {
            name: entry.text("name").unwrap_or_default(),
            disabled: entry.get("disabled").is_some_and(|flag| flag.value == true),
            kind: kind.unwrap_or_default(),
            placed: wasm.and_then(|wasm| envoy::placed(&wasm, found)),
        }
    }
}

impl<'i> RouteTable<'i> {
    pub(super) fn read(table: &Cursor<'i>, hosts: &Cursor<'i>) -> Self {
        let of_table = switches(table);
        let hosts = hosts.items().map(|host| {
            let mut of_host = of_table.clone();
            of_host.extend(switches(&host));
            let routes = host.list("routes").into_iter();
            routes
                .map(|route| Route::read(route, of_host.clone()))
                .collect()
        });
        Self {
            hosts: hosts.collect(),
            name: table.text("name").unwrap_or_default(),
        }
    }
}

impl<'i> Route<'i> {
    fn read(place: Cursor<'i>, mut above: BTreeMap<&'i str, bool>) -> Self {
        above.extend(switches(&place));
        Self {
            place,
            switches: above,
        }
    }

    /// Whether requests of this route go through a filter.
    pub(crate) fn runs(&self, filter: &HttpFilter<'_>) -> bool {
        self.switches
            .get(filter.name)
            .copied()
            .unwrap_or(!filter.disabled)
    }
}

/// Filters by name, and whether a table, host or route turns them on: with any config but
/// `disabled: true`.
fn switches<'i>(here: &Cursor<'i>) -> BTreeMap<&'i str, bool> {
    let configs = here.get_any(&["typed_per_filter_config", "typedPerFilterConfig"]);
    let members: Vec<_> = configs.iter().flat_map(Cursor::members).collect();
    let is_on = |config: &Cursor<'_>| config.get("disabled").is_none_or(|flag| flag.value != true);
    members
        .into_iter()
        .map(|(name, config)| (name, is_on(&config)))
        .collect()
}
