//! Words that were probably meant.

/// The candidate that a word is a slip of: a letter too much, too few, another one, or two exchanged.
pub fn near<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = match word.chars().count() {
        0..=2 => return None,
        3..=5 => 1,
        _ => 2,
    };
    let distances = candidates.into_iter().map(|candidate| (distance(word, candidate), candidate));
    distances.filter(|(distance, _)| (1..=allowed).contains(distance)).min().map(|(_, candidate)| candidate)
}

/// Optimal string alignment, in characters.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before = vec![0; right.len() + 1];
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for i in 1..=left.len() {
        let mut row = vec![i; right.len() + 1];
        for j in 1..=right.len() {
            let other = usize::from(left[i - 1] != right[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + other);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let names = ["selection", "line", "file", "git"];
        for (word, meant) in [
            ("seletcion", Some("selection")),
            ("selction", Some("selection")),
            ("lines", Some("line")),
            ("fiel", Some("file")),
            ("file", None),
            ("name", None),
            ("gi", None),
            ("", None),
        ] {
            assert_eq!(near(word, names), meant, "{word}");
        }
    }
}
