//! The headers of a message.

use std::borrow::Cow;

use super::Fields;
use crate::facts::Facts;
use crate::name::{FORWARDED_PROTO, is_field_value, is_pseudo, is_pseudo_value, is_unsafe};
use crate::unfit::Unfit;
use crate::variable::Variable;

/// The headers of the phase. Steps that need not look at the map do not.
pub(crate) struct Headers<'a, 'f, 'x>(pub(crate) &'a mut Facts<'f, 'x>);

impl Fields for Headers<'_, '_, '_> {
    fn read(&mut self, variable: &Variable, out: &mut Vec<u8>) -> bool {
        self.0.read(variable, out)
    }

    fn has(&mut self, name: &str) -> bool {
        self.0.x.has(name)
    }

    fn values(&mut self, name: &str) -> Vec<Vec<u8>> {
        self.0
            .x
            .headers()
            .values(name)
            .map(<[u8]>::to_vec)
            .collect()
    }

    fn names(&mut self) -> Vec<String> {
        let mut names: Vec<String> = vec![];
        for (name, _) in self.0.x.headers().iter() {
            let Ok(name) = str::from_utf8(name) else {
                continue;
            };
            let name = name.to_ascii_lowercase();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    fn missing(&self, name: &str) -> Unfit {
        Unfit::Missing(Variable::RequestHeader(name.to_owned()).to_string())
    }

    fn protects(&self, name: &str, allow_unsafe: bool) -> bool {
        // Without these there is no request (RFC 9113, 8.3; RFC 9112, 3.2), or no route for it.
        let needed = is_pseudo(name) || name == "host" || name == FORWARDED_PROTO;
        needed || (is_unsafe(name) && !allow_unsafe)
    }

    fn set(&mut self, name: &str, value: &[u8]) -> Result<(), Unfit> {
        if is_pseudo(name) {
            if !is_pseudo_value(name, value) {
                return Err(Unfit::Invalid);
            }
            // A pseudo-header that the message does not have, as :path of a CONNECT, is not made.
            if !self.0.x.has(name) {
                return Ok(());
            }
            self.0.forget();
        }
        self.0.x.set(name, value).map_err(|_| Unfit::Invalid)
    }

    fn put(&mut self, name: &str, values: &[Vec<u8>]) -> Result<(), Unfit> {
        if !values.iter().all(|value| is_field_value(value)) {
            return Err(Unfit::Invalid);
        }
        let Some((first, rest)) = values.split_first() else {
            self.remove(name);
            return Ok(());
        };
        self.set(name, first)?;
        rest.iter().try_for_each(|value| self.add(name, value))
    }

    fn add(&mut self, name: &str, value: &[u8]) -> Result<(), Unfit> {
        if is_pseudo(name) {
            return Err(Unfit::Invalid);
        }
        self.0.x.add(name, value).map_err(|_| Unfit::Invalid)
    }

    fn remove(&mut self, name: &str) {
        self.0.x.remove(name);
    }

    fn separator(&self) -> &'static [u8] {
        b", "
    }

    fn encode<'t>(&self, text: Cow<'t, [u8]>) -> Cow<'t, [u8]> {
        match text {
            // Blanks at the ends are no part of a value (RFC 9110, 5.5), and HTTP/2 forbids them.
            Cow::Owned(text) => Cow::Owned(trimmed(&text).to_vec()),
            constant => constant,
        }
    }

    fn decode(&self, value: &[u8]) -> Vec<u8> {
        value.to_vec()
    }
}

fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_go_from_both_ends_only() {
        assert_eq!(trimmed(b" \t a b\t "), b"a b");
        assert_eq!(trimmed(b" "), b"");
        assert_eq!(trimmed(b"\na"), b"\na");
    }
}
