//! `upstreams[]`, resolved: the cluster that stands for each name.

mod authorities;
mod refs;
mod server;
mod target;

use std::collections::BTreeMap;

use hachure_catalog::{UPSTREAMS, named_upstreams, takes_upstreams};
use hachure_config::quoted;
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::policy::Problem;
use crate::policy::resource::ContourExtensionPolicy;
use crate::surroundings::Surroundings;
pub(crate) use refs::references;
use server::server;

/// The clusters of a policy by the names of its upstreams.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Upstreams {
    clusters: BTreeMap<String, Option<Cluster>>,
    /// What one of them lacks.
    pub(crate) unresolved: Option<Problem>,
}

/// Resolves the upstreams of a policy.
///
/// # Errors
/// Says what is wrong with one of them.
pub(crate) fn resolve(
    policy: &ContourExtensionPolicy,
    surroundings: &Surroundings,
) -> Result<Upstreams, String> {
    let namespace = policy.namespace().unwrap_or_default();
    let name = format!("{namespace}/{}", policy.name_any());
    let mut all = Upstreams::default();
    for (index, upstream) in policy.spec.upstreams.iter().enumerate() {
        let here = format!("spec.upstreams[{index}]");
        if all.clusters.contains_key(&upstream.name) {
            return Err(format!(
                "{here}.name: expected a name that no other upstream has"
            ));
        }
        let server = server(upstream, &namespace, surroundings);
        let server = server.map_err(|why| format!("{here}.{why}"))?;
        let cluster = match server {
            Ok(server) => Some(server.cluster(&name, &upstream.name)),
            Err(lacks) => {
                all.unresolved.get_or_insert(lacks.at(&here));
                None
            }
        };
        all.clusters.insert(upstream.name.clone(), cluster);
    }
    Ok(all)
}

impl Upstreams {
    /// The clusters, in the order of the upstreams' names.
    pub(crate) fn clusters(&self) -> impl Iterator<Item = &Cluster> {
        self.clusters.values().flatten()
    }

