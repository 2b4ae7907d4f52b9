//! Functions that may panic: those that call into `core::panicking` and its like. What only a panic
//! reaches, the printing of its message, does not count.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use crate::audit::body::Call;
use crate::audit::calls::Graph;
use crate::audit::fatal::Fatal;
use crate::audit::list::Reviewed;
use crate::audit::texts::Place;

/// Those whose arguments begin with a message.
const MESSAGES: [&str; 3] = [
    "core::panicking::panic",
    "core::option::expect_failed",
    "core::result::unwrap_failed",
];

/// A line for each call that nobody reviewed.
pub(crate) fn findings(module: &[u8], reviewed: &mut Reviewed) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for ((caller, callee), lines) in fatal_calls(&Graph::read(module)?) {
        if !reviewed.cover(&caller, &callee) {
            let lines: Vec<_> = lines.iter().map(u32::to_string).collect();
            let lines = match lines.join(", ") {
                none if none.is_empty() => none,
                lines => format!(" (line {lines})"),
            };
            findings.push(format!("{caller} calls {callee}{lines}"));
        }
    }
    Ok(findings)
}

/// A caller and what it calls, as texts.
type Pair = (String, String);

/// All calls that may panic, each pair with the lines of its source file.
fn fatal_calls(graph: &Graph<'_>) -> BTreeMap<Pair, BTreeSet<u32>> {
    let fatal = Fatal::of(graph);
    let mut pairs: BTreeMap<Pair, BTreeSet<u32>> = BTreeMap::new();
    for caller in living(graph, &fatal)
        .into_iter()
        .filter_map(|index| graph.at(index))
    {
        for (call, place) in fatal.calls(graph, caller) {
            let callee = described(graph, &fatal, call, place.as_ref());
            let lines = pairs.entry((caller.name.clone(), callee)).or_default();
            lines.extend(place.map(|place| place.line));
        }
    }
    pairs
}

/// The function that is called, its message where it has one, and the source file.
fn described(graph: &Graph<'_>, fatal: &Fatal, call: &Call, place: Option<&Place>) -> String {
    let mut text = graph
        .at(call.callee)
        .map(|callee| callee.name.clone())
        .unwrap_or_default();
    let message = |constants: &[u32]| graph.texts.message(constants);
    if MESSAGES.contains(&text.as_str())
        && let Some(message) = fatal.argument(graph, call, message)
    {
        text.push_str(&format!("({message:?})"));
    }
    if let Some(place) = place {
        text.push_str(&format!(" at {}", place.file));
    }
    text
}

/// What runs without a panic having happened.
fn living(graph: &Graph<'_>, fatal: &Fatal) -> BTreeSet<u32> {
    let mut seen = BTreeSet::new();
    let mut next: Vec<u32> = graph.roots.iter().copied().collect();
    while let Some(index) = next.pop() {
        if !fatal.ends(index) && seen.insert(index) {
            let calls = graph
                .at(index)
                .into_iter()
                .flat_map(|function| &function.calls);
            next.extend(calls.map(|call| call.callee));
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::calls::Function;

    /// A graph of `(name, calls, diverges)`; the first function is exported.
    fn graph(functions: &[(&str, &[u32], bool)]) -> Graph<'static> {
        let function = |(name, calls, diverges): &(&str, &[u32], bool)| Function {
            name: (*name).to_owned(),
            calls: calls
                .iter()
                .map(|callee| Call {
                    callee: *callee,
                    constants: vec![],
                })
                .collect(),
            diverges: *diverges,
        };
        Graph {
            functions: functions.iter().map(function).collect(),
            roots: [0].into(),
            texts: Default::default(),
        }
    }

    fn calls(functions: &[(&str, &[u32], bool)]) -> Vec<String> {
        let calls = fatal_calls(&graph(functions));
        calls
            .into_keys()
            .map(|(caller, callee)| format!("{caller} -> {callee}"))
            .collect()
    }

    #[test]
    fn callers_are_found_and_what_runs_after_a_panic_is_not() {
        let found = calls(&[
            ("proxy_on_tick", &[1], false),
            ("hachure_x::decide", &[2], false),
            ("core::panicking::panic_fmt", &[3], true),
            ("std::io::print", &[2], false),
        ]);
        assert_eq!(found, ["hachure_x::decide -> core::panicking::panic_fmt"]);
    }

    #[test]
    fn what_never_returns_in_std_passes_the_blame_on_but_not_in_ours() {
        let found = calls(&[
            ("proxy_on_tick", &[1, 2], false),
            ("<alloc::vec::Vec<_>>::remove::assert_failed", &[3], true),
            ("hachure_x::give_up", &[3], true),
            ("core::panicking::panic", &[], true),
        ]);
        let expected = [
            "hachure_x::give_up -> core::panicking::panic",
            "proxy_on_tick -> <alloc::vec::Vec<_>>::remove::assert_failed",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_mistake_in_calling_std_is_the_callers() {
        let found = calls(&[
            ("hachure_x::decide", &[1], false),
            ("<alloc::vec::Vec<u8>>::insert", &[2, 3], false),
            (
                "<alloc::vec::Vec<_, _>>::insert_mut::assert_failed",
                &[4],
                true,
            ),
            ("alloc::raw_vec::handle_error", &[], true),
            ("core::panicking::panic_fmt", &[], true),
        ]);
        let expected = [
            "<alloc::vec::Vec<u8>>::insert -> alloc::raw_vec::handle_error",
            "hachure_x::decide -> <alloc::vec::Vec<u8>>::insert",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn helpers_of_the_sdk_are_not_to_be_called() {
        let helper = "<hachure_host::Root<X> as proxy_wasm::traits::Context>::get_property";
        let found = calls(&[
            (
                "<hachure_host::Root<X> as proxy_wasm::traits::RootContext>::on_tick",
                &[1, 3],
                false,
            ),
            (helper, &[2], false),
            ("proxy_wasm::hostcalls::get_property", &[3], false),
            ("core::panicking::panic_fmt", &[], true),
        ]);
        assert_eq!(found.len(), 2);
        assert!(
            found.iter().all(|call| call.contains(">::on_tick -> ")),
            "{found:?}"
        );
    }
}
