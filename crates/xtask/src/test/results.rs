//! The results of a step's tests, read from the output of their runners: how many, and of those
//! that failed what they printed.

use super::count::{Counts, without_colours};

/// The tests of one step.
#[derive(Debug, Default)]
pub(crate) struct Results {
    pub(crate) counts: Counts,
    /// For each failed test its name and the first lines of its message.
    pub(crate) failures: Vec<String>,
    /// How many of the next lines belong to the last failure.
    open: usize,
    /// Whether node:test's list of failed tests is being read: before it each is named without its message.
    is_list: bool,
}

impl Results {
    /// The results in the whole output of a step.
    pub(crate) fn of_output(output: &str) -> Self {
        let mut results = Self::default();
        output.lines().for_each(|line| results.read(line));
        results
    }

    /// Reads the next line of the output.
    pub(crate) fn read(&mut self, line: &str) {
        self.counts += Counts::of_line(line);
        let line = without_colours(line);
        self.is_list = match line.trim_start() {
            "✖ failing tests:" => true,
            other => self.is_list && !other.starts_with("✔ "),
        };
        let is_listed = self.is_list && line.starts_with("✖ ") && line != "✖ failing tests:";
        if is_failure(&line) || is_listed {
            // The name of a test can come twice: as a result, and above its message.
            self.open = LINES;
            self.failures.push(line);
        } else if self.open > 0 {
            self.open = if line.trim() == "..." {
                0
            } else {
                self.open - 1
            };
            if let Some(failure) = self.failures.last_mut() {
                failure.push('\n');
                failure.push_str(&line);
            }
        }
    }
}

/// The lines of a message that are kept: the error, its place and the values that differ.
const LINES: usize = 16;

/// Whether a line names a test that failed.
fn is_failure(line: &str) -> bool {
    let line = line.trim_start();
    // node:test in TAP, but for tests that are expected to fail.
    (line.starts_with("not ok ") && !line.contains("# TODO"))
        // cargo test prints this above the output of each failed test.
        || (line.starts_with("---- ") && line.ends_with(" ----"))
        || line.starts_with("--- FAIL: ")
        // pytest's summary, and vitest's.
        || line.starts_with("FAILED ")
        || line.starts_with("FAIL ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_tests_of_every_runner_are_named_with_their_messages() {
        let output = "\
✖ a cart (3ms)
✔ a page (2ms)
ℹ fail 1

✖ failing tests:

test at cart.test.mjs:1:1
✖ a cart (3ms)
  AssertionError
✔ of the next file (1ms)
ok 1 - a page
  ---
  duration_ms: 3
  ...
not ok 2 - a page that is killed
  ---
  error: 'no span in 10 s'
  ...
# pass 1
# fail 1
---- limits::a_project stdout ----
assertion failed
test result: FAILED. 5 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
--- FAIL: TestOrder (0.01s)
FAILED tests/test_price.py::test_price - assert 1 == 2
 FAIL  src/cart.test.tsx > a cart";
        let results = Results::of_output(output);
        let names: Vec<_> = (results.failures.iter())
            .filter_map(|failure| failure.lines().next())
            .collect();
        assert_eq!(
            names,
            [
                "✖ a cart (3ms)",
                "not ok 2 - a page that is killed",
                "---- limits::a_project stdout ----",
                "--- FAIL: TestOrder (0.01s)",
                "FAILED tests/test_price.py::test_price - assert 1 == 2",
                " FAIL  src/cart.test.tsx > a cart",
            ]
        );
        assert_eq!(
            results.failures[1],
            "not ok 2 - a page that is killed\n  ---\n  error: 'no span in 10 s'\n  ..."
        );
        assert_eq!((results.counts.passed, results.counts.failed), (6, 4));
    }
}
