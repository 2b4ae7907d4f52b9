//! Dropping exports: the SDK exports a callback for everything that a host can say, and Envoy
//! calls each that is there. What remains is copied byte for byte.

use anyhow::{Context, Result};
use wasm_encoder::{ExportKind, ExportSection, Module, RawSection};
use wasmparser::{ExternalKind, Parser, Payload};

/// `module` without the exports that are not in `names`.
pub(crate) fn keep(module: &[u8], names: &[&str]) -> Result<Vec<u8>> {
    let mut out = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.context("the compiled module")?;
        if let Payload::ExportSection(exports) = payload {
            out.section(&kept(exports, names)?);
        } else if let Some((id, range)) = payload.as_section() {
            let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
            let data = module.get(range).context("a section outside the module")?;
            out.section(&RawSection { id, data });
        }
    }
    Ok(out.finish())
}

fn kept(exports: wasmparser::ExportSectionReader<'_>, names: &[&str]) -> Result<ExportSection> {
    let mut section = ExportSection::new();
    for export in exports {
        let export = export?;
        if names.contains(&export.name) {
            section.export(export.name, kind(export.kind), export.index);
        }
    }
    Ok(section)
}

fn kind(kind: ExternalKind) -> ExportKind {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => ExportKind::Func,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Global => ExportKind::Global,
        ExternalKind::Tag => ExportKind::Tag,
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{CodeSection, FunctionSection, TypeSection};

    use super::*;

    /// A module with one function, exported under each of `names`.
    fn module(names: &[&str]) -> Vec<u8> {
        let (mut types, mut functions) = (TypeSection::new(), FunctionSection::new());
        let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
        types.ty().function([], []);
        functions.function(0);
        for name in names {
            exports.export(name, ExportKind::Func, 0);
        }
        let mut body = wasm_encoder::Function::new([]);
        body.instructions().end();
        code.function(&body);
        let mut module = Module::new();
        module
            .section(&types)
            .section(&functions)
            .section(&exports)
            .section(&code);
        module.finish()
    }

    #[test]
    fn only_exports_change() -> Result<()> {
        assert_eq!(
            keep(&module(&["a", "b", "c"]), &["c", "a", "x"])?,
            module(&["a", "c"])
        );
        assert_eq!(keep(&module(&["a"]), &["a"])?, module(&["a"]));
        Ok(())
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(keep(b"\0asm", &[]).is_err());
    }
}
