//! The programs that are compared: machines with topics of Kafka, one without, and the Collector.

use crate::bench::collector::Collector;
use crate::bench::programs::{Program, throughline_config};
use crate::failure::Failure;
use crate::process::Interrupt;
use std::path::Path;

/// Programs that get the same load.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) name: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// A machine that exports what it receives.
    Direct,
    /// So many machines that share topics.
    Machines(usize),
    /// A Collector that puts what it receives into a topic and exports what it takes out of it.
    Collector {
        /// A message for each trace, as machines put them; otherwise one for each request.
        by_trace: bool,
    },
}

/// The parts that all rows of a measurement share.
pub(super) struct Place<'a> {
    pub(super) throughline: &'a Path,
    pub(super) collector: Option<&'a Collector>,
    /// More sections of the configuration of machines.
    pub(super) sections: &'a str,
    pub(super) broker: u16,
    pub(super) export_to: u16,
    pub(super) folder: &'a Path,
    pub(super) interrupt: &'a Interrupt,
}

impl Row {
    /// The topics of a group, those of spans first.
    pub(super) fn topics(&self) -> Vec<String> {
        match self.kind {
            Kind::Direct => Vec::new(),
            Kind::Machines(machines) => ["spans", "logs", "metrics", "decisions"]
                .map(|what| format!("{what}-{machines}"))
                .into(),
            Kind::Collector { by_trace } => vec![format!("spans-collector-{by_trace}")],
        }
    }

    /// Starts its programs.
    pub(super) fn start(&self, place: &Place<'_>) -> Result<Vec<Program>, Failure> {
        if let Kind::Collector { by_trace } = self.kind {
            let collector = place.collector.into_iter();
            let topics = self.topics();
            let config = |port| of_collector(port, place, &topics[0], by_trace);
            return collector
                .map(|it| it.start_with(config, place.folder, place.interrupt))
                .collect();
        }
        let config = throughline_config(place.export_to, "gzip")
            + &self.kafka(place.broker)
            + place.sections;
        let machines = match self.kind {
            Kind::Machines(machines) => machines,
            _ => 1,
        };
        let one = |_| {
            let program = place.throughline;
            Program::throughline(self.name, program, &config, place.folder, place.interrupt)
        };
        (0..machines).map(one).collect()
    }

    /// The section of the configuration of a machine.
    fn kafka(&self, port: u16) -> String {
        let topics = self.topics();
        let [spans, logs, metrics, decisions] = &topics[..] else {
            return String::new();
        };
        format!(
            "[kafka]\nbrokers = [\"127.0.0.1:{port}\"]\ngroup = \"group-{spans}\"\n\
             topics = {{ traces = \"{spans}\", logs = \"{logs}\", metrics = \"{metrics}\", \
             decisions = \"{decisions}\" }}\n"
        )
    }
}

/// The configuration of a Collector: its defaults, but for LZ4, which machines put with too.
fn of_collector(port: u16, place: &Place<'_>, topic: &str, by_trace: bool) -> String {
    let Place {
        broker, export_to, ..
    } = place;
    format!(
        "receivers:\n\
         \x20 otlp: {{protocols: {{http: {{endpoint: '127.0.0.1:{port}'}}}}}}\n\
         \x20 kafka: {{brokers: ['127.0.0.1:{broker}'], group_id: {topic}, \
         initial_offset: earliest, traces: {{topics: ['{topic}']}}}}\n\
         processors: {{batch: {{}}}}\n\
         exporters:\n\
         \x20 otlp_http: {{endpoint: 'http://127.0.0.1:{export_to}'}}\n\
         \x20 kafka: {{brokers: ['127.0.0.1:{broker}'], traces: {{topic: '{topic}'}}, \
         partition_traces_by_id: {by_trace}, producer: {{compression: lz4}}}}\n\
         service:\n\
         \x20 telemetry: {{metrics: {{level: none}}, logs: {{level: warn}}}}\n\
         \x20 pipelines:\n\
         \x20   traces/put: {{receivers: [otlp], exporters: [kafka]}}\n\
         \x20   traces/take: {{receivers: [kafka], processors: [batch], exporters: [otlp_http]}}\n"
    )
}

/// The parts of the Collector.
pub(super) const PARTS_OF_COLLECTOR: &[&str] = &["kafka", "batch", "otlp_http"];

/// The others are compared with the first.
pub(super) const MACHINES: [Row; 5] = [
    Row {
        name: "direct",
        kind: Kind::Direct,
    },
    Row {
        name: "the same again",
        kind: Kind::Direct,
    },
    Row {
        name: "1 machine",
        kind: Kind::Machines(1),
    },
    Row {
        name: "2 machines",
        kind: Kind::Machines(2),
    },
    Row {
        name: "3 machines",
        kind: Kind::Machines(3),
    },
];

/// They pass through what they get.
pub(super) const COLLECTORS: [Row; 2] = [
    Row {
        name: "Collector, by trace",
        kind: Kind::Collector { by_trace: true },
    },
    Row {
        name: "Collector",
        kind: Kind::Collector { by_trace: false },
    },
];
