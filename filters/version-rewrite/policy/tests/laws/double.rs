//! A host that answers from values.

use hachure_exchange::{
    Effect, Effects, Exchange, Fault, HeaderMap, Metrics, Outcome, Policy, Property, Reply, Setup,
    Source, UnixTime,
};
use hachure_version_rewrite_policy::{Stream, VersionRewrite};

/// Filter state, by its keys.
pub(crate) type State = Vec<(&'static str, Vec<u8>)>;

/// What came of one exchange.
#[derive(Debug)]
pub(crate) struct Exchanged {
    /// The request as it went on.
    pub(crate) request: HeaderMap,
    /// The response as it went on.
    pub(crate) response: HeaderMap,
    pub(crate) reply: Option<Reply>,
    pub(crate) state: State,
    /// How much was counted, over all counters.
    pub(crate) counts: u32,
}

impl Exchanged {
    /// The version that was chosen, as filter state has it.
    pub(crate) fn version(&self) -> Option<String> {
        let version = self
            .state
            .iter()
            .find(|(key, _)| *key == "hachure.version")?;
        String::from_utf8(version.1.clone()).ok()
    }
}

/// The policy of a config.
pub(crate) fn compiled(config: &str) -> VersionRewrite {
    let config = hachure_config::from_slice(config.as_bytes()).unwrap();
    let mut metrics = Metrics::new(VersionRewrite::NAME);
    VersionRewrite::compile(
        config,
        Setup {
            metrics: &mut metrics,
            plugin: "test",
            seed: [0; 16],
        },
    )
    .unwrap()
}

/// Headers from text.
pub(crate) fn pairs(headers: &[(&str, &str)]) -> HeaderMap {
    headers.iter().copied().collect()
}

/// Runs both phases; every header that is set is checked where it is recorded.
pub(crate) fn exchange(
    policy: &VersionRewrite,
    request: &HeaderMap,
    answer: &HeaderMap,
    state: State,
) -> Exchanged {
    let mut host = Values {
        headers: request.clone(),
        state,
    };
    let mut stream = Stream::default();
    let (outcome, counts) = host.phase(|x| policy.request_headers(&mut stream, x));
    let (reply, passed) = match outcome {
        Outcome::Continue => (None, host.headers.clone()),
        Outcome::Reply(reply) => (Some(reply), HeaderMap::new()),
        Outcome::Wait | Outcome::WaitUntil(_) => panic!("it has nothing to wait for"),
    };
    host.headers = answer.clone();
    let (_, more) = host.phase(|x| policy.response_headers(&mut stream, x));
    let Values {
        headers: response,
        state,
    } = host;
    Exchanged {
        request: passed,
        response,
        reply,
        state,
        counts: counts + more,
    }
}

struct Values {
    headers: HeaderMap,
    state: State,
}

impl Values {
    fn phase(&mut self, run: impl FnOnce(&mut Exchange<'_>) -> Outcome) -> (Outcome, u32) {
        let mut effects = Effects::new();
        let outcome = run(&mut Exchange::new(self, &mut effects, true));
        effects.apply_to(&mut self.headers);
        let mut counts = 0;
        for effect in effects.iter() {
            match effect {
                Effect::State { key, value } => {
                    self.state.retain(|(known, _)| *known != key);
                    self.state.push((key, value.to_vec()));
                    self.state.sort();
                }
                Effect::Count { by, .. } => counts += by,
                Effect::Header { value, .. } => {
                    assert!(!value.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)));
                }
                Effect::Log { .. } => {}
            }
        }
        (outcome, counts)
    }
}

impl Source for Values {
    fn headers(&mut self) -> Result<HeaderMap, Fault> {
        Ok(self.headers.clone())
    }

    fn first_value(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.headers.values(name).next().map(<[u8]>::to_vec))
    }

    fn property(&mut self, property: Property<'_>) -> Result<Option<Vec<u8>>, Fault> {
        Ok(match property {
            Property::FilterState(key) => self
                .state
                .iter()
                .find(|(known, _)| *known == key)
                .map(|(_, v)| v.clone()),
            Property::ResponseCodeDetails => Some(b"via_upstream".to_vec()),
            Property::SourceAddress | Property::Metadata => None,
        })
    }

    fn now(&mut self) -> Result<UnixTime, Fault> {
        Ok(UnixTime::from_seconds(1_800_000_000))
    }
}
