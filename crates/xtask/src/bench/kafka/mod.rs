//! The cost of topics of Kafka between machines, beside a machine that exports what it receives.

mod broker;
mod rows;
mod topics;

use super::batch::Request;
use super::collector::{COLLECTOR, Collector};
use super::counter::Counter;
use super::flags::Flags;
use super::load::{Load, Responses};
use super::processing::Processing;
use super::programs::{Program, existing, throughline_config};
use super::results::Results;
use super::usage::{Usage, peak_memory};
use crate::failure::Failure;
use crate::process::Interrupt;
use crate::serve::native;
use broker::Broker;
use rows::{COLLECTORS, MACHINES, PARTS_OF_COLLECTOR, Place, Row};
use std::path::Path;
use std::time::Duration;

/// Sends the same load through no topics and through those of one, two and three machines, in turns,
/// and through one of Collectors, and prints what each spends.
pub(super) fn measure(flags: &Flags, folder: &Path, interrupt: &Interrupt) -> Result<(), Failure> {
    let throughline = match flags.binaries.first() {
        Some(given) => existing(given)?,
        None => native::release_program_with_kafka()?,
    };
    let collector = Collector::find(flags)?;
    let fault = match &collector {
        Some(collector) => collector.missing(PARTS_OF_COLLECTOR).join(", "),
        None => "everything".to_owned(),
    };
    if !fault.is_empty() {
        println!("{COLLECTOR}: none with {fault}; tests/bench/README.md says how to build it\n");
    }
    let collector = collector.filter(|_| fault.is_empty());
    let request = Request::of_traces(500 / SPANS_OF_TRACE, SPANS_OF_TRACE);
    for has_tail in [false, true] {
        let tail = if has_tail { ", sampling.tail" } else { "" };
        println!(
            "Kafka{tail}: {}, {SPANS_OF_TRACE} in a trace\n",
            request.title()
        );
        let folder = folder.join(if has_tail { "tail" } else { "no-tail" });
        std::fs::create_dir_all(&folder).map_err(Failure::path(&folder))?;
        let bench = Bench {
            flags,
            request: &request,
            has_tail,
            // It has no tail sampler.
            collector: collector.as_ref().filter(|_| !has_tail),
            interrupt,
        };
        bench.run(&throughline, &folder)?;
    }
    Ok(())
}

struct Bench<'a> {
    flags: &'a Flags,
    request: &'a Request,
    has_tail: bool,
    collector: Option<&'a Collector>,
    interrupt: &'a Interrupt,
}

impl Bench<'_> {
    fn run(&self, throughline: &Path, folder: &Path) -> Result<(), Failure> {
        let mut rows = MACHINES.to_vec();
        if self.collector.is_some() {
            rows.extend(COLLECTORS);
        }
        let names: Vec<String> = rows.iter().flat_map(Row::topics).collect();
        let broker = Broker::start(folder, &names, self.interrupt)?;
        let counter = Counter::start()?;
        // Uncompressed, so that the counter can read what arrives.
        let passes =
            throughline_config(counter.port, "none") + &Processing::Nothing.of_throughline();
        let receiver =
            Program::throughline("receiver", throughline, &passes, folder, self.interrupt)?;
        let place = Place {
            throughline,
            collector: self.collector,
            sections: if self.has_tail { TAIL } else { "" },
            broker: broker.port,
            export_to: receiver.port,
            folder,
            interrupt: self.interrupt,
        };
        let machines: Vec<_> = (rows.iter())
            .map(|row| row.start(&place))
            .collect::<Result<_, _>>()?;
        let usage = Usage::new()?;
        let mut sent = 0;
        let mut send = |index: usize, requests: usize| {
            let kept = match self.has_tail {
                true => self.request.in_quarter,
                false => self.request.spans,
            };
            let mut load = Load::new(self.request, kept, &counter, self.interrupt);
            load.first = sent;
            sent += requests;
            let ports: Vec<u16> = machines[index].iter().map(|one| one.port).collect();
            let responses = load.send_to(&ports, requests);
            responses.map_err(|failure| Failure::Part {
                name: rows[index].name.to_owned(),
                reason: failure.to_string(),
            })
        };
        let cpu_time = |index: usize| -> Result<Duration, Failure> {
            let ids = machines[index].iter().map(|one| one.process.id());
            ids.map(|id| usage.cpu_time(id)).sum()
        };
        let of_broker = || usage.cpu_time(broker.process.id());
        let names: Vec<String> = rows.iter().map(|row| row.name.to_owned()).collect();
        let (mut results, mut brokers) = (Results::new(names.clone()), Results::new(names));
        let requests = self.flags.spans.div_ceil(self.request.spans);
        let mut spans = vec![0; rows.len()];
        for (index, spans) in spans.iter_mut().enumerate() {
            let requests = requests.div_ceil(WARM_UP_PART);
            send(index, requests)?;
            *spans += requests * self.request.spans;
        }
        for round in 0..self.flags.rounds {
            for turn in 0..rows.len() {
                let index = (round + turn) % rows.len();
                let before = (cpu_time(index)?, of_broker()?);
                let responses = send(index, requests)?;
                let sent = requests * self.request.spans;
                spans[index] += sent;
                results.record(
                    index,
                    cpu_time(index)?.saturating_sub(before.0),
                    sent,
                    &responses,
                );
                let spent = of_broker()?.saturating_sub(before.1);
                brokers.record(index, spent, sent, &Responses::new());
            }
        }
        for (index, row) in machines.iter().enumerate() {
            let mut bytes = 0;
            for one in row {
                bytes += peak_memory(one.process.id())?;
            }
            results.set_peak_memory(index, bytes);
        }
        brokers.set_peak_memory(0, peak_memory(broker.process.id())?);
        println!("{results}\nThe broker meanwhile\n\n{brokers}");
        for (row, spans) in rows.iter().zip(spans) {
            let topics = row.topics();
            let Some(of_spans) = topics.first() else {
                continue;
            };
            let decisions = match topics.get(3) {
                Some(decisions) => broker.stored_bytes(decisions)?,
                None => 0,
            };
            let traces = spans / SPANS_OF_TRACE;
            println!(
                "  {:<20} {:>6.1} bytes in the topic per span, {:>6.1} bytes of decisions per trace",
                row.name,
                broker.stored_bytes(of_spans)? as f64 / spans as f64,
                decisions as f64 / traces as f64,
            );
        }
        println!();
        Ok(())
    }
}

/// No span of the load is a root, so that each trace waits for as long as this.
const TAIL: &str = "[sampling.tail]\nprobability = 0.25\nwait_ms = 1000\n";
const SPANS_OF_TRACE: usize = 10;
/// A tenth of a round, unmeasured, before the first. The members of a group have found each other.
const WARM_UP_PART: usize = 10;
