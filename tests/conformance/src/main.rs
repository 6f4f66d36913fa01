//! The driver through which independent suites test the shipped crates.
//!
//! `throughline-conformance <suite>` reads one JSON object per line from standard input and
//! answers each with one on standard output. It has no logic of its own: every answer is the
//! result of a shipped crate.

mod baggage;
mod pii;
mod question;
mod sampling;
mod sigv4;
mod stack;
mod xray;

use question::QuestionError;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let suite = std::env::args().nth(1).unwrap_or_default();
    let Some((_, answer)) = SUITES.iter().find(|(name, _)| *name == suite) else {
        let names = SUITES.map(|(name, _)| name).join(" | ");
        let _ = writeln!(io::stderr(), "usage: throughline-conformance <{names}>");
        return ExitCode::from(USAGE);
    };
    match converse(*answer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "throughline-conformance: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A function from one question to its answer, both JSON.
type Answer = fn(&str) -> Result<String, QuestionError>;

fn converse(answer: Answer) -> io::Result<()> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().split(b'\n') {
        // A line that is not UTF-8 does not end the session.
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        if line.trim().is_empty() {
            continue;
        }
        let text = answer(&line).unwrap_or_else(|error| error.to_json());
        writeln!(output, "{text}")?;
        // A suite waits for the answer before it sends the next question.
        output.flush()?;
    }
    Ok(())
}

const SUITES: [(&str, Answer); 6] = [
    ("sampling", |line| question::answer(line, sampling::answer)),
    ("xray", |line| question::answer(line, xray::answer)),
    ("baggage", |line| question::answer(line, baggage::answer)),
    ("pii", |line| question::answer(line, pii::answer)),
    ("sigv4", |line| question::answer(line, sigv4::answer)),
    ("stack", |line| question::answer(line, stack::answer)),
];

const USAGE: u8 = 2;
