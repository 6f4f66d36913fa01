//! Writes metrics in the text formats of Prometheus.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>,
//! <https://prometheus.io/docs/specs/om/open_metrics_spec/>

use crate::http::media_type;
use crate::identity;
use http::header::HeaderValue;
use std::fmt::Write as _;

/// A text format of Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// The text format 0.0.4.
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Format {
    /// The format that a scraper wants: OpenMetrics where it names that.
    pub(super) fn accepted(accept: Option<&HeaderValue>) -> Self {
        let accept = accept.and_then(|accept| accept.to_str().ok());
        let mut accepted = accept.unwrap_or_default().split(',');
        let is_open_metrics = |range: &str| {
            let range = HeaderValue::from_str(range.trim());
            range.is_ok_and(|range| media_type(&range).eq_ignore_ascii_case(OPEN_METRICS))
        };
        match accepted.any(is_open_metrics) {
            true => Format::OpenMetrics,
            false => Format::Text,
        }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Format::Text => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The kind of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A count since the start, which only grows.
    Counter,
    /// A number of now.
    Gauge,
    /// A number of bytes of now.
    Bytes,
    /// A count of bytes since the start.
    ByteCounter,
}

/// The text of all metrics.
#[derive(Debug)]
pub(super) struct Exposition {
    format: Format,
    text: String,
    /// When all counts began, in ns since the Unix epoch; 0 where that is not known.
    begun_unix_nano: u64,
}

/// One metric, with its samples.
#[derive(Debug)]
pub(super) struct Family<'a> {
    to: &'a mut Exposition,
    name: String,
    help: &'static str,
    kind: Kind,
    has_samples: bool,
}

/// The labels of a sample; one without a value is left out.
type Labels<'a> = [(&'static str, Option<&'a str>)];

impl Exposition {
    pub(super) const fn new(format: Format, begun_unix_nano: u64) -> Self {
        Self {
            format,
            text: String::new(),
            begun_unix_nano,
        }
    }

    /// Writes the attributes of the resource.
    pub(super) fn target(&mut self, attributes: &[(&'static str, &str)]) {
        let (name, kind) = match self.format {
            Format::Text => ("target_info", "gauge"),
            Format::OpenMetrics => ("target", "info"),
        };
        let _ = writeln!(
            self.text,
            "# HELP {name} Target metadata\n# TYPE {name} {kind}"
        );
        self.text.push_str("target_info");
        let labels: Vec<_> = (attributes.iter())
            .map(|(key, value)| (*key, Some(*value)))
            .collect();
        self.labels(&[], &labels);
        self.text.push_str(" 1\n");
    }

    /// Begins a metric, whose name is OpenTelemetry's. It is written with its first sample.
    pub(super) fn family(&mut self, name: &str, help: &'static str, kind: Kind) -> Family<'_> {
        let mut name = name.replace('.', "_");
        if matches!(kind, Kind::Bytes | Kind::ByteCounter) {
            name.push_str("_bytes");
        }
        Family {
            to: self,
            name,
            help,
            kind,
            has_samples: false,
        }
    }

    pub(super) fn finish(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }

    fn labels(&mut self, scope: &Labels<'_>, labels: &Labels<'_>) {
        let mut separator = '{';
        for (key, value) in labels.iter().chain(scope) {
            let Some(value) = value else { continue };
            self.text.push(separator);
            self.text.push_str(&key.replace('.', "_"));
            self.text.push_str("=\"");
            for character in value.chars() {
                match character {
                    '\\' => self.text.push_str("\\\\"),
                    '"' => self.text.push_str("\\\""),
                    '\n' => self.text.push_str("\\n"),
                    other => self.text.push(other),
                }
            }
            self.text.push('"');
            separator = ',';
        }
        if separator == ',' {
            self.text.push('}');
        }
    }
}

impl Family<'_> {
    pub(super) fn sample(&mut self, labels: &Labels<'_>, value: u64) {
        if !self.has_samples {
            self.has_samples = true;
            self.describe();
        }
        let is_counter = matches!(self.kind, Kind::Counter | Kind::ByteCounter);
        self.line(if is_counter { "_total" } else { "" }, labels);
        let _ = writeln!(self.to.text, " {value}");
        let begun = self.to.begun_unix_nano;
        if is_counter && self.to.format == Format::OpenMetrics && begun > 0 {
            self.line("_created", labels);
            let (seconds, milliseconds) = (begun / 1_000_000_000, begun / 1_000_000 % 1000);
            let _ = writeln!(self.to.text, " {seconds}.{milliseconds:03}");
        }
    }

    fn describe(&mut self) {
        let Self { name, help, .. } = self;
        let (suffix, kind) = match (self.kind, self.to.format) {
            (Kind::Counter | Kind::ByteCounter, Format::Text) => ("_total", "counter"),
            (Kind::Counter | Kind::ByteCounter, Format::OpenMetrics) => ("", "counter"),
            (Kind::Gauge | Kind::Bytes, _) => ("", "gauge"),
        };
        let text = &mut self.to.text;
        let _ = writeln!(
            text,
            "# HELP {name}{suffix} {help}\n# TYPE {name}{suffix} {kind}"
        );
        let has_unit = matches!(self.kind, Kind::Bytes | Kind::ByteCounter);
        if has_unit && self.to.format == Format::OpenMetrics {
            let _ = writeln!(text, "# UNIT {name} bytes");
        }
    }

    fn line(&mut self, suffix: &str, labels: &Labels<'_>) {
        self.to.text.push_str(&self.name);
        self.to.text.push_str(suffix);
        self.to.labels(&SCOPE, labels);
    }
}

/// The instrumentation scope, as labels of every sample.
const SCOPE: [(&str, Option<&str>); 2] = [
    ("otel.scope.name", Some(identity::NAME)),
    ("otel.scope.version", Some(identity::VERSION)),
];
const OPEN_METRICS: &str = "application/openmetrics-text";

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: Format) -> String {
        let mut text = Exposition::new(format, 1_794_657_600_120_000_000);
        text.target(&[("service.name", "edge")]);
        let mut family = text.family("a.records", "Records", Kind::Counter);
        family.sample(&[("a.b", Some("x\\y\"\n")), ("c", None)], 3);
        text.family("a.none", "Nothing", Kind::Counter);
        text.family("a.memory", "Memory", Kind::Bytes)
            .sample(&[], 9);
        text.family("a.io", "Bytes", Kind::ByteCounter)
            .sample(&[], 8);
        text.finish().replace(identity::VERSION, "1")
    }

