//! The order of filters in a chain, which the catalogue's `order` decides.

use crate::catalogue::Catalogue;
use crate::config::Placed;
use crate::finding::{Finding, Severity};

/// An error for each pair of filters that stand the wrong way round.
pub(super) fn check(chain: &[&Placed<'_>], catalogue: &Catalogue) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (i, earlier) in chain.iter().enumerate() {
        for later in chain.iter().skip(i.saturating_add(1)) {
            let (first, second) = (later.filter.name, earlier.filter.name);
            if let Some(why) = catalogue.must_precede(first, second) {
                let line = earlier.entry.position().line;
                let message =
                    format!("has to stand before {second} (line {line}) in a chain: {why}");
                findings.push(Finding {
                    filter: Some(first),
                    ..Finding::at(Severity::Error, &later.entry, message)
                });
            }
        }
    }
    findings
}
