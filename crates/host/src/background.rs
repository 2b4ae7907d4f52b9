//! What a policy does that belongs to no stream.

use std::rc::{Rc, Weak};

use hachure_exchange::{Answer, Background, Call, Event, Policy};

use crate::abi::Map;
use crate::calls::{self, Receiver};
use crate::full_source::{Caller, FullSource};
use crate::plugin::Plugin;
use crate::source::HostSource;
use crate::{apply, waiting};

/// Lets an event happen, in a callback of the root context.
pub(crate) fn run<P: Policy>(plugin: &Rc<Plugin<P>>, event: Event) {
    let mut effects = plugin.effects.take();
    effects.clear();
    // No message is about.
    let map = Map::RequestHeaders;
    let mut source = FullSource {
        headers: HostSource { map },
        crypto: plugin.crypto,
        caller: &mut Calls(plugin),
    };
    let mut x = Background::new(&mut source, &mut effects);
    plugin.policy.background(event, &mut x);
    let woken = x.woken();
    apply::effects(plugin, map, &effects);
    plugin.effects.set(effects);
    if woken {
        waiting::wake(plugin.root);
    }
}

struct Calls<'a, P>(&'a Rc<Plugin<P>>);

impl<P: Policy> Caller for Calls<'_, P> {
    fn call(&mut self, tag: u16, call: &Call<'_>) {
        let receiver = || Box::new(ToBackground(Rc::downgrade(self.0)));
        if !calls::dispatch(call, tag, receiver()) {
            calls::fail_later(self.0.root, tag, receiver());
        }
    }
}

/// The answer goes to the plugin, if it still has this config.
struct ToBackground<P>(Weak<Plugin<P>>);

impl<P: Policy> Receiver for ToBackground<P> {
    fn is_there(&self) -> bool {
        self.0.strong_count() > 0
    }

    fn receive(&self, tag: u16, answer: Answer) {
        if let Some(plugin) = self.0.upgrade() {
            run(&plugin, Event::Answered { tag, answer });
        }
    }
}
