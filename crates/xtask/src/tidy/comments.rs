//! Checks that the comment of an item names the item first.

use super::source::Source;

/// The violations, one sentence each.
pub(super) fn check(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for Source { path, text } in sources {
        for (line, word) in riddles(text) {
            wrong.push(format!(
                "{path}:{line}: a comment begins with `{word}`: name the type or the thing first (CONTRIBUTING.md)"
            ));
        }
    }
    wrong
}

/// The comments of items that begin with a word of [`RIDDLES`]: line, counted from 1, and word.
fn riddles(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut before = "";
    text.lines().enumerate().filter_map(move |(index, line)| {
        let line = line.trim();
        let continues = (line.starts_with("///") && before.starts_with("///"))
            || (line.starts_with("* ") && before != "/**");
        before = line;
        let mark = MARKS.iter().find(|mark| line.starts_with(**mark))?;
        let word = line.get(mark.len()..)?.split(' ').next()?;
        (!continues && RIDDLES.contains(&word)).then_some((index + 1, word))
    })
}

/// The marks of the comment of an item.
const MARKS: &[&str] = &["/// ", "/** ", "* "];
/// First words of a comment that does not name its subject.
const RIDDLES: &[&str] = &["What", "Who", "It"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_riddle_is_found_at_the_beginning_of_a_comment() {
        for text in [
            "    /// What waits.\n    waiting: u64,",
            "/** Who sends it. */\nconst a = 1;",
            "/**\n * It is sent.\n */",
        ] {
            assert_eq!(riddles(text).count(), 1, "{text}");
        }
    }

    #[test]
    fn a_comment_that_names_its_subject_is_accepted() {
        for text in [
            "/// Batches that wait.\n/// What else there is, and\n/// It may grow.",
            "/**\n * Batches.\n * It is sent.\n */",
            "// What follows is for the compiler.",
            "/// Items of a list.",
            "a * It",
        ] {
            assert_eq!(riddles(text).count(), 0, "{text}");
        }
    }
}
