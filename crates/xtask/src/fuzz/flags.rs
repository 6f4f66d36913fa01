//! The command line of `cargo xtask fuzz`.

use crate::failure::Failure;

/// The targets and the flags of `cargo xtask fuzz`.
#[derive(Debug)]
pub(super) struct Flags {
    /// The targets, in the order in which they run.
    pub(super) targets: Vec<String>,
    /// How long each target runs.
    pub(super) seconds: u32,
}

impl Flags {
    /// Reads the command line; all of the `known` targets run when it names none. `None` when
    /// help is wanted.
    pub(super) fn parse(arguments: &[String], known: &[String]) -> Result<Option<Self>, Failure> {
        let mut flags = Self {
            targets: Vec::new(),
            seconds: 60,
        };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--help" | "-h" => return Ok(None),
                "--seconds" => {
                    let value = words.next().map_or("", String::as_str);
                    let seconds = value.parse().ok().filter(|seconds| *seconds > 0);
                    flags.seconds = seconds.ok_or_else(|| {
                        usage(&format!("--seconds {value}: give a number of seconds"))
                    })?;
                }
                name if known.iter().any(|known| known == name) => {
                    flags.targets.push(name.to_owned());
                }
                other => {
                    return Err(usage(&format!(
                        "`{other}` is no target; the targets are: {}",
                        known.join(", ")
                    )));
                }
            }
        }
        if flags.targets.is_empty() {
            flags.targets = known.to_vec();
        }
        Ok(Some(flags))
    }
}

fn usage(fault: &str) -> Failure {
    Failure::Usage(format!("{fault}\n\n{HELP}"))
}

pub(super) const HELP: &str = "\
cargo xtask fuzz [TARGET...] [--seconds N]

Builds the fuzz targets once and runs each of them, or those that are named, one after the
other: with its seeds and the inputs of earlier runs, for inputs of up to 64 KiB, in at most
2 GiB of memory and 25 seconds for one input. Prints a table and fails when a target found an
input that fails; the input is stored in fuzz/artifacts.

  --seconds N       how long each target runs (60)

Needs the nightly compiler and cargo-fuzz: fuzz/README.md.";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Flags>, Failure> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Flags::parse(&words, &["otlp".to_owned(), "stack".to_owned()])
    }

    #[test]
    fn all_targets_run_unless_some_are_named() {
        for (line, targets, seconds) in [
            ("", ["otlp", "stack"].as_slice(), 60),
            ("--seconds 5 stack", &["stack"], 5),
            ("stack otlp", &["stack", "otlp"], 60),
        ] {
            let flags = parse(line).expect("well formed").expect("no help");
            assert_eq!(
                (flags.targets.as_slice(), flags.seconds),
                (
                    &targets
                        .iter()
                        .map(|name| (*name).to_owned())
                        .collect::<Vec<_>>()[..],
                    seconds
                )
            );
        }
    }

    #[test]
    fn a_wrong_command_line_is_refused_with_the_reason() {
        for (line, reason) in [
            ("stak", "`stak` is no target; the targets are: otlp, stack"),
            ("--seconds", "--seconds : give a number of seconds"),
            ("--seconds 0", "--seconds 0: give a number of seconds"),
        ] {
            let message = parse(line).expect_err(line).to_string();
            assert!(message.starts_with(reason), "{message}");
        }
    }
}
