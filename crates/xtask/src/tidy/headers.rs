//! Checks that every file opens with a header, which names the file's subject.

use super::source::Source;

/// The violations, one sentence each.
pub(super) fn check(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for Source { path, text } in sources {
        if path.ends_with(".rs") && !has_header(path, text) {
            wrong.push(format!("{path} does not open with a `//!` header"));
        }
        if let Some(sentence) = first_sentence(text).filter(|sentence| is_question(sentence)) {
            wrong.push(format!(
                "{path} opens with a question: name what the file is and does instead of `{sentence}`"
            ));
        }
    }
    wrong
}

/// An attribute may stand above the header.
fn has_header(path: &str, text: &str) -> bool {
    path.starts_with("fuzz/")
        || text
            .lines()
            .find(|line| !line.starts_with("#![") && !line.is_empty())
            .is_some_and(|line| line.starts_with("//!"))
}

/// Whether a sentence asks for its subject, or leaves it out, instead of naming it.
fn is_question(sentence: &str) -> bool {
    let first = sentence.split(' ').next();
    sentence.ends_with('?') || first.is_some_and(|word| QUESTIONS.contains(&word))
}

/// The first sentence of the comment that a file opens with; `None` without one.
fn first_sentence(text: &str) -> Option<String> {
    let is_directive = |line: &str| DIRECTIVES.iter().any(|start| line.starts_with(start));
    let mut lines = text
        .lines()
        .map(str::trim)
        .skip_while(|line| line.is_empty() || is_directive(line))
        .peekable();
    let is_docstring = lines.peek()?.starts_with(DOCSTRING);
    let mut header = String::new();
    for line in lines {
        let comment = MARKS.iter().find_map(|mark| line.strip_prefix(mark));
        let Some(text) = comment.or(is_docstring.then_some(line)) else {
            break;
        };
        let text = text.trim_end_matches("*/").trim_end_matches(DOCSTRING);
        header.push_str(text.trim());
        if let Some(end) = sentence_end(&header) {
            header.truncate(end);
            break;
        }
        if !header.is_empty() && text.trim().is_empty() {
            break;
        }
        if !header.is_empty() {
            header.push(' ');
        }
    }
    let header = header.trim_end();
    (!header.is_empty()).then(|| header.to_owned())
}

/// The index behind the first full stop, question mark or exclamation mark that ends a word.
fn sentence_end(text: &str) -> Option<usize> {
    text.char_indices().find_map(|(at, c)| {
        let end = at + c.len_utf8();
        let next = text[end..].chars().next();
        (matches!(c, '.' | '?' | '!') && next.is_none_or(char::is_whitespace)).then_some(end)
    })
}

/// First words of a sentence that does not name its subject.
const QUESTIONS: &[&str] = &[
    "Who", "What", "When", "Where", "Which", "Why", "How", "Whatever", "It",
];
/// Lines above a header that are for a tool.
const DIRECTIVES: &[&str] = &["#!", "// @ts-", "//go:build", "\"use strict\""];
/// The marks of a comment line, the longer ones first.
const MARKS: &[&str] = &["//!", "///", "//", "/**", "/*", "*", "#", DOCSTRING];
const DOCSTRING: &str = "\"\"\"";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_found_in_the_header_of_every_language() {
        for text in [
            "#![expect(x)]\n//! Who is\n//! next? A batch.\nuse x;",
            "// @ts-check\n// Is it there?\nlet a;",
            "/** What is it? */\nexport {};",
            "/**\n * What is it?\n */",
            "#!/usr/bin/env python3\n\"\"\"Which prices are there?\n\nMore.\"\"\"",
            "\"\"\"\nWhich prices are there?\n\"\"\"",
            "# Where is it?\nx = 1",
            "//! Who may send, and how much.\nuse x;",
            "// It sends batches.\nlet a;",
        ] {
            let source = Source {
                path: "x.ts".to_owned(),
                text: text.to_owned(),
            };
            assert_eq!(check(&[source]).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_header_that_names_its_subject_is_accepted() {
        for text in [
            "//! Limits how many exports run at once. Is one free? It starts.",
            "//! The path `/api/traces?errors=1`.\n",
            "// Package api serves products.\n// Who calls it?\npackage api",
            "use x;\n// why?",
            "",
        ] {
            let source = Source {
                path: "x.ts".to_owned(),
                text: text.to_owned(),
            };
            assert_eq!(check(&[source]), [""; 0], "{text}");
        }
        let source = Source {
            path: "x.rs".to_owned(),
            text: "use x;".to_owned(),
        };
        assert_eq!(check(&[source]), ["x.rs does not open with a `//!` header"]);
    }
}
