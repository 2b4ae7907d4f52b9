//! From what Contour says, what policies ask for and what Envoys answer to the state that is served
//! and to the status of policies.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use kube::{Client, ResourceExt};
use tokio::sync::{mpsc, watch};

use crate::attachment::{Attachment, Revision};
use crate::clusters::Clusters;
use crate::delivery::{Blame, Delivery};
use crate::objects;
use crate::policy::{self, Compiled, ContourExtensionPolicy, Policies, Programmed, Verdict};
use crate::references::References;
use crate::surroundings::Surroundings;
use crate::world::World;
use crate::xds::contour::Known;
use crate::xds::server::{Answer, Report};

/// What the loop works on.
pub struct Control {
    /// Contour's listeners.
    pub listeners: Known,
    /// Contour's routes.
    pub routes: Known,
    /// The policies.
    pub policies: Policies,
    /// The objects that they are for.
    pub objects: objects::Known,
    /// What they refer to one by one.
    pub references: References,
    /// What they are read against; its objects are those of the last translation.
    pub surroundings: Surroundings,
    /// Where states go.
    pub worlds: watch::Sender<Option<Arc<World>>>,
    /// Where Envoys' answers come from.
    pub reports: mpsc::UnboundedReceiver<(u64, Report)>,
    /// Where status is written.
    pub client: Client,
}

#[derive(Default)]
struct State {
    delivery: Delivery,
    policies: Vec<(Arc<ContourExtensionPolicy>, Compiled)>,
    served: HashMap<u64, Vec<Attachment>>,
    clusters: Clusters,
    /// By stream, the last state that it has taken.
    envoys: BTreeMap<u64, u64>,
    /// By policy, the version that is served and the first state that had it.
    since: BTreeMap<String, (Revision, u64)>,
    verdicts: BTreeMap<String, (Option<i64>, Verdict)>,
}

impl Control {
    /// Runs until the process ends.
    pub async fn run(mut self) {
        let mut state = State::default();
        let (statuses, receiver) = mpsc::unbounded_channel();
        tokio::spawn(write_statuses(self.client.clone(), receiver));
        loop {
            let translate = tokio::select! {
                changed = self.listeners.changed() => { if changed.is_err() { return } true }
                changed = self.routes.changed() => { if changed.is_err() { return } true }
                changed = self.policies.changed() => { if changed.is_err() { return } true }
                changed = self.objects.changed() => { if changed.is_err() { return } true }
                changed = self.references.changed() => { if changed.is_err() { return } true }
                () = until(state.clusters.until()) => true,
                report = self.reports.recv() => match report {
                    Some((stream, report)) => state.hear(stream, report),
                    None => return,
                },
            };
            if translate {
                self.translate(&mut state);
            }
            for (policy, verdict) in state.news() {
                let _ = statuses.send((policy, verdict));
            }
        }
    }

    /// Nothing is served before all four are known.
    fn translate(&mut self, state: &mut State) {
        let listeners = self.listeners.borrow_and_update().clone();
        let routes = self.routes.borrow_and_update().clone();
        let policies = self.policies.borrow_and_update().clone();
        let objects = self.objects.borrow_and_update().clone();
        let (Some(listeners), Some(routes)) = (listeners, routes) else {
            return;
        };
        let (Some(policies), Some(objects)) = (policies, objects) else {
            return;
        };
        let before = self.worlds.borrow().clone();
        let Some(policies) = self.readable(&policies, state, before.is_none()) else {
            return;
        };
        self.surroundings.objects = objects;
        let compile = |policy: &Arc<_>| policy::compile(policy, &self.surroundings);
        let mut compiled: Vec<_> = policies.iter().map(compile).collect();
        policy::settle(&mut compiled);
        state.policies = policies.into_iter().zip(compiled).collect();
        let attachments = state.effective();
        match World::new(&listeners, &routes, &attachments, before.as_deref()) {
            Ok(mut world) => {
                state.clusters = state.clusters.next(&attachments, Instant::now());
                world.clusters = state.clusters.clone();
                for why in &world.refused {
                    tracing::error!("{why}: its routes that need a filter are closed");
                }
                state.serve(world.number, attachments);
                self.worlds.send_replace(Some(Arc::new(world)));
            }
            Err(why) => tracing::error!("Contour's resources cannot be read: {why}"),
        }
    }

    /// The policies of whose references each was read: of the others what they were before, as if
    /// they had not changed yet. None where nothing is served yet and one of them is missing.
    fn readable(
        &mut self,
        policies: &[Arc<ContourExtensionPolicy>],
        state: &State,
        first: bool,
    ) -> Option<Vec<Arc<ContourExtensionPolicy>>> {
        let references = policies.iter().map(|policy| policy::references(policy));
        let references: Vec<_> = references.collect();
        self.references
            .want(references.iter().flatten().cloned().collect());
        let known = self.references.known();
        self.surroundings.referenced = Arc::clone(&known);
        let mut readable = vec![];
        for (policy, references) in policies.iter().zip(references) {
            if references
                .iter()
                .all(|reference| known.contains_key(reference))
            {
                readable.push(Arc::clone(policy));
                continue;
            }
            if first {
                return None;
            }
            let before = state.policies.iter().map(|(before, _)| before);
            let mut before = before.filter(|before| key(before) == key(policy));
            readable.extend(before.next().cloned());
        }
        Some(readable)
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(tokio::time::Instant::from_std(at)).await,
        None => std::future::pending().await,
    }
}

