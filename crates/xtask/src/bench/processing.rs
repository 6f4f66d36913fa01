//! The work that the programs are configured to do with the spans that they receive.

use std::fmt::{self, Display, Formatter};

/// Work that every program does in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Processing {
    /// The defaults of each program.
    Default,
    /// Nothing but joining batches.
    Nothing,
    /// Redaction of secrets and personal data.
    Rules,
    /// The same, and a sampler that keeps a quarter of the traces.
    Sampled,
    /// The same, and durations and errors of requests as metrics, measured before sampling.
    Measured,
}

impl Processing {
    /// Those that have a goal, or lead to one that has.
    pub(super) const ALL: [Self; 4] = [Self::Nothing, Self::Rules, Self::Sampled, Self::Measured];

    /// How many times the CPU time of the native host the Collector is to spend.
    pub(super) const fn goal(self) -> Option<f64> {
        match self {
            Self::Nothing => Some(6.0),
            Self::Sampled => Some(12.0),
            Self::Measured => Some(8.0),
            Self::Default | Self::Rules => None,
        }
    }

    pub(super) const fn samples(self) -> bool {
        matches!(self, Self::Sampled | Self::Measured)
    }

    /// The sections of the native host's configuration.
    pub(super) fn of_throughline(self) -> String {
        let mut sections = String::new();
        if self == Self::Nothing {
            sections.push_str("[scrub]\ndefaults = false\n");
        }
        if matches!(self, Self::Nothing | Self::Rules | Self::Sampled) {
            sections.push_str("[metrics]\nrequests = false\nweb_vitals = false\n");
        }
        if self.samples() {
            sections.push_str("[sampling.head]\nprobability = 0.25\n");
        }
        sections
    }

    /// The parts of the Collector that do it, as `otelcol components` names them.
    pub(super) const fn parts_of_collector(self) -> &'static [&'static str] {
        match self {
            Self::Default | Self::Nothing => &["batch"],
            Self::Rules => &["batch", "redaction"],
            Self::Sampled => &["batch", "redaction", "probabilistic_sampler"],
            Self::Measured => &[
                "batch",
                "redaction",
                "probabilistic_sampler",
                "span_metrics",
            ],
        }
    }

    /// The processors, the connectors and the pipelines of the Collector's configuration. The
    /// batch processor comes last, as its documentation recommends.
    pub(super) fn of_collector(self) -> String {
        let mut processors = String::from("  batch: {}\n");
        let mut order = Vec::new();
        if !matches!(self, Self::Default | Self::Nothing) {
            processors.push_str(REDACTION);
            order.push("redaction");
        }
        if self.samples() {
            processors.push_str(SAMPLER);
            order.push("probabilistic_sampler");
        }
        order.push("batch");
        let order = order.join(", ");
        let (mut connectors, mut metrics) = ("", "");
        if self == Self::Measured {
            connectors = "connectors: {span_metrics: {}}\n";
            metrics = METRICS;
        }
        format!(
            "processors:\n{processors}{connectors}\
             service:\n\
             \x20 telemetry: {{metrics: {{level: none}}, logs: {{level: warn}}}}\n\
             \x20 pipelines:\n\
             \x20   traces: {{receivers: [otlp], processors: [{order}], exporters: [otlp_http]}}\n\
             {metrics}"
        )
    }
}

impl Display for Processing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "defaults",
            Self::Nothing => "passing through",
            Self::Rules => "default rules",
            Self::Sampled => "default rules, 25 % sampled",
            Self::Measured => "default rules, 25 % sampled, RED metrics",
        })
    }
}

/// Payment cards and e-mail addresses alone: two patterns of what the default rules look for.
const REDACTION: &str = "  redaction:\n    \
    allow_all_keys: true\n    \
    blocked_values: ['4[0-9]{12}(?:[0-9]{3})?', '[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\\.[a-zA-Z]{2,}']\n";
/// In this mode the same traces are kept as by the native host.
const SAMPLER: &str = "  probabilistic_sampler: {sampling_percentage: 25, mode: proportional}\n";
const METRICS: &str = "    \
    traces/measured: {receivers: [otlp], exporters: [span_metrics]}\n    \
    metrics: {receivers: [span_metrics], exporters: [otlp_http]}\n";
