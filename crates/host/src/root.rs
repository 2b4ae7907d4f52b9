//! The root context: one per plugin configuration and VM.

use std::rc::Rc;

use hachure_exchange::{Event, Policy, UnixTime};
use proxy_wasm::traits::{Context, HttpContext, RootContext};

use crate::plugin::{Plugin, log_refused};
use crate::{abi, background, calls, stream, streams, waiting};

/// Makes root contexts of the policy; what `_initialize` does.
pub fn start<P: Policy>() {
    streams::make_by(|id| {
        Box::new(Root::<P> {
            id,
            plugin: None,
            started: false,
        })
    });
}

struct Root<P: Policy> {
    id: u32,
    plugin: Option<Rc<Plugin<P>>>,
    /// The policy has had its first event.
    started: bool,
}

impl<P: Policy> Context for Root<P> {}

impl<P: Policy> Drop for Root<P> {
    /// Its calls end with it, unanswered.
    fn drop(&mut self) {
        self.plugin = None;
        if const { P::CAPABILITIES.waits() } {
            calls::forget_abandoned();
            waiting::forget_gone();
        }
    }
}

impl<P: Policy> RootContext for Root<P> {
    fn on_configure(&mut self, _size: usize) -> bool {
        match Plugin::configure(self.id) {
            Ok(plugin) => {
                self.started = false;
                self.plugin = Some(Rc::new(plugin));
                true
            }
            Err(why) => {
                log_refused(P::NAME, &why);
                false
            }
        }
    }

    fn create_http_context(&self, context_id: u32) -> Option<Box<dyn HttpContext>> {
        // Without a config there is no policy; the stream then refuses.
        Some(stream::context(self.plugin.clone(), context_id))
    }

    fn on_tick(&mut self) {
        if !const { P::CAPABILITIES.timers } {
            return;
        }
        let Some(plugin) = &self.plugin else { return };
        let event = match std::mem::replace(&mut self.started, true) {
            false => Event::Started,
            true => Event::Tick,
        };
        background::run(plugin, event);
        calls::fail_undispatched(self.id);
        if waiting::any(self.id) {
            // Without a clock, nobody waits for a time that may be over.
            let now = abi::current_time().map_or(UnixTime(u64::MAX), UnixTime);
            waiting::expire(self.id, now);
        }
        plugin.set_pace();
    }
}
