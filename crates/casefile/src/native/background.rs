//! What a policy does between the streams.

use hachure_exchange::{Background, Effects, Event};

use super::Host;
use super::source::{CaseSource, Message};
use super::world::Called;

/// The most events that one leads to: a policy that fetches without end is stopped here.
const MOST: usize = 64;

impl Host<'_> {
    /// Lets an event happen, and whatever the answers of its calls lead to. Whether streams were
    /// woken, and the effects of all of it.
    pub(super) fn background(&mut self, event: Event) -> (bool, Vec<Effects>) {
        let (mut woken, mut all) = (false, vec![]);
        if !self.policy.capabilities().timers {
            return (woken, all);
        }
        let mut called = Called::new();
        let mut next = Some(event);
        for _ in 0..MOST {
            let Some(event) = next else { break };
            let mut effects = Effects::new();
            let mut source = CaseSource {
                message: Message::default(),
                world: &mut self.world,
                called: &mut called,
                calls: &mut vec![],
            };
            let mut x = Background::new(&mut source, &mut effects);
            self.policy.background(event, &mut x);
            woken |= x.woken();
            all.push(effects);
            let answered = called.pop_front();
            next = answered.map(|(tag, answer)| Event::Answered { tag, answer });
        }
        (woken, all)
    }
}
