//! HTTP filters: ours and Envoy's own.

use serde_json::{Map, Value, json};

use crate::{Version, WasmFilter};

/// A filter in the chain of a listener.
#[derive(Debug, Clone)]
pub struct HttpFilter {
    name: String,
    kind: Kind,
    disabled: bool,
}

#[derive(Debug, Clone)]
enum Kind {
    Wasm(Box<WasmFilter>),
    Native(Value),
}

impl HttpFilter {
    /// One of Envoy's own. `typed_config` has its `@type`.
    pub fn native(name: impl Into<String>, typed_config: Value) -> Self {
        Self {
            name: name.into(),
            kind: Kind::Native(typed_config),
            disabled: false,
        }
    }

    /// Leaves it out of every request but those of routes that enable it
    /// ([`crate::Route::enable`]).
    pub fn disabled(mut self) -> Self {
        self.disabled = true;
        self
    }

    pub(crate) fn to_json(&self, version: Version) -> Value {
        let typed_config = match &self.kind {
            Kind::Wasm(wasm) => wasm.to_json(version),
            Kind::Native(config) => config.clone(),
        };
        let mut filter = json!({"name": self.name, "typed_config": typed_config});
        if let (true, Value::Object(object)) = (self.disabled, &mut filter) {
            object.insert("disabled".into(), Value::Bool(true));
        }
        filter
    }
}

impl From<WasmFilter> for HttpFilter {
    fn from(wasm: WasmFilter) -> Self {
        Self {
            name: wasm.name().to_owned(),
            kind: Kind::Wasm(Box::new(wasm)),
            disabled: false,
        }
    }
}

/// The filter that ends every chain.
pub(crate) fn router(fields: &Map<String, Value>) -> Value {
    let kind = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
    let mut config = Map::from_iter([("@type".to_owned(), json!(kind))]);
    config.extend(fields.clone());
    json!({"name": "envoy.filters.http.router", "typed_config": config})
}
