//! The cost of topics of Kafka between machines, beside a machine that exports what it receives.

mod broker;
mod topics;

use super::batch::Request;
use super::counter::Counter;
use super::flags::Flags;
use super::load::{Load, Responses};
use super::processing::Processing;
use super::programs::{Program, throughline_config};
use super::results::Results;
use super::usage::{Usage, peak_memory};
use crate::failure::Failure;
use crate::process::Interrupt;
use crate::serve::native;
use broker::Broker;
use std::path::Path;
use std::time::Duration;

/// Sends the same load through no topics and through those of one, two and three machines, in turns,
/// and prints what each spends.
pub(super) fn measure(flags: &Flags, folder: &Path, interrupt: &Interrupt) -> Result<(), Failure> {
    let throughline = native::release_program_with_kafka()?;
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
    interrupt: &'a Interrupt,
}

impl Bench<'_> {
    fn run(&self, throughline: &Path, folder: &Path) -> Result<(), Failure> {
        let names: Vec<String> = ROWS.iter().flat_map(Row::topics).collect();
        let broker = Broker::start(folder, &names, self.interrupt)?;
        let counter = Counter::start()?;
        let start = |name: &str, config: &str| {
            Program::throughline(name, throughline, config, folder, self.interrupt)
        };
        // Uncompressed, so that the counter can read what arrives.
        let passes = Processing::Nothing.of_throughline();
        let receiver = start(
            "receiver",
            &(throughline_config(counter.port, "none") + &passes),
        )?;
        let mut machines = Vec::new();
        for row in &ROWS {
            let config = throughline_config(receiver.port, "gzip") + &row.kafka(broker.port);
            let config = config + if self.has_tail { TAIL } else { "" };
            let one = || start(row.name, &config);
            machines.push(
                (0..row.machines)
                    .map(|_| one())
                    .collect::<Result<Vec<_>, _>>()?,
            );
        }
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
                name: ROWS[index].name.to_owned(),
                reason: failure.to_string(),
            })
        };
        let cpu_time = |index: usize| -> Result<Duration, Failure> {
            let ids = machines[index].iter().map(|one| one.process.id());
            ids.map(|id| usage.cpu_time(id)).sum()
        };
        let of_broker = || usage.cpu_time(broker.process.id());
        let names: Vec<String> = ROWS.iter().map(|row| row.name.to_owned()).collect();
        let (mut results, mut brokers) = (Results::new(names.clone()), Results::new(names));
        let requests = self.flags.spans.div_ceil(self.request.spans);
        let mut spans = [0; ROWS.len()];
        for (index, spans) in spans.iter_mut().enumerate() {
            let requests = requests.div_ceil(WARM_UP_PART);
            send(index, requests)?;
            *spans += requests * self.request.spans;
        }
        for round in 0..self.flags.rounds {
            for turn in 0..ROWS.len() {
                let index = (round + turn) % ROWS.len();
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
        for (row, spans) in ROWS.iter().zip(spans) {
            let Some([of_spans, .., decisions]) = row.topics_of_kafka() else {
                continue;
            };
            let traces = spans / SPANS_OF_TRACE;
            println!(
                "  {:<12} {:>6.1} bytes in the topic per span, {:>6.1} bytes of decisions per trace",
                row.name,
                broker.stored_bytes(&of_spans)? as f64 / spans as f64,
                broker.stored_bytes(&decisions)? as f64 / traces as f64,
            );
        }
        println!();
        Ok(())
    }
}

/// Machines that get the same load.
struct Row {
    name: &'static str,
    /// How many share topics, if they have some.
    machines: usize,
    has_topics: bool,
}

impl Row {
    /// The topics of a group: spans, log records, metrics, decisions.
    fn topics_of_kafka(&self) -> Option<[String; 4]> {
        let of = |what: &str| format!("{what}-{}", self.machines);
        self.has_topics
            .then(|| ["spans", "logs", "metrics", "decisions"].map(of))
    }

    fn topics(&self) -> impl Iterator<Item = String> + use<> {
        self.topics_of_kafka().into_iter().flatten()
    }

    /// The sections of the configuration.
    fn kafka(&self, port: u16) -> String {
        let Some([spans, logs, metrics, decisions]) = self.topics_of_kafka() else {
            return String::new();
        };
        format!(
            "[kafka]\nbrokers = [\"127.0.0.1:{port}\"]\ngroup = \"group-{}\"\n\
             topics = {{ traces = \"{spans}\", logs = \"{logs}\", metrics = \"{metrics}\", \
             decisions = \"{decisions}\" }}\n",
            self.machines
        )
    }
}

/// The others are compared with the first.
const ROWS: [Row; 5] = [
    Row {
        name: "direct",
        machines: 1,
        has_topics: false,
    },
    Row {
        name: "the same again",
        machines: 1,
        has_topics: false,
    },
    Row {
        name: "1 machine",
        machines: 1,
        has_topics: true,
    },
    Row {
        name: "2 machines",
        machines: 2,
        has_topics: true,
    },
    Row {
        name: "3 machines",
        machines: 3,
        has_topics: true,
    },
];

/// No span of the load is a root, so that each trace waits for as long as this.
const TAIL: &str = "[sampling.tail]\nprobability = 0.25\nwait_ms = 1000\n";
const SPANS_OF_TRACE: usize = 10;
/// A tenth of a round, unmeasured, before the first. The members of a group have found each other.
const WARM_UP_PART: usize = 10;
