//! Configs near real ones: those of every case, changed at random. None makes a policy panic, a
//! config is taken or refused as one, and what a policy takes its schema takes too.
//!
//! A run is the same every time; `HACHURE_CONFIGS=100000` asks for more than the usual number.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this is a test"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use hachure_casefile::Case;
use hachure_registry::{FILTERS, Filter};
use serde_json::{Map, Value, json};

/// How many for each filter.
const USUAL: u64 = 2_000;

#[test]
fn configs_near_real_ones_are_taken_or_refused() {
    let wanted = std::env::var("HACHURE_CONFIGS").map_or(USUAL, |text| text.parse().unwrap());
    for filter in FILTERS {
        let configs = configs(filter);
        let schema = serde_json::from_str(filter.schema).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        let (mut taken, mut refused) = (0, 0);
        for seed in 0..wanted {
            let mut random = Random::new(seed);
            let config = changed(&configs, &mut random);
            let text = text(&config, &mut random);
            match compile(filter, &text) {
                Ok(()) => {
                    taken += 1;
                    // Changed further as bytes, it may be JSON of which the last member counts.
                    if text == config.to_string().as_bytes() {
                        let why = schema.validate(&config).err();
                        assert!(why.is_none(), "{}: {why:?}\n{config}", filter.name);
                    }
                }
                Err(line) => {
                    refused += 1;
                    let is_line = !line.is_empty()
                        && !line.contains(|c: char| c.is_ascii_control() && c != '\x7f');
                    assert!(is_line, "{}: {line:?}\n{config}", filter.name);
                }
            }
        }
        println!("{}: {taken} taken, {refused} refused", filter.name);
        let few = wanted / 50;
        assert!(
            taken > few && refused > few,
            "{}: {taken}, {refused}",
            filter.name
        );
    }
}

/// Whether the policy takes it, or the line that says what is wrong; always the same.
fn compile(filter: &Filter, text: &[u8]) -> Result<(), String> {
    let once = || {
        let compiled = (filter.compile)(text);
        compiled.map(drop).map_err(|errors| errors.to_string())
    };
    let twice = catch_unwind(AssertUnwindSafe(|| [once(), once()]));
    let [first, second] = twice.unwrap_or_else(|_| {
        panic!(
            "{} panics at {}",
            filter.name,
            String::from_utf8_lossy(text)
        );
    });
    assert_eq!(first, second, "{}", filter.name);
    first
}

/// Those of the filter's cases and examples, good and bad.
fn configs(filter: &Filter) -> Vec<Value> {
    let filters = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../filters");
    let files = ["cases", "examples"].map(|kind| filters.join(filter.name).join(kind));
    let mut files: Vec<_> = files
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let read = |file| {
        Case::parse(&std::fs::read_to_string(file).unwrap())
            .unwrap()
            .config
    };
    files.iter().map(read).collect()
}

/// One of them, with up to three places changed.
fn changed(configs: &[Value], random: &mut Random) -> Value {
    let mut config = random.one_of(configs).clone();
    for _ in 0..random.below(4) {
        let other = random.one_of(configs);
        let piece = nth(other, random.below(count(other))).clone();
        let place = random.below(count(&config));
        change(nth_mut(&mut config, place), piece, random);
    }
    config
}

fn change(at: &mut Value, piece: Value, random: &mut Random) {
    match (random.below(6), &mut *at) {
        (0, _) => *at = odd(random),
        (1, _) => *at = json!([at.take(), piece]),
        (2, Value::Array(list)) if !list.is_empty() => {
            let place = random.below(list.len());
            list.push(list[place].clone());
        }
        (3, Value::Array(list)) if !list.is_empty() => {
            list.remove(random.below(list.len()));
        }
        (2, Value::Object(members)) if !members.is_empty() => {
            let name = any_name(members, random);
            members.remove(&name);
        }
        (3, Value::Object(members)) if !members.is_empty() => {
            let name = any_name(members, random);
            members.insert(name, piece);
        }
        (4, Value::Object(members)) => {
            members.insert("unknown".to_owned(), piece);
        }
        _ => *at = piece,
    }
}

fn any_name(members: &Map<String, Value>, random: &mut Random) -> String {
    let place = random.below(members.len());
    members.keys().nth(place).unwrap().clone()
}

/// Values that somebody may have forgotten.
fn odd(random: &mut Random) -> Value {
    let odd = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(""),
        json!("a"),
        json!("\r\nx: y\0"),
        json!("\u{e9}\u{200b}\u{1f600}"),
        json!("${claim.a}${"),
        json!("(?i)[a-"),
        json!("%2f/../;a=b"),
        json!("99999999999999h"),
        json!("x".repeat(5_000)),
        json!([]),
        json!({}),
        json!([[[[]]]]),
    ];
    random.one_of(&odd).clone()
}

/// As JSON; one in four with some of its bytes changed.
fn text(config: &Value, random: &mut Random) -> Vec<u8> {
    let mut text = config.to_string().into_bytes();
    if random.below(4) == 0 {
        for _ in 0..=random.below(3) {
            if text.is_empty() {
                break;
            }
            let place = random.below(text.len());
            match random.below(3) {
                0 => text[place] = u8::try_from(random.below(256)).unwrap(),
                1 => drop(text.remove(place)),
                _ => text.insert(place, *random.one_of(b"{}[],:\"\\0 \xff")),
            }
        }
    }
    text
}

/// A value and all that it holds, in order.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

fn nth(value: &Value, place: usize) -> &Value {
    let mut left = place;
    if left == 0 {
        return value;
    }
    left -= 1;
    let inner: Vec<&Value> = match value {
        Value::Array(list) => list.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => vec![],
    };
    for one in inner {
        match count(one) {
            size if left < size => return nth(one, left),
            size => left -= size,
        }
    }
    value
}

fn nth_mut(value: &mut Value, place: usize) -> &mut Value {
    if place == 0 {
        return value;
    }
    let mut left = place - 1;
    let inner: Vec<&mut Value> = match value {
        Value::Array(list) => list.iter_mut().collect(),
        Value::Object(members) => members.values_mut().collect(),
        _ => vec![],
    };
    for one in inner {
        match count(one) {
            size if left < size => return nth_mut(one, left),
            size => left -= size,
        }
    }
    panic!("no place of the value")
}

/// xorshift64*: numbers for tests.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let word = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(word).unwrap() % bound
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}
