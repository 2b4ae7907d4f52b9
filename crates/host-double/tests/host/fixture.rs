//! A policy that does what its configuration says, to look at the host around it.

use hachure_config::{ConfigErrors, Path};
use hachure_exchange::{
    Counter, Exchange, LogLevel, Outcome, Phase, Policy, Property, Reason, Reply, Setup,
};
use serde_json::{Map, Value};

/// The things that are done in each phase, in order.
pub(crate) struct Fixture {
    request: Vec<String>,
    response: Vec<String>,
    counter: Counter,
}

impl Policy for Fixture {
    const NAME: &'static str = "fixture";
    const REASONS: &'static [Reason] = &[];
    const PHASES: &'static [Phase] = &[Phase::RequestHeaders, Phase::ResponseHeaders];
    type Config = Map<String, Value>;
    type Stream = ();

    fn compile(config: Self::Config, setup: Setup<'_>) -> Result<Self, ConfigErrors> {
        let steps = |phase: &str| {
            let steps = config.get(phase).and_then(Value::as_array);
            let texts = steps.into_iter().flatten().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        };
        if let Some(other) = config
            .keys()
            .find(|key| *key != "request" && *key != "response")
        {
            return Err(ConfigErrors::new(&Path::ROOT, "request or response", other));
        }
        Ok(Self {
            request: steps("request"),
            response: steps("response"),
            counter: setup.metrics.counter("seen", &[])?,
        })
    }

    fn request_headers(&self, (): &mut (), x: &mut Exchange<'_>) -> Outcome {
        self.run(&self.request, x)
    }

    fn response_headers(&self, (): &mut (), x: &mut Exchange<'_>) -> Outcome {
        self.run(&self.response, x)
    }
}

impl Fixture {
    fn run(&self, steps: &[String], x: &mut Exchange<'_>) -> Outcome {
        for step in steps {
            match step.split(' ').collect::<Vec<_>>().as_slice() {
                ["map"] => drop(x.headers().len()),
                ["has", name] => drop(x.has(name)),
                ["path"] => drop(x.unique(":path")),
                ["source"] => drop(x.property(Property::SourceAddress)),
                ["time"] => drop(x.now()),
                ["count"] => x.count(self.counter),
                ["log", text] => x.log(LogLevel::Info, text),
                ["state", value] => x.set_state("fixture.state", value),
                ["remove", name] => x.remove(name),
                ["set", name, value] => x.set(name, value).unwrap(),
                ["copy", from, to] => {
                    let values: Vec<_> = x.headers().values(from).map(<[u8]>::to_vec).collect();
                    values.iter().for_each(|value| x.add(to, value).unwrap());
                }
                ["end"] if x.end_of_stream() => x.set("x-end", "1").unwrap(),
                ["end"] => {}
                ["reply", status] => {
                    let reply = Reply::new(status.parse().unwrap(), "fixture says no");
                    return Outcome::Reply(reply.header("x-own", "1").unwrap().body("no\n"));
                }
                other => panic!("no such step: {other:?}"),
            }
        }
        Outcome::Continue
    }
}
