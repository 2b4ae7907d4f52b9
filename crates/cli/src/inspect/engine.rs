//! What an Envoy is, and who configures it.

use hachure_envoy::Version;
use serde::Serialize;
use serde_json::Value;

use crate::inspect::dump::{Dump, list, text};

/// An Envoy.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Engine {
    pub(super) version: String,
    /// The engines for Wasm that it is built with.
    pub(super) wasm_engines: Vec<String>,
    pub(super) configured_by: Source,
}

/// Who configures an Envoy.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Source {
    /// Its own files.
    File,
    /// Contour itself.
    Contour,
    /// Contour through `contour-extension`.
    ContourExtension,
    EnvoyGateway,
    /// Something else that speaks xDS.
    Other,
}

impl Engine {
    pub(super) fn of(dump: &Dump) -> Self {
        let node = dump.bootstrap().and_then(|bootstrap| bootstrap.get("node"));
        let extensions = node.into_iter().flat_map(|node| list(node, "extensions"));
        let engines = extensions.filter(|one| text(one, "/category") == "envoy.wasm.runtime");
        // `null` runs what is compiled into Envoy.
        let engines = engines
            .map(|one| text(one, "/name"))
            .filter(|name| !name.ends_with(".null"));
        let mut engines: Vec<_> = engines.map(str::to_owned).collect();
        engines.sort();
        engines.dedup();
        Self {
            version: dump.version().to_owned(),
            wasm_engines: engines,
            configured_by: Source::of(dump),
        }
    }

    /// Whether the filters are tried on that version; true where it says none.
    pub(super) fn is_new_enough(&self) -> bool {
        Version::parse(&self.version).is_none_or(|version| version >= Version::OLDEST)
    }
}

impl Source {
    fn of(dump: &Dump) -> Self {
        let Some(bootstrap) = dump.bootstrap() else {
            return Self::File;
        };
        if bootstrap.get("dynamic_resources").is_none() {
            return Self::File;
        }
        let clusters = bootstrap.pointer("/static_resources/clusters");
        let clusters = clusters.and_then(Value::as_array).into_iter().flatten();
        let names: Vec<_> = clusters.map(|cluster| text(cluster, "/name")).collect();
        if names.contains(&"contour") {
            // contour-extension's versions are Contour's with its own behind them.
            return if dump.listeners_version().contains('~') {
                Self::ContourExtension
            } else {
                Self::Contour
            };
        }
        let listeners = bootstrap.pointer("/static_resources/listeners");
        let mut listeners = listeners.and_then(Value::as_array).into_iter().flatten();
        match listeners.any(|one| text(one, "/name").starts_with("envoy-gateway-proxy-ready")) {
            true => Self::EnvoyGateway,
            false => Self::Other,
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::File => "its own files",
            Self::Contour => "Contour",
            Self::ContourExtension => "Contour through contour-extension",
            Self::EnvoyGateway => "Envoy Gateway",
            Self::Other => "a control plane",
        }
    }
}
