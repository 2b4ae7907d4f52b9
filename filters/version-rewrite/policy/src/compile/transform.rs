//! The operations of a version, compiled.

use hachure_config::{Path, Problems};
use hachure_json::{self as json, Operation, Pointer, Wrong};

use crate::config::{self, Config, OnFailure};

/// More is a program, not a difference between versions.
const MAX_OPERATIONS: usize = 64;
/// Half of what a VM holds of all bodies together.
const MAX_BODY: u32 = 8 * 1024 * 1024;

pub(super) fn compile(
    operations: &[config::Operation],
    path: &Path<'_>,
    problems: &mut Problems,
) -> Vec<Operation> {
    if operations.len() > MAX_OPERATIONS {
        problems.add(path, "at most 64 operations", &operations.len().to_string());
    }
    let mut compiled = vec![];
    for (i, operation) in operations.iter().enumerate() {
        let here = path.index(i);
        let name = name_of(operation);
        match operation_of(operation) {
            Ok(operation) => compiled.push(operation),
            Err((key, wrong, found)) => {
                let here = here.key(name);
                problems.add_text(&here.key(key), wrong.0, &found);
            }
        }
    }
    compiled
}

fn name_of(operation: &config::Operation) -> &'static str {
    match operation {
        config::Operation::Rename(_) => "rename",
        config::Operation::Move(_) => "move",
        config::Operation::Copy(_) => "copy",
        config::Operation::Remove(_) => "remove",
        config::Operation::Add(_) => "add",
        config::Operation::Default(_) => "default",
        config::Operation::Wrap(_) => "wrap",
        config::Operation::Unwrap(_) => "unwrap",
        config::Operation::Map(_) => "map",
        config::Operation::Split(_) => "split",
        config::Operation::Join(_) => "join",
    }
}

/// Which key of an operation is wrong, why, and what stands there.
type Refused = (&'static str, Wrong, String);

fn operation_of(operation: &config::Operation) -> Result<Operation, Refused> {
    match operation {
        config::Operation::Rename(it) => {
            let at = pointer("at", &it.at)?;
            Operation::rename(at, &it.to).map_err(|wrong| ("at", wrong, it.at.clone()))
        }
        config::Operation::Move(it) => {
            let (from, to) = transfer(it)?;
            Operation::relocate(&from, &to).map_err(|wrong| ("to", wrong, it.to.clone()))
        }
        config::Operation::Copy(it) => {
            let (from, to) = transfer(it)?;
            Operation::copy(&from, &to).map_err(|wrong| ("to", wrong, it.to.clone()))
        }
        config::Operation::Remove(it) => {
            let at = pointer("at", &it.at)?;
            Operation::remove(at).map_err(|wrong| ("at", wrong, it.at.clone()))
        }
        config::Operation::Add(it) => {
            let at = pointer("at", &it.at)?;
            Ok(Operation::add(at, it.value.0.clone()))
        }
        config::Operation::Default(it) => {
            let at = pointer("at", &it.at)?;
            let value = it.value.0.clone();
            Operation::default(at, value).map_err(|wrong| ("at", wrong, it.at.clone()))
        }
        config::Operation::Wrap(it) => {
            let at = pointer("at", &it.at)?;
            Ok(Operation::wrap(at, it.member.clone()))
        }
        config::Operation::Unwrap(it) => {
            let at = pointer("at", &it.at)?;
            Ok(Operation::unwrap_value(at, it.member.clone()))
        }
        config::Operation::Map(it) => {
            let at = pointer("at", &it.at)?;
            let otherwise = it.otherwise.as_ref().map(|value| value.0.clone());
            Ok(Operation::map(at, mappings(&it.values)?, otherwise))
        }
        config::Operation::Split(it) => parts(it, Operation::split),
        config::Operation::Join(it) => parts(it, Operation::join),
    }
}

fn pointer(key: &'static str, text: &str) -> Result<Pointer, Refused> {
    Pointer::parse(text).map_err(|wrong| (key, wrong, text.to_owned()))
}

fn transfer(it: &config::Transfer) -> Result<(Pointer, Pointer), Refused> {
    Ok((pointer("from", &it.from)?, pointer("to", &it.to)?))
}

fn mappings(values: &[config::Mapping]) -> Result<Vec<json::Mapping>, Refused> {
    let scalar = |text: &str| !text.starts_with(['{', '[']);
    if let Some(wrong) = values.iter().find(|mapping| !scalar(&mapping.from.0)) {
        let expected = Wrong("`from` to be a string, a number, true, false or null");
        return Err(("values", expected, wrong.from.0.clone()));
    }
    let mapping = |mapping: &config::Mapping| json::Mapping {
        from: mapping.from.0.clone(),
        to: mapping.to.0.clone(),
    };
    Ok(values.iter().map(mapping).collect())
}

fn parts(
    it: &config::Parts,
    make: fn(Pointer, String, Vec<String>) -> Result<Operation, Wrong>,
) -> Result<Operation, Refused> {
    let at = pointer("at", &it.at)?;
    make(at, it.separator.clone(), it.parts.clone()).map_err(|wrong| {
        match (it.separator.is_empty(), it.parts.is_empty()) {
            (true, _) => ("separator", wrong, it.separator.clone()),
            (false, true) => ("at", wrong, it.at.clone()),
            (false, false) => ("parts", wrong, it.parts.join(", ")),
        }
    })
}

/// What the platform does not allow, and what no platform does.
pub(super) fn check_bodies(config: &Config, problems: &mut Problems) {
    let root = Path::ROOT;
    for (key, bodies) in [
        ("requestBodies", &config.request_bodies),
        ("responseBodies", &config.response_bodies),
    ] {
        if bodies.max_body == 0 || bodies.max_body > MAX_BODY {
            let here = root.key(key);
            let found = bodies.max_body.to_string();
            problems.add(&here.key("maxBody"), "1 to 8388608 bytes", &found);
        }
    }
    if config.headers_held || config.versions.iter().all(|v| v.response.is_empty()) {
        return;
    }
    let bodies = &config.response_bodies;
    for (key, choice) in [
        ("onOversize", bodies.on_oversize),
        ("onInvalid", bodies.on_invalid),
    ] {
        if choice == OnFailure::Reject {
            let expected = "pass, or headersHeld: true where the platform allows it: without, the \
                            response's headers have left before its body is known";
            let here = root.key("responseBodies");
            problems.add(&here.key(key), expected, "\"reject\"");
        }
    }
}
