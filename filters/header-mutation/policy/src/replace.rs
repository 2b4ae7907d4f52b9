//! `regexReplace`: bounded in what it reads, in what it replaces and in what it makes.

use hachure_config::{Captures, MAX_SUBJECT};

use crate::config::RegexReplace;
use crate::fields::Fields;
use crate::operate::{MAX_VALUE, Manner, check, check_told};
use crate::unfit::Unfit;
use crate::variable::Variable;

/// The most places in one value that are replaced: each costs a search through the rest.
const MAX_MATCHES: usize = 100;

pub(crate) fn all(a: &RegexReplace, manner: Manner, fields: &mut dyn Fields) -> Result<(), Unfit> {
    let mut values = fields.values(&a.name);
    let mut changed = false;
    for value in &mut values {
        let text = fields.decode(value);
        if let Some(new) = one(a, manner, &text, fields)? {
            *value = fields.encode(new.into()).into_owned();
            check_told(&a.replacement, value)?;
            changed = true;
        }
    }
    if changed {
        fields.put(&a.name, &values)
    } else {
        Ok(())
    }
}

/// The value after the replacement; none where nothing was found.
fn one(
    a: &RegexReplace,
    manner: Manner,
    text: &[u8],
    fields: &mut dyn Fields,
) -> Result<Option<Vec<u8>>, Unfit> {
    let matches = a
        .pattern
        .matches(text)
        .ok_or(match text.len() > MAX_SUBJECT {
            true => Unfit::TooLarge,
            false => Unfit::Invalid,
        })?;
    let mut out = vec![];
    let mut done = 0_usize;
    for (i, captures) in matches.enumerate() {
        let Some(found) = captures.get(0) else {
            continue;
        };
        if i >= MAX_MATCHES || out.len() > MAX_VALUE {
            return Err(Unfit::TooLarge);
        }
        out.extend_from_slice(text.get(done..found.start()).unwrap_or_default());
        let mut read = |variable: &Variable, out: &mut Vec<u8>| match variable {
            Variable::Group(number) => group(&captures, *number, out),
            other => fields.read(other, out),
        };
        let expanded = a.replacement.expand(manner.empty, &mut read, &mut out);
        expanded.map_err(|variable| Unfit::Missing(variable.to_string()))?;
        done = found.end();
    }
    if out.is_empty() && done == 0 {
        return Ok(None);
    }
    out.extend_from_slice(text.get(done..).unwrap_or_default());
    check(&out)?;
    Ok(Some(out))
}

/// A group that took no part in the match is empty.
fn group(captures: &Captures<'_>, number: usize, out: &mut Vec<u8>) -> bool {
    let found = captures.get(number).map_or("", |found| found.as_str());
    out.extend_from_slice(found.as_bytes());
    true
}
