//! Clocks and timers.

use crate::function;
use crate::machine::host;
use crate::memory::put;
use crate::timer;

#[unsafe(no_mangle)]
unsafe extern "C" fn proxy_get_current_time_nanoseconds(time: *mut u64) -> u32 {
    host(&function::GET_TIME, |machine| {
        // SAFETY: the module's promise.
        unsafe { put(time, machine.process.wall_clock()) };
        Ok(())
    })
}

/// The timer is the root context's, whatever context asks.
#[unsafe(no_mangle)]
extern "C" fn proxy_set_tick_period_milliseconds(period: u32) -> u32 {
    host(&function::SET_TICK, |machine| {
        machine.ticker = timer::ticker(machine.process.now(), period);
        Ok(())
    })
}

pub(super) fn linked() -> *const () {
    proxy_get_current_time_nanoseconds as *const ()
}
