//! What the tests share.

use std::net::IpAddr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use hachure_casefile::Message;
use hachure_e2e::cluster::envoy_gateway::objects::{self, Target};
use hachure_e2e::cluster::{Cluster, EnvoyGateway, Proxy, namespace, objects as kubernetes};
use hachure_e2e::services::{ModuleServer, module_digest};
use hachure_e2e::{Client, Received, Upstream, request};
use hachure_envoy::Protocol;
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);
/// The namespace of everything that tests create.
pub(crate) const NAMESPACE: &str = "shop";
/// The one Gateway.
pub(crate) const GATEWAY: &str = "edge";

/// A cluster with Envoy Gateway, a Gateway with its Envoy, a Service `orders` behind that, and a
/// web server with the modules.
pub(crate) struct Stage {
    pub(crate) proxy: Proxy,
    pub(crate) gateway: EnvoyGateway,
    pub(crate) cluster: Cluster,
    pub(crate) orders: Upstream,
    pub(crate) modules: ModuleServer,
}

impl Stage {
    pub(crate) fn set() -> Self {
        let cluster = Cluster::start();
        let gateway = EnvoyGateway::start(&cluster);
        let address = namespace::ADDRESS;
        let orders = Upstream::start_at(IpAddr::V4(address), Protocol::Http1);
        let modules = ModuleServer::start(IpAddr::V4(address));
        cluster.apply(&kubernetes::namespace(NAMESPACE));
        for object in kubernetes::service(NAMESPACE, "orders", address, orders.port()) {
            cluster.apply(&object);
        }
        for object in objects::class(NAMESPACE, &json!({})) {
            cluster.apply(&object);
        }
        cluster.apply(&objects::gateway(NAMESPACE, GATEWAY));
        let proxy = Proxy::start(&cluster, &gateway, (NAMESPACE, GATEWAY));
        Self {
            proxy,
            gateway,
            cluster,
            orders,
            modules,
        }
    }

    /// An HTTPRoute of the host `<name>.example.com` to the Service `orders`.
    pub(crate) fn route(&self, name: &str) -> Value {
        let host = format!("{name}.example.com");
        let orders = objects::to_service("orders");
        objects::http_route(NAMESPACE, name, GATEWAY, &host, &orders)
    }

    /// A filter as an entry of `wasm`: its module by HTTP, its digest, its config.
    pub(crate) fn wasm(&self, filter: &str, config: &Value) -> Value {
        let http = json!({"url": self.modules.url(filter), "sha256": module_digest(filter)});
        json!({
            "name": filter,
            "rootID": filter,
            "code": {"type": "HTTP", "http": http},
            "config": config,
            "failOpen": false,
        })
    }

    /// A policy of the same name as the HTTPRoute that it is for, with those filters.
    pub(crate) fn policy(&self, route: &str, wasm: &[Value]) -> Value {
        let (kind, target) = ("EnvoyExtensionPolicy", Target::route(route));
        objects::policy(kind, NAMESPACE, route, &target, json!({"wasm": wasm}))
    }

    /// A policy that lets `header-mutation` set `x-policy` in the responses of an HTTPRoute.
    pub(crate) fn header_policy(&self, route: &str, value: &str) -> Value {
        let set = json!({"set": {"name": "x-policy", "value": value}});
        let config = json!({"rules": [{"phase": "response", "operation": set}]});
        self.policy(route, &[self.wasm("header-mutation", &config)])
    }

    /// Waits until a condition of an object that has ancestors has that status, and returns its
    /// message.
    pub(crate) fn until_condition(&self, object: &Value, name: &str, status: &str) -> String {
        let start = Instant::now();
        loop {
            let now = self.cluster.get(object);
            let generation = &now["metadata"]["generation"];
            let conditions = now["status"]["ancestors"][0]["conditions"].as_array();
            let mut conditions = conditions.into_iter().flatten().filter(|condition| {
                condition["type"] == name
                    && condition["status"] == status
                    && condition["observedGeneration"] == *generation
            });
            if let Some(condition) = conditions.next() {
                return condition["message"].as_str().unwrap().to_owned();
            }
            assert!(start.elapsed() < LIMIT, "{name} is not {status}: {now}");
            sleep(POLL);
        }
    }

    /// The answer to a request.
    pub(crate) fn send(&self, message: &Message) -> Result<Received, String> {
        Client::new(self.proxy.listener(80), Protocol::Http1).send(message)
    }

    /// The answer to `GET /` for a host.
    pub(crate) fn get(&self, host: &str) -> Result<Received, String> {
        self.send(&get(host))
    }

    /// Waits until Envoy answers a request as it should.
    pub(crate) fn until(
        &self,
        message: &Message,
        mut what: impl FnMut(&Received) -> bool,
    ) -> Received {
        let start = Instant::now();
        loop {
            match self.send(message) {
                Ok(answer) if what(&answer) => return answer,
                answer if start.elapsed() > LIMIT => panic!("the answer is {answer:?}"),
                _ => sleep(POLL),
            }
        }
    }

    pub(crate) fn show_logs(&self) {
        self.cluster.show_log();
        self.gateway.show_log();
        self.proxy.show_log();
    }
}

/// `GET /` for a host.
pub(crate) fn get(host: &str) -> Message {
    to(host, request("GET", "/", &[]))
}

/// A request for a host.
pub(crate) fn to(host: &str, mut message: Message) -> Message {
    for (name, value) in &mut message.headers.0 {
        if name == ":authority" {
            value.0 = host.into();
        }
    }
    message
}
