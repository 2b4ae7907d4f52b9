//! The names that a rule reads and writes.

use hachure_config::{ConfigErrors, Path, TextMatch};

use super::{Routing, wrong};
use crate::config::operation::Access;
use crate::config::{Operation, Rule, RulePhase, Target};
use crate::name;

/// Checks the names of a rule and gives them the form in which they are compared.
pub(super) fn resolve(
    rule: &mut Rule,
    place: &Path<'_>,
    routing: &Routing,
) -> Result<(), ConfigErrors> {
    let (phase, target, allow_unsafe) = (rule.phase, rule.target, rule.allow_unsafe);
    let operation = place.key("operation");
    let operation = operation.key(rule.operation.key());
    for (key, access, name) in rule.operation.names() {
        let place = operation.key(key);
        if target == Target::Query {
            parameter(name, &place)?;
            continue;
        }
        *name = header(name, phase).ok_or_else(|| no_header(&place, name))?;
        if access == Access::Read {
            continue;
        }
        may_write(name, access, allow_unsafe, &place)?;
        if phase == RulePhase::Request {
            may_route(name, access, routing, &place)?;
        }
    }
    together(rule, &operation, routing)
}

fn parameter(name: &str, place: &Path<'_>) -> Result<(), ConfigErrors> {
    if name.is_empty() {
        Err(wrong(place, "the name of a parameter", name))
    } else {
        Ok(())
    }
}

fn header(name: &str, phase: RulePhase) -> Option<String> {
    match phase {
        RulePhase::Request => name::request(name),
        RulePhase::Response => name::response(name),
    }
}

/// What names and operation must hold together.
fn together(rule: &Rule, operation: &Path<'_>, routing: &Routing) -> Result<(), ConfigErrors> {
    match &rule.operation {
        Operation::AppendCsv(a) if is_no_list(&a.name) && rule.target == Target::Header => {
            let expected = "a header whose values are a list with commas; use append for this one";
            Err(wrong(&operation.key("name"), expected, &a.name))
        }
        Operation::Rename(a) | Operation::Copy(a) if a.from == a.to => {
            Err(wrong(&operation.key("to"), "another name than from", &a.to))
        }
        Operation::RemoveMatching(a) => {
            let place = operation.key("name");
            a.name.check(&place)?;
            if rule.target == Target::Header {
                matching(&a.name, rule.phase, routing, &place)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The error for what is no header of this phase.
pub(super) fn no_header(place: &Path<'_>, found: &str) -> ConfigErrors {
    let expected = "a header name (letters, digits and !#$%&'*+-.^_`|~), or a pseudo-header that \
                    the message has";
    wrong(place, expected, found)
}

fn may_write(
    name: &str,
    access: Access,
    allow_unsafe: bool,
    place: &Path<'_>,
) -> Result<(), ConfigErrors> {
    let refuse = |expected| Err(wrong(place, expected, name));
    if name::is_pseudo(name) && access != Access::Replace {
        return refuse(
            "an ordinary header: a pseudo-header has exactly one value, which set, \
             replaceIfPresent, regexReplace and the `to` of copy and rename can replace",
        );
    }
    if name::is_unsafe(name) && !allow_unsafe {
        return refuse(
            "an ordinary header, or `allowUnsafe: true` in the rule: framing and routing rest on \
             this one",
        );
    }
    Ok(())
}

fn may_route(
    name: &str,
    access: Access,
    routing: &Routing,
    place: &Path<'_>,
) -> Result<(), ConfigErrors> {
    if access == Access::Remove && name == name::FORWARDED_PROTO {
        let expected = "a header that a request can do without: Envoy finds no route for it then";
        return Err(wrong(place, expected, name));
    }
    let routes = name::is_routing(name) || routing.headers.iter().any(|h| h == name);
    if routes && !routing.allowed {
        return Err(reroutes(place, name));
    }
    Ok(())
}

/// Names that fit must not be routing headers, and are compared in lower case.
fn matching(
    names: &TextMatch,
    phase: RulePhase,
    routing: &Routing,
    place: &Path<'_>,
) -> Result<(), ConfigErrors> {
    super::when::lower_case(names, place)?;
    if phase == RulePhase::Response || routing.allowed {
        return Ok(());
    }
    let fits = |header: &&String| names.holds(header.as_bytes()) != Some(false);
    match routing.headers.iter().find(fits) {
        Some(header) => Err(reroutes(place, header)),
        None => Ok(()),
    }
}

fn reroutes(place: &Path<'_>, name: &str) -> ConfigErrors {
    let expected = "a header that no route is chosen by, or `reroute: true` in the config (see \
                    README, Routing)";
    wrong(place, expected, name)
}

/// Cookies are separated in other ways: a comma would make one cookie of two.
fn is_no_list(name: &str) -> bool {
    matches!(name, "set-cookie" | "cookie")
}
