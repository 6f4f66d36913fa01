//! Counts tests in the output of test runners.

use std::ops::AddAssign;

/// Tests by result.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    /// Whether nothing was counted.
    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// The tests of one line of output of cargo test, node:test, vitest, go test -v or pytest.
    pub(crate) fn of_line(line: &str) -> Self {
        let line = &without_colours(line);
        // Go indents subtests. They are counted with the test above them, except a skipped
        // one, which appears nowhere else.
        let is_subtest = line.starts_with(' ');
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("test result:") {
            return Self {
                passed: before(rest, " passed"),
                failed: before(rest, " failed"),
                skipped: before(rest, " ignored"),
            };
        }
        // node:test prints `# pass 3` (tap) or `ℹ pass 3` (spec).
        for mark in ["# ", "ℹ "] {
            if let Some(rest) = line.strip_prefix(mark) {
                return Self {
                    passed: after(rest, "pass "),
                    failed: after(rest, "fail "),
                    skipped: after(rest, "skipped "),
                };
            }
        }
        if let Some(rest) = line.strip_prefix("--- ") {
            let ended = |how: &str, counts: bool| u64::from(counts && rest.starts_with(how));
            return Self {
                passed: ended("PASS", !is_subtest),
                failed: ended("FAIL", !is_subtest),
                skipped: ended("SKIP", true),
            };
        }
        // pytest's last line: `3 passed, 1 skipped in 0.12s`, with or without `=`.
        // vitest's: `Tests  3 passed (3)`.
        let line = line.trim_matches('=').trim();
        if (line.contains(" in ") && line.ends_with('s')) || line.starts_with("Tests ") {
            return Self {
                passed: before(line, " passed"),
                failed: before(line, " failed"),
                skipped: before(line, " skipped"),
            };
        }
        Self::default()
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// The line without colour escape sequences.
pub(super) fn without_colours(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, text)| text));
    }
    plain
}

/// The number before `word`.
fn before(text: &str, word: &str) -> u64 {
    text.find(word)
        .and_then(|at| text[..at].rsplit(|c: char| !c.is_ascii_digit()).next())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

/// The number after `word` at the start.
fn after(text: &str, word: &str) -> u64 {
    text.strip_prefix(word)
        .and_then(|digits| digits.trim().parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, passed: u64, failed: u64, skipped: u64) {
        let expected = Counts {
            passed,
            failed,
            skipped,
        };
        assert_eq!(Counts::of_line(line), expected, "{line}");
    }

    #[test]
    fn the_output_of_every_runner_is_counted() {
        check(
            "test result: ok. 5 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            5,
            0,
            2,
        );
        check("# pass 12", 12, 0, 0);
        check("ℹ fail 1", 0, 1, 0);
        check("--- PASS: TestOrder (0.01s)", 1, 0, 0);
        check("    --- SKIP: TestOrder/database (0.00s)", 0, 0, 1);
        check("    --- PASS: TestOrder/empty (0.00s)", 0, 0, 0);
        check("    --- FAIL: TestOrder/full (0.00s)", 0, 0, 0);
        check("======= 3 passed, 1 skipped in 0.42s =======", 3, 0, 1);
        check("Tests  7 passed (7)", 7, 0, 0);
        check(
            "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m9 passed\u{1b}[39m\u{1b}[22m\u{1b}[90m (9)\u{1b}[39m",
            9,
            0,
            0,
        );
        check("compiled 3 crates in 4s", 0, 0, 0);
    }
}
