//! Configurations and messages to begin with: those of the filter's cases.

use std::fs;
use std::path::Path;

use hachure_casefile::Case;
use hachure_host_double::{Fields, Random};

pub(crate) struct Corpus {
    pub(crate) configs: Vec<String>,
    requests: Vec<Fields>,
    responses: Vec<Fields>,
    names: Vec<Vec<u8>>,
    values: Vec<Vec<u8>>,
}

impl Corpus {
    /// The corpus of a filter; of one that has no folder, a small one.
    pub(crate) fn of(filter: &str) -> Self {
        let mut corpus = Self {
            configs: vec!["{}".into()],
            requests: vec![Fields::from([
                (":method", "GET"),
                (":path", "/a/b?c=d"),
                (":authority", "api.example.com"),
                ("origin", "https://app.example.com"),
                ("accept", "*/*"),
            ])],
            responses: vec![Fields::from([
                (":status", "200"),
                ("content-type", "text/plain"),
            ])],
            names: vec![],
            values: vec![],
        };
        for case in cases(filter) {
            corpus.configs.push(case.config.to_string());
            for step in case.steps {
                corpus
                    .requests
                    .push(Fields::from(&step.request.headers.to_map()));
                let upstream = step.upstream.unwrap_or_default();
                corpus
                    .responses
                    .push(Fields::from(&upstream.headers.to_map()));
            }
        }
        let fields = corpus
            .requests
            .iter()
            .chain(&corpus.responses)
            .flat_map(Fields::iter);
        let pairs: Vec<_> = fields
            .map(|(name, value)| (name.to_vec(), value.to_vec()))
            .collect();
        (corpus.names, corpus.values) = pairs.into_iter().unzip();
        corpus
    }

    pub(crate) fn request(&self, random: &mut Random) -> Fields {
        let base = random.pick(&self.requests).clone();
        self.mutated(base, random)
    }

    pub(crate) fn response(&self, random: &mut Random) -> Fields {
        let mut base = random.pick(&self.responses).clone();
        if base.value(":status").is_none() && !random.chance(50) {
            let status = random.pick(&["200", "204", "301", "404", "503", "999", "x"]);
            base.add(b":status", status.as_bytes());
        }
        self.mutated(base, random)
    }

    /// A few headers more, fewer, or other ones.
    fn mutated(&self, mut fields: Fields, random: &mut Random) -> Fields {
        for _ in 0..random.below(5) {
            let name = self.name(random);
            match random.below(5) {
                0 => fields.remove(&name),
                1 => fields.set(&name, &self.value(random)),
                2 => {
                    let again = fields.value(&name).unwrap_or_default().to_vec();
                    fields.add(&name, &again);
                }
                _ => fields.add(&name, &self.value(random)),
            }
        }
        fields
    }

    fn name(&self, random: &mut Random) -> Vec<u8> {
        if random.chance(950) {
            random.pick(&self.names).clone()
        } else {
            bytes(random, 12)
        }
    }

    /// A value of the corpus as it is, damaged, joined with another one, or mere bytes.
    fn value(&self, random: &mut Random) -> Vec<u8> {
        let mut value = random.pick(&self.values).clone();
        match random.below(8) {
            0 => value.clear(),
            1 => value = bytes(random, 40),
            2 => value = value.repeat(random.below(300)),
            3 => {
                let glue: &[&[u8]] = &[b",", b", ", b";", b"/", b"%", b"\xff"];
                value.extend_from_slice(random.pick::<&[u8]>(glue));
                value.extend_from_slice(random.pick::<Vec<u8>>(&self.values));
            }
            4 => value.truncate(random.below(value.len() + 1)),
            5 => {
                let at = random.below(value.len());
                let bits = random.bits().to_le_bytes();
                value
                    .iter_mut()
                    .skip(at)
                    .zip(bits)
                    .take(1 + at % 2)
                    .for_each(|(b, r)| *b = r);
            }
            _ => {}
        }
        value
    }
}

/// Any bytes at all, more than a codec would let in.
pub(crate) fn bytes(random: &mut Random, most: usize) -> Vec<u8> {
    (0..random.below(most))
        .map(|_| random.bits().to_le_bytes()[0])
        .collect()
}

fn cases(filter: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../filters")
        .join(filter);
    let mut files: Vec<_> = ["cases", "examples"]
        .iter()
        .filter_map(|kind| fs::read_dir(folder.join(kind)).ok())
        .flat_map(|files| files.map(|file| file.unwrap().path()))
        .collect();
    files.sort();
    let texts = files
        .into_iter()
        .map(|file| fs::read_to_string(file).unwrap());
    texts.map(|text| Case::parse(&text).unwrap()).collect()
}
