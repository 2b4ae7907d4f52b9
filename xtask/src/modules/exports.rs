//! Dropping exports: the SDK exports a callback for everything that a host can say, and Envoy
//! calls each that is there. A callback of `hachure-host`'s own takes the place of the SDK's. What
//! remains is copied byte for byte.

use anyhow::{Context, Result};
use wasm_encoder::{ExportKind, ExportSection, Module, RawSection};
use wasmparser::{ExternalKind, Parser, Payload};

/// What the names of the SDK's callbacks begin with, and those of `hachure-host`'s own.
const SDK: &str = "proxy_on_";
const OWN: &str = "hachure_on_";

/// `module` without the exports that are not in `names`. A function that is exported as
/// `hachure_on_<event>` becomes `proxy_on_<event>`.
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
    let exports = exports
        .into_iter()
        .collect::<std::result::Result<Vec<_>, _>>()?;
    for export in &exports {
        let own = export.name.strip_prefix(SDK);
        let own = own.map(|event| format!("{OWN}{event}"));
        let own = own.and_then(|own| exports.iter().find(|export| export.name == own));
        if names.contains(&export.name) {
            section.export(export.name, kind(export.kind), own.unwrap_or(export).index);
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
        module_of(1, names.iter().map(|name| (*name, 0)))
    }

    /// A module with that many functions, some of them exported by their numbers.
    fn module_of<'a>(count: u32, named: impl Iterator<Item = (&'a str, u32)>) -> Vec<u8> {
        let (mut types, mut functions) = (TypeSection::new(), FunctionSection::new());
        let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
        types.ty().function([], []);
        for (name, index) in named {
            exports.export(name, ExportKind::Func, index);
        }
        for _ in 0..count {
            functions.function(0);
            let mut body = wasm_encoder::Function::new([]);
            body.instructions().end();
            code.function(&body);
        }
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
    fn a_callback_of_our_own_stands_for_the_sdks() -> Result<()> {
        let named = ["proxy_on_x", "hachure_on_x", "hachure_on_y", "proxy_on_z"];
        let both = module_of(4, named.into_iter().zip(0..));
        let kept = [("proxy_on_x", 1), ("proxy_on_z", 3)];
        assert_eq!(
            keep(&both, &["proxy_on_x", "proxy_on_y", "proxy_on_z"])?,
            module_of(4, kept.into_iter())
        );
        Ok(())
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(keep(b"\0asm", &[]).is_err());
    }
}
