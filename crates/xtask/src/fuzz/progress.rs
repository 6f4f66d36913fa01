//! Reads what libFuzzer logs: <https://llvm.org/docs/LibFuzzer.html#output>.

use std::path::PathBuf;

/// How far a run has come.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Inputs that the target was called with.
    pub(super) executions: u64,
    /// Code edges that were covered, first by the seeds alone and now.
    pub(super) coverage_of_seeds: u64,
    pub(super) coverage: u64,
    /// The file with the input that fails.
    pub(super) input: Option<PathBuf>,
}

impl Progress {
    /// The state at the end of `log`.
    pub(super) fn of(log: &str) -> Self {
        let mut progress = Self::default();
        for line in log.lines() {
            progress.read(line);
        }
        progress
    }

    fn read(&mut self, line: &str) {
        if let Some((_, path)) = line.split_once("Test unit written to ") {
            self.input = Some(path.trim().into());
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(executions) =
            (words.first()).and_then(|word| word.strip_prefix('#')?.parse().ok())
        else {
            return;
        };
        self.executions = executions;
        let name = words.iter().position(|word| *word == "cov:");
        let Some(coverage) = name.and_then(|name| words.get(name + 1)?.parse().ok()) else {
            return;
        };
        if words.get(1) == Some(&"INITED") {
            self.coverage_of_seeds = coverage;
        }
        self.coverage = coverage;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: &str = "\
INFO: Running with entropic power schedule (0xFF, 100).
INFO: seed corpus: files: 10 min: 1b max: 2057b total: 6021b rss: 40Mb
#11\tINITED cov: 321 ft: 400 corp: 8/1234b exec/s: 0 rss: 50Mb
#64\tNEW    cov: 346 ft: 500 corp: 9/1300b lim: 4 exec/s: 0 rss: 50Mb L: 3/3 MS: 1 CopyPart-
#5043\tDONE   cov: 350 ft: 510 corp: 9/1300b lim: 6 exec/s: 2521 rss: 80Mb
Done 5043 runs in 2 second(s)
";

    #[test]
    fn a_clean_run_is_read() {
        let clean = Progress {
            executions: 5043,
            coverage_of_seeds: 321,
            coverage: 350,
            input: None,
        };
        assert_eq!(Progress::of(CLEAN), clean);
    }

    #[test]
    fn the_input_that_fails_is_named() {
        let log = format!(
            "{CLEAN}==7== ERROR: libFuzzer: deadly signal\n\
             artifact_prefix='a/'; Test unit written to a/crash-da39\nBase64: Cg==\n"
        );
        assert_eq!(Progress::of(&log).input, Some("a/crash-da39".into()));
    }
}
