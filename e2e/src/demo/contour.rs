//! Contour with `contour-extension` and an Envoy, in front of the example API.

use std::path::PathBuf;

use hachure_envoy::Child;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{API_PORT, Demos, Shown, Stand, until, until_filtered};
use crate::cluster::{Cluster, Contour, Edge, Extension, namespace, objects};
use crate::setup::scratch;

const NAMESPACE: &str = "demo";
const NAME: &str = "orders";

/// All that runs: what depends on something stands before it, and ends first.
pub struct OnContour {
    edge: Edge,
    _extension: Extension,
    _contour: Contour,
    cluster: Cluster,
    _api: Child,
    folder: TempDir,
}

impl OnContour {
    /// Starts it, with an Ingress of every host to the example API.
    pub fn start(stand: &Stand) -> Self {
        let folder = scratch();
        let api = stand.example_api();
        let cluster = Cluster::start();
        let contour = Contour::start_logging(&cluster, &access_log(&folder));
        let extension = Extension::start(&cluster, &contour.xds());
        let edge = Edge::start(&extension.xds());
        cluster.apply(&objects::namespace(NAMESPACE));
        for object in objects::service(NAMESPACE, NAME, namespace::ADDRESS, API_PORT) {
            cluster.apply(&object);
        }
        cluster.apply(&json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"namespace": NAMESPACE, "name": NAME},
            "spec": {"defaultBackend": {"service": {"name": NAME, "port": {"number": 80}}}},
        }));
        Self {
            edge,
            _extension: extension,
            _contour: contour,
            cluster,
            _api: api,
            folder,
        }
    }

    /// Attaches filters to the Ingress, and waits until they run.
    pub fn attach(&self, demos: &Demos) -> Result<(), String> {
        let wasm = demos.chain.iter().map(|attached| {
            json!({
                "name": attached.filter,
                "code": {"type": "Catalog", "catalog": {"name": attached.filter}},
                "config": attached.config,
            })
        });
        let target = json!({"group": "networking.k8s.io", "kind": "Ingress", "name": NAME});
        let policy = json!({
            "apiVersion": "hachure.dev/v1alpha1", "kind": "ContourExtensionPolicy",
            "metadata": {"namespace": NAMESPACE, "name": NAME},
            "spec": {"targetRefs": [target], "wasm": wasm.collect::<Vec<Value>>()},
        });
        self.cluster.apply(&policy);
        until(&self.cluster, &policy, "Programmed")?;
        until_filtered(self.edge.http());
        Ok(())
    }

    /// Shows it, as [`Stand::show`] does.
    pub fn show(&self, stand: Stand, demos: &Demos) -> bool {
        stand.show(&Shown {
            cluster: &self.cluster,
            gateway: self.edge.http(),
            access_log: &access_log(&self.folder),
            demos,
        })
    }
}

fn access_log(folder: &TempDir) -> PathBuf {
    folder.path().join("access.log")
}
