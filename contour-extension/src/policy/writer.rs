//! Status and Events of policies, written by the replica that leads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::{Client, Resource};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use crate::policy::resource::{ContourExtensionPolicy, Status};
use crate::policy::status::{self, CONTROLLER, Verdict};

/// How long the API server may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How long after a failure it is tried again.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the message of an Event may be, in bytes.
const NOTE: usize = 1024;

/// What is to be told of a policy.
#[derive(Debug)]
pub struct News {
    /// `<namespace>/<name>`.
    pub policy: String,
    /// None where it is gone.
    pub told: Option<Told>,
}

/// A policy and what is said of it.
#[derive(Debug)]
pub struct Told {
    /// The policy, in the generation that is meant.
    pub policy: Arc<ContourExtensionPolicy>,
    /// What is said.
    pub verdict: Verdict,
}

/// Writes one status after the other. While the API server is away, or another replica leads, the
/// last verdict of each policy waits.
pub struct Writer {
    client: Client,
    recorder: Recorder,
    told: BTreeMap<String, Told>,
    waiting: BTreeSet<String>,
}

impl Writer {
    /// One that calls itself by `identity` in Events.
    pub fn new(client: Client, identity: String) -> Self {
        let reporter = Reporter {
            controller: CONTROLLER.to_owned(),
            instance: Some(identity),
        };
        Self {
            recorder: Recorder::new(client.clone(), reporter),
            client,
            told: BTreeMap::new(),
            waiting: BTreeSet::new(),
        }
    }

    /// Writes what comes, whenever this replica leads.
    pub async fn run(
        mut self,
        mut news: mpsc::UnboundedReceiver<News>,
        mut leading: watch::Receiver<bool>,
    ) {
        loop {
            let writes = *leading.borrow_and_update() && !self.waiting.is_empty();
            tokio::select! {
                biased;
                next = news.recv() => match next {
                    Some(next) => self.take(next),
                    None => return,
                },
                changed = leading.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    // What another has written may be older than what is known here.
                    self.waiting.extend(self.told.keys().cloned());
                }
                () = std::future::ready(()), if writes => self.write_one().await,
            }
        }
    }

    fn take(&mut self, news: News) {
        match news.told {
            Some(told) => {
                self.waiting.insert(news.policy.clone());
                self.told.insert(news.policy, told);
            }
            None => {
                self.waiting.remove(&news.policy);
                self.told.remove(&news.policy);
            }
        }
    }

    async fn write_one(&mut self) {
        let Some(name) = self.waiting.pop_first() else {
            return;
        };
        let Some(told) = self.told.get(&name) else {
            return;
        };
        let written = timeout(LIMIT, write(&self.client, &self.recorder, told)).await;
        let why = match written {
            Ok(Ok(())) => return,
            Ok(Err(why)) => why.to_string(),
            Err(_) => "the API server does not answer".to_owned(),
        };
        tracing::warn!(policy = name, "a status is not written: {why}");
        self.waiting.insert(name);
        sleep(PAUSE).await;
    }
}

async fn write(client: &Client, recorder: &Recorder, told: &Told) -> Result<(), kube::Error> {
    let Some((before, after)) = status::write(client, &told.policy, &told.verdict).await? else {
        return Ok(());
    };
    let policy = told.policy.object_ref(&());
    for event in events(&before, &after) {
        // The status says it too: an Event that is lost is not told again.
        if let Err(why) = recorder.publish(&event, &policy).await {
            tracing::warn!("an Event is not written: {why}");
        }
    }
    Ok(())
}

/// An Event for every condition that another status or reason has now, each once for all targets.
fn events(before: &Status, after: &Status) -> Vec<Event> {
    let mut told = BTreeSet::new();
    let mut events = vec![];
    for ancestor in &after.ancestors {
        let earlier = before
            .ancestors
            .iter()
            .find(|before| before.ancestor_ref == ancestor.ancestor_ref);
        let earlier = earlier.map_or(&[][..], |before| &before.conditions);
        for condition in &ancestor.conditions {
            let same = |before: &Condition| {
                before.type_ == condition.type_
                    && before.status == condition.status
                    && before.reason == condition.reason
            };
            // What is on its way is no news yet.
            let news = condition.reason != "Pending" && !earlier.iter().any(same);
            if news && told.insert((&condition.type_, &condition.reason, &condition.message)) {
                events.push(event(condition));
            }
        }
    }
    events
}

fn event(condition: &Condition) -> Event {
    let mut note = match condition.message.is_empty() {
        true => format!("{} is {}", condition.type_, condition.status),
        false => condition.message.clone(),
    };
    let end = (0..=NOTE).rev().find(|at| note.is_char_boundary(*at));
    note.truncate(end.unwrap_or_default());
    Event {
        type_: match condition.status == "True" {
            true => EventType::Normal,
            false => EventType::Warning,
        },
        reason: condition.reason.clone(),
        note: Some(note),
        action: condition.type_.clone(),
        secondary: None,
    }
}
