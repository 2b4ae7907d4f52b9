//! What the rounds of a subject come to.

/// A figure of the base and one of the subject per round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series(Vec<(f64, f64)>);

/// The middle of a series, and the quarters around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) lower: f64,
    pub(crate) upper: f64,
}

impl Series {
    pub(crate) fn push(&mut self, base: f64, figure: f64) {
        self.0.push((base, figure));
    }

    /// The subject's figures.
    pub(crate) fn whole(&self) -> Summary {
        Summary::of(self.0.iter().map(|(_, figure)| *figure))
    }

    /// What the subject adds to its base, round by round.
    pub(crate) fn added(&self) -> Summary {
        Summary::of(self.0.iter().map(|(base, figure)| figure - base))
    }
}

impl Summary {
    fn of(figures: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = figures.collect();
        sorted.sort_by(f64::total_cmp);
        let at = |part: f64| {
            let place = part * (sorted.len().saturating_sub(1)) as f64;
            let (low, high) = (place.floor() as usize, place.ceil() as usize);
            let get = |i: usize| sorted.get(i).copied().unwrap_or(f64::NAN);
            get(low) + (get(high) - get(low)) * place.fract()
        };
        Self {
            median: at(0.5),
            lower: at(0.25),
            upper: at(0.75),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_taken_within_a_round() {
        let series = Series(vec![(10.0, 11.0), (20.0, 22.0), (30.0, 33.0)]);
        assert_eq!(series.whole().median, 22.0);
        assert_eq!(
            series.added(),
            Summary {
                median: 2.0,
                lower: 1.5,
                upper: 2.5
            }
        );
    }
}
