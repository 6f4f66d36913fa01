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
    secure: Option<Secure>,
    running: Option<Running>,
}

/// Addresses of a broker that have TLS.
#[derive(Debug, Clone, Copy)]
pub struct Secure {
    /// For everyone.
    pub tls: SocketAddrV4,
    /// For users with a password, by SASL's SCRAM-SHA-512.
    pub scram: SocketAddrV4,
}

/// The certificate and the users of a broker.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    /// A private key (PKCS #8) and its certificate, in PEM.
    pub pem: &'a str,
    /// The name of a user.
    pub user: &'a str,
    /// The user's password.
    pub password: &'a str,
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
        Self::start_with(folder, None)
    }

    /// The same, with addresses that have TLS besides: [`Broker::secure`].
    ///
    /// # Errors
    /// As [`Broker::start`].
    pub fn start_secure(folder: &Path, credentials: Credentials<'_>) -> io::Result<Self> {
        Self::start_with(folder, Some(credentials))
    }

    fn start_with(folder: &Path, credentials: Option<Credentials<'_>>) -> io::Result<Self> {
        if !jars().is_dir() {
            let text = "the jars of Kafka are missing: `cargo xtask test --all kafka` gets them";
            return Err(io::Error::new(io::ErrorKind::NotFound, text));
        }
        fs::create_dir_all(folder)?;
        let (address, controller) = (unused_address()?, unused_address()?);
        let secure = match credentials {
            Some(_) => Some(Secure {
                tls: unused_address()?,
                scram: unused_address()?,
            }),
            None => None,
        };
        let mut settings = settings(folder, (address, secure), controller);
        if let Some(Credentials { pem, .. }) = credentials {
            let keys = folder.join("keys.pem");
            fs::write(&keys, pem)?;
            settings += &SECURITY.replace("{keys}", &keys.display().to_string());
        }
        fs::write(folder.join(SETTINGS), settings)?;
        let mut broker = Self {
            folder: folder.to_owned(),
            address,
            secure,
            running: None,
        };
        let mut format = broker.java("kafka.tools.StorageTool")?;
        format.args(["format", "-t", "dGhyb3VnaGxpbmUtdGVzdA", "-c"]);
        format.arg(folder.join(SETTINGS));
        if let Some(Credentials { user, password, .. }) = credentials {
            let user = format!("SCRAM-SHA-512=[name={user},password={password}]");
            format.args(["--add-scram", &user]);
        }
        let formatted = format.status()?;
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

    /// Where clients reach it by TLS, if it was started so.
    #[must_use]
    pub fn secure(&self) -> Option<Secure> {
        self.secure
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
fn settings(
    folder: &Path,
    (address, secure): (SocketAddrV4, Option<Secure>),
    controller: SocketAddrV4,
) -> String {
    let mut listeners = format!("PLAINTEXT://{address}");
    if let Some(Secure { tls, scram }) = secure {
        listeners += &format!(",SSL://{tls},SASL_SSL://{scram}");
    }
    let stored = folder.join("stored");
    TEMPLATE
        .replace("{listeners}", &listeners)
        .replace("{controller}", &controller.to_string())
        .replace("{folder}", &stored.display().to_string())
}

fn jars() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.throughline/kafka")
}

const SETTINGS: &str = "server.properties";
const TEMPLATE: &str = include_str!("../../../tests/kafka/server.properties");
/// The settings that addresses with TLS need besides.
const SECURITY: &str = "
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
ssl.keystore.type=PEM
ssl.keystore.location={keys}
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
";
const PATIENCE: Duration = Duration::from_secs(60);
const AGAIN: Duration = Duration::from_millis(50);
