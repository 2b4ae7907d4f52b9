//! What is counted.

use hachure_config::ConfigErrors;
use hachure_exchange::{Counter, Metrics, Reason};

use crate::reasons;

/// The label value of every consumer that the config does not list.
const OTHER: &str = "other";

/// The counters that belong to no version.
#[derive(Debug)]
pub(crate) struct Counters {
    pub(crate) unversioned: Counter,
    refused: Vec<Counter>,
    /// By direction, then by outcome.
    bodies: Vec<Counter>,
}

/// Whose body it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Request,
    Response,
}

/// What became of a body that was to be transformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyOutcome {
    Transformed,
    /// No operation found anything to do.
    Unchanged,
    TooLarge,
    NoRoom,
    Invalid,
    Encoded,
}

const OUTCOMES: [(BodyOutcome, &str); 6] = [
    (BodyOutcome::Transformed, "transformed"),
    (BodyOutcome::Unchanged, "unchanged"),
    (BodyOutcome::TooLarge, "too_large"),
    (BodyOutcome::NoRoom, "no_room"),
    (BodyOutcome::Invalid, "invalid"),
    (BodyOutcome::Encoded, "encoded"),
];
const DIRECTIONS: [(Direction, &str); 2] = [
    (Direction::Request, "request"),
    (Direction::Response, "response"),
];

impl Counters {
    /// Those of bodies only where some are transformed: each is a series of its own.
    pub(crate) fn new(metrics: &mut Metrics, has_bodies: bool) -> Result<Self, ConfigErrors> {
        let refused = reasons::ALL
            .iter()
            .filter(|reason| has_bodies || !reasons::OF_BODIES.contains(reason));
        let mut bodies = vec![];
        for (_, direction) in DIRECTIONS.iter().filter(|_| has_bodies) {
            for (_, outcome) in OUTCOMES {
                let labels = [("direction", *direction), ("outcome", outcome)];
                bodies.push(metrics.counter("body", &labels)?);
            }
        }
        Ok(Self {
            bodies,
            unversioned: metrics.counter("unversioned", &[])?,
            refused: refused
                .map(|reason| metrics.counter("refused", &[("reason", reason.code)]))
                .collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn body(&self, direction: Direction, outcome: BodyOutcome) -> Counter {
        let row = DIRECTIONS.iter().position(|(known, _)| *known == direction);
        let column = OUTCOMES.iter().position(|(known, _)| *known == outcome);
        let place = row
            .zip(column)
            .map(|(row, column)| row.saturating_mul(OUTCOMES.len()).saturating_add(column));
        let counter = place.and_then(|place| self.bodies.get(place)).copied();
        counter.unwrap_or(self.unversioned)
    }

    /// The counter of a reason; all of them were named at the start.
    pub(crate) fn refused(&self, reason: &Reason) -> Counter {
        let place = reasons::ALL
            .iter()
            .position(|known| known.code == reason.code);
        place
            .and_then(|i| self.refused.get(i))
            .copied()
            .unwrap_or(self.unversioned)
    }
}

/// The requests for a version, by consumer in the order of the config; `other` last.
pub(crate) fn of_requests(
    metrics: &mut Metrics,
    name: &str,
    consumers: &[String],
) -> Result<Vec<Counter>, ConfigErrors> {
    let consumers = consumers.iter().map(String::as_str).chain([OTHER]);
    consumers
        .map(|consumer| metrics.counter("request", &[("version", name), ("consumer", consumer)]))
        .collect()
}
