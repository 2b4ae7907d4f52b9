//! Who calls whom in a module, read from its code section.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use wasmparser::{ElementItems, ElementSectionReader, ExternalKind, Parser, Payload, TypeRef};

use crate::audit::body::{Body, Call};
use crate::audit::names;
use crate::audit::texts::Texts;

/// The functions of a module by their index, imported ones first.
#[derive(Default)]
pub(crate) struct Graph<'a> {
    pub(crate) functions: Vec<Function>,
    /// What can be entered from outside: exports, and whatever is in a table.
    pub(crate) roots: BTreeSet<u32>,
    pub(crate) texts: Texts<'a>,
}

#[derive(Default)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) calls: Vec<Call>,
    /// Whether it never returns to its caller.
    pub(crate) diverges: bool,
}

impl<'a> Graph<'a> {
    pub(crate) fn read(module: &'a [u8]) -> Result<Self> {
        let mut graph = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            graph.add(payload?)?;
        }
        for (index, name) in names::read(module)? {
            let function = graph.functions.get_mut(usize::try_from(index)?);
            function.context("a name without a function")?.name = name;
        }
        Ok(graph)
    }

    pub(crate) fn at(&self, index: u32) -> Option<&Function> {
        self.functions.get(usize::try_from(index).ok()?)
    }

    fn add(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    if matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                        self.functions.push(Function::default());
                    }
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        self.roots.insert(export.index);
                    }
                }
            }
            Payload::StartSection { func, .. } => drop(self.roots.insert(func)),
            Payload::ElementSection(elements) => self.add_elements(elements)?,
            Payload::CodeSectionEntry(body) => {
                let body = Body::read(&body)?;
                let diverges = body.diverges();
                self.functions.push(Function {
                    name: String::new(),
                    calls: body.calls,
                    diverges,
                });
            }
            Payload::DataSection(section) => self.texts = Texts::read(section)?,
            _ => {}
        }
        Ok(())
    }

    fn add_elements(&mut self, elements: ElementSectionReader<'_>) -> Result<()> {
        for element in elements {
            if let ElementItems::Functions(functions) = element?.items {
                for function in functions {
                    self.roots.insert(function?);
                }
            }
        }
        Ok(())
    }
}
