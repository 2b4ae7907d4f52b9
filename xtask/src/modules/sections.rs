//! What a module says of itself, in custom sections: the schema of its config and its catalogue
//! entry. They come behind everything else, and nothing that runs the module reads them.

use std::fs;

use anyhow::{Context, Result, anyhow};
use hachure_module::{CATALOGUE, Module, SCHEMA};
use wasm_encoder::{CustomSection, Section};

use crate::repository::Repository;

/// The sections of one module. One for tests has no schema; one with a planted fault has none.
#[derive(Debug, Clone, Default, Hash)]
pub(crate) struct Sections(Vec<(&'static str, String)>);

impl Sections {
    /// Those of the filter `name`: its files, as JSON without spaces.
    pub(crate) fn of_filter(repository: &Repository, name: &str) -> Result<Self> {
        let folder = repository.path(&repository.folder_of(name));
        let (entry, schema) = (folder.join("filter.yaml"), folder.join("schema.json"));
        let entry = fs::read_to_string(&entry).with_context(|| entry.display().to_string())?;
        let schema = match schema.is_file() {
            true => Some(fs::read_to_string(&schema)?),
            false => None,
        };
        let schema = schema.as_deref().map(json).transpose()?;
        Ok(Self::new(schema.as_deref(), &json(&entry)?))
    }

    /// A schema and a catalogue entry.
    pub(crate) fn new(schema: Option<&str>, catalogue: &str) -> Self {
        let schema = schema.map(|schema| (SCHEMA, schema.to_owned()));
        let catalogue = Some((CATALOGUE, catalogue.to_owned()));
        Self([schema, catalogue].into_iter().flatten().collect())
    }

    /// Puts them behind a module.
    pub(crate) fn append_to(&self, module: &mut Vec<u8>) {
        for (name, text) in &self.0 {
            let section = CustomSection {
                name: (*name).into(),
                data: text.as_bytes().into(),
            };
            section.append_to(module);
        }
    }

    /// How many bytes they take.
    pub(crate) fn len(&self) -> usize {
        let mut alone = vec![];
        self.append_to(&mut alone);
        alone.len()
    }

    /// What is wrong where a module does not carry just these.
    pub(crate) fn findings(&self, module: &Module) -> Option<String> {
        let find = |wanted| self.0.iter().find(|(name, _)| *name == wanted);
        let same =
            |wanted, found: &Option<String>| find(wanted).map(|(_, text)| text) == found.as_ref();
        let same = same(SCHEMA, &module.schema) && same(CATALOGUE, &module.catalogue);
        (!same).then(|| {
            format!(
                "does not carry its {SCHEMA} and {CATALOGUE} as the files have them: build it again"
            )
        })
    }
}

/// YAML, or JSON, as JSON without spaces.
fn json(text: &str) -> Result<String> {
    let document = hachure_yaml::parse(text).map_err(|error| anyhow!("{error}"))?;
    Ok(document.value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_that_got_them_carries_them() -> Result<()> {
        let sections = Sections::new(Some(&json("{ \"a\": 1 }")?), &json("name: x")?);
        let mut module = wasm_encoder::Module::HEADER.to_vec();
        let empty = module.len();
        sections.append_to(&mut module);
        assert_eq!(module.len() - empty, sections.len());
        let read = Module::read(&module)?;
        assert_eq!(read.schema.as_deref(), Some("{\"a\":1}"));
        assert_eq!(read.catalogue.as_deref(), Some("{\"name\":\"x\"}"));
        assert_eq!(sections.findings(&read), None);
        let other = Sections::new(None, "{}").findings(&read);
        assert!(other.is_some_and(|finding| finding.contains("hachure.schema")));
        Ok(())
    }
}
