//! A file of listeners that an Envoy watches (LDS): they come, change and go while it runs.

use std::fs;
use std::path::{Path, PathBuf};

use hachure_envoy::Bootstrap;
use serde_json::{Value, json};

/// The file.
pub struct ListenerFile(PathBuf);

impl ListenerFile {
    /// A file in that folder, without listeners.
    pub fn new(folder: &Path) -> Self {
        let file = Self(folder.join("listeners.json"));
        file.write([]);
        file
    }

    /// Replaces the listeners, which are `envoy.config.listener.v3.Listener` each.
    pub fn write(&self, listeners: impl IntoIterator<Item = Value>) {
        let resources = listeners.into_iter().map(|mut listener| {
            listener["@type"] = json!("type.googleapis.com/envoy.config.listener.v3.Listener");
            listener
        });
        let text = json!({"resources": resources.collect::<Vec<_>>()}).to_string();
        // Envoy looks when a file is moved there.
        let new = self.0.with_extension("new");
        fs::write(&new, text)
            .and_then(|()| fs::rename(new, &self.0))
            .expect("the listeners");
    }

    /// A config that takes its listeners from the file.
    pub fn bootstrap(&self) -> Bootstrap {
        let source = json!({"lds_config": {"path_config_source": {"path": self.0}}});
        Bootstrap::new()
            .field("node", json!({"id": "e2e", "cluster": "e2e"}))
            .field("dynamic_resources", source)
    }
}
