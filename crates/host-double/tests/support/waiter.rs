//! A policy that shares, calls and waits as the header `x-do` of each message says.

use std::cell::Cell;
use std::time::Duration;

use hachure_config::ConfigErrors;
use hachure_exchange::{
    Answer, Background, Call, Capabilities, Counter, Event, Exchange, Hash, Outcome, Phase, Policy,
    Reason, Reply, Setup, SignatureCheck, UnixTime,
};
use serde_json::{Map, Value};

pub(crate) struct Waiter {
    fetches: bool,
    cell: [u8; 16],
    there: Cell<bool>,
    woken: Counter,
}

/// What a stream still wants to do when it is answered.
#[derive(Default)]
pub(crate) struct Plan {
    left: u32,
}

pub(crate) const HTTP: u16 = 1;
pub(crate) const GRPC: u16 = 2;
const FETCH: u16 = 9;
const TIMEOUT: Duration = Duration::from_secs(5);
const SECOND: u64 = 1_000_000_000;

impl Policy for Waiter {
    const NAME: &'static str = "waiter";
    const REASONS: &'static [Reason] = &[];
    const PHASES: &'static [Phase] = &[Phase::RequestHeaders, Phase::ResponseHeaders];
    const CAPABILITIES: Capabilities = Capabilities {
        callouts: true,
        shared_data: true,
        timers: true,
        signatures: true,
    };
    type Config = Map<String, Value>;
    type Stream = Plan;

    fn compile(config: Self::Config, setup: Setup<'_>) -> Result<Self, ConfigErrors> {
        Ok(Self {
            fetches: config.contains_key("fetch"),
            cell: setup.scope(&[b"cell"]),
            there: Cell::new(false),
            woken: setup.metrics.counter("woken", &[])?,
        })
    }

    fn request_headers(&self, plan: &mut Plan, x: &mut Exchange<'_>) -> Outcome {
        self.begin(plan, x)
    }

    fn response_headers(&self, plan: &mut Plan, x: &mut Exchange<'_>) -> Outcome {
        self.begin(plan, x)
    }

    fn answered(&self, plan: &mut Plan, tag: u16, answer: Answer, x: &mut Exchange<'_>) -> Outcome {
        let said = match answer {
            Answer::Http { status, body, .. } => {
                format!("{tag} {status} {}", String::from_utf8_lossy(&body))
            }
            Answer::Grpc { message } => format!("{tag} {}", message.escape_ascii()),
            Answer::Failed => format!("{tag} failed"),
        };
        let _ = x.add("x-answer", said);
        plan.left = plan.left.saturating_sub(1);
        self.next(plan, x)
    }

    fn resumed(&self, plan: &mut Plan, expired: bool, x: &mut Exchange<'_>) -> Outcome {
        if expired {
            return Outcome::Reply(Reply::new(503, "waiter late"));
        }
        let _ = x.set("x-resumed", "1");
        self.next(plan, x)
    }

    fn background(&self, event: Event, x: &mut Background<'_>) {
        let _ = (x.now(), x.random(), x.shared(b"k"));
        match event {
            Event::Started | Event::Tick if self.fetches && !self.there.get() => {
                call(HTTP, |call| x.call(FETCH, call));
            }
            Event::Answered {
                answer: Answer::Http { status: 200, .. },
                ..
            } => {
                self.there.set(true);
                x.count(self.woken);
                x.wake();
            }
            _ => {}
        }
        let counted = x.update(&self.cell, |old| Some(counted(old)));
        assert!(counted.is_ok() || counted.is_err());
    }
}

impl Waiter {
    fn begin(&self, plan: &mut Plan, x: &mut Exchange<'_>) -> Outcome {
        let what = x.headers().values("x-do").next().map(<[u8]>::to_vec);
        plan.left = 0;
        match what.as_deref() {
            Some(b"http") => plan.left = 1,
            Some(b"twice") => plan.left = 2,
            Some(b"endless") => plan.left = u32::MAX,
            Some(b"grpc") => {
                call(GRPC, |call| x.call(GRPC, call));
                plan.left = 1;
                return Outcome::Wait;
            }
            Some(b"until") => {
                let until = x.now().0.saturating_add(2 * SECOND);
                return Outcome::WaitUntil(UnixTime(until));
            }
            Some(b"until-then-http") => {
                plan.left = 1;
                let until = x.now().0.saturating_add(2 * SECOND);
                return Outcome::WaitUntil(UnixTime(until));
            }
            Some(b"nothing") => return Outcome::Wait,
            Some(b"forget") => {
                call(HTTP, |call| x.call(HTTP, call));
                return Outcome::Continue;
            }
            Some(b"count") => self.count(x),
            Some(b"verify") => {
                let check = SignatureCheck {
                    hash: Hash::Sha512,
                    key: b"key",
                    signature: b"signature",
                    text: b"text",
                };
                let said = format!("{:?}", x.verify_signature(&check));
                let _ = x.set("x-verified", said);
            }
            _ => {}
        }
        self.next(plan, x)
    }

    fn count(&self, x: &mut Exchange<'_>) {
        if x.update(&self.cell, |old| Some(counted(old))).is_ok() {
            let count = x.shared(&self.cell).unwrap_or_default();
            let _ = x.set("x-count", String::from_utf8_lossy(&count).as_bytes());
        }
    }

    fn next(&self, plan: &Plan, x: &mut Exchange<'_>) -> Outcome {
        if plan.left == 0 {
            return Outcome::Continue;
        }
        call(HTTP, |call| x.call(HTTP, call));
        Outcome::Wait
    }
}

fn counted(old: Option<&[u8]>) -> Vec<u8> {
    let old = old.and_then(|old| str::from_utf8(old).ok()?.parse::<u64>().ok());
    old.unwrap_or(0).wrapping_add(1).to_string().into_bytes()
}

fn call(kind: u16, make: impl FnOnce(&Call<'_>)) {
    if kind == GRPC {
        return make(&Call::Grpc {
            upstream: "service",
            service: "a.Service",
            method: "Ask",
            message: b"question",
            timeout: TIMEOUT,
        });
    }
    make(&Call::Http {
        upstream: "idp",
        headers: &[(":method", "GET"), (":path", "/keys"), (":authority", "a")],
        body: b"",
        timeout: TIMEOUT,
    });
}
