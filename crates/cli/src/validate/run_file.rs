//! Files for `hachure run` and `hachure render`.

use hachure_config::from_value;
use hachure_registry::Filter;

use crate::config::{Placed, Text};
use crate::cursor::Cursor;
use crate::finding::Finding;
use crate::run_file::RunFile;
use crate::validate::found::Found;

/// The filters of one file.
pub(crate) struct RunRoutes<'i> {
    /// Those of every route.
    pub(crate) everywhere: Vec<Placed<'i>>,
    pub(crate) routes: Vec<RunRoute<'i>>,
}

/// A route with its own filters.
pub(crate) struct RunRoute<'i> {
    pub(crate) place: Cursor<'i>,
    pub(crate) filters: Vec<Placed<'i>>,
}

impl<'i> RunRoutes<'i> {
    /// What requests of each route go through.
    pub(crate) fn chains(&self) -> impl Iterator<Item = Vec<&Placed<'i>>> {
        let of_routes = self
            .routes
            .iter()
            .map(|route| self.everywhere.iter().chain(&route.filters).collect());
        // What a gateway attaches, to routes of its own.
        let everywhere = self
            .routes
            .is_empty()
            .then(|| self.everywhere.iter().collect());
        of_routes.chain(everywhere)
    }
}

/// Whether a document is such a file.
pub(super) fn is_one(root: &Cursor<'_>) -> bool {
    let is_list = root
        .get("routes")
        .is_some_and(|routes| routes.value.is_array())
        || root.has("attach") && root.has("filters");
    // A virtual host of Envoy has routes too.
    is_list && !root.has("domains") && !root.has("@type")
}

/// Adds the filters of a file.
pub(super) fn recognise<'i>(root: &Cursor<'i>, found: &mut Found<'i>) {
    let read = from_value::<RunFile>(root.value.clone());
    if let Err(errors) = read.and_then(|file| file.check()) {
        found.findings.extend(Finding::of_errors(root, &errors));
    }
    let routes = root.list("routes").into_iter();
    let routes = routes.map(|place| RunRoute {
        filters: placed(&place),
        place,
    });
    let run = RunRoutes {
        everywhere: placed(root),
        routes: routes.collect(),
    };
    found.placed.extend(run.everywhere.iter().cloned());
    found.placed.extend(
        run.routes
            .iter()
            .flat_map(|route| route.filters.iter().cloned()),
    );
    found.runs.push(run);
}

/// The filters of the catalogue in the list `filters`.
fn placed<'i>(here: &Cursor<'i>) -> Vec<Placed<'i>> {
    let entries = here.list("filters").into_iter();
    let placed = entries.filter_map(|entry| {
        let filter = Filter::find(entry.text("filter")?)?;
        let text = entry.get("config").map_or(Text::Absent, Text::Tree);
        Some(Placed {
            filter,
            entry,
            text,
        })
    });
    placed.collect()
}
