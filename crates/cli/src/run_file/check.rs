//! What can be wrong in a file beyond its shape.

use std::collections::BTreeMap;

use hachure_config::{ConfigErrors, Path};
use hachure_registry::{FILTERS, Filter};
use serde_json::Value;

use super::{Attach, Attached, Example, Modules, Route, RunFile, Upstream};

const PATH: &str = "a path that begins with `/`";

impl RunFile {
    /// Finds what is wrong beyond the shape, but for the configs of the filters.
    pub(crate) fn check(&self) -> Result<(), ConfigErrors> {
        let mut errors = Vec::new();
        let upstreams = Path::ROOT.key("upstreams");
        for (name, upstream) in &self.upstreams {
            errors.extend(upstream.check(&upstreams.key(name)).err());
        }
        let filters = Path::ROOT.key("filters");
        for (i, attached) in self.filters.iter().enumerate() {
            errors.extend(attached.check(&filters.index(i)).err());
        }
        let routes = Path::ROOT.key("routes");
        match &self.attach {
            None if self.routes.is_empty() => {
                errors.push(ConfigErrors::new(&routes, "at least one route", "[]"));
            }
            None => {}
            Some(attach) => errors.extend(attach.check(&Path::ROOT.key("attach"))),
        }
        for (i, route) in self.routes.iter().enumerate() {
            errors.extend(route.check(&routes.index(i), &self.upstreams));
        }
        let tries = Path::ROOT.key("tries");
        for (i, attempt) in self.tries.iter().enumerate() {
            let path = &attempt.request.path;
            if !path.starts_with('/') {
                let of_try = tries.index(i);
                let request = of_try.key("request");
                errors.push(ConfigErrors::new(&request.key("path"), PATH, quoted(path)));
            }
        }
        ConfigErrors::collect(errors)
    }
}

impl Upstream {
    fn check(&self, here: &Path<'_>) -> Result<(), ConfigErrors> {
        let tls = here.key("tls");
        let (place, address) = match self {
            Self::Address(address) => (here.key("address"), address),
            Self::Grpc(address) => (here.key("grpc"), address),
            Self::Tls(server) => (tls.key("address"), &server.address),
            Self::Example(Example::Orders) => return Ok(()),
        };
        if Self::host_and_port(address).is_some() {
            return Ok(());
        }
        let expected = "host:port, as \"127.0.0.1:8080\"";
        Err(ConfigErrors::new(&place, expected, quoted(address)))
    }
}

impl Attach {
    fn check(&self, here: &Path<'_>) -> Vec<ConfigErrors> {
        let mut errors = vec![];
        for (key, name) in [("name", &self.name), ("namespace", &self.namespace)] {
            let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            let is_name = !name.is_empty() && name.len() <= 63 && name.chars().all(allowed);
            if !is_name || name.starts_with('-') || name.ends_with('-') {
                let expected = "a name of Kubernetes: at most 63 of a-z, 0-9 and -";
                errors.push(ConfigErrors::new(&here.key(key), expected, quoted(name)));
            }
        }
        if self.targets.is_empty() {
            errors.push(ConfigErrors::new(
                &here.key("targets"),
                "at least one target",
                "[]",
            ));
        }
        if let Some(Modules::Http(folder)) = &self.modules
            && !["http://", "https://"]
                .iter()
                .any(|scheme| folder.starts_with(scheme))
        {
            let modules = here.key("modules");
            let expected = "a URL that begins with http:// or https://";
            errors.push(ConfigErrors::new(
                &modules.key("http"),
                expected,
                quoted(folder),
            ));
        }
        errors
    }
}

impl Attached {
    fn check(&self, here: &Path<'_>) -> Result<(), ConfigErrors> {
        if Filter::find(&self.filter).is_some() {
            return Ok(());
        }
        let names: Vec<_> = FILTERS.iter().map(|filter| filter.name).collect();
        let expected = format!("a filter of the catalogue: {}", names.join(", "));
        Err(ConfigErrors::new(
            &here.key("filter"),
            expected,
            quoted(&self.filter),
        ))
    }
}

impl Route {
    fn check(&self, here: &Path<'_>, upstreams: &BTreeMap<String, Upstream>) -> Vec<ConfigErrors> {
        let filters = here.key("filters");
        let attached = self.filters.iter().enumerate();
        let of_filters = attached.filter_map(|(i, filter)| filter.check(&filters.index(i)).err());
        [
            self.check_path(here),
            self.check_methods(&here.key("methods")),
            self.check_answer(here, upstreams),
        ]
        .into_iter()
        .flatten()
        .chain(of_filters)
        .collect()
    }

    fn check_path(&self, here: &Path<'_>) -> Option<ConfigErrors> {
        let (key, path) = match (&self.prefix, &self.path) {
            (Some(prefix), None) => ("prefix", prefix),
            (None, Some(path)) => ("path", path),
            (both, _) => return Some(either(here, "prefix", "path", both.is_some())),
        };
        let is_path = path.starts_with('/');
        (!is_path).then(|| ConfigErrors::new(&here.key(key), PATH, quoted(path)))
    }

    /// They become a regular expression.
    fn check_methods(&self, here: &Path<'_>) -> Option<ConfigErrors> {
        let methods = self.methods.as_ref()?;
        if methods.is_empty() {
            let expected = "at least one method, or no `methods` for all of them";
            return Some(ConfigErrors::new(here, expected, "[]"));
        }
        let is_method = |method: &String| {
            !method.is_empty() && method.chars().all(|c| c.is_ascii_uppercase() || c == '-')
        };
        let (i, method) = methods
            .iter()
            .enumerate()
            .find(|(_, method)| !is_method(method))?;
        Some(ConfigErrors::new(
            &here.index(i),
            "a method in upper case, as GET",
            quoted(method),
        ))
    }

    fn check_answer(
        &self,
        here: &Path<'_>,
        upstreams: &BTreeMap<String, Upstream>,
    ) -> Option<ConfigErrors> {
        match (&self.upstream, &self.direct_response) {
            (Some(name), None) => {
                let names: Vec<_> = upstreams.keys().map(String::as_str).collect();
                let expected = format!("one of `upstreams`: {}", names.join(", "));
                let is_known = upstreams.contains_key(name);
                (!is_known)
                    .then(|| ConfigErrors::new(&here.key("upstream"), expected, quoted(name)))
            }
            (None, Some(direct)) => {
                let place = here.key("directResponse");
                let found = direct.status.to_string();
                let is_status = (200..600).contains(&direct.status);
                (!is_status).then(|| {
                    ConfigErrors::new(&place.key("status"), "a status from 200 to 599", found)
                })
            }
            (both, _) => Some(either(here, "upstream", "directResponse", both.is_some())),
        }
    }
}

fn either(here: &Path<'_>, one: &str, other: &str, both: bool) -> ConfigErrors {
    let found = if both { "both" } else { "neither" };
    ConfigErrors::new(here, format!("either `{one}` or `{other}`"), found)
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
