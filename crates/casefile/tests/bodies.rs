//! Bodies in the native runner: a policy that shouts, held to cases.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use hachure_casefile::{Case, native};
use hachure_config::ConfigErrors;
use hachure_exchange::{
    Body, Exchange, Outcome, Phase, Policy, Reason, Reply, Setup, compile_erased,
};
use serde::Deserialize;

/// Makes bodies upper case; answers 413 to long requests, and lets long responses pass.
struct Shout(Config);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    limit: usize,
    held: bool,
    observe: bool,
}

impl Policy for Shout {
    const NAME: &'static str = "shout";
    const REASONS: &'static [Reason] = &[];
    const PHASES: &'static [Phase] = &[
        Phase::RequestHeaders,
        Phase::RequestBody,
        Phase::ResponseHeaders,
        Phase::ResponseBody,
    ];
    type Config = Config;
    type Stream = ();

    fn compile(config: Config, _: Setup<'_>) -> Result<Self, ConfigErrors> {
        Ok(Self(config))
    }

    fn request_headers(&self, (): &mut (), x: &mut Exchange<'_>) -> Outcome {
        self.ask(x)
    }

    fn response_headers(&self, (): &mut (), x: &mut Exchange<'_>) -> Outcome {
        self.ask(x)
    }

    fn request_body(&self, (): &mut (), body: Body<'_>, x: &mut Exchange<'_>) -> Outcome {
        match body {
            Body::Whole(body) => shout(body, x),
            Body::TooLarge | Body::NoRoom => Outcome::Reply(Reply::new(413, "shout.long")),
        }
    }

    fn response_body(&self, (): &mut (), body: Body<'_>, x: &mut Exchange<'_>) -> Outcome {
        match body {
            Body::Whole(body) => shout(body, x),
            Body::TooLarge | Body::NoRoom => Outcome::Continue,
        }
    }
}

impl Shout {
    fn ask(&self, x: &mut Exchange<'_>) -> Outcome {
        match self.0.observe {
            true => x.observe_body(self.0.limit),
            false => x.collect_body(self.0.limit),
        }
        if self.0.held {
            x.hold_headers();
        }
        Outcome::Continue
    }
}

fn shout(body: &[u8], x: &mut Exchange<'_>) -> Outcome {
    x.replace_body(body.to_ascii_uppercase());
    if body.starts_with(b"h") {
        x.set("x-length", body.len().to_string()).unwrap();
    }
    Outcome::Continue
}

fn checked(config: &str, bodies: &str, expect: &str) -> Result<(), String> {
    let text = format!(
        "title: t\nconfig: {config}\nsteps:\n  - request: {{headers: {{}}, body: {bodies}}}\n    \
         upstream: {{headers: {{}}, body: {bodies}}}\n    expect: {expect}\n"
    );
    let case = Case::parse(&text).unwrap();
    native::check(&case, "shout", compile_erased::<Shout>)
}

const LEFT: &str = "{limit: 4, held: false, observe: false}";
const HELD: &str = "{limit: 4, held: true, observe: false}";

#[test]
fn a_collected_body_is_replaced() {
    let expect = "{upstream: {body: {text: ABCD}}, response: {body: {text: ABCD}}}";
    assert_eq!(checked(LEFT, "[ab, cd]", expect), Ok(()));
    let wrong = checked(LEFT, "[ab, cd]", "{upstream: {body: {text: ABCD}}}").unwrap_err();
    assert_eq!(wrong, "steps[0]: response.body: expected abcd, saw ABCD");
}

#[test]
fn a_long_body_is_told() {
    assert_eq!(checked(LEFT, "[ab, cde]", "{reply: {status: 413}}"), Ok(()));
}

#[test]
fn headers_change_with_the_body_only_where_they_are_held() {
    let expect = "{upstream: {headers: {x-length: \"2\"}, body: {text: HI}}, \
                  response: {headers: {x-length: \"2\"}, body: {text: HI}}}";
    assert_eq!(checked(HELD, "hi", expect), Ok(()));
    assert_eq!(checked(LEFT, "hi", "{reply: {status: 500}}"), Ok(()));
}

#[test]
fn an_observed_body_stays() {
    let observe = "{limit: 4, held: false, observe: true}";
    assert_eq!(checked(observe, "ab", "{}"), Ok(()));
}

#[test]
fn a_message_without_a_body_has_no_body_phase() {
    assert_eq!(checked(LEFT, "[]", "{}"), Ok(()));
}
