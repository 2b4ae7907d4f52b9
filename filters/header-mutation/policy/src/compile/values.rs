//! The values that a rule writes.

use hachure_config::{ConfigErrors, Part, Path, SearchPattern, Template};

use super::wrong;
use crate::config::{Operation, PathMatch, Rule, RulePhase, Target};
use crate::name;
use crate::variable::Variable;

/// Checks what a rule's value is made of, and resolves what its variables name.
pub(super) fn resolve(rule: &mut Rule, place: &Path<'_>) -> Result<(), ConfigErrors> {
    let operation = place.key("operation");
    let operation = operation.key(rule.operation.key());
    let pattern = match &rule.operation {
        Operation::RegexReplace(a) => Some(a.pattern.clone()),
        _ => None,
    };
    let written = written(&rule.operation).map(str::to_owned);
    let Some((key, template)) = rule.operation.template() else {
        return Ok(());
    };
    let place = operation.key(key);
    text(template, &place)?;
    if let (Some(name), Target::Header) = (written, rule.target) {
        constant(&name, template, &place)?;
    }
    let whole = template.as_str().to_owned();
    for variable in template.variables_mut() {
        if variable.is_of_response() && rule.phase == RulePhase::Request {
            let expected = "a variable of the request: there is no response yet";
            return Err(wrong(&place, expected, &whole));
        }
        place_of(variable, pattern.as_ref(), rule.when.path.as_ref(), &place)?;
    }
    Ok(())
}

/// Gives a variable that names a group or a segment the place of it.
fn place_of(
    variable: &mut Variable,
    pattern: Option<&SearchPattern>,
    path: Option<&PathMatch>,
    place: &Path<'_>,
) -> Result<(), ConfigErrors> {
    match variable {
        Variable::MatchGroup(name) => {
            let expected = "a group of the pattern, which regexReplace has";
            let group = pattern.and_then(|pattern| pattern.group(name));
            let unknown = || unknown(place, expected, "match", name);
            *variable = group.map(Variable::Group).ok_or_else(unknown)?;
        }
        Variable::PathCapture(name) => {
            let unknown = || unknown(place, &names(path), "path", name);
            *variable = capture(path, name)
                .map(Variable::PathSegment)
                .ok_or_else(unknown)?;
        }
        _ => {}
    }
    Ok(())
}

/// Whether a variable of a rule is metadata of one of Envoy's own filters.
pub(super) fn read_native(rule: &mut Rule) -> bool {
    let template = rule.operation.template();
    let mut variables = template.into_iter().flat_map(|(_, it)| it.variables_mut());
    variables.any(|variable| match variable {
        Variable::Metadata(path) => {
            let namespace = path.names().first();
            namespace.is_some_and(|name| name.starts_with("envoy.filters.http."))
        }
        _ => false,
    })
}

/// For a rule of the response: its variables that only the request has, each of which becomes a
/// captured value.
pub(super) fn of_request(rule: &mut Rule) -> Vec<Variable> {
    let mut captured = vec![];
    if rule.phase == RulePhase::Request {
        return captured;
    }
    let Some((_, template)) = rule.operation.template() else {
        return captured;
    };
    for variable in template
        .variables_mut()
        .filter(|variable| variable.is_of_request())
    {
        let value = Variable::Captured(captured.len());
        captured.push(std::mem::replace(variable, value));
    }
    captured
}

/// The name that gets the whole value of the template.
fn written(operation: &Operation) -> Option<&str> {
    match operation {
        Operation::Set(a)
        | Operation::SetIfAbsent(a)
        | Operation::ReplaceIfPresent(a)
        | Operation::Append(a)
        | Operation::AppendCsv(a) => Some(&a.name),
        _ => None,
    }
}

fn text(template: &Template<Variable>, place: &Path<'_>) -> Result<(), ConfigErrors> {
    for part in template.parts() {
        if let Part::Literal(text) = part
            && !name::is_field_value(text.as_bytes())
        {
            let expected = "text without line ends and other control characters";
            return Err(wrong(place, expected, text));
        }
    }
    Ok(())
}

fn constant(
    name: &str,
    template: &Template<Variable>,
    place: &Path<'_>,
) -> Result<(), ConfigErrors> {
    let Some(text) = template.constant() else {
        return Ok(());
    };
    let refuse = |expected: &str| Err(wrong(place, expected, text));
    if text.trim_ascii() != text {
        return refuse("a value without blanks at its ends");
    }
    if name::is_pseudo(name) && !name::is_pseudo_value(name, text.as_bytes()) {
        return refuse(&format!("a value that {name} can have"));
    }
    Ok(())
}

fn capture(path: Option<&PathMatch>, name: &str) -> Option<usize> {
    match path {
        Some(PathMatch::Template(template)) => template.place(name),
        _ => None,
    }
}

fn names(path: Option<&PathMatch>) -> String {
    match path {
        Some(PathMatch::Template(template)) => {
            let names = template.names().collect::<Vec<_>>().join(", ");
            format!("a name that when.path.template captures ({names})")
        }
        _ => "a `when.path.template` that captures the name".to_owned(),
    }
}

fn unknown(place: &Path<'_>, expected: &str, kind: &str, name: &str) -> ConfigErrors {
    wrong(place, expected, &format!("${{{kind}.{name}}}"))
}
