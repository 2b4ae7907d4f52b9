//! The config as it is written.

use hachure_config::{ConfigErrors, Duration, Mode, Path};
use serde::Deserialize;

use crate::names;
use crate::pattern::OriginPattern;

/// Which web pages of other origins may call these routes from a browser.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The origins that may read answers: at least one. `*` stands alone.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Vec<crate::schema::OriginPattern>")
    )]
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub origins: Vec<String>,

    /// The methods that a page may use, in upper case as browsers send them. GET, HEAD and POST
    /// always may. `*` is every method.
    #[serde(default = "safelisted_methods")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<crate::schema::Method>"))]
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub methods: Vec<String>,

    /// The request headers that a page may set beyond those that any page may; case does not
    /// count. `Content-Type` must be listed for `application/json`. `*` is every header but
    /// `Authorization`, which must be listed by its name.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<crate::schema::HeaderName>"))]
    pub headers: Vec<String>,

    /// The response headers that a page's script may read beyond the seven that it always may
    /// (`Cache-Control`, `Content-Language`, `Content-Length`, `Content-Type`, `Expires`,
    /// `Last-Modified`, `Pragma`). `*` is every header of the response.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<crate::schema::HeaderName>"))]
    pub expose: Vec<String>,

    /// Whether pages may send cookies, TLS client certificates and HTTP authentication along.
    /// `origins` must then name origins.
    #[serde(default)]
    pub credentials: bool,

    /// How long a browser may keep the answer to a preflight, in whole seconds: `10m`. `0s` is not
    /// at all. Browsers have limits of their own (Chromium 2 hours, Firefox 24 hours). Where it is
    /// absent nothing is said, which browsers read as 5 seconds.
    pub max_age: Option<Duration>,

    /// Whether pages from public networks may reach these routes in a private one, where the
    /// browser asks for that in the preflight.
    #[serde(default)]
    pub private_network: bool,

    /// Whether allowed origins may also read the detailed timing of their requests: sets
    /// `Timing-Allow-Origin`. When false the upstream's own stays.
    #[serde(default)]
    pub timing_allow_origin: bool,

    /// What becomes of a preflight that is not allowed.
    #[serde(default)]
    pub on_disallowed: OnDisallowed,

    /// Whether refusals take effect.
    #[serde(default)]
    pub mode: Mode,
}

/// What becomes of a preflight that is not allowed. The browser blocks the request in each case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "camelCase")]
pub enum OnDisallowed {
    /// It is answered 403 with the reason.
    Deny,
    /// It goes to the upstream, whose answer comes back without its CORS headers.
    Passthrough,
    /// It is answered 204 without CORS headers.
    #[default]
    NoHeaders,
}

/// Fetch standard, «CORS-safelisted method».
fn safelisted_methods() -> Vec<String> {
    ["GET", "HEAD", "POST"].map(str::to_owned).to_vec()
}

/// An origin that nobody owns: an expression that matches it matches any.
const NOBODY: &[u8] = b"https://nobody.invalid";
const NAMED: &str = "origins by their names: with credentials: true, any web site could act for \
     the user";

impl Config {
    /// Finds everything that is wrong, and reads the origins.
    pub(crate) fn read(&self) -> Result<Vec<OriginPattern>, ConfigErrors> {
        let mut wrong = Wrong(vec![]);
        let mut origins = vec![];
        wrong.entries("origins", &self.origins, |text| {
            origins.push(self.fits(OriginPattern::parse(text)?)?);
            Ok(())
        });
        wrong.entries("methods", &self.methods, names::check_method);
        wrong.entries("headers", &self.headers, names::check_header);
        wrong.entries("expose", &self.expose, names::check_header);
        for (key, list) in [("origins", &self.origins), ("methods", &self.methods)] {
            if list.is_empty() {
                wrong.field(key, "at least one entry", "[]");
            }
        }
        if let Some(age) = self.max_age.filter(|age| age.whole_seconds().is_none()) {
            wrong.field("maxAge", "whole seconds", &format!("\"{age}\""));
        }
        ConfigErrors::collect(wrong.0).map(|()| origins)
    }

    /// What an entry of `origins` may be beside the other fields.
    fn fits(&self, origin: OriginPattern) -> Result<OriginPattern, String> {
        match &origin {
            OriginPattern::Any if self.credentials => Err(NAMED.to_owned()),
            OriginPattern::Any if self.origins.len() > 1 => Err("* alone, or no *".to_owned()),
            OriginPattern::Regex(regex) if self.credentials => match regex.is_whole(NOBODY) {
                Some(false) => Ok(origin),
                _ => Err(format!("{NAMED}; this expression matches every origin")),
            },
            _ => Ok(origin),
        }
    }
}

struct Wrong(Vec<ConfigErrors>);

impl Wrong {
    /// Checks every entry of a list with `check`, which says what is expected instead.
    fn entries(
        &mut self,
        key: &str,
        list: &[String],
        mut check: impl FnMut(&str) -> Result<(), String>,
    ) {
        for (i, text) in list.iter().enumerate() {
            if let Err(expected) = check(text) {
                let path = Path::ROOT.key(key);
                let error = ConfigErrors::new(&path.index(i), expected, format!("{text:?}"));
                self.0.push(error);
            }
        }
    }

    fn field(&mut self, key: &str, expected: &str, found: &str) {
        self.0
            .push(ConfigErrors::new(&Path::ROOT.key(key), expected, found));
    }
}
