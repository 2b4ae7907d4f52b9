//! `Route{match=1, action, typed_per_filter_config=13}`: by what a route is chosen, and what it has
//! of Contour's own.

use std::collections::BTreeMap;

use hachure_exchange::Touched;

use crate::splice::Position;
use crate::wire::{self, Malformed, Value};

const MATCH: u32 = 1;
/// `RouteMatch{prefix=1, path=2, case_sensitive=4, headers=6, query_parameters=7, grpc=8,
/// runtime_fraction=9, safe_regex=10, path_separated_prefix=14}`.
const PREFIX: u32 = 1;
const PATH: u32 = 2;
const CASE_SENSITIVE: u32 = 4;
const HEADERS: u32 = 6;
const QUERY_PARAMETERS: u32 = 7;
const GRPC: u32 = 8;
const RUNTIME_FRACTION: u32 = 9;
const SAFE_REGEX: u32 = 10;
const PATH_SEPARATED_PREFIX: u32 = 14;
/// `redirect` and `direct_response`: nothing is sent on.
const ANSWERS: [u32; 2] = [3, 7];
const TYPED_PER_FILTER_CONFIG: u32 = 13;

/// Where Contour writes what a route wants of a filter that authorizes: first those that stand
/// before a filter with the position `BeforeAuth`.
const EARLY: [&str; 1] = ["envoy.filters.http.rbac"];
const LATE: [&str; 2] = [
    "envoy.filters.http.jwt_authn",
    "envoy.filters.http.ext_authz",
];

/// By what a route is chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    path: Path,
    headers: Vec<String>,
    query: bool,
    /// Something that this code does not know.
    other: bool,
    /// It sends requests on.
    pub(crate) forwards: bool,
    /// What it wants of Contour's own filters that authorize.
    native: BTreeMap<&'static str, Vec<u8>>,
}

/// By which paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Path {
    Prefix(Vec<u8>),
    Exact(Vec<u8>),
    /// All, or those that something else tells.
    #[default]
    Any,
}

impl Choice {
    /// Reads a route; `around` is what its virtual host has of Contour's own.
    pub(crate) fn read(
        route: &[u8],
        around: &BTreeMap<&'static str, Vec<u8>>,
    ) -> Result<Self, Malformed> {
        let mut choice = Self {
            native: around.clone(),
            forwards: true,
            ..Self::default()
        };
        choice
            .native
            .extend(native(route, TYPED_PER_FILTER_CONFIG)?);
        for field in wire::fields(route) {
            let field = field?;
            match field.number {
                MATCH => choice.read_match(field.bytes()?)?,
                number if ANSWERS.contains(&number) => choice.forwards = false,
                _ => {}
            }
        }
        Ok(choice)
    }

    fn read_match(&mut self, message: &[u8]) -> Result<(), Malformed> {
        let mut any_case = false;
        for field in wire::fields(message) {
            let field = field?;
            match field.number {
                PREFIX | PATH_SEPARATED_PREFIX => {
                    self.path = Path::Prefix(field.bytes()?.to_vec());
                }
                PATH => self.path = Path::Exact(field.bytes()?.to_vec()),
                SAFE_REGEX => self.path = Path::Any,
                CASE_SENSITIVE => any_case = !is_true(field.bytes()?)?,
                HEADERS => {
                    let name = wire::text(field.bytes()?, 1)?;
                    self.headers.push(name.to_ascii_lowercase());
                }
                QUERY_PARAMETERS => self.query = true,
                GRPC => self.headers.push("content-type".to_owned()),
                RUNTIME_FRACTION => {}
                _ => self.other = true,
            }
        }
        if any_case {
            self.path = Path::Any;
        }
        Ok(())
    }

    /// Whether a change of what is touched can make it another choice, that is neither path nor
    /// host.
    fn looks_at(&self, touched: &Touched) -> bool {
        self.other
            || self.headers.iter().any(|name| touched.has(name))
            || (self.query && touched.has(":path"))
    }

    /// Whether a request that had this route may lose it when what is touched changes.
    pub(crate) fn may_lose(&self, touched: &Touched) -> bool {
        let everything = matches!(&self.path, Path::Prefix(prefix) if prefix == b"/");
        (touched.has(":path") && !everything) || self.looks_at(touched)
    }

    /// Whether a request that had not this route may come to it.
    pub(crate) fn may_gain(&self, touched: &Touched) -> bool {
        touched.has(":path") || self.looks_at(touched)
    }

    /// Whether one path may be of both.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        match (&self.path, &other.path) {
            (Path::Any, _) | (_, Path::Any) => true,
            (Path::Exact(one), Path::Exact(other)) => one == other,
            (Path::Prefix(prefix), Path::Exact(path))
            | (Path::Exact(path), Path::Prefix(prefix)) => path.starts_with(prefix),
            (Path::Prefix(one), Path::Prefix(other)) => {
                one.starts_with(other) || other.starts_with(one)
            }
        }
    }

    /// Whether Contour's own filters that have run before that position were told another thing
    /// for the other route.
    pub(crate) fn differs_before(&self, position: Position, other: &Self) -> bool {
        let ran = match position {
            Position::First => &[][..],
            Position::BeforeAuth => &EARLY,
            Position::Last => &[EARLY[0], LATE[0], LATE[1]],
        };
        ran.iter()
            .any(|name| self.native.get(name) != other.native.get(name))
    }

    /// Whether it was told anything for Contour's own filters that authorize.
    pub(crate) fn has_native(&self) -> bool {
        !self.native.is_empty()
    }

    /// The path, for people.
    pub(crate) fn path(&self) -> String {
        match &self.path {
            Path::Prefix(path) | Path::Exact(path) => String::from_utf8_lossy(path).into_owned(),
            Path::Any => "a pattern".to_owned(),
        }
    }
}

