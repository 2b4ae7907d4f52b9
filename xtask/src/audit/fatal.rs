//! Which functions of a module panic.
//!
//! Some have such a name. Others become one of them by calling one, so that their callers are found:
//! those of the standard library that never return (`Vec::remove::assert_failed`), or that report a
//! panic at the place of their caller (`Vec::insert`); and the SDK's helpers, which panic on statuses
//! and bytes that a host may send and which `hachure-host` does without.

use std::collections::BTreeSet;

use crate::audit::body::Call;
use crate::audit::calls::{Function, Graph};
use crate::audit::texts::Place;

/// How the names begin of the functions that end the program.
const FATAL: [&str; 17] = [
    "core::panicking::",
    "core::option::unwrap_failed",
    "core::option::expect_failed",
    "core::result::unwrap_failed",
    "core::cell::panic_already_",
    "core::slice::index::slice_index_fail",
    "core::slice::index::slice_start_index_len_fail",
    "core::slice::index::slice_end_index_len_fail",
    "core::slice::index::slice_index_order_fail",
    "core::str::slice_error_fail",
    "alloc::raw_vec::handle_error",
    "alloc::raw_vec::capacity_overflow",
    "alloc::alloc::handle_alloc_error",
    "std::panicking::begin_panic",
    "std::process::abort",
    "__rustc::rust_panic",
    "__rustc::__rust_abort",
];

/// Those that end the program for want of memory, whoever asks for it.
const MEMORY: [&str; 3] = [
    "alloc::raw_vec::handle_error",
    "alloc::raw_vec::capacity_overflow",
    "alloc::alloc::handle_",
];

/// How far a constant argument moves: `unwrap_failed` passes its own on to `panic_fmt`.
const MOVES: usize = 3;

/// The functions that panic.
#[derive(Default)]
pub(crate) struct Fatal {
    /// Nothing of the program runs after these are called.
    ends: BTreeSet<u32>,
    /// These go on where their caller made no mistake.
    blames: BTreeSet<u32>,
}

impl Fatal {
    pub(crate) fn of(graph: &Graph<'_>) -> Self {
        let mut fatal = Self::default();
        let indexed = || (0..).zip(&graph.functions);
        fatal.ends.extend(
            indexed()
                .filter(|(_, at)| is_named(&at.name))
                .map(|(index, _)| index),
        );
        loop {
            let before = fatal.ends.len() + fatal.blames.len();
            for (index, function) in indexed() {
                if fatal.ends_too(function) {
                    fatal.ends.insert(index);
                } else if fatal.blames_its_caller(graph, function) {
                    fatal.blames.insert(index);
                }
            }
            if fatal.ends.len() + fatal.blames.len() == before {
                return fatal;
            }
        }
    }

    /// Whether the program goes on behind a call of this function.
    pub(crate) fn ends(&self, function: u32) -> bool {
        self.ends.contains(&function)
    }

    /// The calls in `function` that may panic, each with its place in the source. Those that blame
    /// the caller of `function` are left to that.
    pub(crate) fn calls<'a>(
        &self,
        graph: &Graph<'_>,
        function: &'a Function,
    ) -> Vec<(&'a Call, Option<Place>)> {
        let calls = function.calls.iter().filter(|call| self.panics(call));
        let placed = calls.map(|call| (call, self.place(graph, call)));
        let theirs = |call: &Call, place: &Option<Place>| {
            place.is_none() && is_standard(&function.name) && !is_memory(graph, call)
        };
        placed
            .filter(|(call, place)| !theirs(call, place))
            .collect()
    }

    /// What `read` finds among the arguments of `call`. Where a function has one caller the
    /// compiler moves constant arguments into it: then they are those of its own calls.
    pub(crate) fn argument<T>(
        &self,
        graph: &Graph<'_>,
        call: &Call,
        read: impl Fn(&[u32]) -> Option<T>,
    ) -> Option<T> {
        let mut calls = vec![call];
        for _ in 0..MOVES {
            if let Some(found) = calls.iter().find_map(|call| read(&call.constants)) {
                return Some(found);
            }
            let callees = calls
                .iter()
                .map(|call| call.callee)
                .filter(|callee| self.ends(*callee));
            let functions = callees.filter_map(|callee| graph.at(callee));
            calls = functions.flat_map(|function| &function.calls).collect();
        }
        None
    }

    fn place(&self, graph: &Graph<'_>, call: &Call) -> Option<Place> {
        self.argument(graph, call, |constants| graph.texts.place(constants))
    }

    fn panics(&self, call: &Call) -> bool {
        self.ends.contains(&call.callee) || self.blames.contains(&call.callee)
    }

    fn ends_too(&self, function: &Function) -> bool {
        let wraps = function.diverges && is_standard(&function.name);
        let passes_on = wraps || is_sdk_helper(&function.name);
        passes_on && function.calls.iter().any(|call| self.panics(call))
    }

    fn blames_its_caller(&self, graph: &Graph<'_>, function: &Function) -> bool {
        let blames = |call: &Call| {
            self.panics(call) && !is_memory(graph, call) && self.place(graph, call).is_none()
        };
        is_standard(&function.name) && function.calls.iter().any(blames)
    }
}

fn is_named(name: &str) -> bool {
    FATAL.iter().any(|start| name.starts_with(start)) || name == "abort"
}

fn is_memory(graph: &Graph<'_>, call: &Call) -> bool {
    let name = graph.at(call.callee).map_or("", |function| &function.name);
    MEMORY.iter().any(|start| name.starts_with(start))
}

fn is_standard(name: &str) -> bool {
    let path = name.trim_start_matches(['<', '&', '[']);
    ["core::", "alloc::", "std::"]
        .iter()
        .any(|start| path.starts_with(start))
}

/// The SDK's own calls of the host; not the callbacks, which its traits have us write.
fn is_sdk_helper(name: &str) -> bool {
    let method = name
        .split_once(" as proxy_wasm::traits::")
        .and_then(|(_, at)| at.split_once(">::"));
    let ours = |method: &str| method.starts_with("on_") || method.starts_with("create_");
    name.starts_with("proxy_wasm::hostcalls::") || method.is_some_and(|(_, name)| !ours(name))
}
