//! JSON bodies between versions.

use hachure_exchange::{Body, Exchange, Outcome, Property, Reason, Refusal, Single, Touched};
use hachure_json::{Document, Operation};

use crate::config::{self, OnFailure};
use crate::counters::{BodyOutcome, Direction};
use crate::policy::{Request, Stream, VersionRewrite};
use crate::versions::{Version, VersionId};
use crate::{etag, reasons, rerun};

/// Digests of a body that is no more (RFC 9530, and its predecessors).
const DIGESTS: [&str; 4] = ["content-digest", "repr-digest", "digest", "content-md5"];

/// What a request must not ask for where the body of its response is transformed.
const UNASKED: [&str; 3] = ["accept-encoding", "range", "if-range"];
/// What is put in the upstream's words there.
const TAGS: [(&str, bool); 2] = [("if-none-match", true), ("if-match", false)];

/// The headers of a request that may change with a body.
pub(crate) fn touched() -> Touched {
    let tags = TAGS.iter().map(|(name, _)| *name);
    let names = UNASKED.into_iter().chain(tags).chain(DIGESTS);
    Touched::names(names.chain(["content-length"]))
}

/// The document, changed.
enum Changed {
    To(String),
    Nothing,
    Failed,
}

impl VersionRewrite {
    /// Prepares a request whose body, or whose response's body, is to be transformed.
    pub(crate) fn ask_request(
        &self,
        id: VersionId,
        version: &Version,
        request: &Request,
        stream: &mut Stream,
        x: &mut Exchange<'_>,
    ) -> Outcome {
        if version.request.is_empty() && version.response.is_empty() {
            return Outcome::Continue;
        }
        let method = x.unique(":method").unwrap_or_default();
        if method == b"CONNECT" || x.has("upgrade") || is_grpc(x) {
            return Outcome::Continue;
        }
        stream.transforms = Some(id);
        stream.is_head = method == b"HEAD";
        if !version.response.is_empty() {
            prepare_for_response(version, x);
        }
        let again = request.earlier.as_ref().is_some_and(|e| e.has_new_body);
        if version.request.is_empty() || x.end_of_stream() || again || !is_json(x) {
            return Outcome::Continue;
        }
        if is_encoded(x) {
            let refusal =
                Refusal::new(&reasons::BODY_ENCODED).header("accept-encoding", "identity");
            return self.fail(Direction::Request, Failure::Encoded, refusal, x);
        }
        self.collect(&self.request_bodies, x);
        Outcome::Continue
    }

    /// Prepares a response whose body is to be transformed.
    pub(crate) fn ask_response(&self, stream: &Stream, x: &mut Exchange<'_>) -> Outcome {
        let version = stream.transforms.and_then(|id| self.versions.get(id));
        let Some(version) = version.filter(|version| !version.response.is_empty()) else {
            return Outcome::Continue;
        };
        // A reply made in Envoy is nobody's document.
        let details = x.property(Property::ResponseCodeDetails);
        if details.as_deref() != Some(b"via_upstream") {
            return Outcome::Continue;
        }
        if let Single::One(tag) = x.headers().single("etag")
            && let Some(tag) = etag::of_version(tag, version.name())
        {
            let _ = x.set("etag", tag);
        }
        let status = x.status().unwrap_or_default();
        if matches!(status, 100..=199 | 204 | 206 | 304) || !is_json(x) {
            return Outcome::Continue;
        }
        x.remove("accept-ranges");
        if stream.is_head {
            // Those of the document that a GET would get are known to nobody.
            x.remove("content-length");
            remove_digests(x);
            return Outcome::Continue;
        }
        if x.end_of_stream() {
            return Outcome::Continue;
        }
        if is_encoded(x) {
            let refusal = Refusal::new(&reasons::RESPONSE_ENCODED);
            return self.fail(Direction::Response, Failure::Encoded, refusal, x);
        }
        self.collect(&self.response_bodies, x);
        Outcome::Continue
    }

    fn collect(&self, bodies: &config::Bodies, x: &mut Exchange<'_>) {
        x.collect_body(usize::try_from(bodies.max_body).unwrap_or(usize::MAX));
        if self.headers_held {
            x.hold_headers();
        } else {
            // They leave before it is known what becomes of the body.
            x.remove("content-length");
            remove_digests(x);
        }
    }

    /// Transforms a body that has arrived.
    pub(crate) fn transform(
        &self,
        direction: Direction,
        stream: &Stream,
        body: Body<'_>,
        x: &mut Exchange<'_>,
    ) -> Outcome {
        let Some(version) = stream.transforms.and_then(|id| self.versions.get(id)) else {
            return Outcome::Continue;
        };
        let (operations, bodies) = match direction {
            Direction::Request => (&version.request, &self.request_bodies),
            Direction::Response => (&version.response, &self.response_bodies),
        };
        let failure = match body {
            Body::TooLarge => Failure::TooLarge,
            Body::NoRoom => Failure::NoRoom,
            Body::Whole(body) => match changed(body, operations, bodies) {
                Changed::To(text) => {
                    self.replace(direction, text, x);
                    return Outcome::Continue;
                }
                Changed::Nothing => {
                    x.count(self.counters.body(direction, BodyOutcome::Unchanged));
                    return Outcome::Continue;
                }
                Changed::Failed => Failure::Invalid,
            },
        };
        let refusal = Refusal::new(failure.reason(direction));
        self.fail(direction, failure, refusal, x)
    }