/// What a message with that map of configs has for Contour's own filters that authorize.
pub(crate) fn native(
    message: &[u8],
    number: u32,
) -> Result<BTreeMap<&'static str, Vec<u8>>, Malformed> {
    let mut found = BTreeMap::new();
    for name in EARLY.into_iter().chain(LATE) {
        if let Some(config) = wire::entry(message, number, name)? {
            found.insert(name, config.to_vec());
        }
    }
    Ok(found)
}

/// `BoolValue{value=1}`.
fn is_true(message: &[u8]) -> Result<bool, Malformed> {
    let mut truth = false;
    for field in wire::fields(message) {
        let field = field?;
        truth |= field.number == 1 && matches!(field.value, Value::Varint(1..));
    }
    Ok(truth)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(fields: &[(u32, &[u8])]) -> Choice {
        let mut message = vec![];
        for (number, content) in fields {
            wire::put(&mut message, *number, content);
        }
        let mut route = vec![];
        wire::put(&mut route, MATCH, &message);
        Choice::read(&route, &BTreeMap::new()).unwrap()
    }

    fn header(name: &str) -> Vec<u8> {
        let mut message = vec![];
        wire::put_text(&mut message, 1, name);
        message
    }

    #[test]
    fn paths_that_meet() {
        let prefix = |path: &[u8]| choice(&[(PREFIX, path)]);
        let exact = |path: &[u8]| choice(&[(PATH, path)]);
        for (one, other, meet) in [
            (prefix(b"/"), prefix(b"/a"), true),
            (prefix(b"/a"), prefix(b"/b"), false),
            (prefix(b"/a"), exact(b"/a/b"), true),
            (prefix(b"/a"), exact(b"/b"), false),
            (exact(b"/a"), exact(b"/a"), true),
            (exact(b"/a"), exact(b"/b"), false),
            (exact(b"/a"), choice(&[(SAFE_REGEX, b"x")]), true),
            (
                exact(b"/a"),
                choice(&[(PATH, b"/A"), (CASE_SENSITIVE, b"")]),
                true,
            ),
        ] {
            assert_eq!(one.meets(&other), meet, "{one:?} {other:?}");
            assert_eq!(other.meets(&one), meet, "{other:?} {one:?}");
        }
    }

    #[test]
    fn what_loses_and_gains_a_request() {
        let path = Touched::names([":path"]);
        let user = Touched::names(["x-user"]);
        let method = Touched::names([":method"]);
        let all = choice(&[(PREFIX, b"/")]);
        let some = choice(&[(PREFIX, b"/a"), (HEADERS, &header("X-User"))]);
        let unknown = choice(&[(PREFIX, b"/"), (99, b"")]);
        let posts = choice(&[(PREFIX, b"/"), (HEADERS, &header(":method"))]);
        let query = choice(&[(PREFIX, b"/"), (QUERY_PARAMETERS, b"")]);
        for (choice, touched, loses, gains) in [
            (&all, &path, false, true),
            (&all, &user, false, false),
            (&some, &path, true, true),
            (&some, &user, true, true),
            (&some, &method, false, false),
            (&posts, &method, true, true),
            (&query, &path, true, true),
            (&unknown, &user, true, true),
        ] {
            assert_eq!(choice.may_lose(touched), loses, "{choice:?} {touched:?}");
            assert_eq!(choice.may_gain(touched), gains, "{choice:?} {touched:?}");
        }
    }

    #[test]
    fn what_native_filters_were_told() {
        let with = |name: &str, config: &[u8]| {
            let mut entry = vec![];
            wire::put_text(&mut entry, 1, name);
            wire::put(&mut entry, 2, config);
            let mut route = vec![];
            wire::put(&mut route, TYPED_PER_FILTER_CONFIG, &entry);
            Choice::read(&route, &BTreeMap::new()).unwrap()
        };
        let free = Choice::read(b"", &BTreeMap::new()).unwrap();
        for (name, before_auth, last) in [
            ("envoy.filters.http.rbac", true, true),
            ("envoy.filters.http.jwt_authn", false, true),
            ("envoy.filters.http.ext_authz", false, true),
            ("envoy.filters.http.cors", false, false),
        ] {
            let route = with(name, b"a");
            assert!(!route.differs_before(Position::First, &free), "{name}");
            assert_eq!(
                route.differs_before(Position::BeforeAuth, &free),
                before_auth,
                "{name}"
            );
            assert_eq!(route.differs_before(Position::Last, &free), last, "{name}");
            assert_eq!(
                route.differs_before(Position::Last, &with(name, b"b")),
                last,
                "{name}"
            );
            assert!(
                !route.differs_before(Position::Last, &with(name, b"a")),
                "{name}"
            );
        }
    }
}
