//! The policy: its phases, and what one stream carries.

use hachure_config::{ConfigErrors, Mode, RequestPath};
use hachure_exchange::{Body, Exchange, Outcome, Phase, Policy, Reason, Setup, Touched};

use crate::config::{Bodies, Config, Conflict, OnMissing};
use crate::counters::{Counters, Direction};
use crate::rerun::{self, Earlier};
use crate::source::{Problem, Source};
use crate::versions::{Version, VersionId, Versions};
use crate::{compile, reasons, response};

/// A compiled set of versions and of the places where requests name them.
#[derive(Debug)]
pub struct VersionRewrite {
    pub(crate) sources: Vec<Source>,
    pub(crate) conflict: Conflict,
    pub(crate) versions: Versions,
    pub(crate) default: Option<VersionId>,
    pub(crate) on_missing: OnMissing,
    pub(crate) enforce_sunset: bool,
    pub(crate) consumers: Vec<String>,
    pub(crate) headers_held: bool,
    pub(crate) request_bodies: Bodies,
    pub(crate) response_bodies: Bodies,
    pub(crate) mode: Mode,
    pub(crate) counters: Counters,
    /// Headers that only this filter may set, lower case.
    pub(crate) owned_headers: Vec<String>,
    pub(crate) needs_target: bool,
    pub(crate) decides_by_path: bool,
}

/// What one request carries to its response.
#[derive(Debug, Default)]
pub struct Stream {
    pub(crate) version: Option<VersionId>,
    /// Which sources were read, by their place: the response depends on their headers.
    pub(crate) read: u64,
    /// What the client is to get back for the upstream's media type.
    pub(crate) media_type: Option<Vec<u8>>,
    /// The version whose operations hold for the bodies; none for what is no plain exchange.
    pub(crate) transforms: Option<VersionId>,
    pub(crate) is_head: bool,
}

/// A request as the decision needs it.
pub(crate) struct Request {
    /// `:path`; none for `*`, for a CONNECT without one, and where nothing depends on it.
    pub(crate) target: Option<Vec<u8>>,
    /// What an earlier run decided, on an internal redirect.
    pub(crate) earlier: Option<Earlier>,
    /// Whether the path is the upstream's already, because this filter or a redirect made it so.
    pub(crate) settled: bool,
}

impl Policy for VersionRewrite {
    const NAME: &'static str = "version-rewrite";
    const REASONS: &'static [Reason] = reasons::ALL;
    const PHASES: &'static [Phase] = &[
        Phase::RequestHeaders,
        Phase::RequestBody,
        Phase::ResponseHeaders,
        Phase::ResponseBody,
    ];
    const REQUEST_STATE: &'static [&'static str] = rerun::KEYS;
    type Config = Config;
    type Stream = Stream;

    fn compile(config: Config, setup: Setup<'_>) -> Result<Self, ConfigErrors> {
        compile::compile(config, setup)
    }

    fn touches(&self) -> Touched {
        let owned = Touched::names(&self.owned_headers);
        let versions = self.versions.0.iter().map(Version::touches);
        versions.fold(owned, Touched::and)
    }

    fn request_headers(&self, stream: &mut Stream, x: &mut Exchange<'_>) -> Outcome {
        for name in &self.owned_headers {
            if x.has(name) {
                x.remove(name);
            }
        }
        let decided = self.read(x).and_then(|request| {
            let version = self.decide(&request, stream, x)?;
            Ok((request, version))
        });
        match decided {
            Ok((request, Some(version))) => self.carry(version, &request, stream, x),
            Ok((_, None)) if self.on_missing == OnMissing::Pass => {
                x.count(self.counters.unversioned);
                Outcome::Continue
            }
            Ok((_, None)) => self.refuse(Problem::Because(&reasons::MISSING), x),
            Err(problem) => self.refuse(problem, x),
        }
    }

    fn response_headers(&self, stream: &mut Stream, x: &mut Exchange<'_>) -> Outcome {
        response::advise(self, stream, x);
        self.ask_response(stream, x)
    }

    fn request_body(&self, stream: &mut Stream, body: Body<'_>, x: &mut Exchange<'_>) -> Outcome {
        self.transform(Direction::Request, stream, body, x)
    }

    fn response_body(&self, stream: &mut Stream, body: Body<'_>, x: &mut Exchange<'_>) -> Outcome {
        self.transform(Direction::Response, stream, body, x)
    }
}

impl VersionRewrite {
    fn read(&self, x: &mut Exchange<'_>) -> Result<Request, Problem> {
        let target = match self.needs_target {
            true => x.unique(":path").filter(|target| target != b"*"),
            false => None,
        };
        let path = target.as_deref().map(RequestPath::new);
        if let Some(path) = path.filter(|_| self.decides_by_path) {
            path.canonical()?;
        }
        let earlier = Earlier::read(x, &self.versions);
        let settled = match (&earlier, path) {
            (Some(earlier), Some(path)) => self.is_settled(earlier, path),
            _ => false,
        };
        Ok(Request {
            target,
            earlier,
            settled,
        })
    }
}

impl Stream {
    pub(crate) fn note_read(&mut self, place: usize) {
        let bit = u32::try_from(place)
            .ok()
            .and_then(|place| 1_u64.checked_shl(place));
        self.read |= bit.unwrap_or(0);
    }

    /// Whether the source at that place was read.
    pub(crate) fn has_read(&self, place: usize) -> bool {
        u32::try_from(place)
            .ok()
            .and_then(|p| self.read.checked_shr(p))
            .is_some_and(|b| b & 1 == 1)
    }
}
