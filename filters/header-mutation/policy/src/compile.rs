//! The config as it is written to rules that can only run.

mod names;
mod values;
mod when;

use hachure_config::{ConfigErrors, Path, quoted};

use crate::config::{self, Config, IfMissing, RulePhase, Target};
use crate::name;
use crate::rule::{Capture, Rule};

/// What a rule may do to the choice of the route.
pub(crate) struct Routing {
    allowed: bool,
    headers: Vec<String>,
}

/// The rules, compiled.
pub(crate) struct Rules {
    pub(crate) request: Vec<Rule>,
    pub(crate) response: Vec<Rule>,
    /// A rule of requests reads metadata of Envoy's own filters.
    pub(crate) reads_native_identity: bool,
}

/// The rules of requests and those of responses, or everything that is wrong.
pub(crate) fn rules(config: Config) -> Result<Rules, ConfigErrors> {
    let place = Path::ROOT.key("rules");
    if config.rules.is_empty() {
        return Err(error(&place, "at least one rule", "[]"));
    }
    let routing = routing(&config)?;
    let mut errors = vec![];
    let (mut request, mut response) = (vec![], vec![]);
    let mut reads_native_identity = false;
    for (i, mut rule) in config.rules.into_iter().enumerate() {
        let phase = rule.phase;
        reads_native_identity |= phase == RulePhase::Request && values::read_native(&mut rule);
        match (compile(rule, &place.index(i), &routing), phase) {
            (Ok(rule), RulePhase::Request) => request.push(rule),
            (Ok(rule), RulePhase::Response) => response.push(rule),
            (Err(found), _) => errors.push(found),
        }
    }
    ConfigErrors::collect(errors)?;
    let captures = response.iter_mut().filter_map(|rule| rule.capture.as_mut());
    for (slot, capture) in captures.enumerate() {
        capture.slot = slot;
    }
    Ok(Rules {
        request,
        response,
        reads_native_identity,
    })
}

fn routing(config: &Config) -> Result<Routing, ConfigErrors> {
    let place = Path::ROOT.key("routingHeaders");
    let names = config.routing_headers.iter().enumerate();
    let headers = names.map(|(i, text)| {
        name::request(text).ok_or_else(|| names::no_header(&place.index(i), text))
    });
    Ok(Routing {
        allowed: config.reroute,
        headers: headers.collect::<Result<_, _>>()?,
    })
}

fn compile(
    mut rule: config::Rule,
    place: &Path<'_>,
    routing: &Routing,
) -> Result<Rule, ConfigErrors> {
    let checks = [
        phase(&rule, place, routing),
        names::resolve(&mut rule, place, routing),
        when::resolve(&mut rule.when, rule.phase, &place.key("when")),
        values::resolve(&mut rule, place),
    ];
    ConfigErrors::collect(checks.into_iter().filter_map(Result::err))?;
    let variables = values::of_request(&mut rule);
    let captures =
        rule.phase == RulePhase::Response && (rule.when.asks_request() || !variables.is_empty());
    Ok(Rule {
        when: rule.when,
        target: rule.target,
        operation: rule.operation,
        if_missing: rule.if_missing,
        allow_unsafe: rule.allow_unsafe,
        capture: captures.then_some(Capture { slot: 0, variables }),
    })
}

/// One error whose `found` is JSON. Not inlined: there are many of them, and none is hot.
#[cold]
#[inline(never)]
fn error(place: &Path<'_>, expected: &str, found: &str) -> ConfigErrors {
    ConfigErrors::new(place, expected, found)
}

/// One error about a text.
#[cold]
#[inline(never)]
fn wrong(place: &Path<'_>, expected: &str, found: &str) -> ConfigErrors {
    error(place, expected, &quoted(found))
}

/// What only one of the phases has.
fn phase(rule: &config::Rule, place: &Path<'_>, routing: &Routing) -> Result<(), ConfigErrors> {
    let refuse = |key, expected, found| Err(wrong(&place.key(key), expected, found));
    match (rule.phase, rule.target) {
        (RulePhase::Response, Target::Query) => {
            refuse("target", "header: a response has no query", "query")
        }
        (RulePhase::Request, Target::Query) if !routing.allowed => {
            let expected = "header, or `reroute: true` in the config: a route may be chosen by \
                            the query";
            refuse("target", expected, "query")
        }
        (RulePhase::Response, Target::Header) if rule.if_missing == IfMissing::Fail => {
            let expected = "skip or empty: what the upstream has done cannot be refused any more";
            refuse("ifMissing", expected, "fail")
        }
        _ => Ok(()),
    }
}
