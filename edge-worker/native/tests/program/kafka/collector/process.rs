//! Runs a Collector that has the Kafka exporter and receiver.

use crate::support::TIMEOUT;
use std::fs::{self, File};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use throughline_testkit::port::unused_address;

/// A running Collector. Dropping it kills it.
pub(super) struct Collector {
    /// Its receiver of OTLP.
    pub(super) authority: String,
    child: Child,
    log: PathBuf,
}

impl Collector {
    /// A Collector that puts what it receives into the topics; `keys` are more keys of its exporter.
    pub(super) fn that_puts(broker: &str, keys: &str) -> Self {
        Self::start(|authority| {
            format!(
                "receivers: {{otlp: {{protocols: {{http: {{endpoint: '{authority}'}}}}}}}}\n\
                 exporters: {{kafka: {{brokers: ['{broker}'], {keys}}}}}\n{}",
                service("otlp", "kafka")
            )
        })
    }

    /// A Collector that takes what is in the topics from their beginning, and exports it as JSON.
    pub(super) fn that_takes(broker: &str, backend: &str) -> Self {
        Self::start(|authority| {
            format!(
                "receivers:\n  \
                   kafka: {{brokers: ['{broker}'], initial_offset: earliest}}\n  \
                   otlp: {{protocols: {{http: {{endpoint: '{authority}'}}}}}}\n\
                 exporters: {{otlp_http: {{endpoint: 'http://{backend}', encoding: json, compression: none}}}}\n{}",
                service("kafka, otlp", "otlp_http")
            )
        })
    }

    fn start(config: impl Fn(&str) -> String) -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join(PROGRAM);
        assert!(
            program.is_file(),
            "no Collector: `cargo xtask test --all kafka` builds it"
        );
        let address = unused_address().expect("a port");
        let authority = address.to_string();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let name = format!("collector-{}-{}", std::process::id(), address.port());
        let file = folder.join(format!("{name}.yaml"));
        let log = folder.join(format!("{name}.log"));
        fs::write(&file, config(&authority)).expect("a file");
        let child = Command::new(program)
            .arg("--config")
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).expect("a file"))
            .spawn()
            .expect("it starts");
        let mut collector = Self {
            authority,
            child,
            log,
        };
        let begun = Instant::now();
        while TcpStream::connect(&collector.authority).is_err() {
            let ended = collector.child.try_wait().expect("its status");
            assert!(
                ended.is_none() && begun.elapsed() < TIMEOUT,
                "{ended:?}: {}",
                collector.logged()
            );
            thread::sleep(Duration::from_millis(50));
        }
        collector
    }

    /// Asks it to end. It exports what it has before.
    pub(super) fn end(mut self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status();
        assert!(sent.expect("kill").success());
        let status = self.child.wait().expect("its status");
        assert!(status.success(), "{status}: {}", self.logged());
    }

    fn logged(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A pipeline for each signal.
fn service(receivers: &str, exporters: &str) -> String {
    let pipeline =
        |signal| format!("    {signal}: {{receivers: [{receivers}], exporters: [{exporters}]}}\n");
    let pipelines: String = ["traces", "logs", "metrics"].map(pipeline).concat();
    format!("service:\n  telemetry: {{metrics: {{level: none}}}}\n  pipelines:\n{pipelines}")
}

const PROGRAM: &str = "../../target/bench/collector/otelcol";
