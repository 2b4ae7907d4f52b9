//! Policies that share, call and wait, in the native runner.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this is a test"
)]

use std::cell::RefCell;
use std::time::Duration;

use hachure_casefile::{Case, native};
use hachure_config::{ConfigErrors, UpstreamName, Upstreams};
use hachure_exchange::{
    Answer, Background, Call, Capabilities, Counter, Event, Exchange, Metrics, Outcome, Phase,
    Policy, Reason, Reply, Setup, UnixTime, compile_erased,
};
use serde::Deserialize;

/// Fetches a greeting in the background, counts requests in a cell that all share, and asks a
/// service about each of them.
struct Greeter {
    config: Config,
    cell: [u8; 16],
    greeting: RefCell<Option<String>>,
    fetched: Counter,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    upstreams: Upstreams,
    greeting: UpstreamName,
    service: UpstreamName,
}

const SECOND: Duration = Duration::from_secs(1);

impl Greeter {
    fn fetch(&self, x: &mut Background<'_>) {
        let headers = [
            (":method", "GET"),
            (":path", "/greeting"),
            (":authority", "a"),
        ];
        let call = Call::Http {
            upstream: self.config.upstreams.resolve(&self.config.greeting),
            headers: &headers,
            body: b"",
            timeout: SECOND,
        };
        x.call(1, &call);
    }

    fn ask(&self, x: &mut Exchange<'_>) -> Outcome {
        let counted = x.update(&self.cell, |old| {
            let count = old.map_or(0, |old| old.first().copied().unwrap_or(0));
            Some(vec![count.saturating_add(1)])
        });
        counted.expect("nobody else is there");
        let message = x.shared(&self.cell).expect("it was written");
        let call = Call::Grpc {
            upstream: self.config.upstreams.resolve(&self.config.service),
            service: "a.Service",
            method: "Ask",
            message: &message,
            timeout: SECOND,
        };
        x.call(7, &call);
        Outcome::Wait
    }
}

impl Policy for Greeter {
    const NAME: &'static str = "greeter";
    const REASONS: &'static [Reason] = &[];
    const PHASES: &'static [Phase] = &[Phase::RequestHeaders];
    const CAPABILITIES: Capabilities = Capabilities {
        callouts: true,
        shared_data: true,
        timers: true,
        signatures: false,
    };
    type Config = Config;
    type Stream = ();

    fn compile(config: Config, setup: Setup<'_>) -> Result<Self, ConfigErrors> {
        Ok(Self {
            cell: setup.scope(&[b"count"]),
            greeting: RefCell::default(),
            fetched: setup.metrics.counter("fetched", &[])?,
            config,
        })
    }

    fn request_headers(&self, (): &mut (), x: &mut Exchange<'_>) -> Outcome {
        if self.greeting.borrow().is_none() {
            let until = x.now().0.saturating_add(2_000_000_000);
            return Outcome::WaitUntil(UnixTime(until));
        }
        self.ask(x)
    }

    fn resumed(&self, (): &mut (), expired: bool, x: &mut Exchange<'_>) -> Outcome {
        if expired {
            return Outcome::Reply(Reply::new(503, "late"));
        }
        self.ask(x)
    }

    fn answered(&self, (): &mut (), tag: u16, answer: Answer, x: &mut Exchange<'_>) -> Outcome {
        assert_eq!(tag, 7);
        let Answer::Grpc { message } = answer else {
            return Outcome::Reply(Reply::new(502, "no-answer"));
        };
        let greeting = self.greeting.borrow().clone().unwrap_or_default();
        x.set("x-greeting", greeting).unwrap();
        x.set("x-said", message).unwrap();
        Outcome::Continue
    }

    fn background(&self, event: Event, x: &mut Background<'_>) {
        match event {
            Event::Started | Event::Tick if self.greeting.borrow().is_none() => self.fetch(x),
            Event::Answered {
                tag: 1,
                answer: Answer::Http {
                    status: 200, body, ..
                },
            } => {
                *self.greeting.borrow_mut() = String::from_utf8(body).ok();
                x.count(self.fetched);
                x.wake();
            }
            _ => {}
        }
    }
}

const HEAD: &str = "\
title: t
config: {greeting: hello, service: svc, upstreams: {svc: cluster-7}}
";
const UPSTREAMS: &str = "\
upstreams:
  hello: {headers: {content-type: text/plain}, body: good day}
  svc: {grpc: indeed}
";

fn check(rest: &[&str]) -> Result<(), String> {
    let case = Case::parse(&[HEAD, &rest.concat()].concat()).map_err(|error| error.to_string())?;
    native::check(&case, "greeter", compile_erased::<Greeter>)
}

fn step(more: &str) -> String {
    format!("  - request: {{headers: {{\":path\": /}}}}\n{more}")
}

/// A request that is let through, and the count that it sent to the service.
fn asked(count: &str) -> String {
    step(&format!(
        "    expect:
      upstream: {{headers: {{x-greeting: good day, x-said: indeed}}}}
      calls: [{{upstream: svc, headers: {{\":path\": /a.Service/Ask}}, body: {{text: {{hex: \"{count}\"}}}}}}]
"
    ))
}

#[test]
fn calls_are_answered_and_cells_are_shared_from_step_to_step() {
    let given = [UPSTREAMS, "steps:\n"].concat();
    assert_eq!(check(&[&given, &asked("01"), &asked("02")]), Ok(()));
    let other = check(&[&given, &asked("01"), &asked("01")]).unwrap_err();
    assert!(other.starts_with("steps[1]: calls[0].body: "), "{other}");
    let silent = "    expect: {upstream: {headers: {x-greeting: good day, x-said: indeed}}}\n";
    let none = check(&[&given, &step(silent)]).unwrap_err();
    assert!(
        none.starts_with("steps[0]: calls: expected no more"),
        "{none}"
    );
}

#[test]
fn shared_data_can_be_preset() {
    // The key is a digest of the instance's name and of what the policy gave.
    let setup = Setup {
        metrics: &mut Metrics::new("greeter"),
        plugin: "greeter",
        seed: [0; 16],
    };
    let key: String = setup
        .scope(&[b"count"])
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let shared = format!("shared: [{{key: {{hex: \"{key}\"}}, value: {{hex: \"40\"}}}}]\n");
    assert_eq!(
        check(&[UPSTREAMS, &shared, "steps:\n", &asked("41")]),
        Ok(())
    );
}

#[test]
fn what_never_comes_is_waited_for_until_its_time() {
    let away = "upstreams: {hello: {away: true}}\nsteps:\n";
    let late = step("    expect: {reply: {status: 503}}\n");
    assert_eq!(check(&[away, &late]), Ok(()));
    // It is there when the second stream comes; the service does not exist.
    let second = step(
        "    after: 10s
    upstreams: {hello: {body: hi}}
    expect: {reply: {status: 502}, calls: [{upstream: svc}]}
",
    );
    assert_eq!(check(&[away, &late, &second]), Ok(()));
}
