//! What was recognised in all files of one call.

use hachure_registry::FILTERS;

use crate::config::Placed;
use crate::cursor::Cursor;
use crate::finding::{Finding, Severity};
use crate::validate::kubernetes::Object;
use crate::validate::manager::{Manager, RouteTable};
use crate::validate::policy::Policy;
use crate::validate::run_file::RunRoutes;

/// How much a name must be like another (Jaro) to be taken for a slip of the pen.
const ALIKE: f64 = 0.85;

/// Everything that was recognised, and what was wrong with its shape.
#[derive(Default)]
pub(crate) struct Found<'i> {
    /// Every filter config.
    pub(crate) placed: Vec<Placed<'i>>,
    /// Policies of Envoy Gateway and of ours.
    pub(crate) policies: Vec<Policy<'i>>,
    /// Other objects that policies relate to.
    pub(crate) objects: Vec<Object<'i>>,
    /// HTTP connection managers of Envoy configs.
    pub(crate) managers: Vec<Manager<'i>>,
    /// Route tables outside of a connection manager.
    pub(crate) tables: Vec<RouteTable<'i>>,
    /// Files of `hachure run`.
    pub(crate) runs: Vec<RunRoutes<'i>>,
    /// Cases whose config is refused, as they say themselves.
    pub(crate) refused: usize,
    /// What was wrong before any config could be checked.
    pub(crate) findings: Vec<Finding>,
}

impl<'i> Found<'i> {
    /// Every list of filters that some request goes through, in its order.
    pub(crate) fn chains(&self) -> Vec<Vec<&Placed<'i>>> {
        let policies = self
            .policies
            .iter()
            .map(|policy| policy.filters.iter().collect());
        let managers = self
            .managers
            .iter()
            .flat_map(|manager| manager.chains(&self.tables));
        let runs = self.runs.iter().flat_map(RunRoutes::chains);
        policies.chain(managers).chain(runs).collect()
    }

    /// How much was recognised so far, to see whether a file adds to it.
    pub(crate) fn size(&self) -> usize {
        [
            self.placed.len(),
            self.objects.len(),
            self.tables.len(),
            self.runs.len(),
            self.refused,
        ]
        .iter()
        .sum()
    }

    /// Says that a filter is not ours, which may be a slip of the pen.
    pub(crate) fn foreign(&mut self, entry: &Cursor<'i>, name: &str) {
        let nearest = FILTERS
            .iter()
            .map(|filter| (strsim::jaro(filter.name, name), filter.name));
        let nearest = nearest.max_by(|(one, _), (other, _)| one.total_cmp(other));
        let meant = match nearest {
            Some((likeness, known)) if likeness > ALIKE => format!("; was `{known}` meant?"),
            _ => String::new(),
        };
        let message = format!("`{name}` is no filter of the catalogue: not checked{meant}");
        self.findings
            .push(Finding::at(Severity::Note, entry, message));
    }
}
