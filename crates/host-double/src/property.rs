//! Properties (Envoy's attributes) and filter state.

use crate::callback;
use crate::context::Context;
use crate::machine::Machine;
use crate::status::{Result, Status};

/// What a module sets as `x` is filter state `wasm.x`, and is read back as `x` or as
/// `filter_state`, `wasm.x`; never as `wasm.x`.
const PREFIX: &[u8] = b"wasm.";

/// The value of a property; `path` has NUL between its parts.
pub(crate) fn get(machine: &mut Machine, path: &[u8]) -> Result<Vec<u8>> {
    if let Some(preset) = machine.settings.properties.get(path) {
        return Ok(preset.clone());
    }
    let parts: Vec<&[u8]> = path.split(|byte| *byte == 0).collect();
    match parts.as_slice() {
        [b"plugin_name"] => return Ok(machine.settings.plugin_name.clone().into_bytes()),
        [b"plugin_root_id"] => return Ok(machine.settings.root_id.clone().into_bytes()),
        [b"plugin_vm_id"] => return Ok(machine.settings.vm_id.clone().into_bytes()),
        // No path is a value without a form.
        [b""] => return Err(Status::SerializationFailure),
        _ => {}
    }
    let logging = machine.callback == callback::LOG;
    let context = machine.stream().ok_or(Status::NotFound)?;
    of_stream(context, &parts, logging).ok_or(Status::NotFound)
}

/// Sets filter state.
pub(crate) fn set(machine: &mut Machine, path: &[u8], value: &[u8]) -> Result<()> {
    // The root context has no stream to keep it.
    let context = machine.stream().ok_or(Status::NotFound)?;
    context
        .filter_state
        .insert([PREFIX, path].concat(), value.to_vec());
    Ok(())
}

/// Envoy's `declare_property`: how long filter state of that name lasts. Once for each name.
pub(crate) fn declare(machine: &mut Machine, arguments: &[u8]) -> Result<Vec<u8>> {
    // `name` is field 1 of the message, and the first that is written.
    let [0x0a, size, rest @ ..] = arguments else {
        return Err(Status::BadArgument);
    };
    let name = rest.get(..usize::from(*size)).ok_or(Status::BadArgument)?;
    if !machine.declared.insert(name.to_vec()) {
        return Err(Status::BadArgument);
    }
    Ok(vec![])
}

fn of_stream(context: &Context, parts: &[&[u8]], logging: bool) -> Option<Vec<u8>> {
    match parts {
        [b"source", b"address"] => Some(context.source.clone().into_bytes()),
        [b"source", b"port"] => port(&context.source),
        [b"request", rest @ ..] => request(context, rest, logging),
        [b"response", b"code_details"] => context.details.clone(),
        [b"response", b"code"] => number(status(context)?),
        [b"filter_state", key] => context.filter_state.get(*key).cloned(),
        [key] => context.filter_state.get(&[PREFIX, key].concat()).cloned(),
        _ => None,
    }
}

/// What comes from the request's headers is there as long as they are.
fn request(context: &Context, parts: &[&[u8]], logging: bool) -> Option<Vec<u8>> {
    if !(context.request.headers_open || logging) {
        return None;
    }
    let header = |name: &str| context.request.headers.value(name).map(<[u8]>::to_vec);
    let path = header(":path");
    let query_at = path.iter().flatten().position(|byte| *byte == b'?');
    match parts {
        [b"path"] => path,
        [b"url_path"] => path.map(|path| path[..query_at.unwrap_or(path.len())].to_vec()),
        [b"query"] => {
            path.map(|path| query_at.map_or(vec![], |at| path[at.saturating_add(1)..].to_vec()))
        }
        [b"method"] => header(":method"),
        [b"host"] => header(":authority"),
        [b"scheme"] => header(":scheme"),
        [b"protocol"] => Some(b"HTTP/1.1".to_vec()),
        [b"id"] => header("x-request-id"),
        [b"headers", name] => {
            let values: Vec<_> = context.request.headers.values(name).collect();
            (!values.is_empty()).then(|| values.join(&b","[..]))
        }
        _ => None,
    }
}

fn status(context: &Context) -> Option<i64> {
    let text = context.response.headers.value(":status")?;
    str::from_utf8(text).ok()?.parse().ok()
}

fn port(address: &str) -> Option<Vec<u8>> {
    number(address.rsplit_once(':')?.1.parse().ok()?)
}

/// Numbers are in their eight bytes.
#[expect(clippy::unnecessary_wraps, reason = "its callers chain options")]
fn number(value: i64) -> Option<Vec<u8>> {
    Some(value.to_le_bytes().to_vec())
}
