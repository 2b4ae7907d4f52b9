//! One list of routes and filters from all files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use hachure_registry::Filter;
use serde_json::Value;

use crate::catalogue::{self, Catalogue};
use crate::run_file::{Attached, Route, RunFile, Try, Upstream};

/// What Envoy is to run.
pub(crate) struct Plan {
    pub(crate) upstreams: BTreeMap<String, Upstream>,
    /// The filters of every route, in order.
    pub(crate) everywhere: Vec<Instance>,
    /// The most specific first.
    pub(crate) routes: Vec<PlannedRoute>,
    pub(crate) tries: Vec<Try>,
}

/// One filter with one config.
pub(crate) struct Instance {
    /// Unlike any other's.
    pub(crate) name: String,
    pub(crate) filter: &'static Filter,
    pub(crate) config: Value,
    /// Whether requests pass where it cannot run.
    pub(crate) fail_open: bool,
}

/// A route with the filters that it has beside those of all routes.
pub(crate) struct PlannedRoute {
    pub(crate) route: Route,
    pub(crate) filters: Vec<Instance>,
}

impl Plan {
    /// Lays files together. An upstream or a route that several files have must be the same in all
    /// of them. Filters that files have for every route are brought into the catalogue's order.
    pub(crate) fn of(files: Vec<(String, RunFile)>, catalogue: &Catalogue) -> Result<Self> {
        let Together {
            upstreams,
            filters,
            mut routes,
            tries,
        } = Together::of(files)?;
        routes.sort_by_key(breadth);
        let filters = arrange(filters, catalogue);
        let of_routes = routes.iter().flat_map(|route| &route.filters);
        let mut names = Names::default();
        names.reserve(filters.iter().chain(of_routes))?;
        let everywhere = names.instances(filters)?;
        let planned = routes.into_iter().map(|mut route| {
            let filters = names.instances(std::mem::take(&mut route.filters))?;
            Ok(PlannedRoute { route, filters })
        });
        let routes = planned.collect::<Result<_>>()?;
        let plan = Self {
            upstreams,
            everywhere,
            routes,
            tries,
        };
        plan.check_order(catalogue)?;
        Ok(plan)
    }

    /// Every instance, to be changed, those of all routes first.
    pub(crate) fn instances_mut(&mut self) -> impl Iterator<Item = &mut Instance> {
        self.everywhere
            .iter_mut()
            .chain(self.routes.iter_mut().flat_map(|route| &mut route.filters))
    }

    /// Every instance, those of all routes first.
    pub(crate) fn instances(&self) -> impl Iterator<Item = &Instance> {
        self.everywhere
            .iter()
            .chain(self.routes.iter().flat_map(|route| &route.filters))
    }

    /// The module file of each filter.
    pub(crate) fn modules(&self, folder: &Path) -> Result<BTreeMap<&'static str, PathBuf>> {
        let folder = std::path::absolute(folder).context("the folder of the modules")?;
        let filters: BTreeSet<_> = self
            .instances()
            .map(|instance| instance.filter.name)
            .collect();
        let module = |name: &'static str| {
            let file = folder.join(format!("{name}.wasm"));
            if !file.is_file() {
                bail!(
                    "the module {} is not there: build it with `cargo xtask build {name}`, or name \
                     another folder with --modules",
                    file.display()
                );
            }
            Ok((name, file))
        };
        filters.into_iter().map(module).collect()
    }

    /// A filter of one file's route may stand wrong to a filter that another has for all routes.
    fn check_order(&self, catalogue: &Catalogue) -> Result<()> {
        for PlannedRoute { route, filters } in &self.routes {
            let chain: Vec<_> = self.everywhere.iter().chain(filters).collect();
            for (i, earlier) in chain.iter().enumerate() {
                let mut later = chain.iter().skip(i.saturating_add(1));
                let wrong = later.find_map(|later| {
                    let why = catalogue.must_precede(later.filter.name, earlier.filter.name)?;
                    Some((&later.name, why))
                });
                if let Some((later, why)) = wrong {
                    let (earlier, title) = (&earlier.name, route.title());
                    bail!("{later} has to stand before {earlier} on the route {title}: {why}");
                }
            }
        }
        Ok(())
    }
}

/// What all files have.
#[derive(Default)]
struct Together {
    upstreams: BTreeMap<String, Upstream>,
    /// The filters of every route, by file.
    filters: Vec<Vec<Attached>>,
    routes: Vec<Route>,
    tries: Vec<Try>,
}

impl Together {
    fn of(files: Vec<(String, RunFile)>) -> Result<Self> {
        let mut all = Self::default();
        for (name, file) in files {
            for (upstream, to) in file.upstreams {
                if all
                    .upstreams
                    .get(&upstream)
                    .is_some_and(|known| *known != to)
                {
                    bail!("{name}: another file has another upstream `{upstream}`");
                }
                all.upstreams.insert(upstream, to);
            }
            for route in file.routes {
                match all.routes.iter().find(|known| matches_same(known, &route)) {
                    Some(known) if *known == route => {}
                    Some(_) => bail!("{name}: there is another route for {}", route.title()),
                    None => all.routes.push(route),
                }
            }
            all.filters.push(file.filters);
            all.tries.extend(file.tries);
        }
        Ok(all)
    }
}

fn matches_same(one: &Route, other: &Route) -> bool {
    (&one.path, &one.prefix, &one.methods) == (&other.path, &other.prefix, &other.methods)
}

