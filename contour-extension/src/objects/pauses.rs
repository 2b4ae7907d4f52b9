//! How long a watch that failed waits before the next try.

use std::time::Duration;

use kube::runtime::utils::Backoff;

/// From 250 ms to 4 s, each twice the one before. kube's own go up to 30 s, which a policy that was
/// written after an outage would wait for.
#[derive(Debug, Default)]
pub(crate) struct Pauses(u32);

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let pause = Duration::from_millis(250 << self.0);
        self.0 = self.0.saturating_add(1).min(4);
        Some(pause)
    }
}

impl Backoff for Pauses {
    fn reset(&mut self) {
        self.0 = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_grow_to_4_seconds_and_begin_again() {
        let mut pauses = Pauses::default();
        let seen: Vec<_> = pauses.by_ref().take(6).map(|it| it.as_millis()).collect();
        assert_eq!(seen, [250, 500, 1000, 2000, 4000, 4000]);
        pauses.reset();
        assert_eq!(pauses.next(), Some(Duration::from_millis(250)));
    }
}
