//! Texts that opencode has changed, and the patches that say so.

use std::ops::Range;

/// A text before and after a change of single stretches of lines, evenly spread.
pub struct Edited {
    before: Vec<String>,
    after: Vec<String>,
    /// The changed lines, the same in both.
    hunks: Vec<Range<usize>>,
}

impl Edited {
    /// So many lines of 40 bytes, of which `hunks` stretches of `each` lines are changed. Texts of
    /// different `number` have no line in common.
    pub fn new(number: usize, lines: usize, hunks: usize, each: usize) -> Self {
        let line = |at: usize| format!("    value_{at:05} = compute({number:04}, {:06})\n", at * 7919 % 1_000_000);
        let before: Vec<String> = (0..lines).map(line).collect();
        let every = lines / hunks;
        let hunks: Vec<_> = (0..hunks).map(|hunk| hunk * every + every / 2).map(|at| at..at + each).collect();
        let mut after = before.clone();
        for at in hunks.iter().cloned().flatten() {
            after[at] = before[at].replace("compute", "recompute");
        }
        Self { before, after, hunks }
    }

    pub fn before(&self) -> String {
        self.before.concat()
    }

    pub fn after(&self) -> String {
        self.after.concat()
    }

    /// How many lines are changed.
    pub fn changed_lines(&self) -> usize {
        self.hunks.iter().map(ExactSizeIterator::len).sum()
    }

    /// The patch with so many lines around each change, as opencode 1.18 writes it.
    pub fn patch(&self, name: &str, context: usize) -> String {
        let mut text = format!("Index: {name}\n{}\n--- {name}\t\n+++ {name}\t\n", "=".repeat(67));
        for group in self.hunks.chunk_by(|a, b| b.start - a.end <= context.saturating_mul(2)) {
            let first = group.first().map_or(0, |hunk| hunk.start.saturating_sub(context));
            let end = group.last().map_or(0, |hunk| hunk.end.saturating_add(context).min(self.before.len()));
            text += &format!("@@ -{0},{1} +{0},{1} @@\n", first + 1, end - first);
            let mut at = first;
            for hunk in group {
                mark(&mut text, ' ', &self.before[at..hunk.start]);
                mark(&mut text, '-', &self.before[hunk.clone()]);
                mark(&mut text, '+', &self.after[hunk.clone()]);
                at = hunk.end;
            }
            mark(&mut text, ' ', &self.before[at..end]);
        }
        text
    }
}

fn mark(text: &mut String, sign: char, lines: &[String]) {
    for line in lines {
        text.push(sign);
        text.push_str(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_have_the_context_that_is_asked_for() {
        let edited = Edited::new(1, 20, 2, 1);
        assert_eq!(edited.before().len(), 20 * 40);
        let headers = |context| {
            let patch = edited.patch("a.py", context);
            patch.lines().filter(|line| line.starts_with("@@")).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(headers(2), ["@@ -4,5 +4,5 @@", "@@ -14,5 +14,5 @@"]);
        assert_eq!(headers(usize::MAX), ["@@ -1,20 +1,20 @@"]);
        assert!(edited.patch("a.py", 1).ends_with(" @@\n     value_00014 = compute(0001, 110866)\n-    value_00015 = compute(0001, 118785)\n+    value_00015 = recompute(0001, 118785)\n     value_00016 = compute(0001, 126704)\n"));
    }
}
