//! The consumer: who a request comes from, as one filter establishes it and later ones read it.
//!
//! An authenticating filter calls [`Consumer::establish`] after it has decided; quota, versions,
//! header templates and access logs read the same three keys of filter state, which no client can
//! write:
//!
//! | key | value |
//! |---|---|
//! | `wasm.hachure.consumer` | the name |
//! | `wasm.hachure.consumer.id` | an identifier that outlives a change of the name |
//! | `wasm.hachure.consumer.labels` | `plan=gold&region=eu`, names and values percent-encoded |
//!
//! Whoever sets the name leaves nothing of an earlier consumer: what it has no value for is emptied
//! where it was set. Claims are published
//! apart, as one JSON object in `wasm.hachure.claims`, by filters that are configured to do so.

use hachure_config::{decode_form, encode_form};

use crate::{Exchange, Property};

/// Filter state that holds the consumer's name; `%FILTER_STATE(wasm.hachure.consumer:PLAIN)%`.
pub const STATE_CONSUMER: &str = "hachure.consumer";
/// Filter state that holds the consumer's identifier.
pub const STATE_CONSUMER_ID: &str = "hachure.consumer.id";
/// Filter state that holds the consumer's labels.
pub const STATE_CONSUMER_LABELS: &str = "hachure.consumer.labels";
/// Filter state that holds the claims of a verified token: one JSON object.
pub const STATE_CLAIMS: &str = "hachure.claims";

/// A consumer, ready to be established as often as it comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    name: Vec<u8>,
    id: Vec<u8>,
    labels: Vec<u8>,
}

impl Consumer {
    /// The consumer of that name, or none for an empty name or one with control characters, which
    /// would split a line of an access log.
    pub fn new(name: impl Into<Vec<u8>>) -> Option<Self> {
        let name = name.into();
        is_plain(&name).then(|| Self {
            name,
            id: vec![],
            labels: vec![],
        })
    }

    /// Adds the identifier; none where it has control characters.
    pub fn id(mut self, id: impl Into<Vec<u8>>) -> Option<Self> {
        self.id = id.into();
        is_plain(&self.id).then_some(self)
    }

    /// Adds a label. The first of a name is the one that is read.
    pub fn label(mut self, name: &str, value: &[u8]) -> Self {
        if !self.labels.is_empty() {
            self.labels.push(b'&');
        }
        self.labels.extend(encode_form(name.as_bytes()));
        self.labels.push(b'=');
        self.labels.extend(encode_form(value));
        self
    }

    /// Its name.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// How many bytes it holds.
    pub fn size(&self) -> usize {
        let named = self.name.len().saturating_add(self.id.len());
        named.saturating_add(self.labels.len())
    }

    /// Makes it the consumer of this request, for every filter that comes after.
    pub fn establish(&self, x: &mut Exchange<'_>) {
        let parts = [
            (STATE_CONSUMER_ID, &self.id),
            (STATE_CONSUMER_LABELS, &self.labels),
        ];
        // There is no way to unset what an earlier filter set; but an earlier consumer has a name.
        let is_partial = parts.iter().any(|(_, value)| value.is_empty());
        let replaces = is_partial && x.property(Property::FilterState(STATE_CONSUMER)).is_some();
        x.set_state(STATE_CONSUMER, &self.name);
        for (key, value) in parts {
            if replaces || !value.is_empty() {
                x.set_state(key, value);
            }
        }
    }

    /// The name of the consumer that an earlier filter established; one call to the host.
    pub fn name_in(x: &mut Exchange<'_>) -> Option<Vec<u8>> {
        state(x, STATE_CONSUMER)
    }

    /// The identifier of the consumer that an earlier filter established; one call to the host.
    pub fn id_in(x: &mut Exchange<'_>) -> Option<Vec<u8>> {
        state(x, STATE_CONSUMER_ID)
    }

    /// A label of the consumer that an earlier filter established; one call to the host.
    pub fn label_in(x: &mut Exchange<'_>, name: &str) -> Option<Vec<u8>> {
        let labels = state(x, STATE_CONSUMER_LABELS)?;
        find(&labels, name)
    }

