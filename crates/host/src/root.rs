//! The root context: one per plugin configuration and VM.

use std::rc::Rc;

use hachure_exchange::Policy;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::ContextType;

use crate::plugin::{Plugin, log_refused};
use crate::stream::Stream;

/// Registers the policy with the SDK's dispatcher; what `_initialize` does.
pub fn start<P: Policy>() {
    proxy_wasm::set_root_context(|_| Box::new(Root::<P> { plugin: None }));
}

struct Root<P> {
    plugin: Option<Rc<Plugin<P>>>,
}

impl<P: Policy> Context for Root<P> {}

impl<P: Policy> RootContext for Root<P> {
    fn on_configure(&mut self, _size: usize) -> bool {
        match Plugin::configure() {
            Ok(plugin) => {
                self.plugin = Some(Rc::new(plugin));
                true
            }
            Err(why) => {
                log_refused(P::NAME, &why);
                false
            }
        }
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _context_id: u32) -> Option<Box<dyn HttpContext>> {
        // Without a config there is no policy; the stream then refuses.
        Some(Box::new(Stream::new(self.plugin.clone())))
    }
}
