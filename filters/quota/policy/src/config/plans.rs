//! `limits[].plans`: an object whose keys are the operator's.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::Plan;

/// What each plan has, by its name. A list: a map of the standard library would be a tenth of the
/// module.
#[derive(Debug, Clone, Default)]
pub struct Plans(pub Vec<(String, Plan)>);

impl<'de> Deserialize<'de> for Plans {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Plans;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of plans by their names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Plans, A::Error> {
                let mut plans = vec![];
                while let Some(plan) = map.next_entry()? {
                    plans.push(plan);
                }
                Ok(Plans(plans))
            }
        }
        d.deserialize_map(Object)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Plans {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Plans".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let plan = generator.subschema_for::<Plan>();
        schemars::json_schema!({
            "type": "object",
            "additionalProperties": plan,
            "examples": [{"gold": {"limit": 1000}, "free": {"limit": 10}}]
        })
    }
}
