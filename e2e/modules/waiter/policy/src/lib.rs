//! A policy that shares, calls and waits as the header `x-do` of each message says. It is no filter
//! of the catalogue: the tests of the host run it over the double and in real Envoy.

use std::cell::Cell;
use std::time::Duration;

use hachure_config::{ConfigErrors, Duration as Time, UpstreamName, Upstreams};
use hachure_exchange::{
    Answer, Background, Call, Capabilities, Counter, Event, Exchange, Hash, Outcome, Phase, Policy,
    Reason, Reply, Setup, SignatureCheck, UnixTime,
};
use serde::Deserialize;

/// The policy.
pub struct Waiter {
    config: Config,
    cell: [u8; 16],
    ticks: [u8; 16],
    there: Cell<bool>,
    woken: Counter,
}

/// Its upstreams: `idp` by HTTP, `service` by gRPC.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    #[serde(default)]
    upstreams: Upstreams,
    /// What the background fetches, over HTTP.
    #[serde(default)]
    fetch: Option<UpstreamName>,
    /// How long calls may take: five seconds where it is not said.
    #[serde(default)]
    timeout: Option<Time>,
}

/// What a stream still wants to do when it is answered.
#[derive(Default)]
pub struct Plan {
    left: u32,
}

const HTTP: u16 = 1;
const GRPC: u16 = 2;
const FETCH: u16 = 9;
const TWO_SECONDS: u64 = 2_000_000_000;

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
    type Config = Config;
    type Stream = Plan;

    fn compile(config: Config, setup: Setup<'_>) -> Result<Self, ConfigErrors> {
        Ok(Self {
            cell: setup.scope(&[b"cell"]),
            ticks: setup.scope(&[b"ticks"]),
            there: Cell::new(false),
            woken: setup.metrics.counter("woken", &[])?,
            config,
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
            return Outcome::Reply(Reply::new(503, "hachure.waiter late"));
        }
        let _ = x.set("x-resumed", "1");
        self.next(plan, x)
    }

    fn background(&self, event: Event, x: &mut Background<'_>) {
        let _ = (x.now(), x.random(), x.shared(b"k"));
        match event {
            Event::Started | Event::Tick if !self.there.get() => {
                if let Some(upstream) = &self.config.fetch {
                    self.http(self.config.upstreams.resolve(upstream), |call| {
                        x.call(FETCH, call)
                    });
                }
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
        let _ = x.update(&self.ticks, |old| Some(counted(old)));
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
                self.grpc(|call| x.call(GRPC, call));
                plan.left = 1;
                return Outcome::Wait;
            }
            Some(b"until") => {
                let until = x.now().0.saturating_add(TWO_SECONDS);
                return Outcome::WaitUntil(UnixTime(until));
            }
            Some(b"until-then-http") => {
                plan.left = 1;
                let until = x.now().0.saturating_add(TWO_SECONDS);
                return Outcome::WaitUntil(UnixTime(until));
            }
            Some(b"split") => {
                x.call(
                    HTTP,
                    &Call::Http {
                        upstream: self.cluster("idp"),
                        headers: &[
                            (":method", "GET"),
                            (":path", "/keys"),
                            (":authority", "a"),
                            ("x-token", "a\r\nx-admin: 1"),
                        ],
                        body: b"",
                        timeout: self.timeout(),
                    },
                );
                plan.left = 1;
                return Outcome::Wait;
            }
            Some(b"both") => {
                self.http(self.cluster("idp"), |call| x.call(HTTP, call));
                self.grpc(|call| x.call(GRPC, call));
                plan.left = 0;
                return Outcome::Wait;
            }
            Some(b"nothing") => return Outcome::Wait,
            Some(b"forget") => {
                self.http(self.cluster("idp"), |call| x.call(HTTP, call));
                return Outcome::Continue;
            }
            Some(b"count") => self.count(x),
            Some(b"verify") => verify(x),
            _ => {}
        }
        self.next(plan, x)
    }

    /// The names that the tests give clusters, or what `upstreams` says of them.
    fn cluster<'a>(&'a self, name: &'static str) -> &'a str {
        self.config.upstreams.find(name)
    }

    fn timeout(&self) -> Duration {
        let milliseconds = self.config.timeout.map(Time::milliseconds);
        Duration::from_millis(milliseconds.unwrap_or(5000))
    }

    fn http(&self, upstream: &str, make: impl FnOnce(&Call<'_>)) {
        make(&Call::Http {
            upstream,
            headers: &[(":method", "GET"), (":path", "/keys"), (":authority", "a")],
            body: b"",
            timeout: self.timeout(),
        });
    }

    fn grpc(&self, make: impl FnOnce(&Call<'_>)) {
        make(&Call::Grpc {
            upstream: self.cluster("service"),
            service: "a.Service",
            method: "Ask",
            message: b"question",
            timeout: self.timeout(),
        });
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
        self.http(self.cluster("idp"), |call| x.call(HTTP, call));
        Outcome::Wait
    }
}

fn counted(old: Option<&[u8]>) -> Vec<u8> {
    let old = old.and_then(|old| str::from_utf8(old).ok()?.parse::<u64>().ok());
    old.unwrap_or(0).wrapping_add(1).to_string().into_bytes()
}

/// Checks the ECDSA or RSA signature over `hachure` that the request's headers hold.
fn verify(x: &mut Exchange<'_>) {
    let (key, signature) = (hex(x, "x-key"), hex(x, "x-signature"));
    let check = SignatureCheck {
        hash: Hash::Sha256,
        key: &key,
        signature: &signature,
        text: b"hachure",
    };
    let said = match x.verify_signature(&check) {
        None => "nobody",
        Some(true) => "holds",
        Some(false) => "does not hold",
    };
    let _ = x.set("x-verified", said);
}

fn hex(x: &mut Exchange<'_>, name: &str) -> Vec<u8> {
    let value = x.headers().values(name).next().unwrap_or_default();
    let (pairs, _) = value.as_chunks::<2>();
    let digits = pairs.iter().filter_map(|pair| str::from_utf8(pair).ok());
    digits
        .filter_map(|pair| u8::from_str_radix(pair, 16).ok())
        .collect()
}
