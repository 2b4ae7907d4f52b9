//! A [`Tree`] to the types of a config.

use std::cell::Cell;
use std::fmt::Write;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::problem::Problem;
use super::tree::Tree;

/// Reads a number that is not whole, where there may be some.
pub(super) type Fraction<'f> = &'f dyn Fn(&str) -> Option<f64>;

/// The way from the root to what is being read. It stops where reading failed.
pub(super) struct Trail<'t> {
    steps: Cell<Vec<Step<'t>>>,
    fraction: Fraction<'t>,
}

#[derive(Clone, Copy)]
enum Step<'t> {
    Key(&'t str),
    Index(usize),
}

impl<'t> Trail<'t> {
    pub(super) fn new(fraction: Fraction<'t>) -> Self {
        Self {
            steps: Cell::default(),
            fraction,
        }
    }

    #[inline(never)]
    fn enter(&self, step: Step<'t>) {
        let mut steps = self.steps.take();
        steps.push(step);
        self.steps.set(steps);
    }

    fn leave<T>(&self, read: &Result<T, Problem>) {
        if read.is_ok() {
            self.step_back();
        }
    }

    #[inline(never)]
    fn step_back(&self) {
        let mut steps = self.steps.take();
        steps.pop();
        self.steps.set(steps);
    }

    /// The path as `rules[2].when`, with a member below it.
    pub(super) fn path(&self, member: Option<&str>) -> String {
        let mut path = String::new();
        for step in self.steps.take().into_iter().chain(member.map(Step::Key)) {
            match step {
                Step::Key(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                }
                // Writing to a String does not fail.
                Step::Index(index) => drop(write!(path, "[{index}]")),
            }
        }
        path
    }
}

/// A number, as the types take it.
enum Number<'t> {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    /// One that is not whole, where only whole ones are read.
    Unread(&'t str),
}

/// A value and the way to it.
#[derive(Clone, Copy)]
pub(super) struct Node<'t, 'a> {
    tree: &'t Tree,
    trail: &'a Trail<'t>,
}

impl<'t, 'a> Node<'t, 'a> {
    pub(super) fn new(tree: &'t Tree, trail: &'a Trail<'t>) -> Self {
        Self { tree, trail }
    }

    /// Reads what is one step below.
    fn below<'de, S: DeserializeSeed<'de>>(
        self,
        step: Step<'t>,
        tree: &'t Tree,
        seed: S,
    ) -> Result<S::Value, Problem> {
        self.trail.enter(step);
        let read = seed.deserialize(Self { tree, ..self });
        self.trail.leave(&read);
        read
    }

    fn unexpected(self) -> Unexpected<'t> {
        match self.tree {
            Tree::Null => Unexpected::Unit,
            Tree::Bool(value) => Unexpected::Bool(*value),
            Tree::Number(_) => Unexpected::Other("number"),
            Tree::Text(text) => Unexpected::Str(text),
            Tree::List(_) => Unexpected::Seq,
            Tree::Object(_) => Unexpected::Map,
        }
    }

    /// This value is of another kind than the type takes.
    #[inline(never)]
    fn mismatch(self, expected: &dyn Expected) -> Problem {
        match self.number() {
            None => Problem::invalid_type(self.unexpected(), expected),
            Some(Number::Unsigned(n)) => Problem::invalid_type(Unexpected::Unsigned(n), expected),
            Some(Number::Signed(n)) => Problem::invalid_type(Unexpected::Signed(n), expected),
            Some(Number::Float(n)) => Problem::invalid_type(Unexpected::Float(n), expected),
            Some(Number::Unread(text)) => Problem::fraction(text, expected),
        }
    }

    #[inline(never)]
    fn number(self) -> Option<Number<'t>> {
        let Tree::Number(text) = self.tree else {
            return None;
        };
        Some(if let Ok(value) = text.parse() {
            Number::Unsigned(value)
        } else if let Ok(value) = text.parse() {
            Number::Signed(value)
        } else if let Some(value) = (self.trail.fraction)(text) {
            Number::Float(value)
        } else {
            Number::Unread(text)
        })
    }

    fn visit_number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.number() {
            Some(Number::Unsigned(value)) => visitor.visit_u64(value),
            Some(Number::Signed(value)) => visitor.visit_i64(value),
            Some(Number::Float(value)) => visitor.visit_f64(value),
            Some(Number::Unread(_)) | None => Err(self.mismatch(&visitor)),
        }
    }

    fn elements(self, list: &'t [Tree]) -> Elements<'t, 'a> {
        Elements {
            node: self,
            index: 0,
            list,
        }
    }

    fn members(self, object: &'t [(String, Tree)]) -> Members<'t, 'a> {
        Members {
            node: self,
            rest: object.iter(),
            value: None,
        }
    }
}

