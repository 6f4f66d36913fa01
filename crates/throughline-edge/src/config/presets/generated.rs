// Generated from the files beside it by `cargo xtask codegen`.

use super::facts::{Address, Facts, Header, Parameter};
use serde::{Deserialize, Serialize};

/// A system that people send to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum BackendPreset {
    /// Amazon CloudWatch Logs.
    CloudwatchLogs,
    /// Amazon CloudWatch metrics.
    CloudwatchMetrics,
    /// Datadog.
    Datadog,
    /// Elastic.
    Elastic,
    /// Grafana Cloud.
    GrafanaCloud,
    /// Honeycomb.
    Honeycomb,
    /// Jaeger.
    Jaeger,
    /// Grafana Loki.
    Loki,
    /// New Relic.
    Newrelic,
    /// OTLP.
    Otlp,
    /// Prometheus.
    Prometheus,
    /// Sentry.
    Sentry,
    /// Grafana Tempo.
    Tempo,
    /// AWS X-Ray.
    Xray,
}

/// The facts of each, by name.
pub(super) const PRESETS: [Facts; 14] = [
    Facts {
        name: "cloudwatch-logs",
        title: "Amazon CloudWatch Logs",
        address: Address::At("https://logs.{region}.{aws_domain}"),
        ends: "",
        wrong: &[],
        parameters: &[
            Parameter { name: "log_group", wanted: "a log group that exists", one_of: &[] },
            Parameter { name: "log_stream", wanted: "a log stream that exists", one_of: &[] },
            Parameter { name: "region", wanted: "a region of AWS, such as eu-central-1", one_of: &[] },
        ],
        optional: &[],
        headers: &[
            Header { name: "x-aws-log-group", signal: "", value: "{log_group}" },
            Header { name: "x-aws-log-stream", signal: "", value: "{log_stream}" },
        ],
        service: "logs",
        takes: &[
            ("signals", &["logs"]),
            ("compression", &["gzip", "none"]),
            ("encoding", &["protobuf", "json"]),
        ],
        limits: &[("max_request_bytes", 1000000), ("max_request_gap_s", 86400), ("max_request_records", 10000), ("max_request_text_bytes", 1048576)],
        drops_event_name: false,
        refuses_with: &[],
    },
    Facts {
        name: "cloudwatch-metrics",
        title: "Amazon CloudWatch metrics",
        address: Address::At("https://monitoring.{region}.{aws_domain}"),
        ends: "",
        wrong: &[],
        parameters: &[
            Parameter { name: "region", wanted: "a region of AWS, such as eu-central-1", one_of: &[] },
        ],
        optional: &[],
        headers: &[
        ],
        service: "monitoring",
        takes: &[
            ("signals", &["metrics"]),
            ("compression", &["gzip", "none"]),
            ("encoding", &["protobuf", "json"]),
        ],
        limits: &[("max_request_bytes", 1000000), ("max_request_records", 1000)],
        drops_event_name: false,
        refuses_with: &[],
    },
    Facts {
        name: "datadog",
        title: "Datadog",
        address: Address::At("https://otlp.{site}"),
        ends: "",
        wrong: &[],
        parameters: &[
            Parameter { name: "key", wanted: "an API key of the organization", one_of: &[] },
            Parameter { name: "site", wanted: "the site of the organization", one_of: &["datadoghq.com", "us3.datadoghq.com", "us5.datadoghq.com", "datadoghq.eu", "ap1.datadoghq.com", "ap2.datadoghq.com"] },
        ],
        optional: &[],
        headers: &[
            Header { name: "dd-api-key", signal: "", value: "{key}" },
            Header { name: "dd-otel-metric-config", signal: "metrics", value: "{\"resource_attributes_as_tags\": true}" },
        ],
        service: "",
        takes: &[
            ("signals", &["traces", "logs", "metrics"]),
            ("compression", &["gzip"]),
            ("encoding", &["protobuf"]),
            ("histogram", &["explicit", "exponential"]),
            ("temporality", &["delta"]),
        ],
        limits: &[("max_request_bytes", 3200000)],
        drops_event_name: false,
        refuses_with: &[],
    },
    Facts {
        name: "elastic",
        title: "Elastic",
        address: Address::Own { path: "", wanted: "the Managed OTLP endpoint of the project, as Elastic Cloud shows it" },
        ends: "",
        wrong: &[],
        parameters: &[
            Parameter { name: "key", wanted: "an API key of the project, without the word ApiKey", one_of: &[] },
        ],
        optional: &[],
        headers: &[
            Header { name: "authorization", signal: "", value: "ApiKey {key}" },
        ],
        service: "",
        takes: &[
            ("signals", &["traces", "logs", "metrics"]),
            ("temporality", &["delta"]),
        ],
        limits: &[],
        drops_event_name: false,
        refuses_with: &[],
    },
    Facts {
        name: "grafana-cloud",
        title: "Grafana Cloud",
        address: Address::At("https://otlp-gateway-{region}.grafana.net/otlp"),
        ends: "/otlp",
        wrong: &[],
        parameters: &[
            Parameter { name: "key", wanted: "an access policy token that may write", one_of: &[] },
            Parameter { name: "region", wanted: "the zone of the stack, such as prod-eu-west-2", one_of: &[] },
            Parameter { name: "user", wanted: "the instance id of the stack, a number", one_of: &[] },
        ],
        optional: &[],
        headers: &[
            Header { name: "authorization", signal: "", value: "Basic {basic}" },
        ],
        service: "",
        takes: &[
            ("signals", &["traces", "logs", "metrics"]),
            ("compression", &["gzip", "none"]),
            ("encoding", &["protobuf", "json"]),
            ("histogram", &["explicit", "exponential"]),
            ("temporality", &["cumulative", "delta"]),
        ],
        limits: &[("max_body_bytes", 256000)],
        drops_event_name: true,
        refuses_with: &[],
    },
    Facts {
        name: "honeycomb",
        title: "Honeycomb",
        address: Address::Regions(&[("eu", "https://api.eu1.honeycomb.io"), ("us", "https://api.honeycomb.io")]),
        ends: "",
        wrong: &[],
        parameters: &[
            Parameter { name: "key", wanted: "an ingest key of the environment", one_of: &[] },
            Parameter { name: "region", wanted: "the region of the team", one_of: &["eu", "us"] },
        ],
        optional: &["dataset"],
        headers: &[
            Header { name: "x-honeycomb-dataset", signal: "metrics", value: "{dataset}" },
            Header { name: "x-honeycomb-team", signal: "", value: "{key}" },
        ],
        service: "",
        takes: &[
            ("signals", &["traces", "logs", "metrics"]),
            ("compression", &["gzip", "zstd", "none"]),
            ("encoding", &["protobuf", "json"]),
            ("temporality", &["delta", "cumulative"]),
        ],
        limits: &[("max_attribute_bytes", 65535), ("max_body_bytes", 65535)],
        drops_event_name: false,
        refuses_with: &[],
    },
    Facts {
        name: "jaeger",
        title: "Jaeger",
        address: Address::Own { path: "", wanted: "the base URL of Jaeger's OTLP/HTTP receiver, such as http://jaeger:4318; with protocol = \"grpc\" http://jaeger:4317" },
        ends: "",
        wrong: &[("/api/traces", "the address of Jaeger's own protocol: write that of its OTLP receiver, such as http://jaeger:4318")],
        parameters: &[
        ],
        optional: &[],
        headers: &[
        ],
        service: "",
        takes: &[
            ("signals", &["traces"]),
            ("encoding", &["protobuf", "json"]),
            ("protocol", &["http", "grpc"]),
        ],
        limits: &[],
        drops_event_name: false,
        refuses_with: &[],
    },
    Facts {
        name: "loki",
        title: "Grafana Loki",
        address: Address::Own { path: "/otlp", wanted: "the base URL of Loki, such as http://loki:3100" },
        ends: "",
        wrong: &[("/loki/api/v1/push", "the address of Loki's own protocol: write what is before it, such as http://loki:3100")],
        parameters: &[
        ],
        optional: &["tenant"],
        headers: &[
            Header { name: "x-scope-orgid", signal: "", value: "{tenant}" },
        ],
        service: "",
        takes: &[
            ("signals", &["logs"]),
            ("compression", &["gzip", "zstd", "none"]),
            ("encoding", &["protobuf", "json"]),
        ],
        limits: &[("max_body_bytes", 256000)],
        drops_event_name: true,
        refuses_with: &[],
    },
    Facts {
        name: "newrelic",
        title: "New Relic",
        address: Address::Regions(&[("eu", "https://otlp.eu01.nr-data.net"), ("gov", "https://gov-otlp.nr-data.net"), ("us", "https://otlp.nr-data.net")]),
        ends: "",
        wrong: &[],
        parameters: &[
            Parameter { name: "key", wanted: "the license key of the account", one_of: &[] },
            Parameter { name: "region", wanted: "the region of the account", one_of: &["eu", "gov", "us"] },
        ],
        optional: &[],
        headers: &[
            Header { name: "api-key", signal: "", value: "{key}" },
        ],
        service: "",
        takes: &[
            ("signals", &["traces", "logs", "metrics"]),
            ("compression", &["gzip", "zstd", "none"]),
            ("encoding", &["protobuf", "json"]),
            ("histogram", &["exponential", "explicit"]),
            ("temporality", &["delta", "cumulative"]),
        ],
        limits: &[("max_attribute_bytes", 4095), ("max_request_bytes", 1000000)],
        drops_event_name: false,
        refuses_with: &[],
    },
    Facts {
        name: "otlp",
        title: "OTLP",
        address: Address::Own { path: "", wanted: "the base URL of an OTLP/HTTP receiver, such as http://127.0.0.1:4318; with protocol = \"grpc\" that of an OTLP/gRPC receiver, such as http://127.0.0.1:4317" },
        ends: "",
        wrong: &[],
        parameters: &[
        ],
        optional: &["key"],
        headers: &[
            Header { name: "authorization", signal: "", value: "Bearer {key}" },
        ],
        service: "",
        takes: &[
            ("signals", &["traces", "logs", "metrics"]),
            ("protocol", &["http", "grpc"]),
        ],
        limits: &[],
        drops_event_name: false,
        refuses_with: &[],
    },
    Facts {
        name: "prometheus",
        title: "Prometheus",
        address: Address::Own { path: "/api/v1/otlp", wanted: "the base URL of Prometheus, such as http://prometheus:9090" },
        ends: "",
        wrong: &[("/api/v1/write", "the address of remote write: write what is before it, such as http://prometheus:9090")],
        parameters: &[
        ],
        optional: &[],
        headers: &[
        ],
        service: "",
        takes: &[
            ("signals", &["metrics"]),
            ("compression", &["gzip", "none"]),
            ("encoding", &["protobuf", "json"]),
            ("histogram", &["explicit", "exponential"]),
            ("temporality", &["cumulative", "delta"]),
        ],
        limits: &[("max_request_bytes", 33554432)],
        drops_event_name: false,
        refuses_with: &[500],
    },
    Facts {
        name: "sentry",
        title: "Sentry",
        address: Address::At("{dsn_base}/integration/otlp"),
        ends: "/integration/otlp",
        wrong: &[],
        parameters: &[
            Parameter { name: "dsn", wanted: "the DSN of a Sentry project, such as https://key@o1.ingest.sentry.io/2", one_of: &[] },
        ],
        optional: &[],
        headers: &[
            Header { name: "x-sentry-auth", signal: "", value: "sentry sentry_key={dsn_key}" },
        ],
        service: "",
        takes: &[
            ("signals", &["traces", "logs"]),
            ("encoding", &["protobuf", "json"]),
        ],
        limits: &[],
        drops_event_name: false,
        refuses_with: &[],
    },
    Facts {
        name: "tempo",
        title: "Grafana Tempo",
        address: Address::Own { path: "", wanted: "the base URL of Tempo's OTLP/HTTP receiver, such as http://tempo:4318; with protocol = \"grpc\" http://tempo:4317" },
        ends: "",
        wrong: &[("/api/traces", "the address of queries: write that of the OTLP receiver, such as http://tempo:4318")],
        parameters: &[
        ],
        optional: &["tenant"],
        headers: &[
            Header { name: "x-scope-orgid", signal: "", value: "{tenant}" },
        ],
        service: "",
        takes: &[
            ("signals", &["traces"]),
            ("encoding", &["protobuf", "json"]),
            ("protocol", &["http", "grpc"]),
        ],
        limits: &[("max_attribute_bytes", 2048)],
        drops_event_name: false,
        refuses_with: &[],
    },
    Facts {
        name: "xray",
        title: "AWS X-Ray",
        address: Address::At("https://xray.{region}.{aws_domain}"),
        ends: "",
        wrong: &[],
        parameters: &[
            Parameter { name: "region", wanted: "a region of AWS, such as eu-central-1", one_of: &[] },
        ],
        optional: &[],
        headers: &[
        ],
        service: "xray",
        takes: &[
            ("signals", &["traces"]),
            ("compression", &["gzip", "none"]),
            ("encoding", &["protobuf", "json"]),
        ],
        limits: &[("max_request_bytes", 5000000), ("max_request_gap_s", 86400), ("max_request_records", 10000)],
        drops_event_name: false,
        refuses_with: &[],
    },
];
