//! Objects of one kind, followed for as long as someone wants to know.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, pin_mut};
use kube::api::{ApiResource, DynamicObject};
use kube::runtime::watcher::{self, Error, Event};
use kube::runtime::{WatchStreamExt, watcher as events};
use kube::{Api, Client, ResourceExt};

use crate::objects::Name;
use crate::objects::pauses::Pauses;

/// How long changes are gathered before they are told.
const GATHER: Duration = Duration::from_millis(20);

/// What is known of one kind.
type Found<T> = BTreeMap<Name, Arc<T>>;

/// Follows the objects of a kind in all namespaces. `read` makes of an object what counts of it,
/// given what it was before, or says that it counts for nothing; `tell` gets all that is known,
/// first when all were read once, and says whether it still wants to know. What is known stays
/// while the API server is away. A kind that is not defined has no objects, and is looked for again.
pub(crate) async fn follow<T>(
    client: Client,
    kind: ApiResource,
    read: impl Fn(DynamicObject, Option<&Arc<T>>) -> Option<Arc<T>>,
    mut tell: impl FnMut(&Found<T>) -> bool,
) {
    let api: Api<DynamicObject> = Api::all_with(client, &kind);
    let events = events(api, watcher::Config::default()).backoff(Pauses::default());
    pin_mut!(events);
    let mut state = State::default();
    while let Some(event) = events.next().await {
        state.take(event, &kind, &read);
        let start = tokio::time::Instant::now();
        let rest = || GATHER.saturating_sub(start.elapsed());
        while let Ok(event) = tokio::time::timeout(rest(), events.next()).await {
            let Some(event) = event else { return };
            state.take(event, &kind, &read);
        }
        if state.synced && !tell(&state.known) {
            return;
        }
    }
}

struct State<T> {
    known: Found<T>,
    /// What a new list has said until now.
    listed: Found<T>,
    synced: bool,
}

impl<T> Default for State<T> {
    fn default() -> Self {
        Self {
            known: Found::new(),
            listed: Found::new(),
            synced: false,
        }
    }
}

impl<T> State<T> {
    fn take(
        &mut self,
        event: Result<Event<DynamicObject>, Error>,
        kind: &ApiResource,
        read: impl Fn(DynamicObject, Option<&Arc<T>>) -> Option<Arc<T>>,
    ) {
        match event {
            Ok(Event::Init) => self.listed.clear(),
            Ok(Event::InitApply(object)) => {
                let name = name(&object);
                let what = read(object, self.known.get(&name));
                self.listed.extend(what.map(|what| (name, what)));
            }
            Ok(Event::InitDone) => {
                self.known = std::mem::take(&mut self.listed);
                self.synced = true;
            }
            Ok(Event::Apply(object)) => {
                let name = name(&object);
                let what = read(object, self.known.get(&name));
                self.known.extend(what.map(|what| (name, what)));
            }
            Ok(Event::Delete(object)) => drop(self.known.remove(&name(&object))),
            Err(why) if is_not_defined(&why) => {
                self.known.clear();
                self.synced = true;
            }
            Err(why) => tracing::warn!(kind = kind.kind, "the API server: {why}"),
        }
    }
}

/// Whether the API server knows no such kind.
fn is_not_defined(why: &Error) -> bool {
    match why {
        Error::InitialListFailed(kube::Error::Api(why)) => why.code == 404,
        _ => false,
    }
}

fn name(object: &DynamicObject) -> Name {
    Name {
        namespace: object.namespace().unwrap_or_default(),
        name: object.name_any(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(name: &str, word: &str) -> DynamicObject {
        serde_json::from_value(
            json!({"metadata": {"namespace": "shop", "name": name}, "word": word}),
        )
        .unwrap()
    }

    /// What cannot be read stays what it was.
    fn read(object: DynamicObject, before: Option<&Arc<String>>) -> Option<Arc<String>> {
        match object.data.get("word").and_then(|word| word.as_str()) {
            Some("bad") | None => before.cloned(),
            Some(word) => Some(Arc::new(word.to_owned())),
        }
    }

    fn refusal(code: u16) -> Error {
        let status = kube::core::Status {
            code,
            ..kube::core::Status::default()
        };
        Error::InitialListFailed(kube::Error::Api(Box::new(status)))
    }

    #[test]
    fn what_is_known_is_what_was_listed_and_what_came_since() {
        let kind = ApiResource::erase::<k8s_openapi::api::core::v1::Service>(&());
        let mut state = State::default();
        let mut take = |event| {
            state.take(event, &kind, read);
            let known = state.known.iter();
            let known = known.map(|(name, word)| format!("{name}={word}"));
            (state.synced, known.collect::<Vec<_>>().join(" "))
        };
        take(Ok(Event::Init));
        take(Ok(Event::InitApply(object("a", "one"))));
        let unread = take(Ok(Event::InitApply(object("b", "bad"))));
        assert_eq!(unread, (false, String::new()));
        assert_eq!(take(Ok(Event::InitDone)), (true, "shop/a=one".into()));
        let kept = take(Ok(Event::Apply(object("a", "bad"))));
        assert_eq!(kept, (true, "shop/a=one".into()));
        take(Ok(Event::Init));
        take(Ok(Event::InitApply(object("a", "bad"))));
        assert_eq!(take(Ok(Event::InitDone)), (true, "shop/a=one".into()));
        assert_eq!(take(Err(refusal(403))), (true, "shop/a=one".into()));
        assert_eq!(
            take(Ok(Event::Delete(object("a", "")))),
            (true, String::new())
        );
    }

    #[test]
    fn a_kind_that_is_not_defined_has_no_objects() {
        let kind = ApiResource::erase::<k8s_openapi::api::core::v1::Service>(&());
        let mut state = State::<String>::default();
        state.take(Err(refusal(403)), &kind, read);
        assert!(!state.synced);
        state.take(Err(refusal(404)), &kind, read);
        assert!(state.synced && state.known.is_empty());
    }
}
