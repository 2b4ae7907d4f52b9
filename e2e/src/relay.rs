//! A way to something on loopback for those who may not be sent there.

use std::net::{IpAddr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::runtime::runtime;

/// It passes connections on, byte for byte. Dropping it ends it.
pub struct Relay {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Relay {
    /// Starts one at another address of this machine, on a port that the kernel chooses.
    pub fn start(at: IpAddr, to: SocketAddr) -> Self {
        let listener = std::net::TcpListener::bind((at, 0));
        Self::serve(listener.expect("a port"), to)
    }

    /// Starts one that accepts what comes to that listener: it may be one of another network
    /// namespace.
    pub fn serve(listener: std::net::TcpListener, to: SocketAddr) -> Self {
        let shared = listener.set_nonblocking(true);
        shared.expect("a listener of the runtime");
        let _runtime = runtime().enter();
        let listener = TcpListener::from_std(listener).expect("a listener");
        let address = listener.local_addr().expect("its address");
        let server = runtime().spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                tokio::spawn(async move {
                    // What ends a connection early shows at its ends.
                    if let Ok(mut server) = TcpStream::connect(to).await {
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        });
        Self { address, server }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.server.abort();
    }
}
