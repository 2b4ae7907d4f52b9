//! Where a case can run, decided from what it holds.

use hachure_config::Duration;

use crate::case::{Case, Step};
use crate::message::Message;

/// The places where cases run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runner {
    /// The policy crate, natively or in Node: both run the same code.
    Native,
    /// The module over `host-double`.
    HostDouble,
    /// The module in real Envoy.
    Envoy,
    /// The policy as a WebAssembly component, which has no upstreams and no time of its own.
    Component,
}

/// The longest time between two steps that is waited for in real Envoy, where a case has no date.
pub const LONGEST_WAIT: Duration = Duration::from_seconds(3);

/// Why `case` cannot run there; none where it can.
pub fn cannot_run(case: &Case, runner: Runner) -> Option<&'static str> {
    match runner {
        Runner::Envoy if !case.shared.is_empty() => {
            Some("it presets what workers share, which only they can write")
        }
        Runner::Envoy if takes_long(case) => Some("it lets more time pass than a test can wait"),
        Runner::Envoy => case.steps.iter().find_map(outside_envoy),
        Runner::Component => outside_component(case),
        Runner::Native | Runner::HostDouble => None,
    }
}

fn outside_component(case: &Case) -> Option<&'static str> {
    if !case.shared.is_empty() {
        return Some("it presets what workers share");
    }
    if !case.metadata.is_empty() {
        return Some("it has metadata of earlier filters, which a component is not told");
    }
    case.asks_upstreams()
        .then_some("it needs the answers of upstreams")
}

/// Whether time passes that must truly pass: the clock of a dated case is in the test's hand.
fn takes_long(case: &Case) -> bool {
    let long = |step: &Step| step.after.is_some_and(|time| time > LONGEST_WAIT);
    case.now.is_none() && case.steps.iter().any(long)
}

fn outside_envoy(step: &Step) -> Option<&'static str> {
    if step.expect.reply.is_some() && step.expect.upstream.is_some() {
        return Some("it replaces a response, and no filter sees what Envoy then sends");
    }
    let messages = [Some(&step.request), step.upstream.as_ref()];
    if messages.into_iter().flatten().any(unsendable) {
        return Some("it has a header that no HTTP message carries");
    }
    let request = step.request.headers.to_map();
    let once = |name| request.values(name).count() == 1;
    let connect = request.values(":method").next() == Some(b"CONNECT");
    if !once(":method") || !once(":authority") || (!connect && !once(":path")) {
        return Some("Envoy refuses a request that lacks a pseudo-header or repeats one");
    }
    let path = request.values(":path").next().unwrap_or(b"/");
    if !path.starts_with(b"/") {
        return Some("Envoy itself answers a request whose target is no path");
    }
    None
}

/// Whether a header of the message cannot be sent: RFC 9110, 5.5 has no control characters in
/// values, and blanks around them are not part of them.
fn unsendable(message: &Message) -> bool {
    let control = |b: &u8| (*b < b' ' && *b != b'\t') || *b == 0x7f;
    let headers = message.headers.0.iter().chain(&message.trailers.0);
    headers
        .map(|(_, value)| value.0.as_slice())
        .any(|v| v.iter().any(control) || v != v.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_envoy(request: &str) -> Option<&'static str> {
        let text =
            format!("title: t\nconfig: {{}}\nsteps:\n  - request: {{headers: {{{request}}}}}\n");
        cannot_run(&Case::parse(&text).unwrap(), Runner::Envoy)
    }

    #[test]
    fn what_no_client_sends_stays_out_of_envoy() {
        let get = r#"":method": GET, ":authority": a, ":path": "#;
        assert_eq!(in_envoy(&format!("{get} /a")), None);
        assert_eq!(in_envoy(&format!("{get} /a, x: {{hex: ff}}")), None);
        assert_eq!(
            in_envoy(r#"":method": CONNECT, ":authority": "a:443""#),
            None
        );
        for request in [
            r#"":method": OPTIONS, ":authority": a, ":path": "*""#,
            r#"":method": GET"#,
        ] {
            assert!(in_envoy(request).is_some(), "{request}");
        }
        for rest in ["[/a, /b]", r#"/a, x: " a""#, "/a, x: {hex: 610a}"] {
            assert!(in_envoy(&format!("{get} {rest}")).is_some(), "{rest}");
        }
    }
}
