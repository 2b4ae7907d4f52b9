//! Routes of files for `hachure run`.

use super::{FILTER, PathMatch, Reach};
use crate::validate::found::Found;
use crate::validate::run_file::RunRoute;

/// The routes of each file.
pub(super) fn hosts<'i>(found: &Found<'i>) -> Vec<Vec<Reach<'i>>> {
    let of_run = |routes: &[RunRoute<'i>], everywhere: bool| {
        routes
            .iter()
            .map(|route| reach(route, everywhere))
            .collect()
    };
    let is_cors = |filter: &crate::config::Placed<'_>| filter.filter.name == FILTER;
    let runs = found.runs.iter();
    runs.map(|run| of_run(&run.routes, run.everywhere.iter().any(is_cors)))
        .collect()
}

fn reach<'i>(route: &RunRoute<'i>, everywhere: bool) -> Reach<'i> {
    let methods = route.place.get("methods");
    let listed = methods
        .as_ref()
        .map(|methods| methods.items().collect::<Vec<_>>());
    let is_options = |method: &crate::cursor::Cursor<'_>| method.value == "OPTIONS";
    Reach {
        path: match (route.place.text("path"), route.place.text("prefix")) {
            (Some(path), _) => PathMatch::Exact(path),
            (None, prefix) => PathMatch::Below(prefix.unwrap_or("/")),
        },
        options: listed.is_none_or(|methods| methods.iter().any(is_options)),
        narrow: false,
        cors: everywhere
            || route
                .filters
                .iter()
                .any(|placed| placed.filter.name == FILTER),
        place: methods.unwrap_or_else(|| route.place.clone()),
    }
}