    fn replace(&self, direction: Direction, text: String, x: &mut Exchange<'_>) {
        if self.headers_held {
            if x.has("content-length") {
                let _ = x.set("content-length", text.len().to_string());
            }
            remove_digests(x);
        }
        if direction == Direction::Request {
            rerun::keep_body(x);
        }
        x.replace_body(text.into_bytes());
        x.count(self.counters.body(direction, BodyOutcome::Transformed));
    }

    /// A body that cannot be transformed.
    fn fail(
        &self,
        direction: Direction,
        failure: Failure,
        refusal: Refusal,
        x: &mut Exchange<'_>,
    ) -> Outcome {
        let bodies = match direction {
            Direction::Request => &self.request_bodies,
            Direction::Response => &self.response_bodies,
        };
        x.count(self.counters.body(direction, failure.outcome()));
        match failure.choice(bodies) {
            OnFailure::Pass => Outcome::Continue,
            OnFailure::Reject => self.answer(refusal, failure.reason(direction), x),
        }
    }
}

/// Why a body is not transformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    TooLarge,
    NoRoom,
    Invalid,
    Encoded,
}

impl Failure {
    fn reason(self, direction: Direction) -> &'static Reason {
        match (direction, self) {
            (Direction::Request, Failure::TooLarge) => &reasons::BODY_TOO_LARGE,
            (Direction::Request, Failure::Invalid) => &reasons::BODY_INVALID,
            (Direction::Request, Failure::Encoded) => &reasons::BODY_ENCODED,
            (Direction::Response, Failure::TooLarge) => &reasons::RESPONSE_TOO_LARGE,
            (Direction::Response, Failure::Invalid) => &reasons::RESPONSE_INVALID,
            (Direction::Response, Failure::Encoded) => &reasons::RESPONSE_ENCODED,
            (_, Failure::NoRoom) => &reasons::NO_ROOM,
        }
    }

    fn outcome(self) -> BodyOutcome {
        match self {
            Failure::TooLarge => BodyOutcome::TooLarge,
            Failure::NoRoom => BodyOutcome::NoRoom,
            Failure::Invalid => BodyOutcome::Invalid,
            Failure::Encoded => BodyOutcome::Encoded,
        }
    }

    fn choice(self, bodies: &config::Bodies) -> OnFailure {
        match self {
            Failure::TooLarge | Failure::NoRoom => bodies.on_oversize,
            Failure::Invalid => bodies.on_invalid,
            Failure::Encoded => bodies.on_encoded,
        }
    }
}

fn changed(body: &[u8], operations: &[Operation], bodies: &config::Bodies) -> Changed {
    if body.is_empty() {
        return Changed::Nothing;
    }
    // Operations add little; what copies a document into itself must not grow for ever.
    let limit = usize::try_from(bodies.max_body).unwrap_or(usize::MAX);
    let limit = limit.saturating_mul(2).saturating_add(64 * 1024);
    let text = str::from_utf8(body).ok();
    let document = text.and_then(|text| Document::parse(text).ok());
    let Some(mut document) = document else {
        return Changed::Failed;
    };
    for operation in operations {
        if operation.apply(&mut document).is_err() {
            return Changed::Failed;
        }
    }
    if !document.is_changed() {
        return Changed::Nothing;
    }
    document
        .into_text(limit)
        .map_or(Changed::Failed, Changed::To)
}

/// What the upstream must not do, because it would do it to a document that the client never sees:
/// compress it, or send a part of it. Tags are put in the upstream's words.
fn prepare_for_response(version: &Version, x: &mut Exchange<'_>) {
    for name in UNASKED {
        if x.has(name) {
            x.remove(name);
        }
    }
    for (name, drop) in TAGS {
        if !x.has(name) {
            continue;
        }
        let values: Vec<_> = x.headers().values(name).collect();
        let list = values.join(&b","[..]);
        match etag::of_upstream(&list, version.name(), drop) {
            Some(tags) => drop_result(x.set(name, tags)),
            None => x.remove(name),
        }
    }
}

/// A list of valid tags is a valid value.
fn drop_result<E>(_: Result<(), E>) {}

fn remove_digests(x: &mut Exchange<'_>) {
    for name in DIGESTS {
        if x.has(name) {
            x.remove(name);
        }
    }
}

/// `application/json` and every `+json`, but for problem documents (RFC 9457), which have the same
/// form in every version.
fn is_json(x: &mut Exchange<'_>) -> bool {
    if !x.has("content-type") {
        return false;
    }
    let Single::One(value) = x.headers().single("content-type") else {
        return false;
    };
    let kind = value.split(|byte| *byte == b';').next().unwrap_or_default();
    let kind = kind.trim_ascii().to_ascii_lowercase();
    let json = kind == b"application/json" || kind.ends_with(b"+json");
    json && kind != b"application/problem+json" && !kind.contains(&b',')
}

fn is_grpc(x: &mut Exchange<'_>) -> bool {
    let grpc = |value: &[u8]| value.starts_with(b"application/grpc");
    x.has("content-type") && x.headers().values("content-type").any(grpc)
}

fn is_encoded(x: &mut Exchange<'_>) -> bool {
    let identity = |value: &[u8]| value.trim_ascii().eq_ignore_ascii_case(b"identity");
    x.has("content-encoding") && !x.headers().values("content-encoding").all(identity)
}
