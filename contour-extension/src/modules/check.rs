//! Whether bytes are a module that may run, and what that says of itself. They come from elsewhere:
//! whatever they are, the answer is a reason.

use std::collections::BTreeSet;
use std::sync::Arc;

use hachure_catalog::Entry;
use hachure_module::Module;
use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use crate::modules::Trouble;

/// The largest schema that is read, in bytes: those of the catalogue have a tenth of it.
const LARGEST_SCHEMA: usize = 256 * 1024;
/// What a module that does not say what it needs may not call: requests of its own.
const CALLS: [&str; 3] = ["proxy_http_call", "proxy_grpc_call", "proxy_grpc_stream"];

pub(super) fn read(bytes: &[u8]) -> Result<Module, Trouble> {
    let module = Module::read(bytes);
    let module = module.map_err(|why| Trouble::refused("InvalidModule", why.to_string()))?;
    let forbidden: Vec<_> = module.forbidden().collect();
    if !forbidden.is_empty() {
        let why = format!(
            "it imports what no module may have from Envoy: {}",
            forbidden.join(", ")
        );
        return Err(Trouble::refused("ForbiddenImports", why));
    }
    Ok(module)
}

/// An entry that says what this release does not know is refused: what the module needs would not be
/// known either.
pub(super) fn entry(text: &str) -> Result<Entry, Trouble> {
    Entry::parse(text).map_err(|why| {
        let why = format!("its catalogue entry cannot be read: {why}");
        Trouble::refused("InvalidModule", why)
    })
}

/// A schema, as JSON.
pub(super) fn json(text: &str) -> Result<Value, Trouble> {
    if text.len() > LARGEST_SCHEMA {
        return Err(unusable(format!("it has more than {LARGEST_SCHEMA} bytes")));
    }
    serde_json::from_str(text).map_err(|why| unusable(why.to_string()))
}

/// A schema by which a config can be checked: it names no other documents, and its patterns cost time
/// in proportion to the text.
pub(super) fn schema(schema: &Value) -> Result<Arc<Validator>, Trouble> {
    let options = jsonschema::options().with_pattern_options(PatternOptions::regex());
    let validator = options.build(schema);
    validator
        .map(Arc::new)
        .map_err(|why| unusable(why.to_string().replace('\n', " ")))
}

fn unusable(why: String) -> Trouble {
    Trouble::refused("InvalidModule", format!("its schema cannot be used: {why}"))
}

/// The first thing that is wrong, without what the config holds: that may be a secret.
pub(super) fn against(schema: &Validator, config: &Value) -> Result<(), String> {
    let Some(error) = schema.iter_errors(config).next() else {
        return Ok(());
    };
    let path = error.instance_path().to_string().replace('/', ".");
    let why = error.masked().to_string().replace('\n', " ");
    Err(format!("config{path}: {why}"))
}

/// What a module without an entry may call, and what may be called in it: what it has, but for
/// requests of its own.
pub(super) fn functions(module: &Module) -> BTreeSet<String> {
    let imports = module
        .imports
        .iter()
        .filter_map(|import| import.split_once('.'));
    let imports = imports.map(|(_, name)| name);
    let exports = module.exports.iter().map(String::as_str);
    let exports = exports.filter(|name| name.starts_with("proxy_on_"));
    let all = imports.chain(exports);
    all.filter(|name| !CALLS.contains(name))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::shelf::Code;
    use crate::modules::{Config, Module as Had};
    use serde_json::json;

    fn module(text: &str) -> Result<Had, Trouble> {
        let bytes = wat::parse_str(text).unwrap();
        Had::read(&bytes, "0".repeat(64), Code::Fetched, None)
    }

    #[test]
    fn a_module_with_a_schema_has_its_config_checked() {
        let schema = r#"{\"type\": \"object\", \"properties\": {\"name\": {\"type\": \"string\", \"pattern\": \"^a+$\"}}, \"additionalProperties\": false}"#;
        let module = module(&format!(
            r#"(module (@custom "hachure.schema" "{schema}"))"#
        ))
        .unwrap();
        assert!(matches!(module.config, Config::Schema(_)));
        assert!(module.check(&json!({"name": "aaa"})).is_ok());
        let why = module.check(&json!({"name": "hidden"})).err().unwrap();
        assert!(
            why.starts_with("config.name: ") && !why.contains("hidden"),
            "{why}"
        );
        assert!(module.check(&json!({"other": 1})).is_err());
        assert!(
            module
                .note()
                .is_some_and(|note| note.contains("schema alone"))
        );
    }

    #[test]
    fn one_that_says_nothing_has_what_it_imports_but_no_calls() {
        let module = module(
            r#"(module (import "env" "proxy_log" (func)) (import "env" "proxy_http_call" (func))
                (func (export "proxy_on_request_headers")) (func (export "_initialize")))"#,
        );
        let module = module.unwrap();
        let functions: Vec<_> = module.functions.iter().map(String::as_str).collect();
        assert_eq!(functions, ["proxy_log", "proxy_on_request_headers"]);
        assert!(module.check(&json!({"anything": 1})).is_ok());
        assert!(
            module
                .note()
                .is_some_and(|note| note.contains("not checked"))
        );
    }

    #[test]
    fn what_may_not_run_is_refused_with_a_reason() {
        let import = r#"(module (import "wasi_snapshot_preview1" "path_open" (func)))"#;
        let why = module(import).unwrap_err();
        assert_eq!(why.reason, "ForbiddenImports");
        assert!(why.refused && why.message.ends_with("wasi_snapshot_preview1.path_open"));
        for text in [
            r#"(module (@custom "hachure.catalog" "{}"))"#,
            r#"(module (@custom "hachure.schema" "{"))"#,
            r#"(module (@custom "hachure.schema" "{\"type\": 1}"))"#,
            r#"(module (@custom "hachure.schema" "{\"$ref\": \"https://example.com/x\"}"))"#,
            r#"(module (@custom "hachure.schema" "{\"pattern\": \"(a)\\\\1\"}"))"#,
            "(component)",
        ] {
            assert_eq!(module(text).unwrap_err().reason, "InvalidModule", "{text}");
        }
        let why = Had::read(b"<html>", String::new(), Code::Fetched, None);
        assert_eq!(why.unwrap_err().reason, "InvalidModule");
    }
}
