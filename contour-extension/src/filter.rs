//! `HttpFilter` with a Wasm filter in it, as bytes.

use sha2::{Digest, Sha256};

use crate::attachment::hex;
use crate::modules::{Code, url};
use crate::splice::{Filter, Position};
use crate::types;
use crate::wire::{any, put, put_number, put_text};

/// `envoy.extensions.wasm.v3.FailurePolicy`.
const FAIL_RELOAD: u64 = 1;
const FAIL_OPEN: u64 = 3;

/// The cluster of Contour's bootstrap that stands for its xDS server, and so for this one.
const CLUSTER: &str = "contour";
/// How long Envoy waits for a module, in seconds, and how often and at which distance it asks again.
const TIMEOUT: u64 = 30;
const TRIES: u64 = 10;
const PAUSES: [u64; 2] = [1, 10];

/// A Wasm filter of a policy.
#[derive(Debug, Clone)]
pub struct WasmFilter<'a> {
    /// Its name in connection managers and routes, which is the plugin's too.
    pub name: String,
    /// Its place.
    pub position: Position,
    /// `root_id`: the catalogue name.
    pub root_id: &'a str,
    /// Filters with the same id and module share a VM on each worker.
    pub vm_id: String,
    /// Where Envoy finds its module.
    pub code: &'a Code,
    /// The module's digest.
    pub digest: &'a str,
    /// The config: JSON text.
    pub config: String,
    /// What the module may call, and what may be called in it.
    pub capabilities: Vec<&'a str>,
    /// Requests pass where the filter cannot run.
    pub fail_open: bool,
    /// The module may hold headers back until it has the body.
    pub headers_wait: bool,
}

impl WasmFilter<'_> {
    /// The filter, disabled: routes switch it on.
    pub fn disabled(&self) -> Filter {
        let mut message = vec![];
        put_text(&mut message, 1, &self.name);
        let mut wasm = vec![];
        put(&mut wasm, 1, &self.plugin());
        put(&mut message, 4, &any(types::WASM, &wasm));
        put_number(&mut message, 7, 1);
        Filter {
            name: self.name.clone(),
            position: self.position,
            message,
        }
    }

    /// `PluginConfig{name=1, root_id=2, vm_config=3, configuration=4,
    /// capability_restriction_config=6, failure_policy=7, allow_on_headers_stop_iteration=9}`.
    fn plugin(&self) -> Vec<u8> {
        let mut plugin = vec![];
        put_text(&mut plugin, 1, &self.name);
        put_text(&mut plugin, 2, self.root_id);
        put(&mut plugin, 3, &self.vm());
        let mut text = vec![];
        put_text(&mut text, 1, &self.config);
        put(&mut plugin, 4, &any(types::STRING, &text));
        // Read by Envoy before 1.40; later ones read that of the VM.
        put(&mut plugin, 6, &self.restriction());
        let policy = if self.fail_open {
            FAIL_OPEN
        } else {
            FAIL_RELOAD
        };
        put_number(&mut plugin, 7, policy);
        if self.headers_wait {
            let mut truth = vec![];
            put_number(&mut truth, 1, 1);
            put(&mut plugin, 9, &truth);
        }
        plugin
    }

    /// `VmConfig{vm_id=1, runtime=2, code=3, configuration=4, capability_restriction_config=8}`.
    fn vm(&self) -> Vec<u8> {
        let code = match self.code {
            Code::File(file) => local(file),
            Code::Fetched => remote(self.digest),
        };
        let mut vm = vec![];
        put_text(&mut vm, 1, &self.vm_id);
        put_text(&mut vm, 2, "envoy.wasm.runtime.v8");
        put(&mut vm, 3, &code);
        // A VM has one list of capabilities, that of whoever comes first. This keeps those with other
        // lists apart, and leaves them their shared data: it is found by the id alone.
        let mut list = vec![];
        let digest = Sha256::digest(self.capabilities.join(" "));
        put_text(&mut list, 1, &hex(&digest));
        put(&mut vm, 4, &any(types::STRING, &list));
        put(&mut vm, 8, &self.restriction());
        vm
    }

    /// `CapabilityRestrictionConfig{allowed_capabilities=1}`, a map of empty messages.
    fn restriction(&self) -> Vec<u8> {
        let mut restriction = vec![];
        for capability in &self.capabilities {
            let mut entry = vec![];
            put_text(&mut entry, 1, capability);
            put(&mut entry, 2, b"");
            put(&mut restriction, 1, &entry);
        }
        restriction
    }
}

/// `AsyncDataSource{local=1{filename=1}}`.
fn local(file: &str) -> Vec<u8> {
    let mut source = vec![];
    put_text(&mut source, 1, file);
    let mut code = vec![];
    put(&mut code, 1, &source);
    code
}

/// `AsyncDataSource{remote=2{http_uri=1{uri=1, cluster=2, timeout=3}, sha256=2,
/// retry_policy=3{retry_back_off=1{base_interval=1, max_interval=2}, num_retries=2}}}`.
fn remote(digest: &str) -> Vec<u8> {
    let number = |value| {
        let mut message = vec![];
        put_number(&mut message, 1, value);
        message
    };
    let mut uri = vec![];
    put_text(&mut uri, 1, &url(digest));
    put_text(&mut uri, 2, CLUSTER);
    put(&mut uri, 3, &number(TIMEOUT));
    let [base, longest] = PAUSES.map(number);
    let mut pauses = vec![];
    put(&mut pauses, 1, &base);
    put(&mut pauses, 2, &longest);
    let mut retries = vec![];
    put(&mut retries, 1, &pauses);
    put(&mut retries, 2, &number(TRIES));
    let mut source = vec![];
    put(&mut source, 1, &uri);
    put_text(&mut source, 2, digest);
    put(&mut source, 3, &retries);
    let mut code = vec![];
    put(&mut code, 2, &source);
    code
}
