//! `EnvoyExtensionPolicy` and `ContourExtensionPolicy`: the same filter list in both.

use hachure_registry::Filter;

use crate::config::{Placed, Text};
use crate::cursor::Cursor;
use crate::finding::{Finding, Severity};
use crate::validate::found::Found;
use crate::validate::kubernetes::Object;
use crate::validate::targets::{self, Target};

/// The kinds that carry `spec.wasm[]`.
pub(super) const KINDS: [&str; 2] = ["EnvoyExtensionPolicy", "ContourExtensionPolicy"];

/// A policy with the filters of the catalogue that it attaches.
pub(crate) struct Policy<'i> {
    pub(crate) object: Object<'i>,
    pub(crate) targets: Vec<Target<'i>>,
    /// In the order in which requests pass them; filters of others are left out.
    pub(crate) filters: Vec<Placed<'i>>,
}

impl<'i> Policy<'i> {
    pub(super) fn read(object: Object<'i>, found: &mut Found<'i>) -> Self {
        let entries = object
            .spec()
            .map(|spec| spec.list("wasm"))
            .unwrap_or_default();
        let filters = entries
            .iter()
            .filter_map(|entry| placed(entry, found))
            .collect();
        Self {
            targets: targets::of(&object),
            filters,
            object,
        }
    }

    /// Its entries of one filter.
    pub(crate) fn entries_of(&self, filter: &str) -> impl Iterator<Item = &Placed<'i>> {
        self.filters
            .iter()
            .filter(move |placed| placed.filter.name == filter)
    }
}

fn placed<'i>(entry: &Cursor<'i>, found: &mut Found<'i>) -> Option<Placed<'i>> {
    let (root_id, name) = (entry.text("rootID"), entry.text("name"));
    let filter = identified(entry, root_id, name, found)?;
    let config = entry.get("config").filter(|config| !config.value.is_null());
    let text = config.map_or(Text::Absent, Text::Tree);
    Some(Placed {
        filter,
        entry: entry.clone(),
        text,
    })
}

/// The filter that a Wasm entry means: by its root id, which alone decides where it is set
/// because a module refuses another's, else by its name.
pub(super) fn identified<'i>(
    entry: &Cursor<'i>,
    root_id: Option<&'i str>,
    name: Option<&'i str>,
    found: &mut Found<'i>,
) -> Option<&'static Filter> {
    let root_id = root_id.filter(|id| !id.is_empty());
    let wanted = root_id.or(name).unwrap_or_default();
    let filter = Filter::find(wanted);
    match (filter, root_id, name.and_then(Filter::find)) {
        (Some(_), ..) => {}
        (None, Some(root_id), Some(by_name)) => {
            let message = format!(
                "this is named {0}, but its root ID is `{root_id}`: the module of {0} refuses \
                 that; write {0}, or leave it out",
                by_name.name
            );
            found
                .findings
                .push(Finding::at(Severity::Error, entry, message));
        }
        (None, ..) => found.foreign(entry, wanted),
    }
    filter
}
