//! What the rounds of a subject come to.

/// One figure per round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series(Vec<f64>);

/// The middle of a series, and the quarters around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) lower: f64,
    pub(crate) upper: f64,
}

impl Series {
    pub(crate) fn push(&mut self, figure: f64) {
        self.0.push(figure);
    }

    pub(crate) fn summary(&self) -> Summary {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |part: f64| {
            let place = part * (sorted.len().saturating_sub(1)) as f64;
            let (low, high) = (place.floor() as usize, place.ceil() as usize);
            let get = |i: usize| sorted.get(i).copied().unwrap_or(f64::NAN);
            get(low) + (get(high) - get(low)) * place.fract()
        };
        Summary {
            median: at(0.5),
            lower: at(0.25),
            upper: at(0.75),
        }
    }

    /// What this adds to `base`, round by round.
    pub(crate) fn added(&self, base: &Series) -> Summary {
        Series(self.0.iter().zip(&base.0).map(|(a, b)| a - b).collect()).summary()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_taken_within_a_round() {
        let base = Series(vec![10.0, 20.0, 30.0]);
        let more = Series(vec![11.0, 22.0, 33.0]);
        assert_eq!(
            more.added(&base),
            Summary {
                median: 2.0,
                lower: 1.5,
                upper: 2.5
            }
        );
    }
}
