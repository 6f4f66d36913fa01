//! Measurements of the product on this machine: `cargo xtask bench edge`.

mod batch;
mod counter;
mod flags;
mod http;
mod load;
mod passes;
mod programs;
mod protobuf;
mod results;
mod rounds;
mod usage;

use crate::command::root;
use crate::failure::Failure;
use crate::process::Interrupt;
use batch::{Encoding, Request};
use flags::Flags;
use programs::Programs;
use results::Results;

/// `cargo xtask bench edge …`
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let Some(flags) = Flags::parse(arguments)? else {
        println!("{}", flags::HELP);
        return Ok(());
    };
    let folder = root().join("target/bench/edge");
    // The logs of the last run.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).map_err(Failure::path(&folder))?;
    let programs = Programs::find(&flags)?;
    let interrupt = Interrupt::listen()?;
    println!(
        "{} rounds of {} spans for each program and request; CPU time of one process per span, \
         median (lowest to highest)\n",
        flags.rounds, flags.spans
    );
    for (spans, encoding) in REQUESTS {
        let request = Request::new(spans, encoding, &folder)?;
        let mut results = Results::new(programs.names());
        let line = programs.start(&folder, &interrupt)?;
        rounds::measure(&line, &request, &flags, &interrupt, &mut results)?;
        println!("{}\n{results}", request.title());
    }
    if programs.collector_is_missing() {
        println!(
            "OpenTelemetry Collector: not installed; tests/bench/README.md says how to build it\n"
        );
    }
    passes::run()
}

/// Spans per request, and its encoding. A page sends few spans at once; the batch processor
/// of an SDK sends 512 by default.
const REQUESTS: [(usize, Encoding); 4] = [
    (20, Encoding::Identity),
    (20, Encoding::Gzip),
    (500, Encoding::Identity),
    (500, Encoding::Gzip),
];
