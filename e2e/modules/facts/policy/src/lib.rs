//! What other filters tell, in place of them. It is no filter of the catalogue: the runner of cases
//! in real Envoy puts it before the filter whose case presets filter state, and
//! `e2e/tests/metadata.rs` asks it what Envoy answers for a property.

use std::collections::BTreeMap;

use hachure_config::ConfigErrors;
use hachure_exchange::{Exchange, Outcome, Phase, Policy, Property, Reason, Setup};
use serde::Deserialize;

/// The request header that holds the number of the step; it goes no further.
const STEP: &str = "x-facts-step";
/// Paths of properties, with `|` between their parts; they go no further.
const READ: &str = "x-facts-read";
/// For each path in turn, the bytes of the answer in hex, or `-` where there is none.
const VALUE: &str = "x-facts-value";

/// The policy.
pub struct Facts {
    steps: Vec<Vec<(&'static str, String)>>,
}

/// What to tell.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Filter state by its keys without `wasm.`, for each step of a case.
    #[serde(default)]
    steps: Vec<BTreeMap<String, String>>,
}

impl Policy for Facts {
    const NAME: &'static str = "facts";
    const REASONS: &'static [Reason] = &[];
    const PHASES: &'static [Phase] = &[Phase::RequestHeaders];
    type Config = Config;
    type Stream = ();

    fn compile(config: Config, _: Setup<'_>) -> Result<Self, ConfigErrors> {
        // Keys of filter state are constants in a filter; here they last as long as the VM.
        let constant = |key: String| &*key.leak();
        let step = |step: BTreeMap<String, String>| {
            let pairs = step.into_iter();
            pairs.map(|(key, value)| (constant(key), value)).collect()
        };
        Ok(Self {
            steps: config.steps.into_iter().map(step).collect(),
        })
    }

    fn request_headers(&self, (): &mut (), x: &mut Exchange<'_>) -> Outcome {
        for (key, value) in self.step(x) {
            x.set_state(key, value);
        }
        let paths: Vec<_> = x.headers().values(READ).map(<[u8]>::to_vec).collect();
        for path in paths {
            let path = String::from_utf8_lossy(&path).replace('|', "\0");
            // The host hands the key of filter state to Envoy as the path of a property.
            let value = x.property(Property::FilterState(&path));
            let _ = x.add(
                VALUE,
                value.map_or_else(|| "-".to_owned(), |value| hex(&value)),
            );
        }
        x.remove(STEP);
        x.remove(READ);
        Outcome::Continue
    }
}

impl Facts {
    fn step(&self, x: &mut Exchange<'_>) -> &[(&'static str, String)] {
        let number = x.headers().values(STEP).next();
        let number = number.and_then(|number| str::from_utf8(number).ok()?.parse::<usize>().ok());
        number
            .and_then(|number| self.steps.get(number))
            .map_or(&[], Vec::as_slice)
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |digit: u8| char::from_digit(u32::from(digit), 16);
    let digits = bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]);
    digits.flatten().collect()
}
