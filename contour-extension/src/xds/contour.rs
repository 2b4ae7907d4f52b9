//! Contour as an xDS server: what it says now, followed for as long as this process runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::Uri;
use http::uri::PathAndQuery;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};

use crate::types;
use crate::wire;
use crate::xds::io::Io;
use crate::xds::message::{Request, Response};
use crate::xds::raw::Raw;
use crate::xds::tls::Identity;

/// How long after a failure it is tried again.
const PAUSE: Duration = Duration::from_millis(500);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const KEEPALIVE: Duration = Duration::from_secs(30);

/// All resources of one kind, in the version that Contour gave them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The version.
    pub version: String,
    /// Their bytes by their names.
    pub resources: BTreeMap<String, Bytes>,
}

/// What is known of one kind: nothing until Contour has answered once, then the last that it said.
pub type Known = watch::Receiver<Option<Arc<Snapshot>>>;

/// A kind of resources and the stream that carries it.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The type URL.
    pub type_url: &'static str,
    /// The path of the gRPC method.
    pub method: &'static str,
}

/// Listeners.
pub const LISTENERS: Kind = Kind {
    type_url: types::LISTENER,
    method: "/envoy.service.listener.v3.ListenerDiscoveryService/StreamListeners",
};

/// Clusters.
pub const CLUSTERS: Kind = Kind {
    type_url: types::CLUSTER,
    method: "/envoy.service.cluster.v3.ClusterDiscoveryService/StreamClusters",
};

/// Route configurations.
pub const ROUTES: Kind = Kind {
    type_url: types::ROUTES,
    method: "/envoy.service.route.v3.RouteDiscoveryService/StreamRoutes",
};

/// Contour's xDS server.
#[derive(Debug, Clone)]
pub struct Contour {
    channel: Channel,
}

impl Contour {
    /// The server at that host and port, with `identity` towards it; without one there is no TLS. It
    /// is connected to when it is needed, and again whenever the connection is lost; a name is looked
    /// up each time.
    pub fn at(address: String, identity: Option<Identity>) -> Self {
        let connector = tower::service_fn(move |_: Uri| {
            let (address, identity) = (address.clone(), identity.clone());
            async move {
                let stream = TcpStream::connect(&address).await.context("Contour")?;
                let stream: Box<dyn Io> = match identity {
                    Some(identity) => Box::new(identity.connect(stream).await?),
                    None => Box::new(stream),
                };
                anyhow::Ok(TokioIo::new(stream))
            }
        });
        let endpoint = Endpoint::from_static("http://contour")
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEPALIVE)
            .keep_alive_while_idle(true);
        Self {
            channel: endpoint.connect_with_connector_lazy(connector),
        }
    }

    /// A client for its methods. Messages may have any size.
    pub fn client(&self) -> Grpc<Channel> {
        let client = Grpc::new(self.channel.clone());
        let client = client.max_decoding_message_size(usize::MAX);
        client.max_encoding_message_size(usize::MAX)
    }

    /// Follows all resources of a kind, and tells whether its stream is there.
    pub fn follow(&self, kind: Kind, tell: impl Fn(bool) + Send + Sync + 'static) -> Known {
        let (sender, known) = watch::channel(None);
        let contour = self.clone();
        tokio::spawn(async move {
            loop {
                if let Err(why) = contour.read(kind, &sender, &tell).await {
                    tracing::warn!(method = kind.method, "Contour: {why:#}");
                }
                tell(false);
                if sender.is_closed() {
                    return;
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
        known
    }

    /// One stream. Each response is answered at once: Contour says nothing newer before that.
    async fn read(
        &self,
        kind: Kind,
        known: &watch::Sender<Option<Arc<Snapshot>>>,
        tell: impl Fn(bool),
    ) -> Result<()> {
        let (requests, receiver) = mpsc::unbounded_channel();
        let mut request = Request {
            node: "hachure-contour-extension".into(),
            type_url: kind.type_url.into(),
            ..Request::default()
        };
        requests.send(request.write())?;
        let stream = tonic::Request::new(UnboundedReceiverStream::new(receiver));
        let mut client = self.client();
        client.ready().await?;
        let method = PathAndQuery::from_static(kind.method);
        let mut responses = client.streaming(stream, method, Raw).await?.into_inner();
        tell(true);
        while let Some(message) = responses.message().await? {
            let response = Response::read(&message)?;
            request.version.clone_from(&response.version);
            request.nonce.clone_from(&response.nonce);
            requests.send(request.write())?;
            known.send_replace(Some(Arc::new(snapshot(response)?)));
        }
        anyhow::bail!("the stream has ended")
    }
}

/// Listeners, route configurations and clusters have their name in field 1.
fn snapshot(response: Response) -> Result<Snapshot> {
    let mut resources = BTreeMap::new();
    for resource in response.resources {
        let name = wire::text(&resource, 1)?.to_owned();
        resources.insert(name, resource);
    }
    Ok(Snapshot {
        version: response.version,
        resources,
    })
}
