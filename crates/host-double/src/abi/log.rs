//! Logging.

use crate::function;
use crate::log::LogLine;
use crate::machine::host;
use crate::memory::{put, taken};
use crate::status::Status;

const CRITICAL: u32 = 5;

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_log(level: u32, data: *const u8, size: usize) -> u32 {
    host(&function::LOG, |machine| {
        // SAFETY: the module's promise.
        let text = unsafe { taken(machine, data, size) };
        if level > CRITICAL {
            return Err(Status::BadArgument);
        }
        if level >= machine.settings.log_level {
            let text = String::from_utf8_lossy(text).into_owned();
            machine.process.log(LogLine { level, text });
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_get_log_level(level: *mut u32) -> u32 {
    host(&function::GET_LOG_LEVEL, |machine| {
        // SAFETY: the module's promise.
        unsafe { put(level, machine.settings.log_level) };
        Ok(())
    })
}

pub(super) fn linked() -> *const () {
    proxy_log as *const ()
}