/// Functions that read a number.
macro_rules! numbers {
    ($($name:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            self.visit_number(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Node<'_, '_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.tree {
            Tree::Null => visitor.visit_unit(),
            Tree::Bool(value) => visitor.visit_bool(*value),
            Tree::Number(_) => self.visit_number(visitor),
            Tree::Text(text) => visitor.visit_str(text),
            Tree::List(list) => visitor.visit_seq(self.elements(list)),
            Tree::Object(object) => visitor.visit_map(self.members(object)),
        }
    }

    // What a type says that it takes spares it the code for all else.

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.tree {
            Tree::Bool(value) => visitor.visit_bool(*value),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.tree {
            Tree::Text(text) => visitor.visit_str(text),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_str(visitor)
    }

    numbers! {
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.tree {
            Tree::List(list) => visitor.visit_seq(self.elements(list)),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.tree {
            Tree::Object(object) => visitor.visit_map(self.members(object)),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.tree {
            Tree::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.tree {
            Tree::Object(object) => visitor.visit_map(self.members(object)),
            _ => Err(Problem::invalid_type(self.unexpected(), &"a map")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.tree {
            Tree::Text(name) => visitor.visit_enum(Variant {
                node: self,
                name,
                content: None,
            }),
            Tree::Object(object) => match object.as_slice() {
                [(name, content)] => visitor.visit_enum(Variant {
                    node: self,
                    name,
                    content: Some(content),
                }),
                _ => Err(Problem::invalid_type(
                    Unexpected::Map,
                    &"map with a single key",
                )),
            },
            _ => Err(Problem::invalid_type(self.unexpected(), &"string or map")),
        }
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
        ignored_any
    }
}

struct Elements<'t, 'a> {
    node: Node<'t, 'a>,
    index: usize,
    list: &'t [Tree],
}

impl<'de> SeqAccess<'de> for Elements<'_, '_> {
    type Error = Problem;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Problem> {
        let Some(element) = self.list.get(self.index) else {
            return Ok(None);
        };
        let step = Step::Index(self.index);
        self.index = self.index.saturating_add(1);
        self.node.below(step, element, seed).map(Some)
    }
}

struct Members<'t, 'a> {
    node: Node<'t, 'a>,
    rest: std::slice::Iter<'t, (String, Tree)>,
    value: Option<(&'t str, &'t Tree)>,
}

impl<'de> MapAccess<'de> for Members<'_, '_> {
    type Error = Problem;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Problem> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.value = Some((key, value));
        // The path of a key that is not known ends in the key.
        self.node.trail.enter(Step::Key(key));
        let key: StrDeserializer<'_, Problem> = key.as_str().into_deserializer();
        let read = seed.deserialize(key);
        self.node.trail.leave(&read);
        read.map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Problem> {
        let Some((key, value)) = self.value.take() else {
            return Err(Problem::custom("a value is read before its key"));
        };
        self.node.below(Step::Key(key), value, seed)
    }
}

struct Variant<'t, 'a> {
    node: Node<'t, 'a>,
    name: &'t str,
    content: Option<&'t Tree>,
}

impl<'de> EnumAccess<'de> for Variant<'_, '_> {
    type Error = Problem;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Problem> {
        let name: StrDeserializer<'_, Problem> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'t> Variant<'t, '_> {
    fn content<'de, S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Problem> {
        match self.content {
            Some(content) => self.node.below(Step::Key(self.name), content, seed),
            None => Err(Problem::new(
                format!("a value: `{}: …`", self.name),
                "the word alone",
            )),
        }
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_> {
    type Error = Problem;

    fn unit_variant(self) -> Result<(), Problem> {
        match self.content {
            None | Some(Tree::Null) => Ok(()),
            Some(tree) => {
                self.node.trail.enter(Step::Key(self.name));
                let found = Node { tree, ..self.node }.unexpected();
                Err(Problem::invalid_type(
                    found,
                    &"the word alone, without a value",
                ))
            }
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Problem> {
        self.content(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Problem> {
        self.content(Visit(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.content(Visit(visitor))
    }
}

/// Lets a visitor look at a value.
struct Visit<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Visit<V> {
    type Value = V::Value;

    fn deserialize<D: de::Deserializer<'de>>(self, d: D) -> Result<V::Value, D::Error> {
        d.deserialize_any(self.0)
    }
}
