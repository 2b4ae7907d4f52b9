//! A policy over values, without a host.

use hachure_exchange::{
    Effect, Effects, Exchange, Fault, HeaderMap, Metrics, Outcome, Policy, Property, Setup, Source,
    UnixTime,
};
use hachure_header_mutation_policy::{Captured, HeaderMutation};
use serde_json::Value;

/// The policy of a config, where there is one.
pub(crate) fn compile(config: &Value) -> Option<HeaderMutation> {
    let mut metrics = Metrics::new(HeaderMutation::NAME);
    let config = hachure_config::from_slice(config.to_string().as_bytes()).ok()?;
    HeaderMutation::compile(
        config,
        Setup {
            metrics: &mut metrics,
            plugin: "test",
            seed: [0; 16],
        },
    )
    .ok()
}

/// The request as rules left it; none where they refused it.
pub(crate) fn request(policy: &HeaderMutation, headers: &HeaderMap) -> Option<HeaderMap> {
    let mut captured = Captured::default();
    phase(headers, |x| policy.request_headers(&mut captured, x))
}

/// The request and the response as rules left them.
pub(crate) fn both(
    policy: &HeaderMutation,
    request: &HeaderMap,
    response: &HeaderMap,
) -> (Option<HeaderMap>, Option<HeaderMap>) {
    let mut captured = Captured::default();
    let request = phase(request, |x| policy.request_headers(&mut captured, x));
    let response = phase(response, |x| policy.response_headers(&mut captured, x));
    (request, response)
}

fn phase(
    headers: &HeaderMap,
    decide: impl FnOnce(&mut Exchange<'_>) -> Outcome,
) -> Option<HeaderMap> {
    let mut source = Fixed(headers.clone());
    let mut effects = Effects::new();
    let outcome = decide(&mut Exchange::new(&mut source, &mut effects, true));
    for effect in effects.iter() {
        if let Effect::Header { name, value, .. } = effect {
            let split = |b: &u8| matches!(b, b'\r' | b'\n' | 0);
            assert!(!value.iter().chain(name.as_bytes()).any(split));
        }
    }
    let mut after = headers.clone();
    effects.apply_to(&mut after);
    matches!(outcome, Outcome::Continue).then_some(after)
}

struct Fixed(HeaderMap);

impl Source for Fixed {
    fn headers(&mut self) -> Result<HeaderMap, Fault> {
        Ok(self.0.clone())
    }

    fn first_value(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.0.values(name).next().map(<[u8]>::to_vec))
    }

    fn property(&mut self, property: Property<'_>) -> Result<Option<Vec<u8>>, Fault> {
        Ok(match property {
            Property::SourceAddress => Some(b"192.0.2.7:4711".to_vec()),
            Property::ResponseCodeDetails => Some(b"via_upstream".to_vec()),
            _ => None,
        })
    }

    fn now(&mut self) -> Result<UnixTime, Fault> {
        Ok(UnixTime::from_seconds(1_769_817_600))
    }
}
