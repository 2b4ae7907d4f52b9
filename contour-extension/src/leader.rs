//! Which of several replicas writes status and Events: the one that holds the Lease.
//!
//! As client-go does it: a holder that has not renewed for the Lease's time, by the clock of the one
//! who looks, has lost it, and every write names the version that was read, so that of two who want
//! it at once one has it. Crates that do this were looked at: kube-leader-election patches without a
//! version, and neither it nor kube-coordinate is for this kube.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client, Error};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::metrics::Metrics;
use crate::stop::Stop;

const NAME: &str = "contour-extension";
/// How long a Lease counts without being renewed.
const LEASE: Duration = Duration::from_secs(15);
/// After so long without a renewal a holder no longer relies on it.
const RELIED_ON: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_secs(2);
/// How long the API server may take.
const PATIENCE: Duration = Duration::from_secs(4);

/// A replica that would lead.
#[derive(Debug)]
pub struct Candidate {
    api: Api<Lease>,
    identity: String,
    metrics: Arc<Metrics>,
    leads: watch::Sender<bool>,
    /// The Lease as another holds it, and since when it has been like that.
    seen: Option<(LeaseSpec, Instant)>,
    renewed: Option<Instant>,
}

impl Candidate {
    /// One in the namespace of the client. What is returned beside it says whether it leads.
    pub fn new(
        client: Client,
        identity: String,
        metrics: Arc<Metrics>,
    ) -> (Self, watch::Receiver<bool>) {
        let (leads, leading) = watch::channel(false);
        let candidate = Self {
            api: Api::default_namespaced(client),
            identity,
            metrics,
            leads,
            seen: None,
            renewed: None,
        };
        (candidate, leading)
    }

    /// Tries for as long as the process runs; at the end the Lease is given back.
    pub async fn run(mut self, stop: Stop) {
        loop {
            let start = Instant::now();
            match timeout(PATIENCE, self.look()).await {
                Ok(Ok(true)) => self.renewed = Some(start),
                Ok(Ok(false)) => self.renewed = None,
                Ok(Err(why)) => tracing::warn!("the Lease: {why}"),
                Err(_) => tracing::warn!("the Lease: the API server does not answer"),
            }
            let leads = self.renewed.is_some_and(|at| at.elapsed() < RELIED_ON);
            self.lead(leads);
            tokio::select! {
                () = sleep(RETRY) => {}
                () = stop.clone().asked() => break,
            }
        }
        let led = *self.leads.borrow();
        self.lead(false);
        if led && !matches!(timeout(PATIENCE, self.give_back()).await, Ok(Ok(()))) {
            tracing::warn!("the Lease is not given back");
        }
    }

    fn lead(&self, leads: bool) {
        self.metrics.leader(leads);
        self.leads.send_if_modified(|now| {
            let changed = *now != leads;
            if changed {
                tracing::info!(identity = self.identity, leads, "leader election");
            }
            *now = leads;
            changed
        });
    }

    /// Whether the Lease is this replica's, which it renews or takes.
    async fn look(&mut self) -> Result<bool, Error> {
        let now = MicroTime(Timestamp::now());
        let Some(mut lease) = self.api.get_opt(NAME).await? else {
            let lease = Lease {
                metadata: ObjectMeta {
                    name: Some(NAME.to_owned()),
                    ..ObjectMeta::default()
                },
                spec: Some(self.spec(now.clone(), now, 0)),
            };
            return won(self.api.create(&PostParams::default(), &lease).await);
        };
        let spec = lease.spec.take().unwrap_or_default();
        let holder = spec.holder_identity.as_deref().unwrap_or_default();
        let (acquired, transitions) = if holder == self.identity {
            (
                spec.acquire_time,
                spec.lease_transitions.unwrap_or_default(),
            )
        } else if holder.is_empty() || self.is_over(&spec) {
            let before = spec.lease_transitions.unwrap_or_default();
            (None, before.saturating_add(1))
        } else {
            return Ok(false);
        };
        let acquired = acquired.unwrap_or_else(|| now.clone());
        lease.spec = Some(self.spec(acquired, now, transitions));
        won(self.api.replace(NAME, &PostParams::default(), &lease).await)
    }

    /// Whether another's Lease has not been renewed for its time.
    fn is_over(&mut self, spec: &LeaseSpec) -> bool {
        match &self.seen {
            Some((seen, since)) if seen == spec => {
                let seconds = spec.lease_duration_seconds.unwrap_or_default();
                let time = u64::try_from(seconds).map_or(LEASE, Duration::from_secs);
                since.elapsed() > time
            }
            _ => {
                self.seen = Some((spec.clone(), Instant::now()));
                false
            }
        }
    }

    async fn give_back(&self) -> Result<(), Error> {
        let mut lease = self.api.get(NAME).await?;
        let spec = lease.spec.get_or_insert_default();
        if spec.holder_identity.as_ref() == Some(&self.identity) {
            spec.holder_identity = None;
            self.api
                .replace(NAME, &PostParams::default(), &lease)
                .await?;
        }
        Ok(())
    }

    fn spec(&self, acquired: MicroTime, renewed: MicroTime, transitions: i32) -> LeaseSpec {
        LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            acquire_time: Some(acquired),
            renew_time: Some(renewed),
            lease_duration_seconds: i32::try_from(LEASE.as_secs()).ok(),
            lease_transitions: Some(transitions),
            ..LeaseSpec::default()
        }
    }
}

/// A write that comes too late was another's turn.
fn won(written: Result<Lease, Error>) -> Result<bool, Error> {
    match written {
        Ok(_) => Ok(true),
        Err(Error::Api(why)) if why.code == 409 => Ok(false),
        Err(why) => Err(why),
    }
}
