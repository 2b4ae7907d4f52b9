//! What kube-proxy does: connections to the address of a Service reach what stands behind it.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::runtime::runtime;

/// A port on an address of the namespace whose connections go on to loopback. Dropping it ends it.
pub struct Forward {
    address: SocketAddrV4,
    server: JoinHandle<()>,
}

impl Forward {
    /// Starts one on a port that the kernel chooses.
    pub fn start(address: Ipv4Addr, to: SocketAddr) -> Self {
        let listener = runtime().block_on(TcpListener::bind((address, 0)));
        let listener = listener.expect("an address of the namespace");
        let port = listener.local_addr().expect("its address").port();
        let server = runtime().spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut to = TcpStream::connect(to).await?;
                    copy_bidirectional(&mut from, &mut to).await
                });
            }
        });
        Self {
            address: SocketAddrV4::new(address, port),
            server,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddrV4 {
        self.address
    }
}

impl Drop for Forward {
    fn drop(&mut self) {
        self.server.abort();
    }
}
