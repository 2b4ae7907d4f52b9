//! A policy without a host: shared data in memory, and nothing to wait for.

use crate::{
    Answer, AnyPolicy, AnyStream, Call, Cells, Effects, Exchange, Fault, HeaderMap, Outcome, Phase,
    Property, Source, UnixTime,
};

/// Runs one phase where calls fail at once and whatever is waited for never comes: the outcome is
/// [`Outcome::Continue`] or [`Outcome::Reply`].
///
/// `source` tells of the message, `cells` is what the streams of the policy share.
pub fn run_alone(
    policy: &dyn AnyPolicy,
    phase: Phase,
    stream: &mut AnyStream,
    source: &mut dyn Source,
    cells: &mut Cells,
    effects: &mut Effects,
    end_of_stream: bool,
) -> Outcome {
    /// A policy that calls again each time it hears that it cannot.
    const MOST: usize = 64;
    let mut alone = Alone {
        source,
        cells,
        called: vec![],
    };
    let mut x = Exchange::new(&mut alone, effects, end_of_stream);
    let mut outcome = policy.run(phase, stream, &mut x);
    for _ in 0..MOST {
        let called = alone.called.pop();
        let mut x = Exchange::new(&mut alone, effects, end_of_stream);
        outcome = match (outcome, called) {
            (Outcome::Wait, Some(tag)) => policy.answered(stream, tag, Answer::Failed, &mut x),
            (Outcome::WaitUntil(_), _) => policy.resumed(stream, true, &mut x),
            (decided, _) => return decided,
        };
    }
    outcome
}

struct Alone<'a> {
    source: &'a mut dyn Source,
    cells: &'a mut Cells,
    called: Vec<u16>,
}

impl Source for Alone<'_> {
    fn headers(&mut self) -> Result<HeaderMap, Fault> {
        self.source.headers()
    }

    fn first_value(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.source.first_value(name)
    }

    fn property(&mut self, property: Property<'_>) -> Result<Option<Vec<u8>>, Fault> {
        self.source.property(property)
    }

    fn now(&mut self) -> Result<UnixTime, Fault> {
        self.source.now()
    }

    fn shared(&mut self, key: &[u8]) -> Result<Option<(Vec<u8>, u32)>, Fault> {
        Ok(self.cells.get(key))
    }

    fn set_shared(&mut self, key: &[u8], value: &[u8], cas: u32) -> Result<bool, Fault> {
        Ok(self.cells.set(key, value, cas))
    }

    fn call(&mut self, tag: u16, _call: &Call<'_>) {
        self.called.push(tag);
    }

    fn random(&mut self) -> Result<u64, Fault> {
        Ok(0)
    }
}
