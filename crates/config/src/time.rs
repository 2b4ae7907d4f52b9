//! Time as a value, and the two forms in which the field writes it.

use std::fmt;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

/// Nanoseconds since 1970-01-01T00:00:00Z, as the host tells them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(pub u64);

const NANOS: u64 = 1_000_000_000;
const DAY: u64 = 86_400;
/// The last whole year that nanoseconds in 64 bits can name.
const LAST_YEAR: u64 = 2553;
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

impl UnixTime {
    /// From whole seconds since the epoch.
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(NANOS))
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> u64 {
        self.0 / NANOS
    }

    /// Reads RFC 3339 from 1970 to 2553: `2026-01-31T00:00:00Z`, an offset in place of `Z`, or a
    /// date alone, which means its first instant in UTC. Fractions of a second are dropped.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let days = days_of_date(date)?;
        let seconds = days.checked_mul(DAY)?;
        if rest.is_empty() {
            return Some(Self::from_seconds(seconds));
        }
        let rest = rest.strip_prefix(['T', 't'])?;
        let (clock, rest) = rest.split_at_checked(8)?;
        let seconds = seconds.checked_add(seconds_of_clock(clock)?)?;
        let offset = skip_fraction(rest)?;
        if matches!(offset, "Z" | "z") {
            return Some(Self::from_seconds(seconds));
        }
        let (sign, clock) = offset.split_at_checked(1)?;
        let shift = seconds_of_clock(&format!("{clock}:00"))?;
        let seconds = match sign {
            "+" => seconds.checked_sub(shift)?,
            "-" => seconds.checked_add(shift)?,
            _ => return None,
        };
        Some(Self::from_seconds(seconds))
    }

    /// The form of HTTP's date headers: `Sat, 31 Jan 2026 00:00:00 GMT` (IMF-fixdate, RFC 9110,
    /// 5.6.7).
    pub fn http_date(self) -> String {
        let (year, month, day) = self.date();
        let weekday = WEEKDAYS.get(self.weekday()).unwrap_or(&"");
        let month = MONTHS.get(month.saturating_sub(1)).unwrap_or(&"");
        format!("{weekday}, {day:02} {month} {year:04} {} GMT", self.clock())
    }

    /// RFC 3339 in UTC, to the second.
    pub fn rfc3339(self) -> String {
        let (year, month, day) = self.date();
        format!("{year:04}-{month:02}-{day:02}T{}Z", self.clock())
    }

    /// The first instants of its month and of the next one, in UTC.
    pub fn month(self) -> (Self, Self) {
        let (year, month, day) = self.date();
        let start = (self.seconds() / DAY).saturating_sub(day.saturating_sub(1));
        Self::days(start, days_in_month(year, month))
    }

    /// The first instants of its year and of the next one, in UTC.
    pub fn year(self) -> (Self, Self) {
        let (year, month, day) = self.date();
        let before = (1..month).map(|m| days_in_month(year, m)).sum::<u64>();
        let passed = before.saturating_add(day.saturating_sub(1));
        let start = (self.seconds() / DAY).saturating_sub(passed);
        Self::days(start, days_in_year(year))
    }

    /// `count` days from day `start` on: the first instants of the first and after the last.
    fn days(start: u64, count: u64) -> (Self, Self) {
        let at = |day: u64| Self::from_seconds(day.saturating_mul(DAY));
        (at(start), at(start.saturating_add(count)))
    }

    fn clock(self) -> String {
        let of_day = self.seconds() % DAY;
        format!(
            "{:02}:{:02}:{:02}",
            of_day / 3600,
            of_day / 60 % 60,
            of_day % 60
        )
    }

    fn weekday(self) -> usize {
        usize::try_from(self.seconds() / DAY % 7).unwrap_or(0)
    }

    /// Year, month from 1, day from 1. Walks the years, which are few.
    fn date(self) -> (u64, usize, u64) {
        let mut days = self.seconds() / DAY;
        let mut year = 1970_u64;
        while days >= days_in_year(year) {
            days = days.saturating_sub(days_in_year(year));
            year = year.saturating_add(1);
        }
        for month in 1..=12 {
            let length = days_in_month(year, month);
            if days < length {
                return (year, month, days.saturating_add(1));
            }
            days = days.saturating_sub(length);
        }
        (year, 12, 31)
    }
}