impl State {
    /// What is served for each policy now.
    fn effective(&mut self) -> Vec<Attachment> {
        let wanted = self.policies.iter().map(|(_, compiled)| {
            let attachment = &compiled.attachment;
            (attachment.policy.clone(), attachment.revision())
        });
        self.delivery.forget_but(&wanted.collect());
        let policies = self.policies.iter();
        let effective = policies.map(|(policy, compiled)| {
            let otherwise = || policy::unfiltered(&policy.spec.wasm);
            let impossible = compiled.problem.is_some() || compiled.unresolved.is_some();
            self.delivery
                .effective(&compiled.attachment, impossible, otherwise)
        });
        effective.collect()
    }

    fn serve(&mut self, number: u64, attachments: Vec<Attachment>) {
        let mut since = BTreeMap::new();
        for attachment in &attachments {
            let revision = attachment.revision();
            let before = self.since.get(&attachment.policy);
            let first = before.filter(|(before, _)| *before == revision);
            let first = first.map_or(number, |(_, first)| *first);
            since.insert(attachment.policy.clone(), (revision, first));
        }
        self.since = since;
        self.served.insert(number, attachments);
        let oldest = self.envoys.values().copied().min().unwrap_or(number);
        // Answers to older states may still come, but not to many.
        let oldest = oldest.min(number.saturating_sub(64));
        self.served.retain(|served, _| *served >= oldest);
    }

    /// Takes what an Envoy says; answers whether something else is to be served now.
    fn hear(&mut self, stream: u64, report: Report) -> bool {
        match report {
            Report::Connected(node) => {
                tracing::info!(stream, node, "an Envoy has connected");
                self.envoys.insert(stream, 0);
                false
            }
            Report::Gone => {
                self.envoys.remove(&stream);
                false
            }
            Report::Answered(number, Answer::Accepted) => {
                if let Some(taken) = self.envoys.get_mut(&stream) {
                    *taken = number;
                }
                match self.served.get(&number) {
                    Some(served) => self.delivery.taken(served),
                    None => false,
                }
            }
            Report::Answered(number, Answer::Refused(words)) => {
                let Some(served) = self.served.get(&number) else {
                    return false;
                };
                let blame = self.delivery.refused(served, &words);
                // What an Envoy refuses it does not have: nothing that is older calls it.
                self.clusters.forget(blame.policies());
                match &blame {
                    Blame::Policy(policy) => tracing::error!(policy, "refused by Envoy: {words}"),
                    Blame::Unclear(policies) => {
                        tracing::error!(?policies, "one of these is refused by Envoy: {words}");
                    }
                    Blame::Contour => {
                        tracing::error!("Contour's own resources are refused by Envoy: {words}");
                    }
                }
                blame != Blame::Contour
            }
        }
    }

    /// The verdicts that are not those of before.
    fn news(&mut self) -> Vec<(Arc<ContourExtensionPolicy>, Verdict)> {
        let mut news = vec![];
        let mut verdicts = BTreeMap::new();
        for (policy, compiled) in &self.policies {
            let verdict = (policy.metadata.generation, self.verdict(compiled));
            let name = &compiled.attachment.policy;
            let before = self.verdicts.get(name);
            let same = before.is_some_and(|before| *before == verdict);
            if !same {
                tracing::info!(policy = name, verdict = ?verdict.1, "a verdict");
                news.push((Arc::clone(policy), verdict.1.clone()));
            }
            verdicts.insert(name.clone(), verdict);
        }
        self.verdicts = verdicts;
        news
    }

    fn verdict(&self, compiled: &Compiled) -> Verdict {
        let attachment = &compiled.attachment;
        let programmed = if compiled.problem.is_some() {
            Programmed::Never("the policy is not accepted")
        } else if compiled.unresolved.is_some() {
            Programmed::Never("what the policy refers to is not there")
        } else if let Some(words) = self.delivery.refusal(attachment) {
            Programmed::Refused(words.to_owned())
        } else {
            let all = self.envoys.len();
            let since = self.since.get(&attachment.policy);
            let since = since.filter(|(revision, _)| *revision == attachment.revision());
            let have = since.map_or(0, |(_, first)| {
                self.envoys.values().filter(|taken| *taken >= first).count()
            });
            match have == all && all > 0 {
                true => Programmed::Everywhere(all),
                false => Programmed::Pending(have, all),
            }
        };
        Verdict {
            problem: compiled.problem.clone(),
            unresolved: compiled.unresolved.clone(),
            conflicts: compiled.conflicts.clone(),
            programmed,
        }
    }
}

/// Writes one after the other; while the API server is away the last verdict of each waits.
async fn write_statuses(
    client: Client,
    mut news: mpsc::UnboundedReceiver<(Arc<ContourExtensionPolicy>, Verdict)>,
) {
    let mut waiting: BTreeMap<(String, String), (Arc<ContourExtensionPolicy>, Verdict)> =
        BTreeMap::new();
    loop {
        if waiting.is_empty() {
            let Some(first) = news.recv().await else {
                return;
            };
            waiting.insert(key(&first.0), first);
        }
        while let Ok(next) = news.try_recv() {
            waiting.insert(key(&next.0), next);
        }
        let Some((key, (policy, verdict))) = waiting.pop_first() else {
            continue;
        };
        if let Err(why) = policy::write(&client, &policy, &verdict).await {
            tracing::warn!("a status is not written: {why}");
            waiting.entry(key).or_insert((policy, verdict));
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
    }
}

fn key(policy: &ContourExtensionPolicy) -> (String, String) {
    (policy.namespace().unwrap_or_default(), policy.name_any())
}
