//! Carrying out one operation.

use std::borrow::Cow;

use hachure_config::{Part, Template};

use crate::config::{Assignment, Dedupe, Keep, NameMatch, Operation, Transfer};
use crate::fields::Fields;
use crate::name::{is_field_value, is_pseudo};
use crate::replace;
use crate::unfit::Unfit;
use crate::variable::Variable;

/// The largest value that a rule makes, in bytes.
pub(crate) const MAX_VALUE: usize = 64 * 1024;

/// How a rule wants its operation done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// A missing value is the empty one.
    pub(crate) empty: bool,
    /// Framing headers are among the names that fit `removeMatching`.
    pub(crate) allow_unsafe: bool,
}

/// Changes the fields, or says why not; then they are as they were.
pub(crate) fn operate(
    operation: &Operation,
    manner: Manner,
    fields: &mut dyn Fields,
) -> Result<(), Unfit> {
    match operation {
        Operation::Set(a) => set(a, manner, fields),
        Operation::SetIfAbsent(a) if fields.has(&a.name) => Ok(()),
        Operation::SetIfAbsent(a) => set(a, manner, fields),
        Operation::ReplaceIfPresent(a) if !fields.has(&a.name) => Ok(()),
        Operation::ReplaceIfPresent(a) => set(a, manner, fields),
        Operation::Append(a) => {
            let value = value(&a.value, manner, fields)?;
            fields.add(&a.name, &value)
        }
        Operation::AppendCsv(a) => append_csv(a, manner, fields),
        Operation::Remove(a) => {
            fields.remove(&a.name);
            Ok(())
        }
        Operation::RemoveMatching(a) => {
            remove_matching(a, manner, fields);
            Ok(())
        }
        Operation::Rename(a) => {
            copy(a, manner, fields)?;
            fields.remove(&a.from);
            Ok(())
        }
        Operation::Copy(a) => copy(a, manner, fields),
        Operation::RegexReplace(a) => replace::all(a, manner, fields),
        Operation::Dedupe(a) => dedupe(a, fields),
    }
}

fn set(a: &Assignment, manner: Manner, fields: &mut dyn Fields) -> Result<(), Unfit> {
    let value = value(&a.value, manner, fields)?;
    fields.set(&a.name, &value)
}

fn append_csv(a: &Assignment, manner: Manner, fields: &mut dyn Fields) -> Result<(), Unfit> {
    let value = value(&a.value, manner, fields)?;
    let mut values = fields.values(&a.name);
    values.push(value.into_owned());
    values.retain(|value| !value.is_empty());
    let joined = values.join(fields.separator());
    if joined.len() > MAX_VALUE {
        return Err(Unfit::TooLarge);
    }
    fields.put(&a.name, &[joined])
}

fn copy(a: &Transfer, manner: Manner, fields: &mut dyn Fields) -> Result<(), Unfit> {
    let mut values = fields.values(&a.from);
    if values.is_empty() {
        if !manner.empty {
            return Err(fields.missing(&a.from));
        }
        values.push(vec![]);
    }
    if is_pseudo(&a.to) && values.len() > 1 {
        return Err(Unfit::Invalid);
    }
    fields.put(&a.to, &values)
}

fn remove_matching(a: &NameMatch, manner: Manner, fields: &mut dyn Fields) {
    for name in fields.names() {
        let stays = fields.protects(&name, manner.allow_unsafe);
        if !stays && a.name.holds(name.as_bytes()) == Some(true) {
            fields.remove(&name);
        }
    }
}

fn dedupe(a: &Dedupe, fields: &mut dyn Fields) -> Result<(), Unfit> {
    let values = fields.values(&a.name);
    let kept = kept(a.keep, &values);
    if kept.len() == values.len() {
        Ok(())
    } else {
        fields.put(&a.name, &kept)
    }
}

fn kept(keep: Keep, values: &[Vec<u8>]) -> Vec<Vec<u8>> {
    match keep {
        Keep::First => values.first().into_iter().cloned().collect(),
        Keep::Last => values.last().into_iter().cloned().collect(),
        Keep::Unique => {
            let mut kept: Vec<Vec<u8>> = vec![];
            for value in values {
                if !kept.contains(value) {
                    kept.push(value.clone());
                }
            }
            kept
        }
    }
}

/// The value of a template as it stands on the wire.
fn value<'t>(
    template: &'t Template<Variable>,
    manner: Manner,
    fields: &mut dyn Fields,
) -> Result<Cow<'t, [u8]>, Unfit> {
    if let Some(constant) = template.constant() {
        return Ok(fields.encode(Cow::Borrowed(constant.as_bytes())));
    }
    let mut text = vec![];
    let expanded = template.expand(
        manner.empty,
        &mut |variable, out| fields.read(variable, out),
        &mut text,
    );
    expanded.map_err(|variable| Unfit::Missing(variable.to_string()))?;
    check(&text)?;
    let value = fields.encode(Cow::Owned(text));
    check_told(template, &value)?;
    Ok(value)
}

/// A value that holds what another filter told is printable ASCII: servers differ in what they
/// read other bytes as, and whoever chose a claim's characters did not have them in mind.
pub(crate) fn check_told(template: &Template<Variable>, value: &[u8]) -> Result<(), Unfit> {
    let is_told = |part: &Part<Variable>| matches!(part, Part::Variable(v, _) if v.is_told());
    match value.is_ascii() || !template.parts().iter().any(is_told) {
        true => Ok(()),
        false => Err(Unfit::Invalid),
    }
}

/// What comes out of variables is refused where it could split a message or drown it.
pub(crate) fn check(text: &[u8]) -> Result<(), Unfit> {
    if text.len() > MAX_VALUE {
        return Err(Unfit::TooLarge);
    }
    if is_field_value(text) {
        Ok(())
    } else {
        Err(Unfit::Invalid)
    }
}
