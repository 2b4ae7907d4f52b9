//! The characters that YAML text may hold.

use crate::{Error, ErrorKind, Position};

/// Refuses what `kubectl` refuses (control characters), the three line breaks that YAML 1.1 has
/// and YAML 1.2 has not (our parser follows 1.2 and would read on where `kubectl` breaks), and a
/// byte order mark behind the start, which is text to one and nothing to the other.
pub(crate) fn check(text: &str) -> Result<(), Error> {
    let mut position = Position::START;
    for character in text.chars() {
        if !is_allowed(character) {
            return Err(Error::new(position, ErrorKind::Character(character)));
        }
        position = position.after(character);
    }
    Ok(())
}

fn is_allowed(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' | '\u{20}'..='\u{7e}' => true,
        '\u{2028}' | '\u{2029}' | '\u{feff}' => false,
        '\u{a0}'..='\u{fffd}' | '\u{10000}'.. => true,
        _ => false,
    }
}

impl Position {
    /// The position behind `character`, when it stands here.
    pub(crate) fn after(self, character: char) -> Self {
        if character == '\n' {
            Self {
                line: self.line.saturating_add(1),
                column: 1,
            }
        } else {
            Self {
                line: self.line,
                column: self.column.saturating_add(1),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_character_and_its_place() {
        let error = check("a: é\nb: \"\u{7f}\"\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 2, column 5: the character U+007F must be written as an escape in double quotes"
        );
    }

    #[test]
    fn takes_text_and_refuses_controls_and_disputed_breaks() {
        assert_eq!(check("a:\t\"ü 漢 🙂 \u{a0}\"\r\n"), Ok(()));
        for refused in [
            '\0', '\u{8}', '\u{85}', '\u{9f}', '\u{2028}', '\u{2029}', '\u{feff}', '\u{ffff}',
        ] {
            assert!(check(&refused.to_string()).is_err(), "{refused:?}");
        }
    }
}
