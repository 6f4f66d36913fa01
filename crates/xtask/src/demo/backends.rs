//! The backends of the demo with `--backends`: services and edge send to a Collector, which
//! gives traces to Jaeger, metrics to Prometheus, log records to Loki, and all to the viewer.

use super::part::{Part, Ready};
use super::ports::chosen;
use crate::backends::program;
use crate::command::{command, root};
use crate::failure::Failure;
use crate::process::{listens, responds};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The ports of 127.0.0.1 of the backends.
#[derive(Debug, Clone)]
pub(crate) struct BackendPorts {
    /// OTLP/HTTP, of the Collector.
    pub(crate) collector: u16,
    jaeger_otlp: u16,
    jaeger: u16,
    jaeger_grpc: u16,
    prometheus: u16,
    loki: u16,
    loki_grpc: u16,
    alertmanager: u16,
}

impl BackendPorts {
    /// The ports of the README, or those of the environment variables. Fails when one is in use.
    pub(crate) fn from_environment() -> Result<Self, Failure> {
        Ok(Self {
            collector: chosen("collector", 14318)?,
            jaeger_otlp: chosen("jaeger_otlp", 14319)?,
            jaeger: chosen("jaeger", 16686)?,
            jaeger_grpc: chosen("jaeger_grpc", 16685)?,
            prometheus: chosen("prometheus", 9090)?,
            loki: chosen("loki", 3100)?,
            loki_grpc: chosen("loki_grpc", 13100)?,
            alertmanager: chosen("alertmanager", 9093)?,
        })
    }

    /// These ports, in the order of the fields.
    pub(super) const fn of(ports: [u16; 8]) -> Self {
        let [
            collector,
            jaeger_otlp,
            jaeger,
            jaeger_grpc,
            prometheus,
            loki,
            loki_grpc,
            alertmanager,
        ] = ports;
        Self {
            collector,
            jaeger_otlp,
            jaeger,
            jaeger_grpc,
            prometheus,
            loki,
            loki_grpc,
            alertmanager,
        }
    }

    /// Where a person looks: a name, an address that shows something at once, and what that is; and
    /// the Collector, for programs.
    /// Jaeger and Prometheus have no pages here, since Go modules have none; their APIs are read.
    pub(super) fn places(&self) -> [(&'static str, String, &'static str); 5] {
        let at = |port: u16, path: &str| format!("http://127.0.0.1:{port}{path}");
        let requests = "/api/v1/query?query=throughline_request_duration_seconds_count";
        let lines = "/loki/api/v1/query_range?query={service_name=~%22.%2B%22}";
        [
            (
                "Jaeger",
                at(self.jaeger, "/api/traces?service=shop-web&limit=5"),
                "traces; one by /api/traces/{id}",
            ),
            (
                "Prometheus",
                at(self.prometheus, requests),
                "requests by route; rules by /api/v1/rules",
            ),
            (
                "Loki",
                at(self.loki, lines),
                "log lines; of a trace by {service_name=~\".+\"} | trace_id=\"…\"",
            ),
            (
                "Alertmanager",
                at(self.alertmanager, "/api/v2/alerts"),
                "alerts that Prometheus has sent",
            ),
            (
                "Collector",
                at(self.collector, ""),
                "for OTLP/HTTP of your own programs, which all of these get",
            ),
        ]
    }

    /// Sets the addresses of the backends for a test.
    pub(super) fn addresses(&self, command: &mut Command) {
        let address = |port| format!("http://127.0.0.1:{port}");
        command
            .env("THROUGHLINE_JAEGER", address(self.jaeger))
            .env("THROUGHLINE_PROMETHEUS", address(self.prometheus))
            .env("THROUGHLINE_LOKI", address(self.loki))
            .env("THROUGHLINE_ALERTMANAGER", address(self.alertmanager));
    }
}

type Make = fn(&BackendPorts, u16, &Path) -> Result<Part, Failure>;

/// Every backend, in the order of starting; made of all ports, that of the viewer and a folder.
pub(super) const ALL: &[Make] = &[jaeger, loki, alertmanager, prometheus, collector];

fn jaeger(ports: &BackendPorts, _: u16, folder: &Path) -> Result<Part, Failure> {
    let at = |port: u16| json!({ "endpoint": format!("127.0.0.1:{port}") });
    let config = json!({
        "service": {
            "extensions": ["jaeger_storage", "jaeger_query"],
            "pipelines": { "traces": { "receivers": ["otlp"], "exporters": ["jaeger_storage_exporter"] } },
            "telemetry": { "metrics": { "level": "none" }, "logs": { "level": "warn" } },
        },
        "extensions": {
            "jaeger_storage": { "backends": { "memory": { "memory": { "max_traces": 100_000 } } } },
            "jaeger_query": {
                "storage": { "traces": "memory" },
                "http": at(ports.jaeger),
                "grpc": at(ports.jaeger_grpc),
            },
        },
        "receivers": { "otlp": { "protocols": { "http": at(ports.jaeger_otlp) } } },
        "exporters": { "jaeger_storage_exporter": { "trace_storage": "memory" } },
    });
    let mut jaeger = Command::new(program("jaeger"));
    jaeger
        .arg("--config")
        .arg(written(folder, "jaeger", &config)?);
    let port = ports.jaeger;
    Ok(Part {
        name: "jaeger",
        about: "Jaeger 2: traces, in memory",
        port: Some(port),
        command: jaeger,
        ready: Ready::when(move || responds(port, "/api/services")),
    })
}

