//! Texts that are held together for a while.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// How large a pack is, in bytes: an allocator takes that much from the system for it alone, and gives
/// it back when the pack is dropped.
const PACK_BYTES: usize = 1024 * 1024;

/// A text that is a part of a pack, which is there as long as one of its texts is.
#[derive(Clone)]
pub struct PackedText {
    pack: Arc<String>,
    /// In bytes of the pack, on character boundaries.
    range: Range<usize>,
}

/// Packs texts together. Very many texts of some KB that come and go among others would leave holes
/// in the memory, which the process keeps.
#[derive(Debug, Default)]
pub struct Packer {
    full: Vec<Arc<String>>,
    open: String,
}

/// A text that was given to a packer.
#[derive(Debug)]
pub struct Place {
    pack: usize,
    range: Range<usize>,
}

impl Packer {
    pub fn add(&mut self, text: &str) -> Place {
        if self.open.len() + text.len() > self.open.capacity() {
            let full = std::mem::replace(&mut self.open, String::with_capacity(PACK_BYTES.max(text.len())));
            self.full.extend((!full.is_empty()).then(|| Arc::new(full)));
        }
        let start = self.open.len();
        self.open.push_str(text);
        Place { pack: self.full.len(), range: start..self.open.len() }
    }

    /// Where all texts are now.
    pub fn finish(mut self) -> Packs {
        self.open.shrink_to_fit();
        self.full.push(Arc::new(self.open));
        Packs(self.full)
    }
}

/// What a packer has packed.
#[derive(Debug)]
pub struct Packs(Vec<Arc<String>>);

impl Packs {
    /// The text at a place that the packer named; none at another one's.
    pub fn get(&self, place: Place) -> Option<PackedText> {
        let pack = self.0.get(place.pack)?;
        pack.get(place.range.clone())?;
        Some(PackedText { pack: Arc::clone(pack), range: place.range })
    }
}

impl Deref for PackedText {
    type Target = str;

    fn deref(&self) -> &str {
        self.pack.get(self.range.clone()).unwrap_or_default()
    }
}

impl From<String> for PackedText {
    fn from(text: String) -> Self {
        Self { range: 0..text.len(), pack: Arc::new(text) }
    }
}

impl PartialEq for PackedText {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for PackedText {}

impl fmt::Debug for PackedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_out_as_they_went_in() {
        let texts = ["é\n".repeat(400_000), String::new(), "b".to_owned(), "c".repeat(900_000), "d".repeat(3_000_000)];
        let mut packer = Packer::default();
        let places: Vec<Place> = texts.iter().map(|text| packer.add(text)).collect();
        let packs = packer.finish();
        for (text, place) in texts.iter().zip(places) {
            assert_eq!(packs.get(place), Some(PackedText::from(text.clone())));
        }
        assert_eq!(packs.get(Place { pack: 9, range: 0..0 }), None);
    }
}
