//! Reading objects.

use serde_json::Value;

/// A text; empty where it is not there.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// A list; empty where it is not there.
pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let list = value.pointer(pointer).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// A number.
pub(super) fn number(value: &Value, pointer: &str) -> Option<u64> {
    value.pointer(pointer).and_then(Value::as_u64)
}

/// The members of an object; none where it is not there.
pub(super) fn members<'a>(
    value: &'a Value,
    pointer: &str,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let members = value.pointer(pointer).and_then(Value::as_object);
    members
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}

/// Whether an object has all labels of a selector; an empty one selects nothing.
pub(super) fn selects(selector: Option<&Value>, object: &Value) -> bool {
    let selector = selector.and_then(Value::as_object);
    selector.is_some_and(|wanted| {
        !wanted.is_empty()
            && wanted.iter().all(|(name, value)| {
                let labels = object.pointer("/metadata/labels");
                labels.and_then(|labels| labels.get(name)) == Some(value)
            })
    })
}

/// Whether a Pod is ready, and not about to go.
pub(super) fn is_ready(pod: &Value) -> bool {
    !is_going(pod)
        && list(pod, "/status/conditions").iter().any(|condition| {
            text(condition, "/type") == "Ready" && text(condition, "/status") == "True"
        })
}

/// Whether a Pod is about to go.
pub(super) fn is_going(pod: &Value) -> bool {
    pod.pointer("/metadata/deletionTimestamp").is_some()
}
