//! Sending the requests of a file and comparing what comes back.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use ureq::Agent;
use ureq::http::{HeaderMap, Request, Response};

use crate::output;
use crate::run_file::{Try, TryExpect, TryRequest};

const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends every request and prints what came of it. Whether all was as expected.
pub(super) fn all(tries: &[Try], address: SocketAddr, stop: &AtomicBool) -> Result<bool> {
    let mut good = 0_usize;
    for attempt in tries {
        if stop.load(Ordering::Relaxed) {
            bail!("stopped before the last request");
        }
        let outcome = one(attempt, address);
        output::print(&outcome.text)?;
        good = good.saturating_add(usize::from(outcome.good));
    }
    output::print(&format!("{good} of {} requests as expected\n", tries.len()))?;
    Ok(good == tries.len())
}

/// What came of one request.
struct Outcome {
    good: bool,
    /// A line, and one for each difference.
    text: String,
}

fn one(
    Try {
        shows,
        times,
        request,
        expect,
    }: &Try,
    address: SocketAddr,
) -> Outcome {
    for _ in 1..*times {
        // Whatever is wrong with it is wrong with the last one too.
        let _ = send(request, address);
    }
    let (status, differences) = match send(request, address) {
        Ok(answer) => (answer.status.to_string(), answer.differences(expect)),
        Err(why) => ("nothing".to_owned(), vec![format!("no answer: {why:#}")]),
    };
    let good = differences.is_empty();
    let word = if good { "ok    " } else { "FAILED" };
    let TryRequest { method, path, .. } = request;
    let often = match times {
        0 | 1 => String::new(),
        _ => format!(" {times} times"),
    };
    let shows = shows.trim_end();
    let mut text = format!("{word} {method} {path}{often} -> {status}: {shows}\n");
    for difference in differences {
        text.push_str(&format!("       {difference}\n"));
    }
    Outcome { good, text }
}

/// What came back.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

fn send(request: &TryRequest, address: SocketAddr) -> Result<Answer> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .allow_non_standard_methods(true)
        .build()
        .into();
    let uri = format!("http://{address}{}", request.path);
    let mut builder = Request::builder().method(request.method.as_str()).uri(uri);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    let response: Response<ureq::Body> = match &request.body {
        Some(body) => agent.run(builder.body(body.as_str()).context("the request")?)?,
        None => agent.run(builder.body(()).context("the request")?)?,
    };
    let (parts, mut body) = response.into_parts();
    let body = String::from_utf8_lossy(&body.read_to_vec()?).into_owned();
    Ok(Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body,
    })
}

impl Answer {
    /// What is not as expected, one line each.
    fn differences(&self, expect: &TryExpect) -> Vec<String> {
        let mut lines = Vec::new();
        if self.status != expect.status {
            lines.push(format!(
                "status: expected {}, got {}",
                expect.status, self.status
            ));
        }
        for (name, wanted) in &expect.headers {
            let values = self
                .headers
                .get_all(name)
                .iter()
                .map(|v| String::from_utf8_lossy(v.as_bytes()));
            let values: Vec<_> = values.collect();
            let got = (!values.is_empty()).then(|| values.join(", "));
            if got != *wanted {
                let shown = |value: &Option<String>| {
                    value
                        .as_ref()
                        .map_or("no such header".to_owned(), |value| format!("`{value}`"))
                };
                lines.push(format!(
                    "{name}: expected {}, got {}",
                    shown(wanted),
                    shown(&got)
                ));
            }
        }
        let body = self.body.trim_end();
        let missing = expect
            .body_contains
            .iter()
            .filter(|part| !body.contains(*part));
        lines.extend(missing.map(|part| format!("body: expected `{part}` in it, got `{body}`")));
        let unwanted = expect.body_lacks.iter().filter(|part| body.contains(*part));
        lines
            .extend(unwanted.map(|part| format!("body: expected no `{part}` in it, got `{body}`")));
        lines
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::run::orders;

    fn outcome(expect: &Value, address: SocketAddr) -> Outcome {
        let request = json!({"path": "/v1/orders/1001"});
        let attempt = json!({"shows": "an order", "request": request, "expect": expect});
        one(&serde_json::from_value(attempt).unwrap(), address)
    }

    /// Tries the example upstream itself.
    fn passes(expect: &Value) -> bool {
        outcome(expect, orders::start().unwrap()).good
    }

    #[test]
    fn what_is_as_expected_passes() {
        let headers = json!({"content-type": "application/json", "x-gone": null});
        assert!(passes(
            &json!({"status": 200, "headers": headers, "bodyContains": ["1001"]})
        ));
    }

    #[test]
    fn every_wrong_expectation_fails() {
        assert!(!passes(&json!({"status": 204})));
        assert!(!passes(
            &json!({"status": 200, "headers": {"content-type": "text/plain"}})
        ));
        assert!(!passes(
            &json!({"status": 200, "headers": {"content-type": null}})
        ));
        assert!(!passes(&json!({"status": 200, "headers": {"x-gone": "1"}})));
        assert!(!passes(
            &json!({"status": 200, "bodyContains": ["1001", "nowhere"]})
        ));
    }

    #[test]
    fn a_failure_says_what_was_expected_and_what_came() {
        let expect = json!({"status": 204, "headers": {"x-gone": "1"}});
        let expected = "\
FAILED GET /v1/orders/1001 -> 200: an order
       status: expected 204, got 200
       x-gone: expected `1`, got no such header
";
        assert_eq!(outcome(&expect, orders::start().unwrap()).text, expected);
    }

    #[test]
    fn no_answer_fails() {
        let nobody = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let outcome = outcome(&json!({"status": 200}), nobody);
        assert!(
            !outcome.good && outcome.text.contains("no answer: "),
            "{}",
            outcome.text
        );
    }
}
