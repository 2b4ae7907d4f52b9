//! The filters of connection managers that were served before.

use std::collections::{BTreeMap, BTreeSet};

use crate::splice::Chain;

/// How many filter lists are remembered that no listener has now.
const REMEMBERED: usize = 4096;
static NONE: BTreeSet<String> = BTreeSet::new();

/// The filters of each connection manager that was ever served, by the name under which it asks for
/// its routes. Contour's own names stand for no filters, and so does a name that is not known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Generations(BTreeMap<String, BTreeSet<String>>);

impl Generations {
    pub(crate) fn remember<'c>(&mut self, chains: impl Iterator<Item = &'c Chain>) {
        let now: BTreeMap<_, _> = chains
            .map(|chain| {
                let names = chain.filters.iter().map(|filter| filter.name.clone());
                (chain.route_config_name.clone(), names.collect())
            })
            .collect();
        let too_many = self.0.len().saturating_sub(REMEMBERED);
        let old = self.0.keys().filter(|name| !now.contains_key(*name));
        let old: Vec<_> = old.take(too_many).cloned().collect();
        for name in old {
            self.0.remove(&name);
        }
        self.0.extend(now);
    }

    pub(crate) fn of(&self, name: &str) -> &BTreeSet<String> {
        self.0.get(name).unwrap_or(&NONE)
    }
}
