//! The written form of a template to its parts.

use super::{Filters, Part, Variable, filter};
use crate::quoted::{quoted, split_at};

pub(super) fn parts<V: Variable>(text: &str) -> Result<Vec<Part<V>>, String> {
    let mut parts = vec![];
    let mut literal = String::new();
    let mut rest = text;
    while let Some((before, after)) = split_at(rest, "${") {
        if let Some(before) = before.strip_suffix('$') {
            literal.push_str(before);
            literal.push_str("${");
            rest = after;
            continue;
        }
        literal.push_str(before);
        flush(&mut literal, &mut parts);
        let Some((inside, after)) = after.split_once('}') else {
            return Err(format!("expected a }} after ${{, found {}", quoted(after)));
        };
        parts.push(variable(inside)?);
        rest = after;
    }
    literal.push_str(rest);
    flush(&mut literal, &mut parts);
    Ok(parts)
}

fn flush<V>(literal: &mut String, parts: &mut Vec<Part<V>>) {
    if !literal.is_empty() {
        parts.push(Part::Literal(std::mem::take(literal)));
    }
}

fn variable<V: Variable>(inside: &str) -> Result<Part<V>, String> {
    let mut words = inside.split('|').map(str::trim);
    let name = words.next().unwrap_or_default();
    let variable =
        V::parse(name).ok_or_else(|| unknown("a variable", &V::KNOWN.join(", "), name))?;
    let filters = words
        .map(|word| filter::parse(word).ok_or_else(|| unknown("a filter", filter::KNOWN, word)))
        .collect::<Result<_, _>>()?;
    Ok(Part::Variable(variable, Filters(filters)))
}

fn unknown(what: &str, known: &str, found: &str) -> String {
    format!("expected {what}, one of {known}, found {}", quoted(found))
}