    /// A config with the reserved key in it, and whether it names an upstream.
    ///
    /// # Errors
    /// Says where the config has that key, or names an upstream that the policy does not declare.
    pub(crate) fn fill(&self, schema: &Value, config: &Value) -> Result<(Value, bool), String> {
        let mut config = config.clone();
        let Some(members) = config.as_object_mut().filter(|_| takes_upstreams(schema)) else {
            return Ok((config, false));
        };
        if members.contains_key(UPSTREAMS) {
            return Err(format!(
                "{UPSTREAMS}: expected nothing: the clusters are those of spec.upstreams"
            ));
        }
        let mut clusters = BTreeMap::new();
        for named in named_upstreams(schema, &config) {
            let Some(cluster) = self.clusters.get(&named.name) else {
                let declared: Vec<_> = self.clusters.keys().map(String::as_str).collect();
                return Err(format!(
                    "{}: expected a name of spec.upstreams ({}), found {}",
                    named.path,
                    declared.join(", "),
                    quoted(&named.name)
                ));
            };
            // Where there is no cluster the policy is not carried out.
            let cluster = cluster
                .as_ref()
                .map_or("none", |cluster| cluster.name.as_str());
            clusters.insert(named.name, cluster);
        }
        let calls = !clusters.is_empty();
        if let Some(members) = config.as_object_mut() {
            members.insert(UPSTREAMS.to_owned(), json!(clusters));
        }
        Ok((config, calls))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::references::{Found, Reference, Referenced, Service, What};
    use crate::surroundings::Settings;

    fn policy(upstreams: Value) -> ContourExtensionPolicy {
        let target = json!({"group": "projectcontour.io", "kind": "HTTPProxy", "name": "x"});
        serde_json::from_value(json!({
            "apiVersion": "hachure.dev/v1alpha1", "kind": "ContourExtensionPolicy",
            "metadata": {"namespace": "shop", "name": "orders"},
            "spec": {"targetRefs": [target], "wasm": [], "upstreams": upstreams},
        }))
        .unwrap()
    }

    fn surroundings(found: &[(&str, What, Found)]) -> Surroundings {
        let known = found.iter().map(|(name, what, found)| {
            let (namespace, name) = ("shop".to_owned(), (*name).to_owned());
            (
                Reference {
                    namespace,
                    name,
                    what: what.clone(),
                },
                found.clone(),
            )
        });
        let settings = Settings {
            own_addresses: vec![[10, 0, 0, 9].into()],
            ..Settings::default()
        };
        Surroundings {
            referenced: Arc::new(known.collect::<Referenced>()),
            settings: Arc::new(settings),
            ..Surroundings::default()
        }
    }

    fn problem(upstream: Value) -> String {
        resolve(&policy(json!([upstream])), &surroundings(&[])).unwrap_err()
    }

    fn service(name: &str, found: Service) -> (&str, What, Found) {
        (name, What::Service, Found::Service(found))
    }

    #[test]
    fn what_is_wrong_is_told_with_its_path() {
        for (upstream, expected) in [
            (
                json!({"name": "a"}),
                "spec.upstreams[0].url: expected either url or service",
            ),
            (
                json!({"name": "a", "url": "x"}),
                "spec.upstreams[0].url: expected http://, ",
            ),
            (
                json!({"name": "a", "url": "http://10.0.0.9:1"}),
                "spec.upstreams[0].url: expected a server that is not Envoy's own, found an address \
                 of Contour's: 10.0.0.9",
            ),
            (
                json!({"name": "a", "url": "http://a.example", "ca": {"kind": "Secret", "name": "x"}}),
                "spec.upstreams[0].ca: expected https or grpcs",
            ),
            (
                json!({"name": "a", "url": "http://a.example", "timeouts": {"connect": "2m"}}),
                "spec.upstreams[0].timeouts.connect: expected 1ms to 1m, found \"2m\"",
            ),
            (
                json!({"name": "a", "service": {"name": "x,y", "port": 80}}),
                "spec.upstreams[0].service.name: expected the name of a Service",
            ),
        ] {
            let found = problem(upstream);
            assert!(found.starts_with(expected), "{found}");
        }
        let twice = json!([{"name": "a", "url": "http://a"}, {"name": "a", "url": "http://b"}]);
        let found = resolve(&policy(twice), &surroundings(&[])).unwrap_err();
        assert!(found.starts_with("spec.upstreams[1].name: "), "{found}");
    }

    #[test]
    fn what_is_not_there_is_told_apart() {
        let lacks = |found: &[(&str, What, Found)]| {
            let upstream = json!([{"name": "a", "service": {"name": "x", "port": 80}}]);
            let resolved = resolve(&policy(upstream), &surroundings(found)).unwrap();
            assert_eq!(resolved.clusters().count(), 0);
            resolved.unresolved.unwrap().message
        };
        let with = |service: Service| lacks(&[("x", What::Service, Found::Service(service))]);
        let at = "spec.upstreams[0].service: ";
        assert_eq!(
            lacks(&[]),
            format!("{at}the Service shop/x was not read yet")
        );
        let nothing = [("x", What::Service, Found::Nothing)];
        assert_eq!(lacks(&nothing), format!("{at}there is no Service shop/x"));
        let headless = Service {
            ports: [80].into(),
            ..Service::default()
        };
        let expected = format!("{at}the Service shop/x has no cluster IP: name its host in url");
        assert_eq!(with(headless.clone()), expected);
        let external = Service {
            external: true,
            ..headless.clone()
        };
        assert!(with(external).contains("is an ExternalName"));
        let other = Service {
            address: Some([10, 96, 0, 1].into()),
            ports: [81].into(),
            external: false,
        };
        assert_eq!(
            with(other),
            format!("{at}the Service shop/x has no TCP port 80")
        );
    }

    #[test]
    fn only_what_is_declared_is_named_and_the_key_is_ours() {
        let upstreams = json!([
            {"name": "idp", "url": "https://id.example.com"},
            {"name": "limits", "service": {"name": "limits", "port": 81, "scheme": "grpc"}},
        ]);
        let at = Service {
            address: Some([10, 96, 0, 1].into()),
            ports: [81].into(),
            external: false,
        };
        let found = [service("limits", at)];
        let all = resolve(&policy(upstreams), &surroundings(&found)).unwrap();
        assert_eq!(all.unresolved, None);
        let names: Vec<_> = all
            .clusters()
            .map(|cluster| cluster.name.as_str())
            .collect();
        let [idp, limits] = names.as_slice() else {
            panic!("{names:?}")
        };
        assert!(idp.starts_with("hachure/shop/orders/idp~"));
        assert!(limits.starts_with("hachure/shop/orders/limits~"));

        let marked = json!({"type": "string", "x-hachure-upstream": true});
        let schema = json!({"properties": {"a": marked, "b": marked, "upstreams": {}}});
        let (config, calls) = all.fill(&schema, &json!({"a": "idp"})).unwrap();
        assert_eq!(
            (config, calls),
            (json!({"a": "idp", "upstreams": {"idp": idp}}), true)
        );
        let none = all.fill(&schema, &json!({})).unwrap();
        assert_eq!(none, (json!({"upstreams": {}}), false));
        let unknown = all.fill(&schema, &json!({"b": "envoy-admin"})).unwrap_err();
        assert_eq!(
            unknown,
            "b: expected a name of spec.upstreams (idp, limits), found \"envoy-admin\""
        );
        // A cluster's own name is no name of an upstream.
        assert!(all.fill(&schema, &json!({"b": idp})).is_err());
        let reserved = all.fill(&schema, &json!({"upstreams": {}})).unwrap_err();
        assert!(reserved.starts_with("upstreams: expected nothing"));
        let other = json!({"properties": {"a": {"type": "string"}}});
        assert_eq!(
            all.fill(&other, &json!({"a": "x"})),
            Ok((json!({"a": "x"}), false))
        );
    }

    /// Where a schema marks an upstream, the key that maps it is taken.
    #[test]
    fn every_filter_that_names_upstreams_takes_the_key() {
        let mut naming = vec![];
        for filter in hachure_registry::FILTERS {
            let schema: Value = serde_json::from_str(filter.schema).unwrap();
            if filter.schema.contains("x-hachure-upstream") {
                assert!(takes_upstreams(&schema), "{}", filter.name);
                naming.push(filter.name);
            }
        }
        assert!(
            naming.contains(&"jwt-validation") && naming.contains(&"quota"),
            "{naming:?}"
        );
    }

    #[test]
    fn names_are_found_in_the_configs_of_filters() {
        let config = |filter: &str, config: Value| {
            let filter = hachure_registry::Filter::find(filter).unwrap();
            let schema = serde_json::from_str(filter.schema).unwrap();
            let named = named_upstreams(&schema, &config);
            named
                .into_iter()
                .map(|named| named.path)
                .collect::<Vec<_>>()
        };
        let keys = json!({"remote": {"upstream": "idp"}});
        let tokens = config("jwt-validation", json!({"providers": [{"keys": keys}]}));
        assert_eq!(tokens, ["providers[0].keys.remote.upstream"]);
        let quota = config("quota", json!({"service": {"upstream": "limits"}}));
        assert_eq!(quota, ["service.upstream"]);
    }
}