/// Sorts the most specific route first: an exact path, then the longest prefix, then methods.
fn breadth(route: &Route) -> (bool, std::cmp::Reverse<usize>, bool) {
    let length = route
        .prefix
        .as_deref()
        .unwrap_or_default()
        .trim_end_matches('/')
        .len();
    (
        route.path.is_none(),
        std::cmp::Reverse(length),
        route.methods.is_none(),
    )
}

/// Puts the filters of several files into one order that the catalogue allows. Each file's own
/// order stays, and so does that of the files where the catalogue has no rule.
fn arrange(files: Vec<Vec<Attached>>, catalogue: &Catalogue) -> Vec<Attached> {
    let mut left: Vec<(usize, Attached)> = Vec::new();
    for (file, filters) in files.into_iter().enumerate() {
        left.extend(filters.into_iter().map(|attached| (file, attached)));
    }
    let mut arranged = Vec::new();
    while !left.is_empty() {
        let is_first = |at: &usize| {
            let Some((file, candidate)) = left.get(*at) else {
                return false;
            };
            left.iter()
                .enumerate()
                .all(|(other_at, (other_file, other))| {
                    let same_file_before = other_file == file && other_at < *at;
                    let rule = catalogue.must_precede(&other.filter, &candidate.filter);
                    other_at == *at || !(same_file_before || other_file != file && rule.is_some())
                })
        };
        // Rules that contradict each other are found by `check_order`.
        let next = (0..left.len()).find(is_first).unwrap_or(0);
        arranged.push(left.remove(next).1);
    }
    arranged
}

/// The names of instances.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    /// Takes the names that were given, each of which may be given once.
    fn reserve<'a>(&mut self, attached: impl Iterator<Item = &'a Attached>) -> Result<()> {
        for name in attached.filter_map(|attached| attached.name.as_ref()) {
            if !self.0.insert(name.clone()) {
                bail!("two filters have the name `{name}`: give each its own");
            }
        }
        Ok(())
    }

    fn instances(&mut self, attached: Vec<Attached>) -> Result<Vec<Instance>> {
        let instance = |Attached {
                            name,
                            filter,
                            config,
                            fail_open,
                        }: Attached| {
            let filter = catalogue::named(&filter)?;
            let name = name.unwrap_or_else(|| self.free(filter.name));
            Ok(Instance {
                name,
                filter,
                config,
                fail_open,
            })
        };
        attached.into_iter().map(instance).collect()
    }

    /// `cors`, else `cors-2` and so on.
    fn free(&mut self, filter: &str) -> String {
        let numbered = (2_u32..).map(|number| format!("{filter}-{number}"));
        let mut names = std::iter::once(filter.to_owned()).chain(numbered);
        let free = names
            .find(|name| !self.0.contains(name))
            .unwrap_or_default();
        self.0.insert(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plan(files: &[Value]) -> Result<Plan> {
        let files = files.iter().enumerate();
        let files = files.map(|(i, file)| {
            (
                format!("{i}.yaml"),
                serde_json::from_value(file.clone()).unwrap(),
            )
        });
        Plan::of(files.collect(), &Catalogue::load().unwrap())
    }

    fn names(instances: &[Instance]) -> Vec<&str> {
        instances
            .iter()
            .map(|instance| instance.name.as_str())
            .collect()
    }

    #[test]
    fn the_most_specific_route_comes_first() {
        let routes = ["/", "/a/", "/a/b", "/ab"].map(|prefix| json!({"prefix": prefix}));
        let exact = json!({"path": "/"});
        let methods = json!({"prefix": "/a/b", "methods": ["GET"]});
        let routes: Vec<_> = routes.into_iter().chain([exact, methods]).collect();
        let plan = plan(&[json!({"routes": routes})]).unwrap();
        let titles: Vec<_> = plan
            .routes
            .iter()
            .map(|planned| planned.route.title())
            .collect();
        assert_eq!(titles, ["/", "GET /a/b*", "/a/b*", "/ab*", "/a/*", "/*"]);
    }

    #[test]
    fn files_are_brought_into_the_catalogues_order() {
        let file = |filters: &[&str]| {
            let filters: Vec<_> = filters.iter().map(|name| json!({"filter": name})).collect();
            json!({"routes": [], "filters": filters})
        };
        let plan = plan(&[
            file(&["header-mutation"]),
            file(&["header-mutation", "version-rewrite"]),
            file(&["cors"]),
        ]);
        let expected = [
            "cors",
            "header-mutation",
            "header-mutation-2",
            "version-rewrite",
        ];
        assert_eq!(names(&plan.unwrap().everywhere), expected);
    }

    #[test]
    fn a_route_cannot_have_what_should_come_before_another_files_filter() {
        let everywhere = json!({"routes": [], "filters": [{"filter": "header-mutation"}]});
        let route = json!({"prefix": "/", "filters": [{"name": "edge", "filter": "cors"}]});
        let error = plan(&[everywhere, json!({"routes": [route]})])
            .err()
            .unwrap()
            .to_string();
        let expected = "edge has to stand before header-mutation on the route /*: ";
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn a_given_name_is_no_others() {
        let filters = json!([{"filter": "cors"}, {"name": "cors", "filter": "cors"}]);
        let plan = plan(&[json!({"routes": [], "filters": filters})]).unwrap();
        assert_eq!(names(&plan.everywhere), ["cors-2", "cors"]);
    }
}
