//! Starts, watches and stops programs that keep running.

use crate::command::shown;
use crate::failure::Failure;
use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A running program. Dropping it stops it and all its child processes.
#[derive(Debug)]
#[must_use = "dropping it stops the program"]
pub(crate) struct Process {
    name: String,
    /// The file of its output; `None` is the terminal.
    log: Option<PathBuf>,
    child: Child,
    watchdog: Watchdog,
}

impl Process {
    /// Starts `command` in a process group of its own, its output in `log`.
    pub(crate) fn start(name: &str, command: &mut Command, log: &Path) -> Result<Self, Failure> {
        if let Some(folder) = log.parent() {
            std::fs::create_dir_all(folder).map_err(Failure::path(folder))?;
        }
        let out = File::create(log).map_err(Failure::path(log))?;
        let err = out.try_clone().map_err(Failure::path(log))?;
        command.stdout(out).stderr(err);
        Self::spawn(name, command, Some(log.to_owned()))
    }

    /// Starts `command` in a process group of its own, its output on the terminal.
    pub(crate) fn attach(name: &str, command: &mut Command) -> Result<Self, Failure> {
        Self::spawn(name, command, None)
    }

    fn spawn(name: &str, command: &mut Command, log: Option<PathBuf>) -> Result<Self, Failure> {
        let child = command
            .process_group(0)
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| Failure::Part {
                name: name.to_owned(),
                reason: format!("could not start `{}`: {error}", shown(command)),
            })?;
        let mut process = Self {
            name: name.to_owned(),
            log,
            watchdog: Watchdog(None),
            child,
        };
        process.watchdog = Watchdog::of(process.child.id()).map_err(|error| Failure::Part {
            name: name.to_owned(),
            reason: format!("could not start `sh` to watch it: {error}"),
        })?;
        Ok(process)
    }

    /// The name it was started under.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The program's process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Fails with the last lines of its log when the program has ended.
    pub(crate) fn alive(&mut self) -> Result<(), Failure> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(self.failed(&format!("ended ({status})"))),
            Err(error) => Err(self.failed(&error.to_string())),
        }
    }

    /// Waits until `ready` is true. Fails when the program ends, `interrupted` is set, or the
    /// time is up.
    pub(crate) fn wait_until(
        &mut self,
        ready: impl Fn() -> bool,
        within: Duration,
        interrupted: &Interrupt,
    ) -> Result<(), Failure> {
        let begun = Instant::now();
        while !ready() {
            self.alive()?;
            if interrupted.is_set() {
                return Err(self.failed("stopped before it was ready"));
            }
            if begun.elapsed() > within {
                return Err(self.failed(&format!("was not ready within {within:?}")));
            }
            sleep(POLL);
        }
        Ok(())
    }

    /// Waits for the program's end. `None` when `interrupted` is set before.
    pub(crate) fn wait(&mut self, interrupted: &Interrupt) -> Result<Option<ExitStatus>, Failure> {
        while !interrupted.is_set() {
            match self.child.try_wait() {
                Ok(None) => sleep(POLL),
                Ok(ended) => return Ok(ended),
                Err(error) => return Err(self.failed(&error.to_string())),
            }
        }
        Ok(None)
    }

    /// Waits for the program's end. Fails when that is an error, `interrupted` is set, or the time
    /// is up.
    pub(crate) fn succeed(
        &mut self,
        within: Duration,
        interrupted: &Interrupt,
    ) -> Result<(), Failure> {
        let begun = Instant::now();
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(self.failed(&format!("failed ({status})"))),
                Err(error) => return Err(self.failed(&error.to_string())),
                Ok(None) if interrupted.is_set() => {
                    return Err(self.failed("stopped before it had ended"));
                }
                Ok(None) if begun.elapsed() > within => {
                    return Err(self.failed(&format!("did not end within {within:?}")));
                }
                Ok(None) => sleep(POLL),
            }
        }
    }

    fn failed(&self, reason: &str) -> Failure {
        let reason = match &self.log {
            None => reason.to_owned(),
            Some(log) => {
                let text = std::fs::read_to_string(log).unwrap_or_default();
                let lines: Vec<&str> = text.lines().collect();
                let tail = lines[lines.len().saturating_sub(LOG_TAIL)..].join("\n    ");
                format!("{reason}; the end of {}:\n    {tail}", log.display())
            }
        };
        Failure::Part {
            name: self.name.clone(),
            reason,
        }
    }

    fn signal(&self, signal: &str) {
        // To the group, so that its child processes end too. It is no error when the group
        // has ended already.
        let _ = Command::new("kill")
            .args([signal, "--", &format!("-{}", self.child.id())])
            .stderr(Stdio::null())
            .status();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal("-TERM");
        let begun = Instant::now();
        while begun.elapsed() < TIMEOUT {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                break;
            }
            sleep(POLL);
        }
        // The rest of the group.
        self.signal("-KILL");
        // Before the process id may be reused.
        self.watchdog.dismiss();
        let _ = self.child.wait();
    }
}

