//! From what Contour says, what policies ask for and what Envoys answer to the state that is served
//! and to the status of policies.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use kube::ResourceExt;
use tokio::sync::{mpsc, watch};

use crate::attachment::{Attachment, Revision, Target};
use crate::clusters::Clusters;
use crate::delivery::{Blame, Delivery};
use crate::metrics::Metrics;
use crate::modules;
use crate::objects::{self, Objects};
use crate::policy::{
    self, Compiled, ContourExtensionPolicy, News, Policies, Problem, Programmed, Reason, Told,
    Verdict,
};
use crate::references::References;
use crate::surroundings::Surroundings;
use crate::timer::until;
use crate::wire::Malformed;
use crate::world::{Table, World, reroutes};
use crate::xds::contour::{Known, Snapshot};
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
    /// Where is told which modules they ask for.
    pub wanted: modules::Wanted,
    /// What is known of those.
    pub modules: modules::Known,
    /// What policies are read against; modules and objects are those of the last translation.
    pub surroundings: Surroundings,
    /// Where states go.
    pub worlds: watch::Sender<Option<Arc<World>>>,
    /// Where Envoys' answers come from.
    pub reports: mpsc::UnboundedReceiver<(u64, Report)>,
    /// Where what is to be told of policies goes.
    pub news: mpsc::UnboundedSender<News>,
    /// Where it is counted.
    pub metrics: Arc<Metrics>,
}

#[derive(Default)]
struct State {
    delivery: Delivery,
    table: Table,
    /// By policy, what was made of it, before it was settled with the others.
    compiled: HashMap<String, (Arc<ContourExtensionPolicy>, Compiled)>,
    /// What that was read against.
    against: Surroundings,
    overridden: BTreeMap<String, BTreeMap<Target, BTreeSet<String>>>,
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
        loop {
            let translate = tokio::select! {
                changed = self.listeners.changed() => { if changed.is_err() { return } true }
                changed = self.routes.changed() => { if changed.is_err() { return } true }
                changed = self.policies.changed() => { if changed.is_err() { return } true }
                changed = self.objects.changed() => { if changed.is_err() { return } true }
                changed = self.modules.changed() => { if changed.is_err() { return } true }
                changed = self.references.changed() => { if changed.is_err() { return } true }
                () = until(state.clusters.until()) => true,
                report = self.reports.recv() => match report {
                    Some((stream, report)) => state.hear(stream, report, &self.metrics),
                    None => return,
                },
            };
            if translate {
                let start = Instant::now();
                self.translate(&mut state);
                self.metrics.translated(start.elapsed());
            }
            self.metrics.envoys(state.envoys.len());
            let news = state.news();
            if !news.is_empty() {
                state.count(&self.metrics);
            }
            for news in news {
                if news.told.is_none() {
                    self.metrics.forget(&news.policy);
                }
                let _ = self.news.send(news);
            }
        }
    }

    /// Nothing is served before all four are known, and at the start before every module, and
    /// everything else that policies refer to, is there or has been waited for long enough.
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
        if let Err(why) = self.state(&listeners, &routes, &policies, objects, state) {
            tracing::error!("Contour's resources cannot be read: {why}");
        }
    }

    fn state(
        &mut self,
        listeners: &Snapshot,
        routes: &Snapshot,
        policies: &[Arc<ContourExtensionPolicy>],
        objects: Arc<Objects>,
        state: &mut State,
    ) -> Result<(), Malformed> {
        let table = Table::read(routes, Some(&state.table))?;
        let before = &self.surroundings.objects;
        let objects = objects.with_gone(before, |owner| table.mentions(owner));
        self.surroundings.objects = objects;
        self.surroundings.modules = self.modules.borrow_and_update().clone();
        self.want(policies);
        let before = self.worlds.borrow().clone();
        let read = self.refer(policies, before.is_none());
        state.compile(policies, &self.surroundings);
        state.restore(&self.surroundings, before.is_none());
        if before.is_none() && (state.waits() || !read) {
            return Ok(());
        }
        let surroundings = &self.surroundings;
        let asked: Vec<_> = state.asked().collect();
        state.refuse(&reroutes(&table, &asked, surroundings, before.as_deref())?);
        let mut attachments = state.effective();
        // What was good before may have become unsafe since.
        let reroutes = reroutes(&table, &attachments, surroundings, before.as_deref())?;
        state.close(&mut attachments, &reroutes);
        let mut world = World::new(
            listeners,
            &table,
            &attachments,
            surroundings,
            before.as_deref(),
        )?;
        for why in world.refused() {
            tracing::error!("{why}: its routes that need a filter are closed");
        }
        state.clusters = state.clusters.next(&attachments, Instant::now());
        world.clusters = state.clusters.clone();
        state.table = table;
        state.overridden.clone_from(&world.overridden);
        state.serve(world.number, attachments);
        self.worlds.send_replace(Some(Arc::new(world)));
        Ok(())
    }

    /// Tells which modules policies ask for.
    fn want(&self, policies: &[Arc<ContourExtensionPolicy>]) {
        let policies = policies.iter().map(AsRef::as_ref);
        let wanted = policy::sources(policies, &self.surroundings.settings);
        self.wanted.send_if_modified(|now| {
            let changed = *now != wanted;
            *now = wanted;
            changed
        });
    }

    /// Follows what policies refer to, and at the `first` of all what they did when they were good;
    /// answers whether all of it was looked for.
    fn refer(&mut self, policies: &[Arc<ContourExtensionPolicy>], first: bool) -> bool {
        let now = policies.iter().map(|policy| policy::references(policy));
        let then = policies.iter().filter(|_| first);
        let then = then.filter_map(|policy| policy::then(policy));
        let wanted = now.chain(then.map(|policy| policy::references(&policy)));
        let wanted: BTreeSet<_> = wanted.flatten().collect();
        let known = self.references.known();
        let all = wanted.iter().all(|reference| known.contains_key(reference));
        self.references.want(wanted);
        self.surroundings.referenced = known;
        all
    }
}

