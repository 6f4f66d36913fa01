//! The command line of `cargo xtask bench`.

use crate::failure::Failure;
use std::path::PathBuf;

/// A part of the measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// One request, and more and more stages.
    Processing,
    /// Several requests, and the defaults.
    Requests,
    /// The memory for decompression bombs and for many bodies at once.
    Memory,
    /// The durable queue on the disk.
    Queue,
    /// Each protocol, with TLS and without.
    Protocols,
    /// Topics of Kafka between machines; only when it is asked for.
    Kafka,
    /// Twice the load that the backend takes, for ten minutes; only when it is asked for.
    Overload,
}

/// The flags of `cargo xtask bench edge`.
#[derive(Debug)]
pub(super) struct Flags {
    /// The part that is measured; all when there is none.
    pub(super) part: Option<Part>,
    /// Other builds of `throughline`.
    pub(super) binaries: Vec<PathBuf>,
    /// The OpenTelemetry Collector.
    pub(super) collector: Option<PathBuf>,
    /// Rotel.
    pub(super) rotel: Option<PathBuf>,
    /// How long the overload lasts.
    pub(super) seconds: usize,
    /// Spans that each program receives in a round.
    pub(super) spans: usize,
    pub(super) rounds: usize,
}

impl Flags {
    /// `None` when help is wanted.
    pub(super) fn parse(arguments: &[String]) -> Result<Option<Self>, Failure> {
        let mut words = arguments.iter().map(String::as_str);
        match words.next() {
            Some("edge") => {}
            Some("--help" | "-h") => return Ok(None),
            Some(other) => return Err(usage(&format!("`{other}` cannot be measured"))),
            None => return Err(usage("what to measure is missing")),
        }
        let mut flags = Self {
            part: None,
            binaries: Vec::new(),
            collector: None,
            rotel: None,
            seconds: 600,
            spans: 150_000,
            rounds: 5,
        };
        while let Some(flag) = words.next() {
            if matches!(flag, "--help" | "-h") {
                return Ok(None);
            }
            let mut value = || {
                words
                    .next()
                    .ok_or_else(|| usage(&format!("{flag} needs a value")))
            };
            match flag {
                "--only" => {
                    flags.part = Some(match value()? {
                        "processing" => Part::Processing,
                        "requests" => Part::Requests,
                        "memory" => Part::Memory,
                        "queue" => Part::Queue,
                        "protocols" => Part::Protocols,
                        "kafka" => Part::Kafka,
                        "overload" => Part::Overload,
                        other => {
                            let fault = format!(
                                "--only {other}: give processing, requests, memory, queue, protocols, kafka or overload"
                            );
                            return Err(usage(&fault));
                        }
                    });
                }
                "--binary" => flags.binaries.push(value()?.into()),
                "--collector" => flags.collector = Some(value()?.into()),
                "--rotel" => flags.rotel = Some(value()?.into()),
                "--seconds" => {
                    flags.seconds =
                        number(flag, value()?, 10..=86_400).map_err(|fault| usage(&fault))?
                }
                "--spans" => {
                    flags.spans =
                        number(flag, value()?, 1_000..=1_000_000).map_err(|fault| usage(&fault))?
                }
                "--rounds" => {
                    flags.rounds = number(flag, value()?, 1..=100).map_err(|fault| usage(&fault))?
                }
                _ => return Err(usage(&format!("`{flag}` is not a flag"))),
            }
        }
        Ok(Some(flags))
    }
}

/// The value of a flag.
///
/// # Errors
/// The reason why it is none of `range`.
pub(super) fn number(
    flag: &str,
    text: &str,
    range: std::ops::RangeInclusive<usize>,
) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| {
        let (least, most) = (range.start(), range.end());
        format!("{flag} {text}: give a number from {least} to {most}")
    })
}

fn usage(fault: &str) -> Failure {
    Failure::Usage(format!("{fault}\n\n{HELP}"))
}

pub(super) const HELP: &str = "\
cargo xtask bench edge [flags]
cargo xtask bench worker [flags]   has a --help of its own, as have
cargo xtask bench lambda [flags]
cargo xtask bench browser [flags]

Builds the native host for release and measures what it spends on a span: it receives
OTLP/HTTP protobuf and exports gzip to a second instance, which forwards to a counter in
this process. The same build runs twice, so that the difference between the two shows the
noise of this machine; other builds and the OpenTelemetry Collector run in the same place
with the same load, in turns. Responses are counted by status. Fails when a request is
refused, or when spans are lost or sent twice.

First 500 spans per request with more and more to do: passing through, the default rules of
redaction, a sampler that keeps 25 %, RED metrics. Then the defaults, with 20 and 500 spans
per request, plain and gzip. Then the example `passes` of throughline-otlp: nanoseconds per
span of one pass. Then the memory for decompression bombs and for many bodies at once. Then the
same load with and without the durable queue: CPU time, bytes on the disk, syncs. Then the same
requests over HTTP/1.1, HTTP/2 and OTLP/gRPC, with TLS and without, to a host that exports nothing.

With `--only kafka` it starts a broker of Kafka (the jars come with `cargo xtask test --all kafka`)
and compares one, two and three machines that share its topics with one that has none, with and
without `sampling.tail`, and with a Collector that has the Kafka exporter and receiver: CPU time of all
machines, the broker's besides, and bytes in the topics. `--binary` names a build with Kafka that is
measured in place of that of this checkout.

With `--only overload` it sends for ten minutes twice what the backend takes, and fails when
memory grows, or when what was sent, what the host counts and what the backend received do
not agree to the span.

  --only PART       processing, requests, memory, queue, protocols, kafka, or overload
  --binary PATH     another build of `throughline` to compare with; may be repeated
  --collector PATH  the OpenTelemetry Collector; default: target/bench/collector/otelcol,
                    or `otelcol` of the PATH; skipped when there is none
  --rotel PATH      the program `rotel-agent` of Rotel's wheel; passing through only
  --seconds N       how long the overload lasts (600)
  --spans N         spans for each program in a round (150000)
  --rounds N        rounds (5)

Linux only: CPU time and memory are read from /proc. tests/bench/README.md explains the
columns and says how to build the Collector.";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Flags>, Failure> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Flags::parse(&words)
    }

    #[test]
    fn every_flag_is_read() {
        let line = "edge --binary a --binary b --collector c --rotel r --spans 2000 --rounds 3 \
             --seconds 60 --only requests";
        let flags = parse(line).expect("well formed").expect("no help");
        assert_eq!(flags.binaries, [PathBuf::from("a"), PathBuf::from("b")]);
        assert_eq!(flags.collector, Some(PathBuf::from("c")));
        assert_eq!(flags.rotel, Some(PathBuf::from("r")));
        assert_eq!((flags.spans, flags.rounds, flags.seconds), (2000, 3, 60));
        assert_eq!(flags.part, Some(Part::Requests));
    }

    #[test]
    fn a_wrong_command_line_is_refused_with_the_reason() {
        for (line, reason) in [
            ("", "what to measure is missing"),
            ("page", "`page` cannot be measured"),
            ("edge --spans", "--spans needs a value"),
            ("edge --spans 1", "--spans 1: give a number from 1000"),
            ("edge --rounds many", "--rounds many: give a number from 1"),
            ("edge --only all", "--only all: give processing, requests"),
            ("edge --check", "`--check` is not a flag"),
        ] {
            let message = parse(line).expect_err(line).to_string();
            assert!(message.starts_with(reason), "{message}");
        }
    }
}
