//! Counting tests by the summaries that test programs print.

use std::fmt;

/// Tests that ran.
#[derive(Default, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Counts {
    /// Adds what a line like `test result: ok. 3 passed; 0 failed; 1 ignored; ...` says.
    pub(crate) fn read(&mut self, line: &str) {
        let Some(results) = line.strip_prefix("test result: ") else {
            return;
        };
        for part in results.split(['.', ';']) {
            let mut words = part.split_whitespace();
            let number = words.next().and_then(|word| word.parse::<u64>().ok());
            match (number, words.next()) {
                (Some(number), Some("passed")) => self.passed += number,
                (Some(number), Some("failed")) => self.failed += number,
                (Some(number), Some("ignored")) => self.skipped += number,
                _ => {}
            }
        }
    }

    /// A step that failed counts as a test where no test of it was counted as failed.
    pub(crate) fn fail_at_least_one(&mut self) {
        self.failed = self.failed.max(1);
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_add_up() {
        let mut counts = Counts::default();
        counts.read(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; finished in 0.00s\n",
        );
        counts.read("test a::b ... ok\n");
        counts.read("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured\n");
        assert_eq!(
            counts,
            Counts {
                passed: 4,
                failed: 2,
                skipped: 1
            }
        );
        assert_eq!(counts.to_string(), "4 passed, 2 failed, 1 skipped");
    }

    #[test]
    fn nothing_skipped_is_not_said() {
        let mut counts = Counts::default();
        assert_eq!(counts.to_string(), "0 passed, 0 failed");
        counts.fail_at_least_one();
        assert_eq!(counts.to_string(), "0 passed, 1 failed");
    }
}
