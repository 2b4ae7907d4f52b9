//! The list of reviewed calls. A line is an entry and, behind ` # `, the reason for it; an entry
//! without a reason is refused. In an entry `*` stands for any text.

use anyhow::{Context, Result, bail};

use crate::repository::Repository;

pub(crate) const PANICS: &str = "xtask/audit/panics.txt";
/// Stands between a caller and what it calls.
const CALLS: &str = " calls ";

/// The calls of panicking functions that somebody looked at.
pub(crate) struct Reviewed(Vec<Entry>);

struct Entry {
    caller: String,
    callee: String,
    used: bool,
}

impl Reviewed {
    pub(crate) fn read(repository: &Repository) -> Result<Self> {
        let entries = entries(repository, PANICS)?;
        entries
            .iter()
            .map(|entry| Entry::parse(entry))
            .collect::<Result<_>>()
            .map(Self)
    }

    #[cfg(test)]
    pub(crate) fn of(entries: &[&str]) -> Result<Self> {
        entries
            .iter()
            .map(|entry| Entry::parse(entry))
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Whether an entry covers this call. Every entry that does counts as used.
    pub(crate) fn cover(&mut self, caller: &str, callee: &str) -> bool {
        let mut covered = false;
        for entry in &mut self.0 {
            if matches(&entry.caller, caller) && matches(&entry.callee, callee) {
                entry.used = true;
                covered = true;
            }
        }
        covered
    }

    /// Entries that covered no call since the list was read.
    pub(crate) fn unused(&self) -> impl Iterator<Item = String> {
        let unused = self.0.iter().filter(|entry| !entry.used);
        unused.map(|entry| format!("{}{CALLS}{}", entry.caller, entry.callee))
    }
}

impl Entry {
    fn parse(entry: &str) -> Result<Self> {
        let parts = entry.split_once(CALLS);
        let (caller, callee) = parts.with_context(|| {
            format!("{PANICS}: `{entry}` is not of the form `<function> calls <function> # reason`")
        })?;
        let (caller, callee) = (caller.trim().to_owned(), callee.trim().to_owned());
        Ok(Self {
            caller,
            callee,
            used: false,
        })
    }
}

fn entries(repository: &Repository, file: &str) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(repository.path(file)).context(file.to_owned())?;
    let mut entries = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.split_once(" # ") {
            Some((entry, reason)) if !reason.trim().is_empty() => {
                entries.push(entry.trim().to_owned());
            }
            _ => bail!("{file}: `{line}` has no reason: add ` # ` and why it is allowed"),
        }
    }
    Ok(entries)
}

/// Whether `text` is `pattern`, in which each `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut left) = text.strip_prefix(start) else {
        return false;
    };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some((_, after)) = left.split_once(piece) else {
            return false;
        };
        left = after;
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        assert!(matches("a::b", "a::b"));
        assert!(!matches("a::b", "a::bc"));
        assert!(matches(
            "<alloc::vec::Vec<*>>::insert*",
            "<alloc::vec::Vec<u8>>::insert::fail"
        ));
        assert!(matches("*", ""));
        assert!(!matches("a*b*c", "a-c-b"));
        assert!(!matches("ab*b", "ab"));
    }

    #[test]
    fn an_entry_covers_its_calls_and_is_used_then() -> Result<()> {
        let mut reviewed = Reviewed::of(&["a::* calls core::panicking::*", "b calls c"])?;
        assert!(reviewed.cover("a::x", "core::panicking::panic"));
        assert!(!reviewed.cover("b", "core::panicking::panic"));
        assert_eq!(reviewed.unused().collect::<Vec<_>>(), ["b calls c"]);
        Ok(())
    }
}
