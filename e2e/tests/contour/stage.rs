//! What the tests share.

use std::net::IpAddr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use hachure_casefile::Message;
use hachure_e2e::cluster::{Cluster, Contour, Edge, Extension, namespace, objects};
use hachure_e2e::{Client, Received, Upstream, request};
use hachure_envoy::Protocol;
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);
/// The namespace of everything that tests create.
pub(crate) const NAMESPACE: &str = "shop";
/// A namespace whose policies may be enforced.
pub(crate) const PLATFORM: &str = "platform";

/// A cluster with Contour, the extension in front of it, an Envoy, and a Service `orders` behind
/// that.
pub(crate) struct Stage {
    pub(crate) edge: Edge,
    pub(crate) extension: Extension,
    pub(crate) contour: Contour,
    pub(crate) cluster: Cluster,
    pub(crate) orders: Upstream,
}

impl Stage {
    pub(crate) fn set() -> Self {
        let cluster = Cluster::start();
        let contour = Contour::start(&cluster);
        let extension = Extension::start(&cluster, &contour.xds());
        let edge = Edge::start(&extension.xds());
        let address = namespace::ADDRESS;
        let orders = Upstream::start_at(IpAddr::V4(address), Protocol::Http1);
        for name in [NAMESPACE, PLATFORM] {
            cluster.apply(&objects::namespace(name));
        }
        for object in objects::service(NAMESPACE, "orders", address, orders.port()) {
            cluster.apply(&object);
        }
        let stage = Self {
            edge,
            extension,
            contour,
            cluster,
            orders,
        };
        // Without any proxy Contour has no listeners for traffic.
        stage.cluster.apply(&stage.proxy("always"));
        stage.until("always.example.com", |answer| answer.status() == 200);
        stage
    }

    /// An HTTPProxy of the host `<name>.example.com` to the Service `orders`.
    pub(crate) fn proxy(&self, name: &str) -> Value {
        let host = format!("{name}.example.com");
        objects::http_proxy(NAMESPACE, name, &host, "orders")
    }

    /// A policy that lets `header-mutation` set `x-policy` in the responses of an HTTPProxy.
    pub(crate) fn policy(&self, proxy: &str, value: &str) -> Value {
        let set = json!({"set": {"name": "x-policy", "value": value}});
        policy(
            proxy,
            &json!({"rules": [{"phase": "response", "operation": set}]}),
        )
    }

    /// A policy with a `cors` filter for an HTTPProxy.
    pub(crate) fn cors_policy(&self, proxy: &str) -> Value {
        let mut policy = policy(proxy, &json!({"origins": ["https://app.example.com"]}));
        if let Some(name) = policy.pointer_mut("/spec/wasm/0/code/catalog/name") {
            *name = json!("cors");
        }
        policy
    }

    /// Waits until a condition of a policy has that reason, and returns its message.
    pub(crate) fn until_condition(&self, policy: &Value, name: &str, reason: &str) -> String {
        let start = Instant::now();
        loop {
            let now = self.cluster.get(policy);
            let generation = now.pointer("/metadata/generation").cloned();
            let conditions = now.pointer("/status/ancestors/0/conditions");
            let conditions = conditions.and_then(Value::as_array).into_iter().flatten();
            let mut conditions = conditions.filter(|condition| {
                condition.get("type") == Some(&json!(name))
                    && condition.get("reason") == Some(&json!(reason))
                    && condition.get("observedGeneration").cloned() == generation
            });
            if let Some(condition) = conditions.next() {
                let message = condition.get("message").and_then(Value::as_str);
                return message.unwrap_or_default().to_owned();
            }
            assert!(start.elapsed() < LIMIT, "{name} is not {reason}: {now}");
            sleep(POLL);
        }
    }

    /// The answer to `GET /` for a host over plain HTTP.
    pub(crate) fn get(&self, host: &str) -> Result<Received, String> {
        Client::new(self.edge.http(), Protocol::Http1).send(&get(host))
    }

    /// The same for another path.
    pub(crate) fn get_path(&self, host: &str, path: &str) -> Result<Received, String> {
        Client::new(self.edge.http(), Protocol::Http1).send(&get_path(host, path))
    }

    /// Waits until Envoy answers for a host as it should.
    pub(crate) fn until(&self, host: &str, what: impl FnMut(&Received) -> bool) -> Received {
        self.until_path(host, "/", what)
    }

    /// The same for another path.
    pub(crate) fn until_path(
        &self,
        host: &str,
        path: &str,
        mut what: impl FnMut(&Received) -> bool,
    ) -> Received {
        let start = Instant::now();
        loop {
            let answer = self.get_path(host, path);
            match answer {
                Ok(answer) if what(&answer) => return answer,
                answer if start.elapsed() > LIMIT => panic!("{host} is answered {answer:?}"),
                _ => sleep(POLL),
            }
        }
    }

    /// Times of creation are whole seconds.
    pub(crate) fn sleep_a_second(&self) {
        sleep(Duration::from_millis(1100));
    }

    pub(crate) fn show_logs(&self) {
        self.cluster.show_log();
        self.contour.show_log();
        self.edge.show_log();
        self.extension.show_log();
    }
}

/// A policy of the same name as the HTTPProxy that it is for, with one `header-mutation`.
pub(crate) fn policy(proxy: &str, config: &Value) -> Value {
    let code = json!({"type": "Catalog", "catalog": {"name": "header-mutation"}});
    json!({
        "apiVersion": "hachure.dev/v1alpha1", "kind": "ContourExtensionPolicy",
        "metadata": {"namespace": NAMESPACE, "name": proxy},
        "spec": {
            "targetRefs": [{"group": "projectcontour.io", "kind": "HTTPProxy", "name": proxy}],
            "wasm": [{"name": "headers", "code": code, "config": config}],
        },
    })
}

/// `GET /` for a host.
pub(crate) fn get(host: &str) -> Message {
    get_path(host, "/")
}

/// `GET` for a host and a path.
pub(crate) fn get_path(host: &str, path: &str) -> Message {
    let mut message = request("GET", path, &[]);
    for (name, value) in &mut message.headers.0 {
        if name == ":authority" {
            value.0 = host.into();
        }
    }
    message
}
