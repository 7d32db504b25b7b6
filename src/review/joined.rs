//! The text before, put together from the text after and the blocks between them.

use super::hunk::Block;

/// The text before, piece by piece: what is unchanged, and what each block replaced. `blocks` are
/// those between it and `after`.
#[derive(Clone, Copy)]
pub(super) struct Joined<'a> {
    pub after: &'a str,
    pub blocks: &'a [Block],
}

impl Joined<'_> {
    /// The whole text.
    pub fn text(self) -> String {
        let mut text = String::with_capacity(self.len());
        self.pieces().for_each(|piece| text.push_str(piece));
        text
    }

    /// Whether it is this text; it is not put together for that.
    pub fn is(self, text: &str) -> bool {
        self.len() == text.len() && self.same_pieces([text].into_iter())
    }

    /// Whether two are the same text, whatever the blocks are.
    pub fn is_same(self, other: Joined<'_>) -> bool {
        self.len() == other.len() && self.same_pieces(other.pieces())
    }

    /// In bytes.
    fn len(self) -> usize {
        let new: usize = self.blocks.iter().map(|block| block.after.len()).sum();
        let old: usize = self.blocks.iter().map(|block| block.old.len()).sum();
        self.after.len() + old - new
    }

    fn same_pieces<'a>(self, mut others: impl Iterator<Item = &'a str>) -> bool {
        let mut other: &[u8] = &[];
        for piece in self.pieces() {
            let mut piece = piece.as_bytes();
            while !piece.is_empty() {
                if other.is_empty() {
                    let Some(next) = others.next() else {
                        return false;
                    };
                    other = next.as_bytes();
                    continue;
                }
                let common = piece.len().min(other.len());
                let ((left, rest), (right, other_rest)) = (piece.split_at(common), other.split_at(common));
                if left != right {
                    return false;
                }
                (piece, other) = (rest, other_rest);
            }
        }
        other.is_empty() && others.all(str::is_empty)
    }
}

impl<'a> Joined<'a> {
    fn pieces(self) -> impl Iterator<Item = &'a str> {
        let starts = std::iter::once(0).chain(self.blocks.iter().map(|block| block.after.end));
        starts.enumerate().flat_map(move |(index, start)| {
            let block = self.blocks.get(index);
            let end = block.map_or(self.after.len(), |block| block.after.start);
            [self.after.get(start..end).unwrap_or_default(), block.map_or("", |block| &*block.old)]
        })
    }
}
