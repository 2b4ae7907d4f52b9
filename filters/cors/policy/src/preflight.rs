//! Preflights: what a browser asks before it sends a page's request.

use hachure_exchange::{Exchange, Reply, Single};

use crate::answer::{
    ALLOW_CREDENTIALS, ALLOW_HEADERS, ALLOW_METHODS, ALLOW_ORIGIN, ALLOW_PRIVATE_NETWORK, MAX_AGE,
    VARY_ORIGIN,
};
use crate::config::{Config, OnDisallowed};
use crate::headers::RequestHeaders;
use crate::methods::Methods;
use crate::names::token;
use crate::origins::Standing;
use crate::reasons::Disallowed;

/// The method that the page wants to use: with `OPTIONS` and `Origin`, what makes a preflight.
pub(crate) const ASKED_METHOD: &str = "access-control-request-method";
const ASKED_HEADERS: &str = "access-control-request-headers";
const ASKED_PRIVATE_NETWORK: &str = "access-control-request-private-network";

/// How preflights are answered.
#[derive(Debug)]
pub(crate) struct Preflights {
    pub(crate) on_disallowed: OnDisallowed,
    methods: Methods,
    headers: RequestHeaders,
    credentials: bool,
    private_network: bool,
    /// In seconds.
    max_age: Option<String>,
    vary: Vec<&'static str>,
    vary_line: String,
}

/// What an allowed preflight asks for.
#[derive(Debug)]
pub(crate) struct Asked {
    method: String,
    unlisted: Vec<String>,
    private_network: bool,
}

impl Preflights {
    /// `any`: the origin does not count.
    pub(crate) fn new(config: &Config, any: bool) -> Self {
        let vary = [
            (!any).then_some(VARY_ORIGIN),
            Some("Access-Control-Request-Method"),
            Some("Access-Control-Request-Headers"),
            config
                .private_network
                .then_some("Access-Control-Request-Private-Network"),
        ];
        let vary: Vec<_> = vary.into_iter().flatten().collect();
        let seconds = config.max_age.and_then(|age| age.whole_seconds());
        Self {
            on_disallowed: config.on_disallowed,
            methods: Methods::new(&config.methods, config.credentials),
            headers: RequestHeaders::new(&config.headers, config.credentials),
            credentials: config.credentials,
            private_network: config.private_network,
            max_age: seconds.map(|seconds| seconds.to_string()),
            vary_line: vary.join(", "),
            vary,
        }
    }

    /// Whether it is allowed: the origin first, then the method, then the headers.
    pub(crate) fn judge(
        &self,
        standing: Standing,
        x: &mut Exchange<'_>,
    ) -> Result<Asked, Disallowed> {
        match standing {
            Standing::Allowed => {}
            Standing::Invalid => return Err(Disallowed::InvalidOrigin),
            Standing::NotListed => return Err(Disallowed::Origin),
        }
        let request = x.headers();
        let method = request.single(ASKED_METHOD).one().unwrap_or_default();
        let Some(asked) = token(method).filter(|method| self.methods.allow(method)) else {
            return Err(Disallowed::Method(method.to_vec()));
        };
        let unlisted = self
            .headers
            .check(request.values(ASKED_HEADERS))
            .map_err(|name| Disallowed::Header(name.to_vec()))?;
        let private = request.single(ASKED_PRIVATE_NETWORK) == Single::One(b"true");
        let private_network = self.private_network && private;
        Ok(Asked {
            method: asked.to_owned(),
            unlisted,
            private_network,
        })
    }

    /// The answer to an allowed one.
    pub(crate) fn allow(&self, origin: &[u8], asked: &Asked) -> Reply {
        let methods = self.methods.line(&asked.method);
        let headers = self.headers.line(&asked.unlisted);
        let max_age = self.max_age.as_deref().unwrap_or_default();
        let lines = [
            (ALLOW_ORIGIN, origin),
            (
                ALLOW_CREDENTIALS,
                if self.credentials { b"true" } else { b"" },
            ),
            (ALLOW_METHODS, methods.as_bytes()),
            (ALLOW_HEADERS, headers.as_bytes()),
            (MAX_AGE, max_age.as_bytes()),
            (
                ALLOW_PRIVATE_NETWORK,
                if asked.private_network { b"true" } else { b"" },
            ),
        ];
        let reply = self.answer("hachure.cors.preflight");
        lines
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .fold(reply, with)
    }

    /// The answer to a disallowed one that says nothing of CORS.
    pub(crate) fn no_headers(&self, disallowed: &Disallowed) -> Reply {
        self.answer(&format!("hachure.cors.{}", disallowed.reason().code))
    }

    /// What an answer to a preflight depends on.
    pub(crate) fn vary(&self) -> &[&'static str] {
        &self.vary
    }

    /// The same as a value of `Vary`.
    pub(crate) fn vary_line(&self) -> &str {
        &self.vary_line
    }

    fn answer(&self, details: &str) -> Reply {
        with(
            Reply::new(204, details),
            ("vary", self.vary_line.as_bytes()),
        )
    }
}

/// A reply without a header is closed, and no value here can split it.
fn with(reply: Reply, (name, value): (&str, &[u8])) -> Reply {
    let plain = reply.clone();
    reply.header(name, value).unwrap_or(plain)
}
