//! Refusals: one shape and one renderer for all filters.

use hachure_config::Mode;

use crate::problem::Document;
use crate::{Counter, Exchange, Member, Outcome, Reply};

/// Filter state that names the reason of a refusal; `%FILTER_STATE(wasm.hachure.reason:PLAIN)%`.
pub const STATE_REASON: &str = "hachure.reason";
/// Filter state that names the filter which refused.
pub const STATE_FILTER: &str = "hachure.filter";
/// Where the problem types are explained; the reason's code is the fragment.
const TYPE_BASE: &str = "https://hachure.dev/filters/";

/// Why a filter refuses: stable, and the same in the response, the metric, the access log and the
/// docs (`reasons` of `filter.yaml`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// The code, in snake case.
    pub code: &'static str,
    /// The HTTP status of the refusal.
    pub status: u16,
    /// One short sentence for a person: RFC 9457 `title`, the same for every occurrence.
    pub title: &'static str,
}

/// One refusal: a reason, and what is particular to this request.
#[derive(Debug, Clone)]
pub struct Refusal {
    reason: &'static Reason,
    status: u16,
    kind: Option<&'static str>,
    detail: Option<String>,
    headers: Vec<(&'static str, Vec<u8>)>,
    members: Vec<(&'static str, Member)>,
}

impl Refusal {
    /// A refusal for that reason.
    pub fn new(reason: &'static Reason) -> Self {
        Self {
            reason,
            status: reason.status,
            kind: None,
            detail: None,
            headers: vec![],
            members: vec![],
        }
    }

    /// What is particular to this request and how to mend it (RFC 9457 `detail`). Never a token.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Another status than the reason's, where the config names one.
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// A problem type that is registered (RFC 9457, 4.2), in place of the page of the reason.
    pub fn kind(mut self, uri: &'static str) -> Self {
        self.kind = Some(uri);
        self
    }

    /// An extension member of the problem document, once: its name is none of the standard ones.
    pub fn member(mut self, name: &'static str, value: impl Into<Member>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    /// A header that the status asks for: `WWW-Authenticate`, `Retry-After`.
    pub fn header(mut self, name: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Refuses the request of this phase: sets the reason, counts, and answers, or in shadow mode
    /// lets it through. `filter` is the catalogue name.
    pub fn apply(
        self,
        filter: &'static str,
        mode: Mode,
        counter: Counter,
        x: &mut Exchange<'_>,
    ) -> Outcome {
        x.set_state(STATE_REASON, self.reason.code);
        x.set_state(STATE_FILTER, filter);
        x.count(counter);
        match mode {
            Mode::Shadow => Outcome::Continue,
            Mode::Enforce => Outcome::Reply(self.render(filter, Format::asked_by(x))),
        }
    }

    fn render(self, filter: &str, format: Format) -> Reply {
        let code = self.reason.code;
        let mut reply = Reply::new(self.status, format!("hachure.{filter}.{code}"));
        for (name, value) in &self.headers {
            reply = with_header(reply, name, value);
        }
        match format {
            Format::Problem => {
                let reply = with_header(reply, "content-type", b"application/problem+json");
                reply.body(self.problem(filter))
            }
            Format::Text => {
                let reply = with_header(reply, "content-type", b"text/plain; charset=utf-8");
                reply.body(format!("{}\n", self.text()))
            }
            // Envoy writes it into `grpc-message`.
            Format::Grpc => {
                let status = grpc_status(self.status);
                reply.grpc_status(status).body(self.text())
            }
        }
    }

    /// RFC 9457, 3.1: the standard members first, then the extensions.
    fn problem(&self, filter: &str) -> Vec<u8> {
        let mut problem = Document::new();
        let kind = match self.kind {
            Some(uri) => uri.to_owned(),
            None => format!("{TYPE_BASE}{filter}#{}", self.reason.code),
        };
        problem.member("type", &Member::Text(kind));
        problem.member("title", &self.reason.title.into());
        problem.member("status", &u64::from(self.status).into());
        if let Some(detail) = &self.detail {
            problem.member("detail", &detail.as_str().into());
        }
        problem.member("reason", &self.reason.code.into());
        for (name, value) in &self.members {
            problem.member(name, value);
        }
        problem.finish()
    }

    fn text(&self) -> String {
        match &self.detail {
            Some(detail) => format!("{}: {detail}", self.reason.title),
            None => self.reason.title.to_owned(),
        }
    }
}

/// A reply without a header beats a header that splits it.
fn with_header(reply: Reply, name: &str, value: &[u8]) -> Reply {
    let plain = reply.clone();
    reply.header(name, value).unwrap_or(plain)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Problem,
    Text,
    Grpc,
}

impl Format {
    /// gRPC by the request's content type; plain text only where `Accept` names it and no JSON.
    fn asked_by(x: &mut Exchange<'_>) -> Self {
        if x.headers_gone() {
            return Format::Problem;
        }
        let headers = x.headers();
        let grpc = headers
            .values("content-type")
            .any(|v| v.starts_with(b"application/grpc"));
        if grpc {
            return Format::Grpc;
        }
        let accepts = |wanted: &[u8]| {
            headers
                .values("accept")
                .any(|v| v.windows(wanted.len()).any(|w| w == wanted))
        };
        if accepts(b"text/plain") && !accepts(b"json") {
            Format::Text
        } else {
            Format::Problem
        }
    }
}

/// The mapping of grpc/grpc «HTTP to gRPC Status Code Mapping», and what it leaves out by meaning.
fn grpc_status(http: u16) -> u8 {
    match http {
        400 | 406 | 410 | 415 => 3,
        401 => 16,
        403 => 7,
        404 => 12,
        429 => 8,
        502..=504 => 14,
        _ => 2,
    }
}
