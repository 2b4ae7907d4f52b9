//! A `google.protobuf.Value` as JSON.

use hachure_config::quoted;

use super::wire::{Wire, members};
use super::{BOOL, LIST, NUMBER, STRING, STRUCT, elements, one};

pub(super) const NULL: &str = "null";

/// Structs and lists in one another: as many as in a JSON text that this repository reads.
const MAX_DEPTH: usize = 64;
/// Above it a double is not the only one that is near a whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Up to here a double has room for six digits behind the point.
const WITH_FRACTION: f64 = 1e9;
const MILLION: u64 = 1_000_000;

/// Appends the JSON of a value; none where it has a number that is not told, or is too deep.
pub(super) fn value(value: &[u8], depth: usize, out: &mut String) -> Option<()> {
    if depth == MAX_DEPTH {
        return None;
    }
    let deeper = depth.saturating_add(1);
    match one(value)? {
        (NUMBER, Wire::Fixed(bits)) => number(f64::from_bits(bits), out)?,
        (STRING, Wire::Bytes(bytes)) => out.push_str(&quoted(str::from_utf8(bytes).ok()?)),
        (BOOL, Wire::Varint(is)) => out.push_str(if is == 0 { "false" } else { "true" }),
        (STRUCT, Wire::Bytes(message)) => {
            // A map has no order of its own.
            let mut sorted: Vec<_> = members(message).collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            out.push('{');
            for (i, (name, member)) in sorted.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&quoted(name));
                out.push(':');
                self::value(member, deeper, out)?;
            }
            out.push('}');
        }
        (LIST, Wire::Bytes(list)) => {
            out.push('[');
            for (i, element) in elements(list).enumerate() {
                if i > 0 {
                    out.push(',');
                }
                self::value(element, deeper, out)?;
            }
            out.push(']');
        }
        _ => out.push_str(NULL),
    }
    Some(())
}

/// A whole number, or one with up to six digits behind the point: what prints every double would be
/// a twentieth of a module.
fn number(value: f64, out: &mut String) -> Option<()> {
    let size = value.abs();
    let whole = size as u64;
    if size > EXACT || size.is_nan() {
        return None;
    }
    if value < 0.0 {
        out.push('-');
    }
    if whole as f64 == size {
        out.push_str(&whole.to_string());
        return Some(());
    }
    let millionths = (size * MILLION as f64 + 0.5) as u64;
    if size > WITH_FRACTION || millionths as f64 / MILLION as f64 != size {
        return None;
    }
    out.push_str(&(millionths / MILLION).to_string());
    out.push('.');
    // With a digit before them, the zeros in front stay.
    let digits = (millionths % MILLION).saturating_add(MILLION).to_string();
    out.push_str(digits.strip_prefix('1')?.trim_end_matches('0'));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(value: f64) -> Option<String> {
        let mut out = String::new();
        number(value, &mut out).map(|()| out)
    }

    #[test]
    fn numbers_are_told_as_they_are_or_not_at_all() {
        for value in [
            0.0,
            1.0,
            -1.0,
            0.25,
            -0.1,
            1.000001,
            0.000001,
            123456.789,
            999999999.999999,
            1764076800.0,
            9007199254740992.0,
            -9007199254740991.0,
            1e15,
        ] {
            assert_eq!(told(value), Some(value.to_string()), "{value}");
        }
        assert_eq!(told(-0.0).as_deref(), Some("0"));
        for value in [
            1e-7,
            1.0 / 3.0,
            1e16,
            1000000000.5,
            f64::NAN,
            f64::INFINITY,
            f64::MIN,
            f64::MIN_POSITIVE,
        ] {
            assert_eq!(told(value), None, "{value}");
        }
    }
}
