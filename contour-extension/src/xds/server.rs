//! The xDS server that Envoys are pointed at in Contour's place.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use http::uri::PathAndQuery;
use http_body_util::Full;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::codec::Codec;
use tonic::server::Grpc;
use tonic::{Request, Response, Status, Streaming};

use crate::modules::Shelf;
use crate::stop::Stop;
use crate::world::World;
use crate::xds::clusters::{Had, clusters};
use crate::xds::contour::{CLUSTERS, Contour, Known, LISTENERS, ROUTES};
use crate::xds::io::{Accepted, Io};
use crate::xds::message;
use crate::xds::raw::{Raw, Served};
use crate::xds::relay::relay;
use crate::xds::session;
use crate::xds::taken::Taken;
use crate::xds::tls::Identity;

/// The state to be served; none until there is one.
pub type Worlds = watch::Receiver<Option<Arc<World>>>;

/// What passes as it is.
const RELAYED: [&str; 3] = [
    "/envoy.service.endpoint.v3.EndpointDiscoveryService/StreamEndpoints",
    "/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets",
    "/envoy.service.runtime.v3.RuntimeDiscoveryService/StreamRuntime",
];

const KEEPALIVE: Duration = Duration::from_secs(60);
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// How long no connection is taken after the system gave none.
const PAUSE: Duration = Duration::from_millis(100);

/// What an Envoy says of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has taken it.
    Accepted,
    /// It has not, for that reason.
    Refused(String),
}

/// What an Envoy does on its stream of listeners; of the others, what it answers to a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// It says which node it is.
    Connected(String),
    /// It answers the state of that number.
    Answered(u64, Answer),
    /// The stream has ended.
    Gone,
}

/// Which stream reports, and what.
pub type Reports = mpsc::UnboundedSender<(u64, Report)>;

/// The server, one for all connections.
#[derive(Debug, Clone)]
pub struct Server {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    contour: Contour,
    /// Contour's clusters.
    clusters: Known,
    worlds: Worlds,
    taken: Arc<Taken>,
    had: Had,
    reports: Reports,
    modules: Shelf,
    streams: AtomicU64,
    stop: Stop,
}

impl Server {
    /// A server of these states and modules, and of Contour's clusters, until it is to stop. What is
    /// none of it comes from Contour.
    pub fn new(
        contour: Contour,
        clusters: Known,
        worlds: Worlds,
        reports: Reports,
        modules: Shelf,
        stop: Stop,
    ) -> Self {
        let taken = Arc::new(Taken::default());
        tokio::spawn(forget(worlds.clone(), Arc::clone(&taken)));
        Self {
            shared: Arc::new(Shared {
                contour,
                clusters,
                worlds,
                taken,
                had: Had::default(),
                reports,
                modules,
                streams: AtomicU64::new(0),
                stop,
            }),
        }
    }

    /// Serves on a listener over mTLS; without an identity there is no TLS. When it is to stop, every
    /// stream ends, as its peer sees it, in good order.
    pub async fn serve(self, listener: TcpListener, identity: Option<Identity>) -> Result<()> {
        let (sender, accepted) = mpsc::channel(16);
        let stop = self.shared.stop.clone();
        tokio::spawn({
            let stop = stop.clone();
            async move {
                tokio::select! {
                    () = accept(listener, identity, sender) => {}
                    () = stop.asked() => {}
                }
            }
        });
        let accepted = ReceiverStream::new(accepted);
        // An Envoy has a stream for each of its clusters.
        let server = tonic::transport::Server::builder()
            .http2_keepalive_interval(Some(KEEPALIVE))
            .max_concurrent_streams(None);
        let served = server.serve_with_incoming_shutdown(self, accepted, stop.asked());
        Ok(served.await?)
    }

    async fn answer(self, request: http::Request<Body>) -> http::Response<Body> {
        let method = request.uri().path().to_owned();
        let shared = self.shared;
        if request.method() == http::Method::GET {
            return module(&shared.modules, &method).await;
        }
        if method == LISTENERS.method {
            let service = tower::service_fn(|requests| shared.listeners(requests));
            return grpc(Served).streaming(service, request).await;
        }
        if method == ROUTES.method {
            let service = tower::service_fn(|requests| shared.routes(requests));
            return grpc(Served).streaming(service, request).await;
        }
        if method == CLUSTERS.method {
            let service = tower::service_fn(|requests| shared.clusters(requests));
            return grpc(Served).streaming(service, request).await;
        }
        if let Some(relayed) = RELAYED.into_iter().find(|relayed| *relayed == method) {
            let method = PathAndQuery::from_static(relayed);
            let service = tower::service_fn(|requests| {
                relay(
                    &shared.contour,
                    method.clone(),
                    requests,
                    shared.stop.clone(),
                )
            });
            return grpc(Raw).streaming(service, request).await;
        }
        tracing::warn!(
            method,
            "refused: it could carry listeners or routes past the filters"
        );
        Status::unimplemented(format!(
            "{method} is not served: filters, and what they call, are put into what comes over {}, {} \
             and {}",
            LISTENERS.method, ROUTES.method, CLUSTERS.method
        ))
        .into_http()
    }
}

/// A module, for an Envoy that asks for it by its digest.
async fn module(modules: &Shelf, path: &str) -> http::Response<Body> {
    let read = match modules.file(path) {
        Some(file) => tokio::fs::read(file).await.ok(),
        None => None,
    };
    let found = read.is_some();
    let mut answer =
        http::Response::new(Body::new(Full::new(Bytes::from(read.unwrap_or_default()))));
    if !found {
        tracing::warn!(path, "there is no such module here");
        *answer.status_mut() = http::StatusCode::NOT_FOUND;
    }
    answer
}

