//! Gets the modules that policies ask for, and tries again where it does not.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::{Sleep, sleep};

use crate::attachment::hex;
use crate::modules::fetch::Fetcher;
use crate::modules::{
    AllowedCode, Catalogue, Code, Module, Modules, Shelf, Source, State, Store, Trouble,
};

/// How long routes wait for a module.
const PATIENCE: Duration = Duration::from_secs(20);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How many are fetched at once for one namespace: none holds up another.
const AT_ONCE: usize = 4;

/// Where is told which modules are wanted.
pub type Wanted = watch::Sender<BTreeSet<Source>>;
/// What is known of them.
pub type Known = watch::Receiver<Arc<Modules>>;

/// What gets modules.
pub struct Keeper {
    /// Those that need not be got.
    pub catalogue: Arc<Catalogue>,
    /// Where they are kept.
    pub store: Store,
    /// Where they are put for Envoys.
    pub shelf: Shelf,
    /// Where they may come from.
    pub allowed: AllowedCode,
    /// Who reads Secrets.
    pub client: Client,
}

impl Keeper {
    /// Begins, for as long as someone says what is wanted.
    pub fn run(self) -> (Wanted, Known) {
        let (wanted, wants) = watch::channel(BTreeSet::new());
        let modules = Modules {
            catalogue: Arc::clone(&self.catalogue),
            fetched: BTreeMap::new(),
        };
        let (sender, known) = watch::channel(Arc::new(modules));
        tokio::spawn(keep(Arc::new(self), wants, sender));
        (wanted, known)
    }
}

/// A task that ends when nobody wants its module any longer.
struct Pursuit(AbortHandle);

impl Drop for Pursuit {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn keep(
    keeper: Arc<Keeper>,
    mut wants: watch::Receiver<BTreeSet<Source>>,
    known: watch::Sender<Arc<Modules>>,
) {
    let (found, mut finds) = mpsc::unbounded_channel();
    let mut pursuits: HashMap<Source, Pursuit> = HashMap::new();
    let mut turns: HashMap<String, Arc<Semaphore>> = HashMap::new();
    loop {
        tokio::select! {
            changed = wants.changed() => {
                if changed.is_err() {
                    return;
                }
                let wanted = wants.borrow_and_update().clone();
                pursuits.retain(|source, _| wanted.contains(source));
                for source in &wanted {
                    pursuits.entry(source.clone()).or_insert_with(|| {
                        let turns = turns.entry(source.namespace.clone());
                        let turns = turns.or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE)));
                        let pursuit = pursue(
                            Arc::clone(&keeper),
                            source.clone(),
                            Arc::clone(turns),
                            found.clone(),
                        );
                        Pursuit(tokio::spawn(pursuit).abort_handle())
                    });
                }
                publish(&known, |fetched| fetched.retain(|source, _| wanted.contains(source)));
            }
            find = finds.recv() => {
                let Some((source, state)) = find else { return };
                if pursuits.contains_key(&source) {
                    publish(&known, |fetched| drop(fetched.insert(source, state)));
                }
            }
        }
    }
}

fn publish(known: &watch::Sender<Arc<Modules>>, change: impl FnOnce(&mut BTreeMap<Source, State>)) {
    known.send_modify(|modules| change(&mut Arc::make_mut(modules).fetched));
}

type Found = mpsc::UnboundedSender<(Source, State)>;

/// How long routes still wait.
struct Patience {
    left: Pin<Box<Sleep>>,
    over: bool,
}

impl Patience {
    /// Does the work; where it takes too long, says so once, and goes on with it.
    async fn during<T>(&mut self, work: impl Future<Output = T>, late: impl FnOnce()) -> T {
        tokio::pin!(work);
        if !self.over {
            tokio::select! {
                done = &mut work => return done,
                () = &mut self.left => self.over = true,
            }
            late();
        }
        work.await
    }
}

/// Until it is there. What has gone wrong is told each time, and when routes have waited enough.
async fn pursue(keeper: Arc<Keeper>, source: Source, turns: Arc<Semaphore>, found: Found) {
    let tell = |state| drop(found.send((source.clone(), state)));
    let mut patience = Patience {
        left: Box::pin(sleep(PATIENCE)),
        over: false,
    };
    let mut pause = FIRST_PAUSE;
    let mut last = Trouble::passing("Pending", format!("{} is being fetched", source.shown()));
    loop {
        let tried = async {
            // Never closed.
            let _turn = turns.acquire().await;
            get(&keeper, &source).await
        };
        let late = || tell(State::Missing(last.clone()));
        match patience.during(tried, late).await {
            Ok(module) => return tell(State::Had(Arc::new(module))),
            Err(trouble) => {
                tracing::warn!(
                    source = source.shown(),
                    namespace = source.namespace,
                    reason = trouble.reason,
                    "a module is not had: {trouble}"
                );
                last = trouble;
            }
        }
        tell(match patience.over || last.refused {
            true => State::Missing(last.clone()),
            false => State::Waited(Some(last.clone())),
        });
        let late = || tell(State::Missing(last.clone()));
        patience.during(sleep(pause), late).await;
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
    }
}

/// What is on disk is not fetched. Reading and writing, and a look at all the bytes, are for threads
/// that may be held up.
async fn get(keeper: &Arc<Keeper>, source: &Source) -> Result<Module, Trouble> {
    let (here, wanted) = (Arc::clone(keeper), source.clone());
    let kept = blocking(move || {
        here.store
            .find(&wanted)
            .map(|bytes| here.take(&bytes, None))
    });
    if let Some(Ok(module)) = kept.await? {
        return Ok(module);
    }
    let fetcher = Fetcher {
        client: keeper.client.clone(),
        allowed: keeper.allowed.clone(),
    };
    let bytes = fetcher.fetch(source).await?;
    let (here, source) = (Arc::clone(keeper), source.clone());
    blocking(move || here.take(&bytes, Some(&source))).await?
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Trouble> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|why| Trouble::passing("StoreFailed", why.to_string()))
}

impl Keeper {
    /// Reads a module and puts it where Envoys find it; one that is `new` is kept. Nothing is kept
    /// that may not run.
    fn take(&self, bytes: &[u8], new: Option<&Source>) -> Result<Module, Trouble> {
        let digest = hex(&Sha256::digest(bytes));
        let carried = self.catalogue.carried(&digest);
        let module = Module::read(bytes, digest, Code::Fetched, carried)?;
        let put = || {
            if let Some(source) = new {
                self.store.keep(source, &module.digest, bytes)?;
            }
            let file = self.store.file(&module.digest);
            self.shelf.put("fetched", &module.digest, &file)
        };
        let code = put().map_err(|why| Trouble::passing("StoreFailed", format!("{why:#}")))?;
        Ok(Module { code, ..module })
    }
}
