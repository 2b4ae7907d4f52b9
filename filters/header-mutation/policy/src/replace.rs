//! `regexReplace`: bounded in what it reads, in what it replaces and in what it makes.

use hachure_config::MAX_SUBJECT;

use crate::config::RegexReplace;
use crate::fields::Fields;
use crate::operate::{MAX_VALUE, Manner, check};
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
    let Some(matches) = a.pattern.matches(text) else {
        let long = text.len() > MAX_SUBJECT;
        return Err(if long {
            Unfit::TooLarge
        } else {
            Unfit::Invalid
        });
    };
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
            Variable::Group(number) => {
                // A group that took no part is empty.
                let group = captures.get(*number).map_or("", |group| group.as_str());
                out.extend_from_slice(group.as_bytes());
                true
            }
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