/// Messages may have any size.
fn grpc<C: Codec>(codec: C) -> Grpc<C> {
    let grpc = Grpc::new(codec).max_decoding_message_size(usize::MAX);
    grpc.max_encoding_message_size(usize::MAX)
}

type Answered = Result<Response<ReceiverStream<Result<message::Response, Status>>>, Status>;

impl Shared {
    fn listeners(
        self: &Arc<Self>,
        requests: Request<Streaming<Bytes>>,
    ) -> impl Future<Output = Answered> + Send + use<> {
        let (sender, receiver) = mpsc::channel(4);
        let shared = Arc::clone(self);
        let stream = self.streams.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            let report = |report| drop(shared.reports.send((stream, report)));
            let worlds = shared.worlds.clone();
            let had = (&*shared.taken, &shared.had);
            tokio::select! {
                _ = session::listeners(worlds, requests.into_inner(), sender, had, report) => {}
                () = shared.stop.clone().asked() => {}
            }
            report(Report::Gone);
        });
        std::future::ready(Ok(Response::new(ReceiverStream::new(receiver))))
    }

    fn routes(
        self: &Arc<Self>,
        requests: Request<Streaming<Bytes>>,
    ) -> impl Future<Output = Answered> + Send + use<> {
        let (sender, receiver) = mpsc::channel(4);
        let shared = Arc::clone(self);
        let stream = self.streams.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            let report = |report| drop(shared.reports.send((stream, report)));
            let (worlds, taken) = (shared.worlds.clone(), &shared.taken);
            tokio::select! {
                _ = session::routes(worlds, requests.into_inner(), sender, taken, report) => {}
                () = shared.stop.clone().asked() => {}
            }
        });
        std::future::ready(Ok(Response::new(ReceiverStream::new(receiver))))
    }

    fn clusters(
        self: &Arc<Self>,
        requests: Request<Streaming<Bytes>>,
    ) -> impl Future<Output = Answered> + Send + use<> {
        let (sender, receiver) = mpsc::channel(4);
        let shared = Arc::clone(self);
        let stream = self.streams.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            let report = |report| drop(shared.reports.send((stream, report)));
            let known = (shared.clusters.clone(), shared.worlds.clone());
            tokio::select! {
                _ = clusters(known, requests.into_inner(), sender, &shared.had, report) => {}
                () = shared.stop.clone().asked() => {}
            }
        });
        std::future::ready(Ok(Response::new(ReceiverStream::new(receiver))))
    }
}

impl tower::Service<http::Request<Body>> for Server {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let server = self.clone();
        Box::pin(async move { Ok(server.answer(request).await) })
    }
}

async fn forget(mut worlds: Worlds, taken: Arc<Taken>) {
    while worlds.changed().await.is_ok() {
        let world = worlds.borrow_and_update().clone();
        world.iter().for_each(|world| taken.forget_but(world));
    }
}

/// Takes connections, each handshake by itself: a slow or a bad one holds up no other.
async fn accept(
    listener: TcpListener,
    identity: Option<Identity>,
    accepted: mpsc::Sender<std::io::Result<Accepted>>,
) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(why) => {
                tracing::warn!("no connection: {why}");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let (identity, accepted) = (identity.clone(), accepted.clone());
        tokio::spawn(async move {
            match tokio::time::timeout(HANDSHAKE_LIMIT, greet(stream, identity)).await {
                Ok(Ok(stream)) => drop(accepted.send(Ok(Accepted(stream))).await),
                Ok(Err(why)) => tracing::warn!("a connection is refused: {why:#}"),
                Err(_) => tracing::warn!("a connection is refused: no handshake"),
            }
        });
    }
}

async fn greet(stream: TcpStream, identity: Option<Identity>) -> Result<Box<dyn Io>> {
    Ok(match identity {
        Some(identity) => Box::new(identity.accept(stream).await?),
        None => Box::new(stream),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(method: &str) -> (String, String) {
        let (_worlds, served) = watch::channel(None);
        let (reports, _answers) = mpsc::unbounded_channel();
        let nowhere = Contour::at("127.0.0.1:1".into(), None);
        let (_, clusters) = watch::channel(None);
        let (shelf, stop) = (Shelf::default(), Stop::never());
        let server = Server::new(nowhere, clusters, served, reports, shelf, stop);
        let request = http::Request::post(format!("http://contour{method}"));
        let answer = server.answer(request.body(Body::empty()).unwrap()).await;
        let header = |name: &str| {
            let value = answer
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned());
            value.unwrap_or_default()
        };
        (header("grpc-status"), header("grpc-message"))
    }

    #[tokio::test]
    async fn what_could_carry_listeners_past_the_filters_is_refused() {
        for method in [
            "listener.v3.ListenerDiscoveryService/DeltaListeners",
            "listener.v3.ListenerDiscoveryService/FetchListeners",
            "route.v3.RouteDiscoveryService/DeltaRoutes",
            "cluster.v3.ClusterDiscoveryService/DeltaClusters",
            "cluster.v3.ClusterDiscoveryService/FetchClusters",
            "route.v3.VirtualHostDiscoveryService/DeltaVirtualHosts",
            "discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources",
            "discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources",
        ] {
            let (status, message) = ask(&format!("/envoy.service.{method}")).await;
            assert_eq!(status, "12", "{method}");
            assert!(message.contains("filters"), "{method}: {message}");
        }
        let (status, _) = ask(LISTENERS.method).await;
        assert_eq!(status, "", "a stream begins");
    }
}
