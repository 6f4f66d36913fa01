//! The native host under twice the load that its backend takes: memory by the minute, and what
//! the sender, the host and the backend counted.

mod backend;
mod counts;
mod load;
mod memory;

use super::batch::{Encoding, Request};
use super::programs::{Program, throughline_config};
use super::usage::{Usage, memory as memory_of};
use crate::failure::Failure;
use crate::process::Interrupt;
use backend::Backend;
use counts::Counts;
use load::Load;
use memory::Samples;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Measures for `seconds`, after which the backend takes what still waits.
pub(super) fn measure(
    throughline: &Path,
    seconds: usize,
    folder: &Path,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let request = Request::new(SPANS, Encoding::Identity, folder)?;
    let backend = Backend::start(REQUESTS_PER_SECOND * SPANS / 2)?;
    // Uncompressed, so that the backend can count what arrives.
    let config = throughline_config(backend.port, "none");
    let config = format!("{config}[outcomes]\nstats_key = \"{STATS_KEY}\"\n");
    let host = Program::throughline("throughline", throughline, &config, folder, interrupt)?;
    println!(
        "Overload: {} spans per second for {seconds} seconds, {}; the backend takes half of them",
        REQUESTS_PER_SECOND * SPANS,
        request.title()
    );
    let process = host.process.id();
    let usage = Usage::new()?;
    let spent_before = usage.cpu_time(process)?;
    let load = Load::new(&request, host.port, REQUESTS_PER_SECOND);
    let mut samples = Samples::default();
    let sent = std::thread::scope(|scope| {
        let sending = scope.spawn(|| load.send(seconds));
        let begun = Instant::now();
        while !sending.is_finished() {
            sleep(SECOND);
            samples.add(begun.elapsed(), memory_of(process).unwrap_or_default());
            if interrupt.is_set() {
                load.stop();
            }
        }
        sending.join()
    });
    let sent = sent.map_err(|_| Failure::Check("the load generator panicked".to_owned()))??;
    let spent = usage.cpu_time(process)?.saturating_sub(spent_before);
    println!("{samples}");
    let counts = drained(&host, interrupt)?;
    let cpu = spent.as_secs_f64() * 1e6 / (sent.requests() * SPANS) as f64;
    println!("{sent}  {cpu:.2} µs of CPU time per span\n{counts}");
    println!(
        "  {:<44} {:>10}\n",
        "spans that the backend counted",
        backend.spans()
    );
    samples.check()?;
    counts.check(&sent, backend.spans() as u64)
}

/// The counts of the host once nothing waits any more.
fn drained(host: &Program, interrupt: &Interrupt) -> Result<Counts, Failure> {
    let begun = Instant::now();
    loop {
        let counts = Counts::request(host.port, STATS_KEY)?;
        if counts.queued == 0 {
            return Ok(counts);
        }
        if interrupt.is_set() || begun.elapsed() > DRAINED_WITHIN {
            return Err(Failure::Check(format!(
                "{} spans still wait {:?} after the last was sent",
                counts.queued,
                begun.elapsed()
            )));
        }
        sleep(SECOND);
    }
}

/// Spans of a request: about what an SDK of a service sends at once.
const SPANS: usize = 500;
/// 20,000 spans, 9 MB, per second: a load that the generator keeps up on a busy machine, and
/// twice that which the backend takes.
const REQUESTS_PER_SECOND: usize = 40;
const STATS_KEY: &str = "sk_bench";
const SECOND: Duration = Duration::from_secs(1);
/// Batches are given up five minutes after their first attempt.
const DRAINED_WITHIN: Duration = Duration::from_secs(330);
