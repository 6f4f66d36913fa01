//! The driver through which independent suites test the shipped crates.
//!
//! `throughline-conformance <suite>` reads one JSON object per line from standard input and
//! writes a response to each, one JSON object on standard output. It has no logic of its own:
//! every response is the result of a shipped crate.

mod baggage;
mod envelope;
mod pii;
mod request;
mod sampling;
mod sigv4;
mod sourcemap;
mod stack;
mod xray;

use request::RequestError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let suite = std::env::args().nth(1).unwrap_or_default();
    let Some((_, respond)) = SUITES.iter().find(|(name, _)| *name == suite) else {
        let names = SUITES.map(|(name, _)| name).join(" | ");
        let _ = writeln!(io::stderr(), "usage: throughline-conformance <{names}>");
        return ExitCode::from(USAGE);
    };
    match serve(respond()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "throughline-conformance: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A function from one request to its response, both JSON. It may remember what was loaded.
type Respond = Box<dyn FnMut(&str) -> Result<String, RequestError>>;

fn serve(mut respond: Respond) -> io::Result<()> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().split(b'\n') {
        // A line that is not UTF-8 does not end the session.
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        if line.trim().is_empty() {
            continue;
        }
        let text = respond(&line).unwrap_or_else(|error| error.to_json());
        writeln!(output, "{text}")?;
        // A suite waits for the response before it sends the next request.
        output.flush()?;
    }
    Ok(())
}

/// Begins a session of a suite.
type Begin = fn() -> Respond;

const SUITES: [(&str, Begin); 8] = [
    ("sampling", || each(sampling::respond)),
    ("xray", || each(xray::respond)),
    ("baggage", || each(baggage::respond)),
    ("pii", || each(pii::respond)),
    ("sigv4", || each(sigv4::respond)),
    ("stack", || each(stack::respond)),
    ("sourcemap", || {
        let mut session = sourcemap::Session::default();
        each(move |request| session.respond(request))
    }),
    ("envelope", || each(envelope::respond)),
];

/// Responds to each request.
fn each<Q: DeserializeOwned, A: Serialize>(
    mut respond: impl FnMut(Q) -> Result<A, RequestError> + 'static,
) -> Respond {
    Box::new(move |line| request::respond(line, &mut respond))
}

const USAGE: u8 = 2;
