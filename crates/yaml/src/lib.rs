//! Reads YAML as `kubectl` does, and remembers where everything was written.
//!
//! A config reaches a filter through `kubectl apply`, so a checker is only right when it sees the
//! same values: `kubectl` reads with `sigs.k8s.io/yaml`, whose scalars are those of YAML 1.1 (`on`
//! is a boolean, `010` is eight, `1.10` is the number 1.1). [`parse`] gives exactly those values
//! as JSON, and a [`Document`] that says for every path which line and column it came from, and
//! whether a scalar was quoted.
//!
//! Text that is JSON is read as JSON, again as `kubectl` does.
//!
//! Where the two readers could disagree without anybody noticing, this one refuses:
//! - a key that is set twice, also when `1` and `"1"` meet after conversion to strings;
//! - a merge (`<<`) that would replace a key written above it, which `kubectl` lets happen;
//! - U+0085, U+2028, U+2029 and U+FEFF outside JSON, which mean other things to other readers;
//! - `{a:}`, `[?a]`, `&a:b`, a block scalar as the whole document, and text behind a `...`: YAML
//!   1.1 and 1.2 read them differently;
//! - `!!binary` and `!!timestamp`, which have no place in JSON.
//!
//! ```
//! let text = "rules:\n- name: 1.10\n  mode: on\n";
//! let document = hachure_yaml::parse(text)?;
//!
//! assert_eq!(document.value["rules"][0]["mode"], true);
//! let name = document.place("rules[0].name").ok_or("no such path")?;
//! assert_eq!(name.value.position.to_string(), "line 2, column 9");
//! assert_eq!(document.scalar("rules[0].name").map(|s| (s.text.as_str(), s.plain)), Some(("1.10", true)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ambiguous;
mod characters;
mod document;
mod error;
mod events;
mod json;
mod node;
mod number;
mod path;
mod position;
mod resolve;
mod value;

pub use document::{Document, Place};
pub use error::{Error, ErrorKind};
pub use path::{Path, Segment};
pub use position::{Mark, Position, Scalar};

/// The longest text that is read, in bytes: far above what an API server takes.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The deepest nesting that is read: what `serde_json` reads back. It keeps recursion bounded.
pub const MAX_DEPTH: usize = 127;

/// Reads a text that holds exactly one document.
///
/// Empty documents (a trailing `---`, comments alone) do not count, as with `kubectl`.
///
/// # Errors
/// The first problem in the text, with its line and column; also when there is no document, or
/// a second one.
pub fn parse(text: &str) -> Result<Document, Error> {
    let mut documents = parse_all(text)?.into_iter();
    let first = documents
        .next()
        .ok_or(Error::new(Position::START, ErrorKind::NoDocument))?;
    match documents.next() {
        None => Ok(first),
        Some(second) => Err(Error::new(
            second.root().value.position,
            ErrorKind::SeveralDocuments,
        )),
    }
}

/// Reads every document of a text, in order, without the empty ones.
///
/// # Errors
/// The first problem in the text, with its line and column: one bad document fails them all.
pub fn parse_all(text: &str) -> Result<Vec<Document>, Error> {
    if text.len() > MAX_BYTES {
        return Err(Error::new(Position::START, ErrorKind::TooLarge));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let nodes = match json::read(text) {
        Some(node) => vec![node?],
        None => {
            characters::check(text)?;
            events::read(text)?
        }
    };
    nodes
        .iter()
        .filter(|node| !node.is_empty_document())
        .map(value::build)
        .collect()
}
