//! The cluster addresses of Services: each port is listened on, and every connection is carried to
//! one of the Service's ready endpoints, as kube-proxy would have it carried.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::RwLock;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::ip;
use super::read::{list, number, text};
use crate::runtime::runtime;

/// How long an endpoint may take to be connected.
const LIMIT: Duration = Duration::from_secs(20);

#[derive(Default)]
pub(super) struct ClusterAddresses {
    ports: BTreeMap<SocketAddr, Port>,
}

/// Where connections lead. Whoever connects to one of them reads them until that is done: after a
/// change no connection comes to one that is gone.
type Endpoints = Arc<RwLock<Vec<SocketAddr>>>;

/// A port of a Service.
struct Port {
    endpoints: Endpoints,
    task: JoinHandle<()>,
}

impl ClusterAddresses {
    /// Serves what there is now, and no longer what is gone.
    pub(super) fn serve(&mut self, services: &[Value], slices: &[Value]) {
        let mut wanted = BTreeMap::new();
        for service in services {
            let Ok(address) = text(service, "/spec/clusterIP").parse::<IpAddr>() else {
                continue;
            };
            for port in list(service, "/spec/ports") {
                if let Some(number) = number(port, "/port").and_then(|port| port.try_into().ok()) {
                    let at = SocketAddr::new(address, number);
                    wanted.insert(at, endpoints(service, text(port, "/name"), slices));
                }
            }
        }
        self.ports.retain(|at, _| wanted.contains_key(at));
        for (at, endpoints) in wanted {
            let port = self.ports.entry(at).or_insert_with(|| Port::open(at));
            *port.endpoints.blocking_write() = endpoints;
        }
    }
}

/// The ready endpoints of a Service's port.
fn endpoints(service: &Value, port: &str, slices: &[Value]) -> Vec<SocketAddr> {
    let of_service = slices.iter().filter(|slice| {
        text(slice, "/metadata/namespace") == text(service, "/metadata/namespace")
            && slice["metadata"]["labels"]["kubernetes.io/service-name"]
                == service["metadata"]["name"]
    });
    let mut found = vec![];
    for slice in of_service {
        let port = list(slice, "/ports")
            .iter()
            .find(|it| text(it, "/name") == port);
        let port = port
            .and_then(|port| number(port, "/port"))
            .and_then(|port| port.try_into().ok());
        for endpoint in list(slice, "/endpoints") {
            let ready = endpoint
                .pointer("/conditions/ready")
                .and_then(Value::as_bool)
                != Some(false);
            let address = text(endpoint, "/addresses/0").parse::<IpAddr>();
            if let (true, Ok(address), Some(port)) = (ready, address, port) {
                found.push(SocketAddr::new(address, port));
            }
        }
    }
    found
}

impl Port {
    fn open(at: SocketAddr) -> Self {
        // Another port of the Service may have brought the address already.
        if std::net::TcpListener::bind((at.ip(), 0)).is_err() {
            ip(&format!("addr add {}/32 dev lo", at.ip()));
        }
        let listener = std::net::TcpListener::bind(at).expect("a cluster address");
        listener.set_nonblocking(true).expect("a listener");
        let endpoints = Arc::default();
        let task = runtime().spawn(carry(listener, Arc::clone(&endpoints)));
        Self { endpoints, task }
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        // Connections that are open stay: they are none of its tasks.
        self.task.abort();
    }
}

async fn carry(listener: std::net::TcpListener, endpoints: Endpoints) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    let mut turn: usize = 0;
    while let Ok((mut client, _)) = listener.accept().await {
        turn = turn.wrapping_add(1);
        let endpoints = Arc::clone(&endpoints);
        tokio::spawn(async move {
            if let Some(mut server) = connect(&endpoints, turn).await {
                // Whichever side breaks off, the other one sees the end.
                let _ = copy_bidirectional(&mut client, &mut server).await;
            }
        });
    }
}

async fn connect(endpoints: &RwLock<Vec<SocketAddr>>, turn: usize) -> Option<TcpStream> {
    let endpoints = endpoints.read().await;
    let endpoint = endpoints.get(turn.checked_rem(endpoints.len())?)?;
    let connected = timeout(LIMIT, TcpStream::connect(endpoint)).await;
    connected.ok()?.ok()
}
