//! Access logs that say what was refused, and why.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

/// An access log in a file.
#[derive(Debug, Clone)]
pub struct AccessLog {
    file: PathBuf,
    format: Format,
}

#[derive(Debug, Clone)]
enum Format {
    Line,
    Json(Map<String, Value>),
}

impl AccessLog {
    /// The line for a person. `-` stands where there is nothing to say; the query is left out,
    /// because clients put secrets there.
    pub const LINE: &'static str = concat!(
        "%START_TIME% %PROTOCOL% %REQ(:METHOD)% %REQ_WITHOUT_QUERY(:PATH)% %RESPONSE_CODE% ",
        "%RESPONSE_CODE_DETAILS% filter=%FILTER_STATE(wasm.hachure.filter:PLAIN)% ",
        "reason=%FILTER_STATE(wasm.hachure.reason:PLAIN)% upstream=%UPSTREAM_CLUSTER%\n",
    );

    /// A line per request ([`AccessLog::LINE`]).
    pub fn lines(file: impl Into<PathBuf>) -> Self {
        Self {
            file: file.into(),
            format: Format::Line,
        }
    }

    /// A JSON object per request, with the given members, each in Envoy's format language.
    pub fn json<'a>(
        file: impl Into<PathBuf>,
        members: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let members = members
            .into_iter()
            .map(|(name, format)| (name.to_owned(), json!(format)))
            .collect();
        Self {
            file: file.into(),
            format: Format::Json(members),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        const KIND: &str =
            "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog";
        const QUERY: &str =
            "type.googleapis.com/envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery";
        let format = match &self.format {
            Format::Line => json!({
                "text_format_source": {"inline_string": Self::LINE},
                "formatters": [
                    {"name": "envoy.formatter.req_without_query", "typed_config": {"@type": QUERY}},
                ],
            }),
            Format::Json(members) => json!({"json_format": members}),
        };
        json!({
            "name": "envoy.access_loggers.file",
            "typed_config": {"@type": KIND, "path": self.file, "log_format": format},
        })
    }
}
