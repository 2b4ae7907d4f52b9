//! Where filters stand, and whether they may.

use hachure_catalog::{Entry, Position};
use hachure_exchange::AnyPolicy;

use crate::policy::resource::Wasm;

/// Where a filter is to stand.
pub(crate) fn position(wasm: &Wasm, entry: Option<&Entry>) -> Position {
    let usual = entry.map_or(Position::Last, |entry| entry.position.default);
    wasm.position.map_or(usual, Position::from)
}

/// Whether a filter with that config can do its work there; what the config reads is known where it
/// is compiled.
pub(crate) fn position_is_right(
    position: Position,
    entry: &Entry,
    policy: Option<&dyn AnyPolicy>,
) -> Result<(), String> {
    if !entry.position.allows(position) {
        let allowed: Vec<_> = entry.position.allowed.iter().map(|it| it.name()).collect();
        return Err(format!(
            "position: expected {}, because {}: found {}",
            allowed.join(" or "),
            entry.position.why,
            position.name()
        ));
    }
    let reads = policy.is_some_and(|policy| policy.reads_native_identity());
    if position != Position::Last && reads {
        return Err(format!(
            "position: expected last, because the config reads metadata of Envoy's own filters, \
             which have not run before: found {}",
            position.name()
        ));
    }
    Ok(())
}

/// What the catalogue says of the order of filters holds for the places where they will stand.
pub(crate) fn order_is_right(chain: &[(Position, Option<&Entry>)]) -> Result<(), String> {
    let chain = chain.iter().enumerate();
    let chain =
        chain.filter_map(|(index, (position, entry))| Some((index, (*position, (*entry)?))));
    let mut chain: Vec<(usize, (Position, &Entry))> = chain.collect();
    chain.sort_by_key(|(index, (position, _))| (*position, *index));
    for (place, (index, (_, entry))) in chain.iter().enumerate() {
        let (earlier, later) = chain.split_at(place);
        let mut wrong = earlier
            .iter()
            .filter(|(_, (_, other))| entry.order.before.contains(&other.name));
        let mut late = later
            .iter()
            .filter(|(_, (_, other))| entry.order.after.contains(&other.name));
        if let Some((_, (_, other))) = wrong.next().or_else(|| late.next()) {
            return Err(format!(
                "spec.wasm[{index}]: {} and {} stand in the wrong order: {}",
                entry.name, other.name, entry.order.why
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hachure_registry::Filter;

    use super::*;

    fn place(filter: &str, position: Position, config: &str) -> Result<(), String> {
        let filter = Filter::find(filter).unwrap();
        let policy = (filter.compile)(config.as_bytes()).unwrap();
        position_is_right(position, &filter.entry().unwrap(), Some(&*policy))
    }

    #[test]
    fn a_filter_stands_only_where_its_catalogue_entry_lets_it() {
        let config = r#"{"origins": ["https://app.example.com"]}"#;
        assert_eq!(place("cors", Position::First, config), Ok(()));
        assert_eq!(place("cors", Position::BeforeAuth, config), Ok(()));
        let why = place("cors", Position::Last, config).unwrap_err();
        assert!(why.starts_with("position: expected first or beforeAuth, because "));
        assert!(why.ends_with(": found last"), "{why}");
    }

    #[test]
    fn what_reads_the_metadata_of_native_filters_stands_behind_them() {
        let rule = |phase: &str, namespace: &str| {
            format!(
                r#"{{"rules": [{{"phase": "{phase}", "operation": {{"set":
                    {{"name": "x-user", "value": "${{metadata.'{namespace}'.payload.sub}}"}}}}}}]}}"#
            )
        };
        let native = "envoy.filters.http.jwt_authn";
        let reads = rule("request", native);
        assert_eq!(place("header-mutation", Position::Last, &reads), Ok(()));
        let why = place("header-mutation", Position::First, &reads).unwrap_err();
        assert!(
            why.starts_with("position: expected last, because "),
            "{why}"
        );
        // A response comes after all of them, and other namespaces are not theirs.
        for other in [rule("response", native), rule("request", "acme.tags")] {
            assert_eq!(place("header-mutation", Position::First, &other), Ok(()));
        }
    }

    #[test]
    fn the_order_is_that_of_the_places() {
        let entry = |name: &str| Filter::find(name).unwrap().entry().unwrap();
        let chain = |cors, headers| {
            let (one, other) = (entry("header-mutation"), entry("cors"));
            order_is_right(&[(headers, Some(&one)), (cors, Some(&other))])
        };
        assert_eq!(chain(Position::First, Position::Last), Ok(()));
        let why = chain(Position::First, Position::First).unwrap_err();
        assert!(why.contains("stand in the wrong order"), "{why}");
    }
}
