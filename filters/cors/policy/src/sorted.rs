//! A set of texts that is searched and, once made, never changed.

/// Texts in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sorted(Vec<String>);

impl Sorted {
    pub(crate) fn contains(&self, text: &[u8]) -> bool {
        self.find(text).is_ok()
    }

    fn find(&self, text: &[u8]) -> Result<usize, usize> {
        self.0.binary_search_by(|known| known.as_bytes().cmp(text))
    }
}

impl FromIterator<String> for Sorted {
    fn from_iter<I: IntoIterator<Item = String>>(texts: I) -> Self {
        let mut sorted = Self::default();
        for text in texts {
            if let Err(place) = sorted.find(text.as_bytes()) {
                sorted.0.insert(place, text);
            }
        }
        sorted
    }
}
