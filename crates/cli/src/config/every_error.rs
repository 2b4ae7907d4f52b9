//! All that is wrong with a config's shape.
//!
//! Reading stops at the first field that does not fit. Here the part with that field is left out
//! and the rest is read again, so that a person sees every mistake at once. Only mistakes that the
//! leaving out cannot have caused are kept.

use std::collections::BTreeMap;

use hachure_config::{ConfigError, ConfigErrors};
use serde_json::Value;

/// More than these are not looked for.
const MOST: usize = 20;

/// The errors of a config that `compile` refuses with `first`.
pub(super) fn every_error<T>(
    compile: impl Fn(&[u8]) -> Result<T, ConfigErrors>,
    mut config: Value,
    first: ConfigErrors,
) -> Vec<ConfigError> {
    let mut left_out = LeftOut::default();
    let mut all: Vec<_> = first.iter().cloned().collect();
    let mut latest = first;
    while all.len() < MOST {
        let [error] = latest.iter().collect::<Vec<_>>()[..] else {
            break;
        };
        if !is_of_shape(error) || !left_out.leave_out(&mut config, &error.path) {
            break;
        }
        match compile(config.to_string().as_bytes()) {
            Ok(_) => break,
            Err(errors) => latest = errors,
        }
        let more = latest.iter().filter(|error| is_of_shape(error));
        let more = more.map(|error| ConfigError {
            path: left_out.original(&error.path),
            ..error.clone()
        });
        all.extend(
            more.filter(|error| !left_out.caused(error))
                .collect::<Vec<_>>(),
        );
    }
    all
}

/// Whether it is about types and names of fields, which no other field decides.
fn is_of_shape(error: &ConfigError) -> bool {
    let words = [
        "unknown field",
        "unknown variant",
        "nothing",
        "integer `",
        "floating point `",
        "boolean `",
        "string \"",
        "sequence",
        "map",
        "null",
    ];
    words.iter().any(|word| error.found.starts_with(word))
}

/// What was left out of a config so far.
#[derive(Default)]
struct LeftOut {
    members: Vec<String>,
    /// By the name of a list at the top: the original places of the elements that are still there.
    lists: BTreeMap<String, Vec<usize>>,
}

impl LeftOut {
    /// Leaves out the member of the config that holds `path`, or the element of it where it is a
    /// list. Whether there was one.
    fn leave_out(&mut self, config: &mut Value, path: &str) -> bool {
        let (member, index) = Self::head(path);
        let Some(value) = config.get_mut(member) else {
            return false;
        };
        if let (Value::Array(list), Some(index)) = (value, index) {
            let places = self.lists.entry(member.to_owned());
            let places = places.or_insert_with(|| (0..list.len()).collect());
            let is_there = index < list.len() && index < places.len();
            if is_there {
                list.remove(index);
                places.remove(index);
            }
            return is_there;
        }
        self.members.push(member.to_owned());
        config
            .as_object_mut()
            .is_some_and(|members| members.remove(member).is_some())
    }

    /// The path in the whole config of what is at `path` in what was left.
    fn original(&self, path: &str) -> String {
        let (member, index) = Self::head(path);
        let place = index.and_then(|index| self.lists.get(member)?.get(index));
        let Some((_, below)) = path.split_once(']').filter(|_| place.is_some()) else {
            return path.to_owned();
        };
        place
            .map(|place| format!("{member}[{place}]{below}"))
            .unwrap_or_default()
    }

    /// Whether an error is there only because of what was left out.
    fn caused(&self, error: &ConfigError) -> bool {
        self.members.contains(&error.path) || self.lists.contains_key(&error.path)
    }

    /// The member at the top of a path, and the index into it.
    fn head(path: &str) -> (&str, Option<usize>) {
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (member, rest) = path.split_at_checked(end).unwrap_or((path, ""));
        let index = rest
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']')?.0.parse().ok());
        (member, index)
    }
}

#[cfg(test)]
mod tests {
    use hachure_config::from_slice;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the reading is looked at")]
    struct Config {
        list: Vec<Item>,
        name: String,
        #[serde(default)]
        flag: bool,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the reading is looked at")]
    struct Item {
        value: String,
    }

    fn compile(config: &[u8]) -> Result<(), ConfigErrors> {
        Err(match from_slice::<Config>(config) {
            Err(errors) => errors,
            Ok(_) => {
                let root = hachure_config::Path::ROOT;
                ConfigErrors::new(&root.key("list"), "something that was left out", "3")
            }
        })
    }

    fn paths(config: &Value) -> Vec<String> {
        let first = compile(config.to_string().as_bytes()).err().unwrap();
        every_error(compile, config.clone(), first)
            .into_iter()
            .map(|error| error.path)
            .collect()
    }

    #[test]
    fn every_part_is_read() {
        let config = json!({
            "list": [{"value": 1}, {"value": "ok"}, {"value": "ok", "x": 1}, {}],
            "name": true, "flag": "no", "more": 1,
        });
        let mut found = paths(&config);
        found.sort();
        let expected = [
            "flag",
            "list[0].value",
            "list[2].x",
            "list[3].value",
            "more",
            "name",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_the_leaving_out_causes_is_not_said() {
        assert_eq!(paths(&json!({"list": 3, "name": 4})), ["list", "name"]);
        assert_eq!(
            paths(&json!({"list": [{"value": 1}], "name": "a"})),
            ["list[0].value"]
        );
    }
}
