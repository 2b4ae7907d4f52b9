//! Numbers as goyaml.v2 reads them, and as Go writes them.

use serde_json::Value;

/// A number that a plain scalar stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    /// Above `i64::MAX` only.
    Uint(u64),
    /// Finite: `.inf` and `.nan` are words, not numbers, and what is out of range is a string.
    Float(f64),
}

/// Reads a scalar that starts like a number; `None` if it is a string after all.
///
/// Underscores count for nothing except in a number that starts with its point, where they must
/// stand between digits: that one alone goes to Go's `ParseFloat` as it is.
pub(crate) fn parse(text: &str) -> Option<Number> {
    if text.starts_with('.') {
        return parse_float(&without_inner_underscores(text)?).map(Number::Float);
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || first == '+' || first == '-') {
        return None;
    }
    let plain = text.replace('_', "");
    parse_int(&plain)
        .or_else(|| parse_float(&plain).map(Number::Float))
        .or_else(|| parse_odd_binary(&plain))
}

/// Go's `ParseInt(text, 0, 64)`, then `ParseUint`, which takes no sign.
fn parse_int(text: &str) -> Option<Number> {
    let (negative, signed, digits) = match text.as_bytes().first()? {
        b'-' => (true, true, text.strip_prefix('-')?),
        b'+' => (false, true, text.strip_prefix('+')?),
        _ => (false, false, text),
    };
    let magnitude = parse_magnitude(digits)?;
    if negative {
        return 0_i64.checked_sub_unsigned(magnitude).map(Number::Int);
    }
    match i64::try_from(magnitude) {
        Ok(int) => Some(Number::Int(int)),
        Err(_) if signed => None,
        Err(_) => Some(Number::Uint(magnitude)),
    }
}

/// Digits behind the prefix that names their base; a mere leading zero means octal.
fn parse_magnitude(text: &str) -> Option<u64> {
    let (base, digits) = match text.strip_prefix('0') {
        None => (10, text),
        Some("") => return Some(0),
        Some(rest) => match (rest.chars().next()?.to_ascii_lowercase(), rest.get(1..)?) {
            ('x', digits) => (16, digits),
            ('o', digits) => (8, digits),
            ('b', digits) => (2, digits),
            _ => (8, rest),
        },
    };
    // Rust would take a sign here.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(digits, base).ok()
}

/// goyaml.v2 looks at `0b` once more by itself, and lets a sign stand behind it.
fn parse_odd_binary(text: &str) -> Option<Number> {
    i64::from_str_radix(text.strip_prefix("0b")?, 2)
        .ok()
        .map(Number::Int)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, where it is in range.
fn parse_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let mantissa_ok = match (whole, fraction) {
        ("", None | Some("")) => false,
        (whole, fraction) => all_digits(whole) && all_digits(fraction.unwrap_or("")),
    };
    let exponent_ok = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    if !(mantissa_ok && exponent_ok) {
        return None;
    }
    text.parse().ok().filter(|float: &f64| float.is_finite())
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The text without underscores, if each stands between two digits.
fn without_inner_underscores(text: &str) -> Option<String> {
    let mut previous = None;
    let mut characters = text.chars().peekable();
    let is_digit = |character: Option<char>| character.is_some_and(|c| c.is_ascii_digit());
    let mut kept = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        if character != '_' {
            kept.push(character);
        } else if !(is_digit(previous) && is_digit(characters.peek().copied())) {
            return None;
        }
        previous = Some(character);
    }
    Some(kept)
}

impl Number {
    /// The JSON value. Go writes a float without a fraction as an integer (`1e3` as `1000`), so
    /// that is what arrives behind `kubectl`.
    pub(crate) fn to_json(self) -> Value {
        match self {
            Self::Int(int) => int.into(),
            Self::Uint(uint) => uint.into(),
            Self::Float(float) => float_to_json(float),
        }
    }

    /// The string that `kubectl` makes of a number as a key; `None` where it refuses.
    pub(crate) fn to_key(self) -> Option<String> {
        match self {
            Self::Int(int) => Some(int.to_string()),
            Self::Uint(_) => None,
            Self::Float(float) => Some(float_to_key(float)),
        }
    }
}

/// Go's `encoding/json` writes whole floats below 1e21 in digits alone, with the shortest digits
/// that give the same float back: Rust's `Display` has the same digits.
fn float_to_json(float: f64) -> Value {
    let is_whole = float.fract() == 0.0 && float.abs() < 1e21;
    if is_whole && !(float == 0.0 && float.is_sign_negative()) {
        let digits = format!("{float}");
        if let Some(int) = digits.parse::<i64>().ok().map(Value::from) {
            return int;
        }
        if let Some(uint) = digits.parse::<u64>().ok().map(Value::from) {
            return uint;
        }
    }
    Value::from(float)
}

/// Go's `FormatFloat(float, 'g', -1, 32)`: rounded to 32 bits, with an exponent from 1e6 up and
/// below 1e-4. Infinity takes the name that YAML has for it.
#[allow(
    clippy::cast_possible_truncation,
    reason = "kubectl rounds its keys so"
)]
fn float_to_key(float: f64) -> String {
    let float = float as f32;
    if float.is_infinite() {
        return if float > 0.0 {
            ".inf".to_owned()
        } else {
            "-.inf".to_owned()
        };
    }
    let scientific = format!("{float:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let Ok(power) = exponent.parse::<i32>() else {
        return scientific;
    };
    if (-4..6).contains(&power) {
        return format!("{float}");
    }
    let sign = if power < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", power.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_integers_exact() {
        assert_eq!(parse("9223372036854775807"), Some(Number::Int(i64::MAX)));
        assert_eq!(parse("-9223372036854775808"), Some(Number::Int(i64::MIN)));
        assert_eq!(parse("18446744073709551615"), Some(Number::Uint(u64::MAX)));
    }

    #[test]
    fn takes_no_second_sign_behind_a_prefix() {
        assert_eq!(parse("0x-1"), None);
        assert_eq!(parse("--1"), None);
        assert_eq!(parse("0-1"), None);
    }

    #[test]
    fn is_a_string_when_out_of_range() {
        assert_eq!(parse("1e400"), None);
        assert_eq!(parse("1e-400"), Some(Number::Float(0.0)));
    }
}
