//! Foreign functions, the effective context, and the end of a plugin.

use crate::function;
use crate::machine::host;
use crate::memory::{give, taken};
use crate::property;
use crate::status::Status;

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_call_foreign_function(
    name: *const u8,
    name_size: usize,
    arguments: *const u8,
    arguments_size: usize,
    data: *mut *mut u8,
    size: *mut usize,
) -> u32 {
    host(&function::CALL_FOREIGN, |machine| {
        // SAFETY: the module's promise.
        let name = unsafe { taken(machine, name, name_size) };
        // SAFETY: the module's promise.
        let arguments = unsafe { taken(machine, arguments, arguments_size) };
        let name = String::from_utf8_lossy(name);
        let registered = machine.settings.foreign.get(name.as_ref()).cloned();
        let results = match (registered, name.as_ref()) {
            (Some(function), _) => function(arguments)?,
            (None, "declare_property") => property::declare(machine, arguments)?,
            (None, _) => return Err(Status::NotFound),
        };
        // SAFETY: the module's promise.
        unsafe { give(machine, &results, data, size) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
extern "C" fn proxy_set_effective_context(context_id: u32) -> u32 {
    host(&function::SET_EFFECTIVE_CONTEXT, |machine| {
        let live = machine
            .contexts
            .get(&context_id)
            .is_some_and(|context| !context.deleted);
        if !live && context_id != machine.root {
            let what = format!("there is no context {context_id}");
            machine.violation(&function::SET_EFFECTIVE_CONTEXT, what);
            return Err(Status::BadArgument);
        }
        machine.effective = context_id;
        Ok(())
    })
}

/// Nothing waits for it: the double ends a plugin when its VM is dropped.
#[unsafe(no_mangle)]
extern "C" fn proxy_done() -> u32 {
    host(&function::DONE, |_| Err(Status::NotFound))
}

pub(super) fn linked() -> *const () {
    proxy_call_foreign_function as *const ()
}