    /// The claims that an earlier filter published, as a JSON object; one call to the host.
    pub fn claims_in(x: &mut Exchange<'_>) -> Option<Vec<u8>> {
        state(x, STATE_CLAIMS)
    }
}

/// Neither empty nor with a control character of ASCII.
fn is_plain(text: &[u8]) -> bool {
    !text.is_empty() && !text.iter().any(u8::is_ascii_control)
}

/// What is set but empty is as good as not there.
fn state(x: &mut Exchange<'_>, key: &'static str) -> Option<Vec<u8>> {
    let value = x.property(Property::FilterState(key));
    value.filter(|value| !value.is_empty())
}

fn find(labels: &[u8], name: &str) -> Option<Vec<u8>> {
    labels.split(|b| *b == b'&').find_map(|pair| {
        let mut halves = pair.splitn(2, |b| *b == b'=');
        let is_it = decode_form(halves.next()?).eq(name.bytes());
        is_it.then(|| decode_form(halves.next().unwrap_or_default()).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Effect, Effects, Fault, HeaderMap, Source, UnixTime};

    #[test]
    fn labels_come_back_as_they_were() {
        let acme = Consumer::new("acme").unwrap();
        let acme = acme.label("plan", b"gold&=%+ \xff").label("région", b"");
        let acme = acme.label("plan", b"free");
        assert_eq!(
            String::from_utf8_lossy(&acme.labels),
            "plan=gold%26%3D%25%2B%20%FF&r%C3%A9gion=&plan=free"
        );
        let read = |name| find(&acme.labels, name);
        assert_eq!(read("plan").as_deref(), Some(&b"gold&=%+ \xff"[..]));
        assert_eq!(read("région").as_deref(), Some(&b""[..]));
        assert_eq!(read("pla"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn a_name_cannot_split_a_log() {
        for name in ["", "a\nb", "a\0", "\x7f"] {
            assert_eq!(Consumer::new(name), None, "{name:?}");
            assert_eq!(Consumer::new("a").unwrap().id(name), None, "{name:?}");
        }
        let named = Consumer::new("Zoë | a&b").unwrap();
        assert_eq!(named.name(), "Zoë | a&b".as_bytes());
    }

    /// A host whose filter state is set by these.
    struct Set(Vec<&'static str>);

    impl Source for Set {
        fn headers(&mut self) -> Result<HeaderMap, Fault> {
            Err(Fault)
        }

        fn first_value(&mut self, _: &str) -> Result<Option<Vec<u8>>, Fault> {
            Err(Fault)
        }

        fn property(&mut self, property: Property<'_>) -> Result<Option<Vec<u8>>, Fault> {
            let is_set = |key| self.0.contains(&key);
            Ok(match property {
                Property::FilterState(key) if is_set(key) => Some(b"old".to_vec()),
                _ => None,
            })
        }

        fn now(&mut self) -> Result<UnixTime, Fault> {
            Err(Fault)
        }
    }

    #[test]
    fn nothing_of_an_earlier_consumer_is_left() {
        let established = |consumer: &Consumer, earlier: &[&'static str]| {
            let (mut source, mut effects) = (Set(earlier.to_vec()), Effects::new());
            consumer.establish(&mut Exchange::new(&mut source, &mut effects, true));
            let states = effects.iter().filter_map(|effect| match effect {
                Effect::State { key, value } => Some((key, value.to_vec())),
                _ => None,
            });
            states.collect::<Vec<_>>()
        };
        let bare = Consumer::new("new").unwrap();
        let name = (STATE_CONSUMER, b"new".to_vec());
        assert_eq!(established(&bare, &[]), std::slice::from_ref(&name));
        let all = [STATE_CONSUMER, STATE_CONSUMER_ID, STATE_CONSUMER_LABELS];
        let emptied = [(all[1], vec![]), (all[2], vec![])];
        let expected = [&[name.clone()][..], &emptied].concat();
        assert_eq!(established(&bare, &all), expected);
        let whole = bare.id("7").unwrap().label("plan", b"gold");
        let told = [(all[1], b"7".to_vec()), (all[2], b"plan=gold".to_vec())];
        let expected = [&[name][..], &told].concat();
        assert_eq!(established(&whole, &[]), expected);
    }
}
