//! What the tests share.

use std::net::IpAddr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use hachure_casefile::Message;
use hachure_e2e::cluster::{Cluster, Contour, Edge, namespace, objects};
use hachure_e2e::{Client, Received, Upstream, request};
use hachure_envoy::Protocol;
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);
/// The namespace of everything that tests create.
pub(crate) const NAMESPACE: &str = "shop";

/// A cluster with Contour, an Envoy, and a Service `orders` behind it.
pub(crate) struct Stage {
    pub(crate) edge: Edge,
    pub(crate) contour: Contour,
    pub(crate) cluster: Cluster,
    pub(crate) orders: Upstream,
}

impl Stage {
    pub(crate) fn set() -> Self {
        let cluster = Cluster::start();
        let contour = Contour::start(&cluster);
        let edge = Edge::start(&contour.xds());
        let address = namespace::ADDRESS;
        let orders = Upstream::start_at(IpAddr::V4(address), Protocol::Http1);
        cluster.apply(&objects::namespace(NAMESPACE));
        for object in objects::service(NAMESPACE, "orders", address, orders.port()) {
            cluster.apply(&object);
        }
        let stage = Self {
            edge,
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

    /// The answer to `GET /` for a host over plain HTTP.
    pub(crate) fn get(&self, host: &str) -> Result<Received, String> {
        Client::new(self.edge.http(), Protocol::Http1).send(&get(host))
    }

    /// Waits until Envoy answers for a host as it should.
    pub(crate) fn until(&self, host: &str, what: impl Fn(&Received) -> bool) -> Received {
        let start = Instant::now();
        loop {
            let answer = self.get(host);
            match answer {
                Ok(answer) if what(&answer) => return answer,
                answer if start.elapsed() > LIMIT => panic!("{host} is answered {answer:?}"),
                _ => sleep(POLL),
            }
        }
    }

    pub(crate) fn show_logs(&self) {
        self.cluster.show_log();
        self.contour.show_log();
        self.edge.show_log();
    }
}

/// `GET /` for a host.
pub(crate) fn get(host: &str) -> Message {
    let mut message = request("GET", "/", &[]);
    for (name, value) in &mut message.headers.0 {
        if name == ":authority" {
            value.0 = host.into();
        }
    }
    message
}
