//! The command line of `cargo xtask bench worker`.

use crate::bench::flags::number;
use crate::failure::Failure;

/// The flags of `cargo xtask bench worker`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flags {
    /// Requests to each program in a round.
    pub(super) requests: usize,
    pub(super) rounds: usize,
    /// Starts of each program.
    pub(super) starts: usize,
}

impl Flags {
    /// `None` when help is wanted.
    pub(super) fn parse(arguments: &[String]) -> Result<Option<Self>, Failure> {
        let mut flags = Self {
            requests: 3_000,
            rounds: 5,
            starts: 15,
        };
        let mut words = arguments.iter().map(String::as_str);
        while let Some(flag) = words.next() {
            if matches!(flag, "--help" | "-h") {
                return Ok(None);
            }
            let wrong = |fault: String| Failure::Usage(format!("{fault}\n\n{HELP}"));
            let (field, range) = match flag {
                "--requests" => (&mut flags.requests, 100..=100_000),
                "--rounds" => (&mut flags.rounds, 1..=100),
                "--starts" => (&mut flags.starts, 1..=100),
                _ => return Err(wrong(format!("`{flag}` is not a flag"))),
            };
            let value = words.next();
            let value = value.ok_or_else(|| wrong(format!("{flag} needs a value")))?;
            *field = number(flag, value, range).map_err(wrong)?;
        }
        Ok(Some(flags))
    }
}

pub(super) const HELP: &str = "\
cargo xtask bench worker [flags]

Builds the Worker as it is deployed and runs it in workerd, beside a script of JavaScript that
reads the body of a request and responds, or passes the request on. Measures the time from the
start of the process to the first 200, and the CPU time of the process per request: 20 spans
in protobuf, plain, gzip and brotli, in JSON and in a Bundle; the same with the export; a
request that is passed on, whose response has 10 KB or 1 MB, of announced length or not.

  --requests N      requests to each program in a round (3000)
  --rounds N        rounds (5)
  --starts N        starts of each program (15)

Linux only: CPU time and memory are read from /proc. It opens no connection outside this
machine.";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Flags>, Failure> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Flags::parse(&words)
    }

    #[test]
    fn every_flag_is_read() {
        let flags = parse("--requests 200 --rounds 2 --starts 3").expect("well formed");
        let expected = Flags {
            requests: 200,
            rounds: 2,
            starts: 3,
        };
        assert_eq!(flags, Some(expected));
        assert_eq!(parse("--rounds 1 --help").expect("well formed"), None);
    }

    #[test]
    fn a_wrong_command_line_is_refused_with_the_reason() {
        for (line, reason) in [
            ("--spans 3", "`--spans` is not a flag"),
            ("--rounds", "--rounds needs a value"),
            (
                "--requests 1",
                "--requests 1: give a number from 100 to 100000",
            ),
        ] {
            let message = parse(line).expect_err(line).to_string();
            assert!(message.starts_with(reason), "{message}");
        }
    }
}