    #[test]
    fn both_formats_are_written() {
        let scope = r#"otel_scope_name="throughline-edge",otel_scope_version="1""#;
        assert_eq!(
            written(Format::Text),
            format!(
                r#"# HELP target_info Target metadata
# TYPE target_info gauge
target_info{{service_name="edge"}} 1
# HELP a_records_total Records
# TYPE a_records_total counter
a_records_total{{a_b="x\\y\"\n",{scope}}} 3
# HELP a_memory_bytes Memory
# TYPE a_memory_bytes gauge
a_memory_bytes{{{scope}}} 9
# HELP a_io_bytes_total Bytes
# TYPE a_io_bytes_total counter
a_io_bytes_total{{{scope}}} 8
"#
            )
        );
        assert_eq!(
            written(Format::OpenMetrics),
            format!(
                r#"# HELP target Target metadata
# TYPE target info
target_info{{service_name="edge"}} 1
# HELP a_records Records
# TYPE a_records counter
a_records_total{{a_b="x\\y\"\n",{scope}}} 3
a_records_created{{a_b="x\\y\"\n",{scope}}} 1794657600.120
# HELP a_memory_bytes Memory
# TYPE a_memory_bytes gauge
# UNIT a_memory_bytes bytes
a_memory_bytes{{{scope}}} 9
# HELP a_io_bytes Bytes
# TYPE a_io_bytes counter
# UNIT a_io_bytes bytes
a_io_bytes_total{{{scope}}} 8
a_io_bytes_created{{{scope}}} 1794657600.120
# EOF
"#
            )
        );
    }

    #[test]
    fn a_scraper_chooses_the_format() {
        for (accept, format) in [
            ("", Format::Text),
            ("*/*", Format::Text),
            ("text/plain;version=0.0.4", Format::Text),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
                Format::OpenMetrics,
            ),
        ] {
            let accept = HeaderValue::from_static(accept);
            assert_eq!(Format::accepted(Some(&accept)), format);
        }
        assert_eq!(Format::accepted(None), Format::Text);
    }
}
