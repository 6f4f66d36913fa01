//! The comment `//# sourceMappingURL=`, which names the source map of a script.
//!
//! Source: <https://tc39.es/ecma426/#sec-linking-inline>.

/// The address of a script's source map: the last comment `sourceMappingURL` that only comments
/// and white space follow. None also where a comment behind the last code has a quotation mark, a
/// backtick or `*/`: by tokens and by lines two different addresses could then be read.
///
/// The lines are looked at from the end, so that a script of any size costs no more than its
/// last lines.
pub fn source_mapping_url(script: &str) -> Option<&str> {
    let mut rest = script;
    loop {
        let (before, line) = match rest.rfind(LINE_BREAKS) {
            Some(at) => {
                let (before, line) = rest.split_at(at);
                let mut characters = line.chars();
                characters.next();
                (Some(before), characters.as_str())
            }
            None => (None, rest),
        };
        match of_line(line) {
            Line::Url(url) => return Some(url),
            Line::Blank => rest = before?,
            Line::Code => return None,
        }
    }
}

enum Line<'a> {
    /// White space, or a comment that names no map.
    Blank,
    Url(&'a str),
    Code,
}

fn of_line(line: &str) -> Line<'_> {
    let line = line.trim_start();
    if line.is_empty() {
        return Line::Blank;
    }
    let Some(comment) = line.strip_prefix("//") else {
        return Line::Code;
    };
    if comment.contains(['"', '\'', '`']) || comment.contains("*/") {
        return Line::Code;
    }
    url_of(comment).map_or(Line::Blank, Line::Url)
}

/// `^[@#]\s*sourceMappingURL=(\S*?)\s*$`
fn url_of(comment: &str) -> Option<&str> {
    let url = comment
        .strip_prefix(['#', '@'])?
        .trim_start()
        .strip_prefix("sourceMappingURL=")?
        .trim_end();
    (!url.contains(char::is_whitespace)).then_some(url)
}

/// <https://tc39.es/ecma262/#prod-LineTerminator>
const LINE_BREAKS: [char; 4] = ['\n', '\r', '\u{2028}', '\u{2029}'];

#[cfg(test)]
mod tests {
    use super::source_mapping_url;

    #[test]
    fn is_the_last_comment_that_only_comments_follow() {
        for (script, expected) in [
            ("run();\n//# sourceMappingURL=a.js.map", Some("a.js.map")),
            (
                "run();\n//@ sourceMappingURL=a.js.map\n\n",
                Some("a.js.map"),
            ),
            (
                "run();\r\n//#  sourceMappingURL=a.js.map \t\r\n",
                Some("a.js.map"),
            ),
            (
                "//#sourceMappingURL=a.js.map\u{2028}// end",
                Some("a.js.map"),
            ),
            ("//# sourceMappingURL=a\n//# sourceMappingURL=b", Some("b")),
            ("//# sourceMappingURL=a\n//# debugId=1", Some("a")),
            ("//# sourceMappingURL=", Some("")),
            ("", None),
            ("run();", None),
            ("//# sourceMappingURL=a\nrun();", None),
            ("run(); //# sourceMappingURL=a", None),
            ("//# sourceMappingURL=a b", None),
            ("// sourceMappingURL=a", None),
            ("//# sourceMappingURL =a", None),
            ("let a = `\n//# sourceMappingURL=a\n//`", None),
            ("//# sourceMappingURL=a'", None),
            ("/*\n//# sourceMappingURL=a\n//*/", None),
        ] {
            assert_eq!(source_mapping_url(script), expected, "{script}");
        }
    }
}