impl State {
    /// Remembers what was good of each policy before this process knew of it, at the `first` of all:
    /// then it may wait for what that refers to.
    fn restore(&mut self, surroundings: &Surroundings, first: bool) {
        for (policy, compiled) in &self.policies {
            let name = &compiled.attachment.policy;
            if first || !self.verdicts.contains_key(name) {
                let kept = policy::kept(policy, surroundings);
                kept.into_iter()
                    .for_each(|kept| self.delivery.restore(kept));
            }
        }
    }

    /// Whether a policy waits for something.
    fn waits(&self) -> bool {
        let problems = self.policies.iter();
        let mut problems = problems.filter_map(|(_, compiled)| compiled.problem.as_ref());
        problems.any(|problem| matches!(problem.reason, Reason::Pending(_)))
    }

    /// What has not changed is not made again.
    fn compile(&mut self, policies: &[Arc<ContourExtensionPolicy>], surroundings: &Surroundings) {
        let mut before = std::mem::take(&mut self.compiled);
        if !self.against.are(surroundings) {
            // What is made of a policy may depend on each of them.
            before.clear();
            self.against = surroundings.clone();
        }
        let mut compiled = vec![];
        for policy in policies {
            let name = format!(
                "{}/{}",
                policy.namespace().unwrap_or_default(),
                policy.name_any()
            );
            let same = before.remove(&name);
            let same = same.filter(|(same, _)| Arc::ptr_eq(same, policy));
            let made = same.map_or_else(|| policy::compile(policy, surroundings), |(_, made)| made);
            compiled.push(made.clone());
            self.compiled.insert(name, (Arc::clone(policy), made));
        }
        policy::settle(&mut compiled);
        self.policies = policies.iter().cloned().zip(compiled).collect();
    }

    /// What the policies ask for that are accepted.
    fn asked(&self) -> impl Iterator<Item = Attachment> {
        let policies = self.policies.iter().map(|(_, compiled)| compiled);
        let accepted = policies.filter(|compiled| compiled.problem.is_none());
        accepted.map(|compiled| compiled.attachment.clone())
    }

    /// Does not accept those of which it is told why.
    fn refuse(&mut self, reroutes: &BTreeMap<String, String>) {
        for (_, compiled) in &mut self.policies {
            if let Some(why) = reroutes.get(&compiled.attachment.policy) {
                compiled.problem = Some(Problem::new(Reason::RerouteUnsafe, why));
            }
        }
    }

