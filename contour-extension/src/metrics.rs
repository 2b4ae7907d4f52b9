//! What is counted, in the names that Prometheus reads.

use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// The `Content-Type` of [`Metrics::text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// From a millisecond to 8 s, each twice the one before.
const SECONDS: [f64; 14] = [
    0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096,
    8.192,
];

type Labels<const N: usize> = [(&'static str, String); N];

/// All metrics of a process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    envoys: Gauge,
    policies: Family<Labels<2>, Gauge>,
    translations: Histogram,
    refusals: Family<Labels<1>, Counter>,
    contour: Family<Labels<1>, Gauge>,
    leader: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("contour_extension");
        let envoys = Gauge::default();
        registry.register("envoys", "Connected Envoys", envoys.clone());
        let policies = Family::default();
        let help = "Policies by the status of a condition";
        registry.register("policies", help, policies.clone());
        let translations = Histogram::new(SECONDS);
        let help = "What a change of policies, objects or of Contour's resources took to translate";
        registry.register_with_unit("translation", help, Unit::Seconds, translations.clone());
        let refusals = Family::default();
        let help = "Refusals by Envoys, by the policy that is to blame; empty where none is";
        registry.register("refusals", help, refusals.clone());
        let contour = Family::default();
        let help = "Whether Contour's stream of a kind of resources is there";
        registry.register("contour_connected", help, contour.clone());
        let leader = Gauge::default();
        let help = "Whether this replica writes status and events";
        registry.register("leader", help, leader.clone());
        Self {
            registry,
            envoys,
            policies,
            translations,
            refusals,
            contour,
            leader,
        }
    }
}

impl Metrics {
    /// So many Envoys are connected.
    pub fn envoys(&self, count: usize) {
        self.envoys.set(number(count));
    }

    /// Of so many policies a condition has that status.
    pub fn policies(&self, condition: &'static str, status: bool, count: usize) {
        let status = if status { "True" } else { "False" };
        let labels = [
            ("condition", condition.to_owned()),
            ("status", status.to_owned()),
        ];
        self.policies.get_or_create(&labels).set(number(count));
    }

    /// A translation took so long.
    pub fn translated(&self, time: Duration) {
        self.translations.observe(time.as_secs_f64());
    }

    /// An Envoy has refused something because of that policy, or because of none.
    pub fn refused(&self, policy: &str) {
        self.refusals
            .get_or_create(&[("policy", policy.to_owned())])
            .inc();
    }

    /// That policy is gone.
    pub fn forget(&self, policy: &str) {
        self.refusals.remove(&[("policy", policy.to_owned())]);
    }

    /// Contour's stream of that kind of resources is there, or is not.
    pub fn contour(&self, kind: &'static str, connected: bool) {
        let labels = [("kind", kind.to_owned())];
        self.contour
            .get_or_create(&labels)
            .set(i64::from(connected));
    }

    /// This replica writes status and events, or does not.
    pub fn leader(&self, leads: bool) {
        self.leader.set(i64::from(leads));
    }

    /// All of them in OpenMetrics' text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // A `String` takes everything.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_that_the_readme_lists() {
        let metrics = Metrics::default();
        metrics.envoys(2);
        metrics.policies("Accepted", true, 3);
        metrics.translated(Duration::from_millis(3));
        metrics.refused("shop/a");
        metrics.contour("listeners", true);
        metrics.leader(true);
        let text = metrics.text();
        let readme = include_str!("../README.md");
        for line in [
            "contour_extension_envoys 2",
            "contour_extension_policies{condition=\"Accepted\",status=\"True\"} 3",
            "contour_extension_translation_seconds_count 1",
            "contour_extension_refusals_total{policy=\"shop/a\"} 1",
            "contour_extension_contour_connected{kind=\"listeners\"} 1",
            "contour_extension_leader 1",
        ] {
            assert!(text.contains(&format!("{line}\n")), "{line}: {text}");
            let name = line.split(['{', ' ']).next().unwrap();
            let name = name.trim_end_matches("_count");
            assert!(readme.contains(&format!("`{name}`")), "{name}");
        }
        metrics.forget("shop/a");
        assert!(!metrics.text().contains("shop/a"));
    }
}
