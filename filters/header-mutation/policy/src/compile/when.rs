//! The conditions of a rule.

use hachure_config::{ConfigErrors, Path, TextMatch};

use super::{error, names, wrong};
use crate::config::{FieldMatch, PathMatch, RulePhase, When};
use crate::name;

/// Checks conditions and gives their names the form in which they are compared.
pub(super) fn resolve(
    when: &mut When,
    phase: RulePhase,
    place: &Path<'_>,
) -> Result<(), ConfigErrors> {
    if phase == RulePhase::Request {
        of_responses_only(when, place)?;
    }
    if let Some(method) = &when.method {
        method.check(&place.key("method"))?;
    }
    if let Some(path) = &when.path {
        check_path(path, &place.key("path"))?;
    }
    if let Some(host) = &when.host {
        let place = place.key("host");
        host.check(&place)?;
        lower_case(host, &place)?;
    }
    if when.status.as_ref().is_some_and(Vec::is_empty) {
        return Err(error(&place.key("status"), "at least one status", "[]"));
    }
    fields(&mut when.query, Some, &place.key("query"))?;
    fields(
        &mut when.request_headers,
        |n| name::request(&n),
        &place.key("requestHeaders"),
    )?;
    fields(
        &mut when.response_headers,
        |n| name::response(&n),
        &place.key("responseHeaders"),
    )
}

fn of_responses_only(when: &When, place: &Path<'_>) -> Result<(), ConfigErrors> {
    for (key, there) in [
        ("status", when.status.is_some()),
        ("source", when.source.is_some()),
        ("responseHeaders", !when.response_headers.is_empty()),
    ] {
        if there {
            let expected = "conditions on the request only: a rule of `phase: request` runs \
                            before there is a response";
            return Err(wrong(place, expected, key));
        }
    }
    Ok(())
}

fn check_path(path: &PathMatch, place: &Path<'_>) -> Result<(), ConfigErrors> {
    match path {
        PathMatch::Suffix(text) if text.is_empty() => {
            Err(wrong(&place.key("suffix"), "some text", ""))
        }
        PathMatch::Not(inner) => check_path(inner, &place.key("not")),
        _ => Ok(()),
    }
}

fn fields(
    fields: &mut [FieldMatch],
    known: impl Fn(String) -> Option<String>,
    place: &Path<'_>,
) -> Result<(), ConfigErrors> {
    for (i, field) in fields.iter_mut().enumerate() {
        let place = place.index(i);
        let name = known(field.name.clone()).filter(|name| !name.is_empty());
        field.name = name.ok_or_else(|| names::no_header(&place.key("name"), &field.name))?;
        field.value.check(&place.key("match"))?;
    }
    Ok(())
}

/// What is compared in lower case must be written so, or it would never fit.
pub(super) fn lower_case(texts: &TextMatch, place: &Path<'_>) -> Result<(), ConfigErrors> {
    let mut texts = texts.texts().iter();
    match texts.find(|text| text.bytes().any(|b| b.is_ascii_uppercase())) {
        Some(text) => Err(wrong(place, "lower case", text)),
        None => Ok(()),
    }
}
