//! Routes with CORS that no preflight can match.
//!
//! A preflight is an OPTIONS request. Where routes match methods, and none of them OPTIONS, it
//! matches no route, and then no filter of a route runs.

mod envoy;
mod http_route;
mod run_file;

use crate::cursor::Cursor;
use crate::finding::{Finding, Severity};
use crate::validate::found::Found;

const FILTER: &str = "cors";

pub(super) fn check(found: &Found<'_>) -> Vec<Finding> {
    let hosts = [
        envoy::hosts(found),
        http_route::hosts(found),
        run_file::hosts(found),
    ];
    hosts
        .iter()
        .flatten()
        .flat_map(|host| unreachable(host))
        .collect()
}

/// What one route matches, as far as preflights are concerned.
struct Reach<'i> {
    /// Where the methods are written.
    place: Cursor<'i>,
    path: PathMatch<'i>,
    /// Whether OPTIONS is among its methods.
    options: bool,
    /// Whether it matches by more than method and path.
    narrow: bool,
    /// Whether CORS runs on it.
    cors: bool,
}

/// Which paths a route matches.
#[derive(PartialEq)]
enum PathMatch<'i> {
    Exact(&'i str),
    /// As text.
    Prefix(&'i str),
    /// By whole segments, the path itself among them.
    Below(&'i str),
    /// Something that is compared as it is written.
    Other(String),
}

impl PathMatch<'_> {
    /// Whether it surely matches every path that `other` matches.
    fn covers(&self, other: &Self) -> bool {
        use PathMatch::{Below, Exact, Other, Prefix};
        let is_below = |path: &str, above: &str| {
            let above = above.trim_end_matches('/');
            path.strip_prefix(above)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match (self, other) {
            (Prefix("/") | Below("/"), _) => true,
            (Prefix(prefix), Exact(path) | Prefix(path) | Below(path)) => path.starts_with(prefix),
            (Below(above), Exact(path) | Below(path)) => is_below(path, above),
            // `/a/b` as text covers `/a/bc`, which is below `/a` too; `/a` covers `/ab`, which is not.
            (Below(above), Prefix(path)) => path != above && is_below(path, above),
            (_, Other(_)) | (Exact(_) | Other(_), _) => self == other,
        }
    }
}

/// A warning for every route of one host that has CORS and leaves its preflights to nobody.
fn unreachable(host: &[Reach<'_>]) -> Vec<Finding> {
    let answers = |route: &Reach<'_>| {
        let mut others = host
            .iter()
            .filter(|other| other.cors && other.options && !other.narrow);
        others.any(|other| other.path.covers(&route.path))
    };
    let stuck = host
        .iter()
        .filter(|route| route.cors && !route.options && !answers(route));
    let warnings = stuck.map(|route| {
        let message = "it runs on this route, which does not match OPTIONS, and no other route \
                       with it does for these paths: a preflight never reaches it; match OPTIONS \
                       too";
        let finding = Finding::at(Severity::Warning, &route.place, message);
        Finding {
            filter: Some(FILTER),
            ..finding
        }
    });
    warnings.collect()
}

#[cfg(test)]
mod tests {
    use super::PathMatch::{Below, Exact, Other, Prefix};

    #[test]
    fn a_path_match_covers_what_it_surely_matches() {
        let regex = || Other("/v[0-9]".into());
        assert!(Prefix("/").covers(&regex()));
        assert!(Prefix("/orders").covers(&Prefix("/orders/1")));
        assert!(Prefix("/orders").covers(&Exact("/orders")));
        assert!(regex().covers(&regex()));
        assert!(!Exact("/orders").covers(&Prefix("/orders")));
        assert!(!Prefix("/orders").covers(&Prefix("/")));
        assert!(!Prefix("/v").covers(&regex()));
        assert!(Below("/orders").covers(&Exact("/orders")));
        assert!(Below("/orders").covers(&Prefix("/orders/1")));
        assert!(!Below("/orders").covers(&Prefix("/orders")));
        assert!(!Below("/orders").covers(&Below("/orders2")));
    }
}
