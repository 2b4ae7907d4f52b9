//! The catalogue entries of all filters, and what they say about chains.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use clap::builder::PossibleValuesParser;
use hachure_catalog::Entry;
use hachure_registry::{FILTERS, Filter};

/// What every `filter.yaml` says, by filter name.
pub(crate) struct Catalogue(BTreeMap<&'static str, Entry>);

impl Catalogue {
    /// Reads the entries that are in this binary.
    pub(crate) fn load() -> Result<Self> {
        let entry = |filter: &'static Filter| {
            let entry = filter.entry();
            Ok((
                filter.name,
                entry.with_context(|| format!("the entry of {}", filter.name))?,
            ))
        };
        FILTERS.iter().map(entry).collect::<Result<_>>().map(Self)
    }

    /// The entries by name.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.0.values()
    }

    /// The entry of one filter.
    pub(crate) fn entry(&self, name: &str) -> Option<&Entry> {
        self.0.get(name)
    }

    /// Why `first` has to come before `second` in a chain; none where the catalogue has no rule.
    pub(crate) fn must_precede(&self, first: &str, second: &str) -> Option<&str> {
        let lists = |names: &[String], name: &str| names.iter().any(|listed| listed == name);
        let by_first = self
            .entry(first)
            .filter(|entry| lists(&entry.order.before, second));
        let by_second = || {
            self.entry(second)
                .filter(|entry| lists(&entry.order.after, first))
        };
        by_first
            .or_else(by_second)
            .map(|entry| entry.order.why.as_str())
    }
}

/// A filter's name on the command line: an unknown one is answered with those there are.
pub(crate) fn names() -> PossibleValuesParser {
    FILTERS
        .iter()
        .map(|filter| filter.name)
        .collect::<Vec<_>>()
        .into()
}

/// The filter that has this name; clap has checked that there is one.
pub(crate) fn named(name: &str) -> Result<&'static Filter> {
    Filter::find(name).with_context(|| format!("the catalogue has no filter `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_read() {
        let catalogue = Catalogue::load().unwrap();
        assert_eq!(catalogue.entries().count(), FILTERS.len());
    }

    #[test]
    fn an_order_holds_whichever_of_the_two_states_it() {
        let entry = |name: &str, before: &str, after: &str| {
            let text = include_str!("../../../filters/header-mutation/filter.yaml");
            let mut entry = Entry::parse(text).unwrap();
            entry.name = name.to_owned();
            entry.order.before = before.split_whitespace().map(str::to_owned).collect();
            entry.order.after = after.split_whitespace().map(str::to_owned).collect();
            entry.order.why = format!("{name} says so");
            entry
        };
        let catalogue = Catalogue(BTreeMap::from([
            ("a", entry("a", "b", "")),
            ("b", entry("b", "", "")),
            ("c", entry("c", "", "b")),
        ]));
        assert_eq!(catalogue.must_precede("a", "b"), Some("a says so"));
        assert_eq!(catalogue.must_precede("b", "c"), Some("c says so"));
        assert_eq!(catalogue.must_precede("b", "a"), None);
        assert_eq!(catalogue.must_precede("a", "c"), None);
    }
}
