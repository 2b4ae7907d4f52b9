//! A module that is there, and what it says of itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use hachure_catalog::Entry;
use hachure_exchange::AnyPolicy;
use hachure_registry::Filter as Registered;
use serde_json::Value;

use crate::modules::Trouble;
use crate::modules::check;
use crate::modules::shelf::Code;

/// A module.
#[derive(Debug, Clone)]
pub struct Module {
    /// Its digest: 64 hexadecimal digits.
    pub digest: String,
    /// Where Envoys find it.
    pub code: Code,
    /// Its catalogue entry, where it carries one.
    pub entry: Option<Entry>,
    /// Functions of the host that it uses, and those of its own that the host calls.
    pub functions: BTreeSet<String>,
    /// How a config is checked.
    pub config: Config,
    /// What configs look like, where it is known: by it is found which upstreams one names.
    pub schema: Option<Arc<Value>>,
}

/// How a config is checked for a module.
#[derive(Clone)]
pub enum Config {
    /// As the module itself does it.
    Compiled(&'static Registered),
    /// Against its schema.
    Schema(Arc<jsonschema::Validator>),
    /// Not at all: it says nothing of itself.
    Unchecked,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Compiled(_) => "Compiled",
            Self::Schema(_) => "Schema",
            Self::Unchecked => "Unchecked",
        })
    }
}

impl Module {
    /// Reads a module, `carried` being that of the catalogue with the same digest.
    ///
    /// # Errors
    /// It is none that may run.
    pub fn read(
        bytes: &[u8],
        digest: String,
        code: Code,
        carried: Option<&'static Registered>,
    ) -> Result<Self, Trouble> {
        let read = check::read(bytes)?;
        let entry = read.catalogue.as_deref().map(check::entry).transpose()?;
        let named = entry.as_ref().and_then(|entry| {
            let registered = Registered::find(&entry.name)?;
            let known = registered.entry().ok()?;
            (known.version == entry.version).then_some(registered)
        });
        let (config, schema) = match (carried.or(named), &read.schema) {
            (Some(registered), _) => {
                let schema = check::json(registered.schema)?;
                (Config::Compiled(registered), Some(schema))
            }
            (None, Some(schema)) => {
                let schema = check::json(schema)?;
                (Config::Schema(check::schema(&schema)?), Some(schema))
            }
            (None, None) => (Config::Unchecked, None),
        };
        Ok(Self {
            digest,
            code,
            functions: check::functions(&read),
            entry,
            config,
            schema: schema.map(Arc::new),
        })
    }

    /// Checks a config; what it is compiled to, where that is done here.
    ///
    /// # Errors
    /// What is wrong with it, with the path.
    pub fn check(&self, config: &Value) -> Result<Option<Box<dyn AnyPolicy>>, String> {
        match &self.config {
            Config::Compiled(registered) => {
                let compiled = (registered.compile)(config.to_string().as_bytes());
                compiled
                    .map(Some)
                    .map_err(|errors| format!("config.{errors}"))
            }
            Config::Schema(schema) => check::against(schema, config).map(|()| None),
            Config::Unchecked => Ok(None),
        }
    }

    /// What is to be told of how its config was checked; nothing where it was as the module does it.
    pub fn note(&self) -> Option<&'static str> {
        match &self.config {
            Config::Compiled(_) => None,
            Config::Schema(_) => Some("its config is checked against the module's schema alone"),
            Config::Unchecked => Some("its config is not checked: the module carries no schema"),
        }
    }
}
