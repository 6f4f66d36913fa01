//! The broker of Kafka that machines share in a measurement, run by Java from the jars of its tests.

use super::topics;
use crate::bench::programs::{free_port, written};
use crate::command::{command, root, run};
use crate::failure::Failure;
use crate::process::{Interrupt, Process};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A running broker, alone in its cluster.
pub(super) struct Broker {
    pub(super) process: Process,
    pub(super) port: u16,
    stored: PathBuf,
}

impl Broker {
    /// Starts a broker that has these topics.
    pub(super) fn start(
        folder: &Path,
        names: &[String],
        interrupt: &Interrupt,
    ) -> Result<Self, Failure> {
        let (port, controller) = (free_port()?, free_port()?);
        let stored = folder.join("stored");
        let settings = SETTINGS
            .replace("{listeners}", &format!("PLAINTEXT://127.0.0.1:{port}"))
            .replace("{controller}", &format!("127.0.0.1:{controller}"))
            .replace("{folder}", &stored.display().to_string());
        let file = written(&folder.join("server.properties"), &settings)?;
        let mut format = java("kafka.tools.StorageTool");
        format.args(["format", "-t", CLUSTER, "-c"]).arg(&file);
        run(format.stdout(Stdio::null()).stderr(Stdio::null()))?;
        let log = folder.join("broker.log");
        let mut process = Process::start("the broker", java("kafka.Kafka").arg(file), &log)?;
        let has_topics = || topics::create(port, names, PARTITIONS).is_ok();
        process.wait_until(has_topics, START_WITHIN, interrupt)?;
        Ok(Self {
            process,
            port,
            stored,
        })
    }

    /// Bytes of all messages that were put into a topic, as they are stored.
    pub(super) fn stored_bytes(&self, topic: &str) -> Result<u64, Failure> {
        let mut bytes = 0;
        for partition in 0..PARTITIONS {
            let folder = self.stored.join(format!("{topic}-{partition}"));
            for file in std::fs::read_dir(&folder).map_err(Failure::path(&folder))? {
                let file = file.map_err(Failure::path(&folder))?;
                if file.path().extension().is_some_and(|of| of == "log") {
                    bytes += file.metadata().map_err(Failure::path(&folder))?.len();
                }
            }
        }
        Ok(bytes)
    }
}

fn java(class: &str) -> Command {
    let mut java = command("java", &["-Xmx512m", "-XX:+UseSerialGC", "-cp"]);
    java.arg(root().join(".throughline/kafka/*")).arg(class);
    java
}

/// The same as of the tests' broker.
const SETTINGS: &str = include_str!("../../../../../tests/kafka/server.properties");
const CLUSTER: &str = "dGhyb3VnaGxpbmUtdGVzdA";
/// More than all machines of a measurement have cores.
const PARTITIONS: u32 = 12;
const START_WITHIN: Duration = Duration::from_secs(90);
