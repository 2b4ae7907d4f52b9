//! The interface `catalogue`.

use hachure_registry::FILTERS;

use crate::Component;
use crate::bindings::exports::hachure::policy::catalogue::{Filter, Guest};

impl Guest for Component {
    fn filters() -> Vec<Filter> {
        FILTERS.iter().filter_map(listed).collect()
    }
}

/// Every entry can be read: the registry's tests hold that.
fn listed(filter: &hachure_registry::Filter) -> Option<Filter> {
    let entry = filter.entry().ok()?;
    Some(Filter {
        name: entry.name,
        title: entry.title,
        summary: entry.summary,
        version: entry.version,
        schema: filter.schema.to_owned(),
    })
}
