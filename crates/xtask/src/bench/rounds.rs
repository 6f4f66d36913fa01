//! Runs the rounds of a measurement: every program in turn, each round with another first.

use super::batch::Request;
use super::flags::Flags;
use super::load::Load;
use super::processing::Processing;
use super::programs::Line;
use super::results::Results;
use super::usage::{Usage, peak_memory};
use crate::failure::Failure;
use crate::process::Interrupt;

/// Sends the rounds through every program of `line`. Some requests before them warm the
/// programs up and are not measured.
pub(super) fn measure(
    line: &Line,
    processing: Processing,
    request: &Request,
    flags: &Flags,
    interrupt: &Interrupt,
    results: &mut Results,
) -> Result<(), Failure> {
    let usage = Usage::new()?;
    let requests = flags.spans.div_ceil(request.spans);
    let kept = match processing.samples() {
        true => request.in_quarter,
        false => request.spans,
    };
    let send = |index: usize, requests: usize| {
        let program = &line.programs[index];
        let load = Load::new(request, kept, &line.counter, interrupt);
        load.send(program.port, requests)
            .map_err(|failure| Failure::Part {
                name: program.process.name().to_owned(),
                reason: failure.to_string(),
            })
    };
    let count = line.programs.len();
    for index in 0..count {
        send(index, requests.div_ceil(WARM_UP_PART))?;
    }
    for round in 0..flags.rounds {
        for turn in 0..count {
            let index = (round + turn) % count;
            let process = line.programs[index].process.id();
            let before = usage.cpu_time(process)?;
            let responses = send(index, requests)?;
            let spent = usage.cpu_time(process)?.saturating_sub(before);
            results.record(index, spent, requests * request.spans, &responses);
        }
    }
    for (index, program) in line.programs.iter().enumerate() {
        results.set_peak_memory(index, peak_memory(program.process.id())?);
    }
    Ok(())
}

/// A tenth of a round, unmeasured, before the first.
const WARM_UP_PART: usize = 10;
