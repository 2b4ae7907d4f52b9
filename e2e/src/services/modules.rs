//! A web server with the built modules.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use hachure_casefile::{Message, Text};
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::http1::Connection;
use crate::runtime::runtime;
use crate::{response, setup};

/// It serves `/<filter>.wasm`, from `target/modules`. Dropping it ends it.
pub struct ModuleServer {
    address: SocketAddr,
    others: Others,
    server: JoinHandle<()>,
}

/// Modules that no filter has, by name.
type Others = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

impl ModuleServer {
    /// Starts one at an address of this machine, on a port that the kernel chooses.
    pub fn start(address: IpAddr) -> Self {
        let listener = runtime().block_on(TcpListener::bind((address, 0)));
        let listener = listener.expect("a port");
        let address = listener.local_addr().expect("its address");
        let others = Others::default();
        let shared = Arc::clone(&others);
        let server = runtime().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let others = Arc::clone(&shared);
                // A client that goes away early says what it missed.
                tokio::spawn(async move { drop(serve(stream, &others).await) });
            }
        });
        Self {
            address,
            others,
            server,
        }
    }

    /// Serves another module, by a name that no filter has.
    pub fn add(&self, name: &str, module: Vec<u8>) {
        let mut others = self.others.lock().expect("the modules");
        others.insert(name.to_owned(), module);
    }

    /// The URL of a filter's module.
    pub fn url(&self, filter: &str) -> String {
        format!("http://{}/{filter}.wasm", self.address)
    }
}

/// The SHA-256 of a filter's module, in hexadecimal.
pub fn module_digest(filter: &str) -> String {
    digest(&fs::read(setup::module(filter)).expect("a module"))
}

/// The SHA-256 of a module, in hexadecimal.
pub fn digest(module: &[u8]) -> String {
    let digest = Sha256::digest(module);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Drop for ModuleServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(stream: TcpStream, others: &Others) -> Result<(), String> {
    let mut connection = Connection::new(stream);
    while let Some(head) = connection.request_head().await? {
        let (_, target) = head.method_and_target();
        let answer = answer(&String::from_utf8_lossy(target), others);
        connection.write_response(&answer, false).await?;
    }
    Ok(())
}

fn answer(path: &str, others: &Others) -> Message {
    let name = path
        .strip_prefix('/')
        .and_then(|path| path.strip_suffix(".wasm"));
    let Some(module) = name.and_then(|name| module(name, others)) else {
        return response(404, &[], "");
    };
    let length = module.len().to_string();
    let mut answer = response(200, &[("content-length", &length)], "");
    answer.body = vec![Text(module)];
    answer
}

fn module(name: &str, others: &Others) -> Option<Vec<u8>> {
    if let Some(module) = others.lock().expect("the modules").get(name) {
        return Some(module.clone());
    }
    let known = setup::filters().iter().any(|filter| filter == name) || name == "facts";
    known.then(|| fs::read(setup::module(name)).expect("a module"))
}