    /// Carries out none of those.
    fn close(&self, attachments: &mut [Attachment], reroutes: &BTreeMap<String, String>) {
        for (attachment, (policy, _)) in attachments.iter_mut().zip(&self.policies) {
            if reroutes.contains_key(&attachment.policy) {
                attachment.action = policy::unfiltered(&policy.spec.wasm, None);
            }
        }
    }

    /// What is served for each policy now.
    fn effective(&mut self) -> Vec<Attachment> {
        let wanted = self.policies.iter().map(|(_, compiled)| {
            let attachment = &compiled.attachment;
            (attachment.policy.clone(), attachment.revision())
        });
        self.delivery.forget_but(&wanted.collect());
        let policies = self.policies.iter();
        let effective = policies.map(|(policy, compiled)| {
            let problem = compiled.problem.as_ref();
            let otherwise = || policy::unfiltered(&policy.spec.wasm, problem);
            self.delivery
                .effective(&compiled.attachment, problem.is_some(), otherwise)
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
    fn hear(&mut self, stream: u64, report: Report, metrics: &Metrics) -> bool {
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
                    Blame::Policy(policy) => {
                        metrics.refused(policy);
                        tracing::error!(policy, "refused by Envoy: {words}");
                    }
                    Blame::Unclear(policies) => {
                        tracing::error!(?policies, "one of these is refused by Envoy: {words}");
                    }
                    Blame::Contour => {
                        metrics.refused("");
                        tracing::error!("Contour's own resources are refused by Envoy: {words}");
                    }
                }
                blame != Blame::Contour
            }
        }
    }

    /// The verdicts that are not those of before, and the policies that are gone.
    fn news(&mut self) -> Vec<News> {
        let mut news = vec![];
        let mut verdicts = BTreeMap::new();
        for (policy, compiled) in &self.policies {
            let verdict = (policy.metadata.generation, self.verdict(compiled));
            let name = &compiled.attachment.policy;
            let before = self.verdicts.get(name);
            let same = before.is_some_and(|before| *before == verdict);
            if !same {
                tracing::info!(policy = name, verdict = ?verdict.1, "a verdict");
                news.push(News {
                    policy: name.clone(),
                    told: Some(Told {
                        policy: Arc::clone(policy),
                        verdict: verdict.1.clone(),
                    }),
                });
            }
            verdicts.insert(name.clone(), verdict);
        }
        let gone = self.verdicts.keys();
        let gone = gone.filter(|policy| !verdicts.contains_key(*policy));
        news.extend(gone.map(|policy| News {
            policy: policy.clone(),
            told: None,
        }));
        self.verdicts = verdicts;
        news
    }

    fn count(&self, metrics: &Metrics) {
        let all = self.verdicts.len();
        let verdicts = self.verdicts.values().map(|(_, verdict)| verdict);
        let accepted = verdicts.clone().filter(|verdict| verdict.is_accepted());
        let programmed = verdicts.filter(|verdict| verdict.is_programmed());
        for (condition, count) in [
            ("Accepted", accepted.count()),
            ("Programmed", programmed.count()),
        ] {
            metrics.policies(condition, true, count);
            metrics.policies(condition, false, all.saturating_sub(count));
        }
    }

    fn verdict(&self, compiled: &Compiled) -> Verdict {
        let attachment = &compiled.attachment;
        let older = || {
            let older = self.delivery.fallback(&attachment.policy);
            older.map(|older| older.generation)
        };
        let programmed = if compiled.problem.is_some() {
            older().map_or(Programmed::Never, Programmed::Older)
        } else if let Some(words) = self.delivery.refusal(attachment) {
            Programmed::Refused(words.to_owned(), older())
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
            remarks: compiled.remarks.clone(),
            targets: compiled.targets.clone(),
            refused: compiled.refused.clone(),
            notes: compiled.notes.clone(),
            overridden: self
                .overridden
                .get(&attachment.policy)
                .cloned()
                .unwrap_or_default(),
            programmed,
        }
    }
}