fn days_of_date(date: &str) -> Option<u64> {
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (year, month, day) = (digits(year, 4)?, digits(month, 2)?, digits(day, 2)?);
    let month = usize::try_from(month).ok()?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let years = (1970..year.clamp(1970, LAST_YEAR))
        .map(days_in_year)
        .sum::<u64>();
    let months = (1..month).map(|m| days_in_month(year, m)).sum::<u64>();
    (1970..=LAST_YEAR).contains(&year).then(|| {
        years
            .saturating_add(months)
            .saturating_add(day.saturating_sub(1))
    })
}

fn seconds_of_clock(clock: &str) -> Option<u64> {
    let mut parts = clock.split(':');
    let hour = digits(parts.next()?, 2).filter(|h| *h < 24)?;
    let minute = digits(parts.next()?, 2).filter(|m| *m < 60)?;
    let second = digits(parts.next()?, 2).filter(|s| *s < 60)?;
    let minutes = hour.saturating_mul(60).saturating_add(minute);
    parts
        .next()
        .is_none()
        .then(|| minutes.saturating_mul(60).saturating_add(second))
}

fn skip_fraction(rest: &str) -> Option<&str> {
    let Some(fraction) = rest.strip_prefix('.') else {
        return Some(rest);
    };
    let offset = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    (offset.len() < fraction.len()).then_some(offset)
}

fn digits(text: &str, count: usize) -> Option<u64> {
    let ok = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    ok.then(|| text.parse().ok())?
}

fn days_in_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_in_month(year: u64, month: usize) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

impl<'de> Deserialize<'de> for UnixTime {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = UnixTime;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an RFC 3339 time as 2026-01-31T00:00:00Z, or a date as 2026-01-31")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<UnixTime, E> {
                UnixTime::parse_rfc3339(text)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        d.deserialize_str(Text)
    }
}

impl Serialize for UnixTime {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.rfc3339())
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for UnixTime {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "RFC 3339 time, or a date alone, which means its first instant in UTC.",
            "pattern": r"^\d{4}-\d{2}-\d{2}([Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2}))?$",
            "examples": ["2026-01-31T00:00:00Z", "2026-01-31"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_known_instants() {
        for (text, seconds, http) in [
            ("1970-01-01", 0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (
                "1994-11-06T08:49:37Z",
                784_111_777,
                "Sun, 06 Nov 1994 08:49:37 GMT",
            ),
            (
                "2000-02-29T23:59:59.999Z",
                951_868_799,
                "Tue, 29 Feb 2000 23:59:59 GMT",
            ),
            (
                "2026-03-01T01:00:00+01:00",
                1_772_323_200,
                "Sun, 01 Mar 2026 00:00:00 GMT",
            ),
            (
                "2553-12-31T23:59:59Z",
                18_429_292_799,
                "Mon, 31 Dec 2553 23:59:59 GMT",
            ),
        ] {
            let time = UnixTime::parse_rfc3339(text).unwrap();
            assert_eq!(time.seconds(), seconds, "{text}");
            assert_eq!(time.http_date(), http);
            assert_eq!(UnixTime::parse_rfc3339(&time.rfc3339()), Some(time));
        }
    }

    #[test]
    fn months_and_years_have_their_lengths() {
        for (now, month, next, year) in [
            ("1970-01-01", "1970-01-01", "1970-02-01", "1970-01-01"),
            (
                "2026-01-31T23:59:59Z",
                "2026-01-01",
                "2026-02-01",
                "2026-01-01",
            ),
            (
                "2028-02-29T12:00:00Z",
                "2028-02-01",
                "2028-03-01",
                "2028-01-01",
            ),
            (
                "2026-12-31T23:59:59Z",
                "2026-12-01",
                "2027-01-01",
                "2026-01-01",
            ),
        ] {
            let at = |text| UnixTime::parse_rfc3339(text).unwrap();
            assert_eq!(at(now).month(), (at(month), at(next)), "{now}");
            assert_eq!(at(now).year().0, at(year), "{now}");
        }
        let (start, end) = UnixTime::from_seconds(1_798_761_599).year();
        assert_eq!(
            (start.rfc3339(), end.rfc3339()),
            (
                "2026-01-01T00:00:00Z".to_owned(),
                "2027-01-01T00:00:00Z".to_owned()
            )
        );
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-1-01",
            "1969-12-31",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.Z",
            "2026-01-01 00:00:00Z",
            "2026-01-01Z",
            "2026-01-01T00:00:00+1:00",
            "é026-01-01",
            "2554-01-01",
            "9999-12-31",
        ] {
            assert_eq!(UnixTime::parse_rfc3339(text), None, "{text}");
        }
    }
}
