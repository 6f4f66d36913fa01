//! A broker of Kafka on this machine, alone in its cluster.
//!
//! Java runs it from the jars that `cargo xtask test --all kafka` copies to `.throughline/kafka`.

use crate::port::unused_address;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{SocketAddrV4, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A broker, which ends with this value, or with its process.
///
/// Its folder has what it stores, and its log in `log.txt`.
pub struct Broker {
    folder: PathBuf,
    address: SocketAddrV4,
    running: Option<Running>,
}

/// A broker's process, and one that kills it when this one ends.
struct Running {
    broker: Child,
    watch: Child,
}

impl Broker {
    /// Starts a broker in a folder that is empty or does not exist. It returns when the broker
    /// responds.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when Java or the jars are missing; what the system says; and
    /// [`io::ErrorKind::TimedOut`] when it does not respond within a minute.
    pub fn start(folder: &Path) -> io::Result<Self> {
        if !jars().is_dir() {
            let text = "the jars of Kafka are missing: `cargo xtask test --all kafka` gets them";
            return Err(io::Error::new(io::ErrorKind::NotFound, text));
        }
        fs::create_dir_all(folder)?;
        let (address, controller) = (unused_address()?, unused_address()?);
        let settings = settings(folder, address, controller);
        fs::write(folder.join(SETTINGS), settings)?;
        let mut broker = Self {
            folder: folder.to_owned(),
            address,
            running: None,
        };
        let mut format = broker.java("kafka.tools.StorageTool")?;
        let id = ["format", "-t", "dGhyb3VnaGxpbmUtdGVzdA", "-c"];
        let formatted = format.args(id).arg(folder.join(SETTINGS)).status()?;
        if !formatted.success() {
            return Err(io::Error::other(format!(
                "no storage formatted: {formatted}"
            )));
        }
        broker.start_again()?;
        Ok(broker)
    }

    /// Starts a broker that was stopped or killed, at its address, with what it has stored.
    ///
    /// # Errors
    /// As [`Broker::start`].
    pub fn start_again(&mut self) -> io::Result<()> {
        let mut command = self.java("kafka.Kafka")?;
        let broker = command.arg(self.folder.join(SETTINGS)).spawn()?;
        // The end of this process closes the watch's input.
        let watch = Command::new("sh")
            .args(["-c", "cat; kill -9 \"$0\"", &broker.id().to_string()])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut running = match watch {
            Ok(watch) => Running { broker, watch },
            Err(error) => {
                let mut broker = broker;
                end(&mut broker)?;
                return Err(error);
            }
        };
        let outcome = responds(self.address, &mut running.broker);
        self.running = Some(running);
        outcome
    }

    /// Where clients reach it.
    #[must_use]
    pub fn address(&self) -> SocketAddrV4 {
        self.address
    }

    /// Kills it (`SIGKILL`), so that it cannot write anything more.
    ///
    /// # Errors
    /// What the system says.
    pub fn kill(&mut self) -> io::Result<()> {
        match self.running.take() {
            Some(mut running) => running.end(),
            None => Ok(()),
        }
    }

    /// Asks it to end (`SIGTERM`), and waits for that.
    ///
    /// # Errors
    /// What the system says.
    pub fn stop(&mut self) -> io::Result<()> {
        let Some(mut running) = self.running.take() else {
            return Ok(());
        };
        let id = running.broker.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        let deadline = Instant::now() + PATIENCE;
        while running.broker.try_wait()?.is_none() && Instant::now() < deadline {
            thread::sleep(AGAIN);
        }
        running.end()
    }

    fn java(&self, class: &str) -> io::Result<Command> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("log.txt"))?;
        let mut java = Command::new("java");
        java.args(["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"])
            .args(["-Dorg.slf4j.simpleLogger.showDateTime=true", "-cp"])
            .arg(jars().join("*"))
            .arg(class)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        Ok(java)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // It has ended already, or the watch ends it.
        let _ = self.kill();
    }
}

impl Running {
    fn end(&mut self) -> io::Result<()> {
        // The watch first: it must not kill a process that got the broker's id.
        end(&mut self.watch)?;
        end(&mut self.broker)
    }
}

fn end(child: &mut Child) -> io::Result<()> {
    child.kill()?;
    child.wait().map(drop)
}

/// Waits until the broker says which requests it knows.
fn responds(address: SocketAddrV4, broker: &mut Child) -> io::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let error = match versions(address) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if let Some(status) = broker.try_wait()? {
            return Err(io::Error::other(format!("the broker ended: {status}")));
        }
        if Instant::now() > deadline {
            return Err(io::Error::new(io::ErrorKind::TimedOut, error));
        }
        thread::sleep(AGAIN);
    }
}

/// The request ApiVersions, version 0, and the beginning of its response: length, correlation id,
/// error code. See <https://kafka.apache.org/protocol>.
fn versions(address: SocketAddrV4) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(&[0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff])?;
    let mut head = [0; 10];
    stream.read_exact(&mut head)?;
    if head[4..] == [0, 0, 0, 1, 0, 0] {
        Ok(())
    } else {
        Err(io::ErrorKind::InvalidData.into())
    }
}

/// `server.properties`.
fn settings(folder: &Path, address: SocketAddrV4, controller: SocketAddrV4) -> String {
    let stored = folder.join("stored");
    format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{controller}
listeners=PLAINTEXT://{address},CONTROLLER://{controller}
advertised.listeners=PLAINTEXT://{address}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={}
auto.create.topics.enable=false
# One broker has the only copy of everything.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Tests do not wait as long as clusters do.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
transaction.abort.timed.out.transaction.cleanup.interval.ms=200
",
        stored.display()
    )
}

fn jars() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.throughline/kafka")
}

const SETTINGS: &str = "server.properties";
const PATIENCE: Duration = Duration::from_secs(60);
const AGAIN: Duration = Duration::from_millis(50);
