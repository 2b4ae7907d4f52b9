//! The texts in a module's data that panics point to: their messages, and the source files that
//! they come from. What the compiler moved from one function into another keeps its source file.

use wasmparser::{DataKind, DataSectionReader, Operator};

use anyhow::Result;

const LONGEST: u32 = 300;

/// The parts of memory that have a value from the start, each with its address.
#[derive(Default)]
pub(crate) struct Texts<'a> {
    parts: Vec<(u32, &'a [u8])>,
}

/// A place in a source file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: u32,
}

impl<'a> Texts<'a> {
    pub(crate) fn read(section: DataSectionReader<'a>) -> Result<Self> {
        let mut texts = Self::default();
        for data in section {
            let data = data?;
            if let DataKind::Active { offset_expr, .. } = data.kind
                && let Operator::I32Const { value } = offset_expr.get_operators_reader().read()?
            {
                texts.parts.push((value.cast_unsigned(), data.data));
            }
        }
        Ok(texts)
    }

    /// The message among the arguments of a call: an address and a length that stand for a text.
    pub(crate) fn message(&self, constants: &[u32]) -> Option<&'a str> {
        constants.windows(2).find_map(|pair| match pair {
            [address, length] => self.text(*address, *length),
            _ => None,
        })
    }

    /// The source of a call: the last of its arguments that is the address of a place.
    pub(crate) fn place(&self, constants: &[u32]) -> Option<Place> {
        constants.iter().rev().find_map(|address| {
            let word = |index: u32| self.word(address.checked_add(index * 4)?);
            let file = self
                .text(word(0)?, word(1)?)
                .filter(|file| file.ends_with(".rs"))?;
            Some(Place {
                file: known_path(file),
                line: word(2)?,
            })
        })
    }

    fn text(&self, address: u32, length: u32) -> Option<&'a str> {
        if !(4..=LONGEST).contains(&length) {
            return None;
        }
        let text = std::str::from_utf8(self.bytes(address, length)?).ok()?;
        (!text.contains(char::is_control)).then_some(text)
    }

    fn word(&self, address: u32) -> Option<u32> {
        self.bytes(address, 4)?
            .try_into()
            .ok()
            .map(u32::from_le_bytes)
    }

    fn bytes(&self, address: u32, length: u32) -> Option<&'a [u8]> {
        self.parts.iter().find_map(|(start, part)| {
            let from = usize::try_from(address.checked_sub(*start)?).ok()?;
            part.get(from..)?.get(..usize::try_from(length).ok()?)
        })
    }
}

/// `path` as it is known here: without what depends on the compiler or on a crate's version.
fn known_path(path: &str) -> String {
    if let Some((_, library)) = path.split_once("/library/") {
        return format!("library/{library}");
    }
    let inside = ["/crates/", "/deps/"]
        .iter()
        .find_map(|mark| path.split_once(mark));
    match inside.and_then(|(_, inside)| inside.split_once('/')) {
        Some((package, file)) => match package.rsplit_once('-') {
            Some((name, _version)) => format!("{name}/{file}"),
            None => path.to_owned(),
        },
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_and_places_are_found_by_their_addresses() {
        let text = b"no such thing/crates/regex-lite-0.1.9/src/nfa.rs";
        let place = [100 + 13, 35, 7, 5_u32].map(u32::to_le_bytes).concat();
        let texts = Texts {
            parts: vec![(100, text), (200, &place)],
        };
        assert_eq!(texts.message(&[1, 100, 13, 200]), Some("no such thing"));
        let found = texts.place(&[1, 100, 13, 200]);
        assert_eq!(
            found,
            Some(Place {
                file: "regex-lite/src/nfa.rs".to_owned(),
                line: 7
            })
        );
        assert_eq!(texts.message(&[1, 2, 3]), None);
        assert_eq!(texts.place(&[199, 200 + 16]), None);
    }

    #[test]
    fn paths_are_the_same_for_every_compiler() {
        let same = "library/core/src/str/mod.rs";
        assert_eq!(
            known_path("/rustc/0123abcd/library/core/src/str/mod.rs"),
            same
        );
        assert_eq!(known_path("/rust/library/core/src/str/mod.rs"), same);
        let same = "hashbrown/src/raw/mod.rs";
        assert_eq!(
            known_path("/rust/deps/hashbrown-0.16.1/src/raw/mod.rs"),
            same
        );
        assert_eq!(known_path("/crates/hashbrown-0.16.1/src/raw/mod.rs"), same);
        assert_eq!(
            known_path("crates/config/src/parse.rs"),
            "crates/config/src/parse.rs"
        );
    }
}
