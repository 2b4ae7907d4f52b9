//! Metric names, encoded in one place because the proxy-wasm ABI has no labels.

use hachure_config::{ConfigErrors, Path};

/// The most series that one filter may define per VM: Envoy never frees a stat.
pub const MAX_SERIES: usize = 200;

/// A counter that was named at compile time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter(u16);

impl Counter {
    /// Its place in [`Metrics::names`].
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The series of one policy, all of them known when its config is.
#[derive(Debug, Clone)]
pub struct Metrics {
    filter: &'static str,
    names: Vec<String>,
}

impl Metrics {
    /// The metrics of the filter with that catalogue name.
    pub fn new(filter: &'static str) -> Self {
        Self {
            filter,
            names: Vec::new(),
        }
    }

    /// The counter `hachure.<filter>.<event>` with `.<label>.<value>` for each label.
    ///
    /// Values must come from the config, never from a request. The same name gives the same
    /// counter.
    pub fn counter(
        &mut self,
        event: &'static str,
        labels: &[(&'static str, &str)],
    ) -> Result<Counter, ConfigErrors> {
        let name = encode(self.filter, event, labels);
        if let Some(known) = self.names.iter().position(|n| *n == name) {
            return Ok(Counter(u16::try_from(known).unwrap_or(u16::MAX)));
        }
        if self.names.len() >= MAX_SERIES {
            return Err(ConfigErrors::new(
                &Path::ROOT,
                format!("at most {MAX_SERIES} metric series in one filter: name fewer values"),
                format!("one more, {name}"),
            ));
        }
        let index = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
        self.names.push(name);
        Ok(Counter(index))
    }

    /// The full names, by [`Counter::index`].
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

fn encode(filter: &str, event: &str, labels: &[(&str, &str)]) -> String {
    let mut name = format!("hachure.{filter}.{event}");
    for (label, value) in labels {
        name.push('.');
        name.push_str(label);
        name.push('.');
        escape(value, &mut name);
    }
    name
}

/// Percent-encodes everything but letters, digits, `-` and `_`: a dot would begin a new part.
fn escape(value: &str, out: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_pairs() {
        let mut metrics = Metrics::new("cors");
        let a = metrics
            .counter("preflight", &[("outcome", "a.b c")])
            .unwrap();
        let b = metrics.counter("simple", &[]).unwrap();
        assert_eq!(metrics.counter("preflight", &[("outcome", "a.b c")]), Ok(a));
        assert_eq!(
            metrics.names()[a.index()],
            "hachure.cors.preflight.outcome.a%2Eb%20c"
        );
        assert_eq!(metrics.names()[b.index()], "hachure.cors.simple");
    }

    #[test]
    fn the_number_of_series_is_bounded() {
        let mut metrics = Metrics::new("x");
        for i in 0..MAX_SERIES {
            metrics.counter("e", &[("v", &i.to_string())]).unwrap();
        }
        let error = metrics.counter("e", &[("v", "more")]).unwrap_err();
        assert!(
            error.to_string().contains("at most 200 metric series"),
            "{error}"
        );
    }
}
