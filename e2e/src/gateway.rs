//! An Envoy between a client and an upstream.

use hachure_casefile::Message;
use hachure_envoy::{Bootstrap, Cluster, Listener, Options, Process, Protocol};
use serde_json::json;

use crate::cases::Clock;
use crate::setup::{self, Running};
use crate::{Client, Received, Upstream};

/// A listener, the upstream of its routes, and both ways to speak.
pub struct Gateway {
    envoy: Running,
    /// What the routes lead to, as the cluster `upstream`.
    pub upstream: Upstream,
    protocol: Protocol,
}

impl Gateway {
    /// The protocols in which everything is tried.
    pub const PROTOCOLS: [Protocol; 2] = [Protocol::Http1, Protocol::Http2];

    /// Starts an Envoy with one worker between a client and an upstream that speak `protocol`.
    /// `listener` is named `main`.
    pub fn start(protocol: Protocol, listener: Listener) -> Self {
        Self::between(protocol, protocol, 1, listener)
    }

    /// The same with that many workers, where the client and the upstream may speak different
    /// protocols.
    pub fn between(client: Protocol, upstream: Protocol, workers: u32, listener: Listener) -> Self {
        let bootstrap = Bootstrap::new().listener(listener);
        Self::launch([client, upstream], bootstrap, |options| {
            options.concurrency(workers)
        })
    }

    /// One for HTTP/1.1 with that many workers, and with clusters that its filters call.
    pub fn calling(
        clusters: impl IntoIterator<Item = Cluster>,
        workers: u32,
        listener: Listener,
    ) -> Self {
        let options = |options: Options| options.concurrency(workers);
        Self::launch([Protocol::Http1; 2], to_call(clusters, listener), options)
    }

    /// The same, whose wall clock is that one.
    pub fn calling_by(
        clock: &Clock,
        clusters: impl IntoIterator<Item = Cluster>,
        workers: u32,
        listener: Listener,
    ) -> Self {
        let options = |options: Options| clock.wind(options.concurrency(workers));
        Self::launch([Protocol::Http1; 2], to_call(clusters, listener), options)
    }

    fn launch(
        [client, server]: [Protocol; 2],
        bootstrap: Bootstrap,
        options: impl FnOnce(Options) -> Options,
    ) -> Self {
        let upstream = Upstream::start(server);
        let cluster = Cluster::new("upstream", "127.0.0.1", upstream.port())
            .protocol(server)
            .http1_trailers();
        let envoy = setup::start_with(&bootstrap.cluster(cluster), options);
        Self {
            envoy,
            upstream,
            protocol: client,
        }
    }

    /// A listener named `main` that passes on upgrades, CONNECT and trailers.
    pub fn listener() -> Listener {
        let upgrades = json!([{"upgrade_type": "websocket"}, {"upgrade_type": "CONNECT"}]);
        Listener::new("main")
            .manager_field("upgrade_configs", upgrades)
            .manager_field("http_protocol_options", json!({"enable_trailers": true}))
            .manager_field("http2_protocol_options", json!({"allow_connect": true}))
    }

    /// The Envoy.
    pub fn envoy(&self) -> &Process {
        &self.envoy.process
    }

    /// The address of the listener.
    pub fn address(&self) -> std::net::SocketAddr {
        self.envoy.process.address("main").expect("the listener")
    }

    /// Sends a request and waits for the response.
    pub fn send(&self, request: &Message) -> Received {
        self.try_send(request)
            .unwrap_or_else(|why| panic!("no response: {why}"))
    }

    /// Sends a request; the connection may end without a response.
    pub fn try_send(&self, request: &Message) -> Result<Received, String> {
        Client::new(self.address(), self.protocol).send(request)
    }

    /// The one request that the upstream saw since it was last asked.
    pub fn seen(&self) -> Received {
        let mut seen = self.upstream.take();
        assert_eq!(seen.len(), 1, "requests at the upstream");
        seen.remove(0)
    }
}

fn to_call(clusters: impl IntoIterator<Item = Cluster>, listener: Listener) -> Bootstrap {
    let bootstrap = Bootstrap::new().listener(listener);
    clusters.into_iter().fold(bootstrap, Bootstrap::cluster)
}
