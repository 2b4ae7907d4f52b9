//! Which Pods come and go so that there are those that a workload asks for. Pure: see the tests.

/// What a workload asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// How many Pods.
    pub(super) replicas: usize,
    /// How many there may be beside that during an update.
    pub(super) surge: usize,
    /// How many of them may not be ready during an update.
    pub(super) unavailable: usize,
    /// The template of new Pods.
    pub(super) revision: &'a str,
}

/// A Pod of the workload that is not about to go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Has<'a> {
    pub(super) name: &'a str,
    pub(super) revision: &'a str,
    pub(super) ready: bool,
}

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Moves<'a> {
    pub(super) create: usize,
    pub(super) delete: Vec<&'a str>,
}

/// The next moves of a Deployment's rolling update.
pub(super) fn moves<'a>(wanted: Wanted<'_>, has: &[Has<'a>]) -> Moves<'a> {
    let (new, mut old): (Vec<Has<'a>>, Vec<Has<'a>>) =
        has.iter().partition(|pod| pod.revision == wanted.revision);
    let room = (wanted.replicas + wanted.surge).saturating_sub(has.len());
    let create = wanted.replicas.saturating_sub(new.len()).min(room);
    let surplus = new.len().saturating_sub(wanted.replicas);
    let mut delete: Vec<_> = new.iter().take(surplus).map(|pod| pod.name).collect();
    let least = wanted.replicas.saturating_sub(wanted.unavailable);
    let mut ready = has
        .iter()
        .filter(|pod| pod.ready)
        .count()
        .saturating_sub(surplus);
    // Those that are not ready cost nothing.
    old.sort_by_key(|pod| pod.ready);
    for pod in old {
        if pod.ready && ready <= least {
            break;
        }
        ready -= usize::from(pod.ready);
        delete.push(pod.name);
    }
    Moves { create, delete }
}

/// A count that may be given in percent of another.
pub(super) fn share(value: Option<&serde_json::Value>, of: usize, up: bool) -> Option<usize> {
    let value = value?;
    if let Some(number) = value.as_u64() {
        return usize::try_from(number).ok();
    }
    let percent: usize = value.as_str()?.strip_suffix('%')?.parse().ok()?;
    let hundredths = of * percent;
    Some(if up {
        hundredths.div_ceil(100)
    } else {
        hundredths / 100
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TWO: Wanted<'_> = Wanted {
        replicas: 2,
        surge: 1,
        unavailable: 0,
        revision: "b",
    };

    fn pod(name: &'static str, ready: bool) -> Has<'static> {
        let (revision, _) = name.split_at(1);
        Has {
            name,
            revision,
            ready,
        }
    }

    fn next(wanted: Wanted<'_>, has: &[(&'static str, bool)]) -> (usize, Vec<&'static str>) {
        let has: Vec<_> = has.iter().map(|(name, ready)| pod(name, *ready)).collect();
        let Moves { create, delete } = moves(wanted, &has);
        (create, delete)
    }

    #[test]
    fn an_update_keeps_as_many_ready_as_it_says() {
        let none = vec![];
        assert_eq!(next(TWO, &[]), (2, none.clone()));
        assert_eq!(next(TWO, &[("a1", true), ("a2", true)]), (1, none.clone()));
        let waits = [("a1", true), ("a2", true), ("b1", false)];
        assert_eq!(next(TWO, &waits), (0, none.clone()));
        let one = [("a1", true), ("a2", true), ("b1", true)];
        assert_eq!(next(TWO, &one), (0, vec!["a1"]));
        assert_eq!(next(TWO, &[("a2", true), ("b1", true)]), (1, none.clone()));
        assert_eq!(next(TWO, &[("b1", true), ("b2", true)]), (0, none.clone()));
        let fewer = Wanted { replicas: 1, ..TWO };
        assert_eq!(next(fewer, &[("b1", true), ("b2", true)]), (0, vec!["b1"]));
        let none_kept = Wanted { replicas: 0, ..TWO };
        assert_eq!(next(none_kept, &[("a1", true)]), (0, vec!["a1"]));
        let loose = Wanted {
            surge: 0,
            unavailable: 1,
            ..TWO
        };
        assert_eq!(next(loose, &[("a1", true), ("a2", true)]), (0, vec!["a1"]));
        assert_eq!(next(loose, &[("a1", true), ("a2", false)]), (0, vec!["a2"]));
        assert_eq!(next(loose, &[("a2", true)]), (1, none));
    }

    #[test]
    fn shares() {
        for (value, up, expected) in [
            (json!("25%"), true, Some(1)),
            (json!("25%"), false, Some(0)),
            (json!(2), false, Some(2)),
            (json!("x"), false, None),
        ] {
            assert_eq!(share(Some(&value), 3, up), expected, "{value}");
        }
    }
}
