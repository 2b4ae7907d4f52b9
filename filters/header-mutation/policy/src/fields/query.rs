//! The query parameters of a request.

use std::borrow::Cow;

use hachure_config::{QueryEdit, decode_form, encode_form};

use super::Fields;
use crate::facts::Facts;
use crate::unfit::Unfit;
use crate::variable::Variable;

/// The parameters of a copy of `:path`, which the rule writes back in the end.
pub(crate) struct Query<'a, 'q, 'f, 'x> {
    pub(crate) facts: &'a mut Facts<'f, 'x>,
    pub(crate) edit: QueryEdit<'q>,
}

impl Fields for Query<'_, '_, '_, '_> {
    fn read(&mut self, variable: &Variable, out: &mut Vec<u8>) -> bool {
        self.facts.read(variable, out)
    }

    fn has(&mut self, name: &str) -> bool {
        self.edit.values(name.as_bytes()).next().is_some()
    }

    fn values(&mut self, name: &str) -> Vec<Vec<u8>> {
        self.edit
            .values(name.as_bytes())
            .map(<[u8]>::to_vec)
            .collect()
    }

    fn names(&mut self) -> Vec<String> {
        self.edit
            .names()
            .filter_map(|name| String::from_utf8(name).ok())
            .collect()
    }

    fn missing(&self, name: &str) -> Unfit {
        Unfit::Missing(Variable::RequestQuery(name.to_owned()).to_string())
    }

    fn protects(&self, _name: &str, _allow_unsafe: bool) -> bool {
        false
    }

    fn set(&mut self, name: &str, value: &[u8]) -> Result<(), Unfit> {
        self.edit.put(name.as_bytes(), [value]);
        Ok(())
    }

    fn put(&mut self, name: &str, values: &[Vec<u8>]) -> Result<(), Unfit> {
        self.edit
            .put(name.as_bytes(), values.iter().map(Vec::as_slice));
        Ok(())
    }

    fn add(&mut self, name: &str, value: &[u8]) -> Result<(), Unfit> {
        self.edit.add(name.as_bytes(), value);
        Ok(())
    }

    fn remove(&mut self, name: &str) {
        self.edit.remove(name.as_bytes());
    }

    fn separator(&self) -> &'static [u8] {
        b","
    }

    fn encode<'t>(&self, text: Cow<'t, [u8]>) -> Cow<'t, [u8]> {
        Cow::Owned(encode_form(&text))
    }

    fn decode(&self, value: &[u8]) -> Vec<u8> {
        decode_form(value).collect()
    }
}
