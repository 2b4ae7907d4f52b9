//! `limits[].key`, compiled.

use hachure_config::{ClaimPath, Path, PathTemplate, Problems};
use hachure_exchange::{Effects, HeaderOp};
use hachure_json::{Pointer, Segment};

use crate::config::KeyPart;
use crate::key::Part;

const MAX_PARTS: usize = 8;

pub(super) fn compile(parts: Vec<KeyPart>, path: &Path<'_>, problems: &mut Problems) -> Vec<Part> {
    if parts.len() > MAX_PARTS {
        problems.add(path, "at most 8 parts", &format!("{} of them", parts.len()));
    }
    let mut compiled = vec![];
    let mut seen: Vec<KeyPart> = vec![];
    for (i, part) in parts.into_iter().enumerate() {
        let here = path.index(i);
        if seen.contains(&part) {
            problems.add(&here, "each part once", "the same again");
        }
        seen.push(part.clone());
        compiled.extend(one(part, &here, problems));
    }
    compiled
}

fn one(part: KeyPart, here: &Path<'_>, problems: &mut Problems) -> Option<Part> {
    let mut text = |key: &str, expected: &str, text: String| {
        if text.is_empty() {
            problems.add_text(&here.key(key), expected, &text);
        }
        text
    };
    Some(match part {
        KeyPart::Consumer => Part::Consumer,
        KeyPart::Method => Part::Method,
        KeyPart::Address => Part::Address,
        KeyPart::Label(name) => Part::Label(text("label", "the name of a label", name)),
        KeyPart::Cookie(name) => Part::Cookie(text("cookie", "the name of a cookie", name)),
        KeyPart::Query(name) => Part::Query(text("query", "the name of a parameter", name)),
        KeyPart::Constant(value) => Part::Constant(text("constant", "some text", value)),
        KeyPart::Header(name) => {
            check_header(&name, &here.key("header"), problems);
            Part::Header(name)
        }
        KeyPart::Claim(path) => Part::Claim(claim(&path, here, problems)?),
        KeyPart::Path(template) => match PathTemplate::parse(&template) {
            Some(template) => Part::Path(template),
            None => {
                let expected = "a path as /orders/{id} or /orders/{id}/**, each {name} a whole \
                                segment and there once";
                problems.add_text(&here.key("path"), expected, &template);
                return None;
            }
        },
    })
}

/// The path of a claim, at `claim`.
pub(super) fn claim(text: &str, here: &Path<'_>, problems: &mut Problems) -> Option<ClaimPath> {
    let path = ClaimPath::parse(text);
    let wrong = |problem: hachure_config::PathError| {
        problems.add_text(&here.key("claim"), &problem.to_string(), text);
    };
    path.map_err(wrong).ok()
}

/// The names on the way that a JSON Pointer says.
pub(super) fn pointer(text: &str, path: &Path<'_>, problems: &mut Problems) -> Vec<String> {
    let pointer = Pointer::parse(text).ok();
    let name = |segment: &Segment| match segment {
        Segment::Name(name) => Some(name.clone()),
        Segment::Each => None,
    };
    let names = pointer.and_then(|pointer| pointer.segments().iter().map(name).collect());
    names.unwrap_or_else(|| {
        let expected = "a JSON Pointer to one value, as /usage/total_tokens";
        problems.add_text(path, expected, text);
        vec![]
    })
}

/// A header that a request or response can have, and that is not part of its frame.
pub(super) fn check_header(name: &str, path: &Path<'_>, problems: &mut Problems) {
    let named = Effects::new().header(HeaderOp::Set, name, b"");
    if named.is_err() || name.starts_with(':') {
        problems.add_text(path, "the name of a header", name);
    }
}