/// A shell that stops a program when xtask cannot, because xtask was killed. The kernel
/// closes the pipe then, and the shell reads its end.
#[derive(Debug)]
struct Watchdog(Option<Child>);

impl Watchdog {
    fn of(group: u32) -> std::io::Result<Self> {
        Command::new("sh")
            .args(["-c", WATCH, "watchdog", &group.to_string()])
            // Ctrl-C must not end it.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(|shell| Self(Some(shell)))
    }

    /// Ends the shell and leaves the program running.
    fn dismiss(&mut self) {
        if let Some(mut shell) = self.0.take() {
            let _ = shell.kill();
            let _ = shell.wait();
        }
    }
}

/// Whether SIGINT, SIGTERM or SIGHUP has arrived.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Starts to listen for the signals.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [
            signal_hook::consts::SIGINT,
            signal_hook::consts::SIGTERM,
            signal_hook::consts::SIGHUP,
        ] {
            signal_hook::flag::register(signal, Arc::clone(&flag))
                .map_err(|error| Failure::Check(format!("cannot listen for signals: {error}")))?;
        }
        Ok(Self(flag))
    }

    /// Whether one has arrived.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Whether a program listens on this port of 127.0.0.1.
pub(crate) fn listens(port: u16) -> bool {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok()
}

/// Whether the response to an HTTP GET on this port is 2xx.
pub(crate) fn responds(port: u16, path: &str) -> bool {
    use std::io::{Read, Write};
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) else {
        return false;
    };
    let limit = Some(Duration::from_secs(2));
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n");
    let mut status = [0; "HTTP/1.1 2".len()];
    stream.set_read_timeout(limit).is_ok()
        && stream.write_all(request.as_bytes()).is_ok()
        && stream.read_exact(&mut status).is_ok()
        && status.ends_with(b" 2")
}

const POLL: Duration = Duration::from_millis(50);
/// How long a program may take to stop.
const TIMEOUT: Duration = Duration::from_secs(8);
/// The lines of the log in a failure.
const LOG_TAIL: usize = 15;
/// Nothing is written to the pipe: `read` ends when xtask has ended. Then as in `drop` above.
const WATCH: &str = "\
read -r _
kill -s TERM -- -$1
for second in 1 2 3 4 5 6 7 8; do kill -s 0 -- -$1 || exit; sleep 1; done
kill -s KILL -- -$1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_ends_with_the_xtask_that_was_killed() {
        let mut process =
            Process::attach("sleep", Command::new("sleep").arg("20")).expect("it starts");
        // The kernel closes the pipe of a process that was killed.
        drop(
            process
                .watchdog
                .0
                .as_mut()
                .and_then(|shell| shell.stdin.take()),
        );
        let status = process.child.wait().expect("it ends");
        assert!(!status.success());
    }

    #[test]
    fn a_program_that_has_to_end_fails_with_its_status_or_when_it_takes_too_long() {
        let interrupt = Interrupt(Arc::default());
        let outcome_of = |script: &str, within| {
            let mut command = Command::new("sh");
            let mut process =
                Process::attach("script", command.args(["-c", script])).expect("it starts");
            let outcome = process.succeed(within, &interrupt);
            outcome.map_err(|error| error.to_string())
        };
        assert_eq!(outcome_of("true", TIMEOUT), Ok(()));
        let failed = outcome_of("exit 3", TIMEOUT).unwrap_err();
        let late = outcome_of("sleep 20", POLL).unwrap_err();
        assert!(failed.contains("exit status: 3"), "{failed}");
        assert!(late.contains("did not end within"), "{late}");
    }
}
