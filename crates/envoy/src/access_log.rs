//! Access logs that say what was refused, and why.

use std::path::PathBuf;

use serde_json::{Value, json};

/// An access log in a file, a line per request.
#[derive(Debug, Clone)]
pub struct AccessLog(PathBuf);

impl AccessLog {
    /// The line. `-` stands where there is nothing to say; the query is left out, because clients
    /// put secrets there.
    pub const LINE: &'static str = concat!(
        "%START_TIME% %PROTOCOL% %REQ(:METHOD)% %REQ_WITHOUT_QUERY(:PATH)% %RESPONSE_CODE% ",
        "%RESPONSE_CODE_DETAILS% filter=%FILTER_STATE(wasm.hachure.filter:PLAIN)% ",
        "reason=%FILTER_STATE(wasm.hachure.reason:PLAIN)% upstream=%UPSTREAM_CLUSTER%\n",
    );

    /// [`AccessLog::LINE`] for each request, at the end of that file.
    pub fn lines(file: impl Into<PathBuf>) -> Self {
        Self(file.into())
    }

    pub(crate) fn to_json(&self) -> Value {
        const KIND: &str =
            "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog";
        const QUERY: &str =
            "type.googleapis.com/envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery";
        let formatter =
            json!({"name": "envoy.formatter.req_without_query", "typed_config": {"@type": QUERY}});
        json!({
            "name": "envoy.access_loggers.file",
            "typed_config": {
                "@type": KIND,
                "path": self.0,
                "log_format": {
                    "text_format_source": {"inline_string": Self::LINE},
                    "formatters": [formatter],
                },
            },
        })
    }
}