fn loki(ports: &BackendPorts, _: u16, folder: &Path) -> Result<Part, Failure> {
    let data = folder.join("loki");
    let address = "127.0.0.1";
    let config = json!({
        "auth_enabled": false,
        "analytics": { "reporting_enabled": false },
        "server": {
            "http_listen_address": address,
            "http_listen_port": ports.loki,
            "grpc_listen_address": address,
            "grpc_listen_port": ports.loki_grpc,
            "log_level": "warn",
        },
        "common": {
            "instance_addr": address,
            "path_prefix": data,
            "replication_factor": 1,
            "ring": { "kvstore": { "store": "inmemory" }, "instance_addr": address },
            "storage": { "filesystem": {
                "chunks_directory": data.join("chunks"),
                "rules_directory": data.join("rules"),
            } },
        },
        // Ready once it can take lines, not a quarter of a minute later.
        "ingester": { "lifecycler": { "min_ready_duration": "0s", "final_sleep": "0s" } },
        "schema_config": { "configs": [{
            "from": "2024-01-01", "store": "tsdb", "object_store": "filesystem", "schema": "v13",
            "index": { "prefix": "index_", "period": "24h" },
        }] },
    });
    let mut loki = Command::new(program("loki"));
    loki.arg("-config.file")
        .arg(written(folder, "loki", &config)?)
        .current_dir(folder);
    let port = ports.loki;
    Ok(Part {
        name: "loki",
        about: "Loki: log records, with the ids of their traces",
        port: Some(port),
        command: loki,
        ready: Ready::when(move || responds(port, "/ready")),
    })
}

fn alertmanager(ports: &BackendPorts, _: u16, folder: &Path) -> Result<Part, Failure> {
    let port = ports.alertmanager;
    // Nobody is told: a person looks.
    let config = json!({ "route": { "receiver": "nobody" }, "receivers": [{ "name": "nobody" }] });
    let mut alertmanager = command("prometheus-alertmanager", &["--cluster.listen-address="]);
    alertmanager
        .arg(argument(
            "--config.file",
            &written(folder, "alertmanager", &config)?,
        ))
        .arg(argument("--storage.path", &folder.join("alertmanager")))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"));
    Ok(Part {
        name: "alertmanager",
        about: "Alertmanager: what Prometheus alerts of",
        port: Some(port),
        command: alertmanager,
        ready: Ready::when(move || responds(port, "/-/ready")),
    })
}

fn prometheus(ports: &BackendPorts, _: u16, folder: &Path) -> Result<Part, Failure> {
    let port = ports.prometheus;
    let alertmanager = format!("127.0.0.1:{}", ports.alertmanager);
    let config = json!({
        "global": { "scrape_interval": "5s", "evaluation_interval": "5s" },
        "otlp": { "promote_resource_attributes": ["service.name", "service.version"] },
        // Exports of several senders do not come in order.
        "storage": { "tsdb": { "out_of_order_time_window": "5m" } },
        "rule_files": [root().join(RULES)],
        "alerting": { "alertmanagers": [{ "static_configs": [{ "targets": [alertmanager] }] }] },
    });
    let mut prometheus = Command::new(program("prometheus"));
    prometheus
        .arg(argument(
            "--config.file",
            &written(folder, "prometheus", &config)?,
        ))
        .arg(argument("--storage.tsdb.path", &folder.join("prometheus")))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg("--web.enable-otlp-receiver")
        // The Worker, whose isolates come and go, exports deltas.
        .arg("--enable-feature=exemplar-storage,otlp-deltatocumulative");
    Ok(Part {
        name: "prometheus",
        about: "Prometheus: metrics by OTLP, and rules",
        port: Some(port),
        command: prometheus,
        ready: Ready::when(move || responds(port, "/-/ready")),
    })
}

fn collector(ports: &BackendPorts, viewer: u16, folder: &Path) -> Result<Part, Failure> {
    let port = ports.collector;
    let to = |port: u16, path: &str| {
        let retry = json!({ "initial_interval": "500ms", "max_elapsed_time": "60s" });
        json!({ "endpoint": format!("http://127.0.0.1:{port}{path}"), "retry_on_failure": retry })
    };
    let pipeline = |backend: &str| {
        let exporters = [
            format!("otlp_http/{backend}"),
            "otlp_http/viewer".to_owned(),
        ];
        json!({ "receivers": ["otlp"], "processors": ["batch"], "exporters": exporters })
    };
    let config = json!({
        "receivers": { "otlp": { "protocols": { "http": { "endpoint": format!("127.0.0.1:{port}") } } } },
        // A person waits.
        "processors": { "batch": { "timeout": "200ms" } },
        "exporters": {
            "otlp_http/jaeger": to(ports.jaeger_otlp, ""),
            "otlp_http/prometheus": to(ports.prometheus, "/api/v1/otlp"),
            "otlp_http/loki": to(ports.loki, "/otlp"),
            "otlp_http/viewer": to(viewer, ""),
        },
        "service": {
            "pipelines": {
                "traces": pipeline("jaeger"),
                "metrics": pipeline("prometheus"),
                "logs": pipeline("loki"),
            },
            "telemetry": { "metrics": { "level": "none" }, "logs": { "level": "warn" } },
        },
    });
    let mut collector = Command::new(program("collector"));
    collector
        .arg("--config")
        .arg(written(folder, "collector", &config)?);
    Ok(Part {
        name: "collector",
        about: "OpenTelemetry Collector: from services and edge to all of these",
        port: Some(port),
        command: collector,
        ready: Ready::when(move || listens(port)),
    })
}

/// Writes a configuration in JSON, which all of these read as YAML, and returns its path.
fn written(folder: &Path, name: &str, config: &Json) -> Result<PathBuf, Failure> {
    let file = folder.join(format!("{name}.json"));
    std::fs::write(&file, config.to_string()).map_err(Failure::path(&file))?;
    Ok(file)
}

fn argument(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}

/// The rules of this repository.
const RULES: &str = "deploy/prometheus/rules/*.yaml";
