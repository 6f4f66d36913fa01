//! Measurements of the product on this machine: `cargo xtask bench`.

mod batch;
mod browser;
mod collector;
mod counter;
mod flags;
mod http;
mod kafka;
mod lambda;
mod load;
mod memory;
mod overload;
mod passes;
mod processing;
mod programs;
mod protobuf;
mod protocols;
mod queue;
mod results;
mod rotel;
mod rounds;
mod symbolication;
mod usage;
mod viewer;
mod worker;

use crate::command::root;
use crate::failure::Failure;
use crate::process::Interrupt;
use batch::{Encoding, Request};
use collector::COLLECTOR;
use flags::{Flags, Part};
use load::Responses;
use processing::Processing;
use programs::Programs;
use results::Results;
use std::path::Path;

/// `cargo xtask bench …`
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    match arguments.split_first() {
        Some((what, rest)) if what == "worker" => worker::run(rest),
        Some((what, rest)) if what == "lambda" => lambda::run(rest),
        Some((what, rest)) if what == "browser" => browser::run(rest),
        Some((what, rest)) if what == "viewer" => viewer::run(rest),
        Some((what, rest)) if what == "symbolication" => symbolication::run(rest),
        _ => run_edge(arguments),
    }
}

/// `cargo xtask bench edge …`
fn run_edge(arguments: &[String]) -> Result<(), Failure> {
    let Some(flags) = Flags::parse(arguments)? else {
        println!("{}", flags::HELP);
        return Ok(());
    };
    let folder = root().join("target/bench/edge");
    // The logs of the last run.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).map_err(Failure::path(&folder))?;
    let interrupt = Interrupt::listen()?;
    if flags.part == Some(Part::Kafka) {
        return kafka::measure(&flags, &folder, &interrupt);
    }
    let programs = Programs::find(&flags)?;
    let is_wanted = |part: Part| flags.part.is_none_or(|only| only == part);
    if flags.part == Some(Part::Overload) {
        let program = programs.throughline();
        return overload::measure(program, flags.seconds, &folder, &interrupt);
    }
    let mut bench = Bench {
        flags: &flags,
        folder: &folder,
        programs,
        interrupt,
        refused: Responses::new(),
    };
    if is_wanted(Part::Processing) || is_wanted(Part::Requests) {
        println!(
            "{} rounds of {} spans for each program and request; CPU time of one process per \
             span, median (lowest to highest)\n",
            flags.rounds, flags.spans
        );
    }
    if is_wanted(Part::Processing) {
        bench.measure_processing()?;
    }
    if is_wanted(Part::Requests) {
        bench.measure_requests()?;
        passes::run()?;
    }
    if is_wanted(Part::Memory) {
        memory::measure(bench.programs.throughline(), &folder, &bench.interrupt)?;
    }
    if is_wanted(Part::Queue) {
        let program = bench.programs.throughline();
        queue::measure(program, &flags, &folder, &bench.interrupt)?;
    }
    if is_wanted(Part::Protocols) {
        let program = bench.programs.throughline();
        protocols::measure(program, &flags, &folder, &bench.interrupt)?;
    }
    if bench.refused.is_empty() {
        return Ok(());
    }
    Err(Failure::Check(format!(
        "requests were refused, by status: {:?}",
        bench.refused
    )))
}

/// The parts that all measurements of one run share.
struct Bench<'a> {
    flags: &'a Flags,
    folder: &'a Path,
    programs: Programs,
    interrupt: Interrupt,
    refused: Responses,
}

impl Bench<'_> {
    /// Measures what the stages of the pipeline cost, one more in each table, and compares it
    /// with what the Collector spends on the same.
    fn measure_processing(&mut self) -> Result<(), Failure> {
        let request = Request::new(500, Encoding::Identity, self.folder)?;
        let mut summary = String::new();
        for processing in Processing::ALL {
            println!("{processing}: {}", request.title());
            let results = self.measure(processing, &request)?;
            let (name, goal) = (processing.to_string(), processing.goal());
            let goal = goal.map_or_else(String::new, |times| format!("1/{times}"));
            let line = match results.times_of_first(COLLECTOR) {
                Some((times, cpu)) => format!("{cpu:>11.2}  1/{times:<5.1}"),
                None => format!("{:>11}  {:<7}", "", ""),
            };
            summary.push_str(&format!("  {name:<40}  {line}  {goal}\n"));
        }
        println!(
            "CPU time of the native host as a part of the Collector's\n\n  \
             {:<40}  {:>11}  {:<7}  goal\n{summary}",
            "processing", "µs per span", "part"
        );
        Ok(())
    }

    /// Measures what the defaults cost by the size of a request and its encoding.
    fn measure_requests(&mut self) -> Result<(), Failure> {
        for (spans, encoding) in REQUESTS {
            let request = Request::new(spans, encoding, self.folder)?;
            println!("{}", request.title());
            self.measure(Processing::Default, &request)?;
        }
        Ok(())
    }

    fn measure(&mut self, processing: Processing, request: &Request) -> Result<Results, Failure> {
        let mut results = Results::new(self.programs.names(processing));
        let line = (self.programs).start(processing, self.folder, &self.interrupt)?;
        let (flags, interrupt) = (self.flags, &self.interrupt);
        rounds::measure(&line, processing, request, flags, interrupt, &mut results)?;
        println!("\n{results}");
        if let Some(why) = self.programs.collector_is_missing(processing) {
            println!("{COLLECTOR}: {why}; tests/bench/README.md says how to build it\n");
        }
        for (status, count) in results.refused() {
            *self.refused.entry(status).or_default() += count;
        }
        Ok(results)
    }
}

/// Spans per request, and its encoding. A page sends few spans at once; the batch processor
/// of an SDK sends 512 by default.
const REQUESTS: [(usize, Encoding); 4] = [
    (20, Encoding::Identity),
    (20, Encoding::Gzip),
    (500, Encoding::Identity),
    (500, Encoding::Gzip),
];
