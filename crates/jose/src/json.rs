//! JSON as a signed document may be written: one meaning, bounded depth.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why a text is not the JSON that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonProblem {
    /// No JSON text in UTF-8 (RFC 8259), or a number beyond the range of a double.
    Syntax,
    /// An object that has a member twice, at whatever depth. RFC 8259 (section 4) leaves to each
    /// reader which of them counts.
    Duplicate,
    /// More lists and objects in one another than [`MAX_DEPTH`].
    TooDeep,
    /// JSON, but no object.
    NotObject,
}

/// Lists and objects in one another, the outermost included.
pub const MAX_DEPTH: u8 = 32;

/// What to do with an object that has a member twice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twice {
    /// Refuse the document.
    Refuse,
    /// Read that object as `null`, so that the document's other entries live.
    Nullify,
}

/// Reads a text that is one object.
pub(crate) fn object(text: &[u8], twice: Twice) -> Result<Map<String, Value>, JsonProblem> {
    let problem = Cell::new(JsonProblem::Syntax);
    let reader = Reader {
        depth: 0,
        twice,
        problem: &problem,
    };
    let mut text = serde_json::Deserializer::from_slice(text);
    let value = reader.deserialize(&mut text).map_err(|_| problem.get())?;
    text.end().map_err(|_| JsonProblem::Syntax)?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(JsonProblem::NotObject),
    }
}

#[derive(Clone, Copy)]
struct Reader<'p> {
    depth: u8,
    twice: Twice,
    problem: &'p Cell<JsonProblem>,
}

impl Reader<'_> {
    fn inside<E: Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(self.refuse(JsonProblem::TooDeep));
        }
        Ok(Self {
            depth: self.depth.saturating_add(1),
            ..self
        })
    }

    fn refuse<E: Error>(self, problem: JsonProblem) -> E {
        self.problem.set(problem);
        E::custom("")
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<Value, D::Error> {
        text.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value);
        number.map(Value::Number).ok_or_else(|| E::custom(""))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut values = vec![];
        while let Some(value) = list.next_element_seed(inside)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut members = Map::new();
        let mut twice = false;
        while let Some(name) = object.next_key::<String>()? {
            let value = object.next_value_seed(inside)?;
            twice |= members.insert(name, value).is_some();
        }
        if !twice {
            return Ok(Value::Object(members));
        }
        match self.twice {
            Twice::Refuse => Err(self.refuse(JsonProblem::Duplicate)),
            Twice::Nullify => Ok(Value::Null),
        }
    }
}
