//! Starts the parts of the demo in order, and stops them in reverse order.

use super::part::{Part, Ready};
use super::ports::Ports;
use super::{backends, parts};
use crate::failure::Failure;
use crate::process::{Interrupt, Process};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// All parts, running. Dropping it stops them.
#[must_use = "dropping it stops every part"]
pub(crate) struct RunningDemo {
    running: Vec<Process>,
    /// The data of the parts while they run; deleted when they stop.
    folder: PathBuf,
}

impl RunningDemo {
    /// Starts every part and waits until each is ready; calls `started` for each.
    pub(crate) fn start(
        ports: &Ports,
        logs: &Path,
        interrupt: &Interrupt,
        started: impl Fn(&str, &str, Option<u16>),
    ) -> Result<Self, Failure> {
        let folder = std::env::temp_dir().join(format!("throughline-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(Failure::path(&folder))?;
        let mut demo = Self {
            running: Vec::new(),
            folder,
        };
        if let Some(ports_of) = &ports.backends {
            for make in backends::ALL {
                let part = make(ports_of, ports.viewer, &demo.folder)?;
                demo.add(part, logs, interrupt, &started)?;
            }
        }
        for make in parts::ALL {
            let part = make(ports, &demo.folder)?;
            demo.add(part, logs, interrupt, &started)?;
        }
        Ok(demo)
    }

    /// Fails when a part has ended.
    pub(crate) fn alive(&mut self) -> Result<(), Failure> {
        self.running.iter_mut().try_for_each(Process::alive)
    }

    fn add(
        &mut self,
        mut part: Part,
        logs: &Path,
        interrupt: &Interrupt,
        started: &impl Fn(&str, &str, Option<u16>),
    ) -> Result<(), Failure> {
        let log = logs.join(format!("{}.log", part.name));
        let mut process = Process::start(part.name, &mut part.command, &log)?;
        match part.ready {
            Ready::When(ready) => {
                process.wait_until(ready, PATIENCE, interrupt)?;
                self.running.push(process);
            }
            Ready::Ended => process.succeed(PATIENCE, interrupt)?,
        }
        started(part.name, part.about, part.port);
        Ok(())
    }
}

impl Drop for RunningDemo {
    fn drop(&mut self) {
        // A service stops before its database, so that it can close its connections.
        while let Some(process) = self.running.pop() {
            drop(process);
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// How long a part may take to start: Python imports are slow on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
