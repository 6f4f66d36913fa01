//! Measurements of the browser package beside other SDKs: `cargo xtask bench browser`.

use crate::bench::flags::number;
use crate::command::{command, root, run as run_command};
use crate::failure::Failure;
use crate::setup::{Needs, run_for};
use crate::wasm;

/// `cargo xtask bench browser …`
pub(super) fn run(arguments: &[String]) -> Result<(), Failure> {
    let Some(flags) = Flags::parse(arguments)? else {
        println!("{HELP}");
        return Ok(());
    };
    run_for(Needs::Peers)?;
    wasm::build()?;
    let folder = root().join("target/bench/browser");
    std::fs::create_dir_all(&folder).map_err(Failure::path(&folder))?;
    let mut measure = command("node", &["tests/bench/browser/measure.mjs"]);
    measure.arg(format!("--rounds={}", flags.rounds));
    if let Some(only) = &flags.only {
        measure.arg(format!("--only={only}"));
    }
    if let Some(times) = flags.times {
        measure.arg(format!("--times={times}"));
    }
    match flags.only.as_deref() {
        Some("bytes") => {
            let parts = folder.join("engine.tsv");
            wasm::list_parts(&parts)?;
            measure.arg("--engine").arg(parts);
        }
        Some("profile") => {
            measure.arg("--module").arg(wasm::build_with_names()?);
        }
        _ => {}
    }
    run_command(&mut measure)
}

/// The flags of `cargo xtask bench browser`.
#[derive(Debug, PartialEq, Eq)]
struct Flags {
    /// The part that is measured; all but those that are only measured alone when there is none.
    only: Option<String>,
    rounds: usize,
    /// How often a page is ended.
    times: Option<usize>,
}

impl Flags {
    /// `None` when help is wanted.
    fn parse(arguments: &[String]) -> Result<Option<Self>, Failure> {
        let mut flags = Self {
            only: None,
            rounds: 5,
            times: None,
        };
        let wrong = |fault: String| Failure::Usage(format!("{fault}\n\n{HELP}"));
        let mut words = arguments.iter().map(String::as_str);
        while let Some(flag) = words.next() {
            if matches!(flag, "--help" | "-h") {
                return Ok(None);
            }
            let mut value = || {
                words
                    .next()
                    .ok_or_else(|| wrong(format!("{flag} needs a value")))
            };
            match flag {
                "--only" => {
                    let part = value()?;
                    if !PARTS.contains(&part) {
                        let parts = PARTS.join(", ");
                        return Err(wrong(format!("--only {part}: give one of {parts}")));
                    }
                    flags.only = Some(part.to_owned());
                }
                "--rounds" => flags.rounds = number(flag, value()?, 1..=100).map_err(wrong)?,
                "--times" => flags.times = Some(number(flag, value()?, 1..=1000).map_err(wrong)?),
                _ => return Err(wrong(format!("`{flag}` is not a flag"))),
            }
        }
        Ok(Some(flags))
    }
}

/// The parts of tests/bench/browser/measure.mjs.
const PARTS: [&str; 10] = [
    "sizes",
    "load",
    "slow",
    "session",
    "work",
    "interactions",
    "killed",
    "bytes",
    "profile",
    "replay",
];

const HELP: &str = "\
cargo xtask bench browser [flags]

Builds the browser package and measures what it costs a page in Chromium, beside Sentry's SDK with
tracing, OpenTelemetry's stack, Elastic's agent, Dash0's SDK, Grafana Faro with tracing, a script that
is written by hand, and a page without any. They come from npm, into tests/bench/browser, and are
bundled with the same options. Each round measures all of them in turns: the CPU time of the page's
main thread for init, the first second, a fetch and an error, its memory, what a session sends, its
longest task on a slow processor, and how fast it responds to clicks. Prints tables of Markdown and
writes target/bench/browser.json.

With `--only killed` pages end at once after an error and three requests, 100 times in Chromium,
Firefox and WebKitGTK, in three ways: what has arrived? With `--only bytes` the functions of the engine
and the modules of JavaScript are listed by their size, with `--only profile` the lines of the sources
by their time. With `--only replay` a recording of the page by rrweb is measured beside the package.

  --only PART       sizes, load, slow, session, work, interactions, killed, bytes, profile, or replay
  --rounds N        rounds (5)
  --times N         how often a page ends (100 with --only killed, else 1)

It opens no connection outside this machine. tests/bench/browser/README.md explains the numbers.";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Flags>, Failure> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Flags::parse(&words)
    }

    #[test]
    fn every_flag_is_read() {
        let flags = parse("--only killed --rounds 2 --times 3").expect("well formed");
        let expected = Flags {
            only: Some("killed".to_owned()),
            rounds: 2,
            times: Some(3),
        };
        assert_eq!(flags, Some(expected));
        assert_eq!(parse("--rounds 1 --help").expect("well formed"), None);
    }

    #[test]
    fn a_wrong_command_line_is_refused_with_the_reason() {
        for (line, reason) in [
            ("--starts 3", "`--starts` is not a flag"),
            ("--only", "--only needs a value"),
            ("--only all", "--only all: give one of sizes, load"),
            ("--rounds 0", "--rounds 0: give a number from 1 to 100"),
        ] {
            let message = parse(line).expect_err(line).to_string();
            assert!(message.starts_with(reason), "{message}");
        }
    }
}
