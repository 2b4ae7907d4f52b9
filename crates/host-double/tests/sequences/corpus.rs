//! Configurations and messages to begin with: those of the filter's cases.

use std::fs;
use std::path::Path;

use hachure_casefile::{Case, Message, UpstreamAnswer, cluster};
use hachure_exchange::UnixTime;
use hachure_host_double::{Fields, Random};

/// A plugin as a case has it.
pub(crate) struct Plugin {
    pub(crate) config: String,
    /// The clusters that it calls.
    pub(crate) clusters: Vec<String>,
    /// Its headers wait for their bodies.
    pub(crate) headers_held: bool,
    pub(crate) now: Option<UnixTime>,
}

pub(crate) struct Corpus {
    pub(crate) plugins: Vec<Plugin>,
    /// What upstreams answer, whole.
    answers: Vec<Vec<u8>>,
    bodies: Vec<Vec<u8>>,
    requests: Vec<Fields>,
    responses: Vec<Fields>,
    names: Vec<Vec<u8>>,
    values: Vec<Vec<u8>>,
}

impl Corpus {
    /// The corpus of a filter; of one that has no folder, a small one.
    pub(crate) fn of(filter: &str) -> Self {
        let mut corpus = Self {
            plugins: vec![Plugin {
                config: "{}".into(),
                clusters: vec!["idp".into(), "service".into()],
                headers_held: false,
                now: None,
            }],
            answers: vec![vec![], b"keys".to_vec()],
            bodies: vec![vec![], b"text".to_vec(), b"{\"a\": [1, 2.50]}".to_vec()],
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
            corpus.plugins.push(plugin(&case));
            corpus.answers.extend(case.upstreams.values().map(whole));
            for step in case.steps {
                corpus.answers.extend(step.upstreams.values().map(whole));
                let messages = [Some(&step.request), step.upstream.as_ref()];
                let bodies = messages.into_iter().flatten().map(Message::whole_body);
                corpus.bodies.extend(bodies);
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

    /// A body in chunks, perhaps damaged.
    pub(crate) fn body(&self, random: &mut Random) -> Vec<Vec<u8>> {
        let mut body = random.pick(&self.bodies).clone();
        if random.chance(200) {
            body.truncate(random.below(body.len() + 1));
            body.extend(bytes(random, 40));
        }
        let size = 1 + random.below(body.len() + 1);
        body.chunks(size).map(<[u8]>::to_vec).collect()
    }

    /// What an upstream answers, perhaps damaged.
    pub(crate) fn answer(&self, random: &mut Random) -> Vec<u8> {
        let mut answer = random.pick(&self.answers).clone();
        if random.chance(200) {
            answer.truncate(random.below(answer.len() + 1));
        }
        answer
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

fn plugin(case: &Case) -> Plugin {
    let later = case.steps.iter().flat_map(|step| step.upstreams.keys());
    let names = case.upstreams.keys().chain(later);
    Plugin {
        config: case.config.to_string(),
        clusters: names
            .map(|name| cluster(&case.config, name).to_owned())
            .collect(),
        headers_held: case.holds_headers(),
        now: case.now,
    }
}

fn whole(answer: &UpstreamAnswer) -> Vec<u8> {
    match &answer.grpc {
        Some(message) => message.0.clone(),
        None => answer.body(),
    }
}

/// Those of a filter, or of a module for tests.
fn cases(filter: &str) -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders = ["filters", "e2e/modules"].map(|all| root.join(all).join(filter));
    let kinds = ["cases", "examples"];
    let kinds = folders
        .iter()
        .flat_map(|folder| kinds.map(|kind| folder.join(kind)));
    let mut files: Vec<_> = kinds
        .filter_map(|kind| fs::read_dir(kind).ok())
        .flat_map(|files| files.map(|file| file.unwrap().path()))
        .collect();
    files.sort();
    let texts = files
        .into_iter()
        .map(|file| fs::read_to_string(file).unwrap());
    texts.map(|text| Case::parse(&text).unwrap()).collect()
}
