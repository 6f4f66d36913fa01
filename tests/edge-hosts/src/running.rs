//! Starts and stops a host.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};
use throughline_testkit::port::unused_address;

/// A running host. Dropping it stops it.
#[must_use = "dropping it stops the host"]
#[derive(Debug)]
pub struct RunningHost {
    /// Host and port.
    pub authority: String,
    serve: Child,
    config: PathBuf,
}

/// Host and port of loopback on which nothing listens.
///
/// # Errors
/// When this machine has no unused port.
pub fn unused_authority() -> io::Result<String> {
    Ok(unused_address()?.to_string())
}

impl RunningHost {
    /// Starts `host` (`native`, `cloudflare`, `lambda`) through `cargo xtask serve`, with a
    /// configuration that is written to `folder`, and waits until it is ready.
    ///
    /// # Errors
    /// When it cannot be built or does not get ready; the reason is on standard error.
    pub fn start(host: &str, authority: &str, config: &str, folder: &Path) -> io::Result<Self> {
        let port = authority.rsplit(':').next().unwrap_or_default();
        let file = folder.join(format!("{host}-{port}.toml"));
        std::fs::write(&file, config)?;
        let mut serve = Command::new("cargo")
            .args(["xtask", "serve", host, "--port", port, "--config"])
            .arg(&file)
            .args(bindings(host, config))
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = serve.stdout.take();
        let running = Self {
            authority: authority.to_owned(),
            serve,
            config: file,
        };
        let (sender, ready) = mpsc::channel();
        // The thread ends with the host, which closes its output.
        thread::spawn(move || {
            let lines = stdout
                .into_iter()
                .flat_map(|stdout| BufReader::new(stdout).lines());
            for line in lines.map_while(Result::ok) {
                if line.starts_with("ready ") && sender.send(()).is_err() {
                    return;
                }
            }
        });
        match ready.recv_timeout(READY_WITHIN) {
            Ok(()) => Ok(running),
            Err(RecvTimeoutError::Disconnected) => {
                Err(io::Error::other("the host ended before it was ready"))
            }
            Err(RecvTimeoutError::Timeout) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl RunningHost {
    /// Kills `cargo xtask serve` without giving it time to stop the host.
    ///
    /// # Errors
    /// When it has ended already.
    pub fn kill_serve(&mut self) -> io::Result<()> {
        self.serve.kill()?;
        self.serve.wait().map(drop)
    }
}

impl Drop for RunningHost {
    fn drop(&mut self) {
        if matches!(self.serve.try_wait(), Ok(None)) {
            let id = self.serve.id().to_string();
            // As Ctrl-C does; `cargo xtask serve` then stops the host.
            let _ = Command::new("kill").args(["-INT", &id]).status();
        }
        let begun = Instant::now();
        while matches!(self.serve.try_wait(), Ok(None)) {
            if begun.elapsed() > STOPPED_WITHIN {
                let _ = self.serve.kill();
                let _ = self.serve.wait();
            }
            thread::sleep(POLL);
        }
        let _ = std::fs::remove_file(&self.config);
    }
}

/// The flag that a configuration needs: whole traces are judged in Durable Objects on a Worker.
fn bindings(host: &str, config: &str) -> Option<&'static str> {
    let needs_them = host == "cloudflare" && config.contains("[sampling.tail]");
    needs_them.then_some("--bindings")
}

/// Long enough for a whole build on two cores.
const READY_WITHIN: Duration = Duration::from_secs(900);
const STOPPED_WITHIN: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);
