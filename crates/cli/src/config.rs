//! A filter's config where it stands in a document, and its check.

mod every_error;

use hachure_config::ConfigErrors;
use hachure_exchange::AnyPolicy;
use hachure_registry::Filter;
use serde_json::Value;

use crate::cursor::Cursor;
use crate::finding::{Finding, Severity};

/// A config of one filter in a document.
#[derive(Clone)]
pub(crate) struct Placed<'i> {
    /// The filter that it configures.
    pub(crate) filter: &'static Filter,
    /// What holds it: the entry of a filter list, or the config itself.
    pub(crate) entry: Cursor<'i>,
    /// How it is written.
    pub(crate) text: Text<'i>,
}

/// How a config is written.
#[derive(Clone)]
pub(crate) enum Text<'i> {
    /// Not at all: the filter gets no text, which means `{}`.
    Absent,
    /// As part of the document.
    Tree(Cursor<'i>),
    /// As a string that holds JSON.
    Json(Cursor<'i>),
}

impl<'i> Placed<'i> {
    /// The config as the filter gets it.
    pub(crate) fn json(&self) -> Vec<u8> {
        match &self.text {
            Text::Absent => Vec::new(),
            Text::Tree(tree) => tree.value.to_string().into_bytes(),
            Text::Json(string) => string.value.as_str().unwrap_or_default().into(),
        }
    }

    /// Whether it says that requests may be routed anew by what it writes: the key `reroute`, which
    /// has one meaning in all filters.
    pub(crate) fn reroutes(&self) -> bool {
        let config: Value = serde_json::from_slice(&self.json()).unwrap_or_default();
        config.get("reroute") == Some(&Value::Bool(true))
    }

    /// Where the config stands.
    pub(crate) fn place(&self) -> &Cursor<'i> {
        match &self.text {
            Text::Absent => &self.entry,
            Text::Tree(place) | Text::Json(place) => place,
        }
    }

    /// Compiles the config, as the module does when Envoy starts it.
    pub(crate) fn compile(&self) -> Result<Box<dyn AnyPolicy>, Vec<Finding>> {
        if let Text::Json(string) = &self.text
            && let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(&self.json())
        {
            let message = format!("this string should hold JSON: {error}");
            let finding = Finding::at(Severity::Error, string, message);
            return Err(vec![Finding {
                filter: Some(self.filter.name),
                ..finding
            }]);
        }
        (self.filter.compile)(&self.json()).map_err(|first| self.findings(first))
    }

    fn findings(&self, first: ConfigErrors) -> Vec<Finding> {
        let config: Value = serde_json::from_slice(&self.json()).unwrap_or_default();
        let errors = every_error::every_error(self.filter.compile, config, first);
        let place = self.place();
        errors
            .iter()
            .map(|error| Finding::of_config(self.filter.name, place, error))
            .collect()
    }
}
