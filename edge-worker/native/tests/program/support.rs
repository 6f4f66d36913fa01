//! Runs the program as a process and talks to it over raw connections.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A running program. Dropping it ends it.
pub(crate) struct Running {
    pub(crate) authority: String,
    child: Option<Child>,
}

impl Running {
    /// The edge with this configuration; `[native]` is added.
    pub(crate) fn configured(config: &str) -> Self {
        let authority = free_authority();
        let file = config_file(&authority, config);
        let file = file.to_string_lossy();
        Self::start(authority, &["--config", &file])
    }

    /// The same, with more keys of `[native]`.
    pub(crate) fn configured_native(config: &str, native: &str) -> Self {
        let authority = free_authority();
        let file = config_file(&authority, config);
        let mut config = std::fs::read_to_string(&file).expect("a file");
        config.push_str(native);
        std::fs::write(&file, config).expect("a file");
        Self::start(authority, &["--config", &file.to_string_lossy()])
    }

    /// The same, listening on an address of every family.
    pub(crate) fn configured_on(listen: &str, config: &str) -> Self {
        let file = config_file(listen, config);
        let port = listen.rsplit(':').next().unwrap_or_default();
        Self::start(
            format!("127.0.0.1:{port}"),
            &["--config", &file.to_string_lossy()],
        )
    }

    /// `throughline dev`.
    #[cfg(feature = "dev")]
    pub(crate) fn dev() -> Self {
        let authority = free_authority();
        let listen = authority.clone();
        Self::start(authority, &["dev", "--listen", &listen])
    }

    fn start(authority: String, arguments: &[&str]) -> Self {
        let child = program(arguments).spawn().expect("the program starts");
        let running = Self {
            authority,
            child: Some(child),
        };
        let begun = Instant::now();
        while TcpStream::connect(&running.authority).is_err() {
            assert!(begun.elapsed() < TIMEOUT, "it does not listen");
            thread::sleep(POLL);
        }
        running
    }

    /// Sends a request and reads the response until the connection ends.
    pub(crate) fn send(&self, request: &str) -> String {
        send_to(&self.authority, request)
    }

    /// Sends `GET path` and returns the response.
    pub(crate) fn get(&self, path: &str) -> String {
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        ))
    }

    /// Posts OTLP/JSON and returns the response.
    pub(crate) fn post_traces(&self, json: &str) -> String {
        post_traces_to(&self.authority, json)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect_to(&self.authority)
    }

    /// Sends SIGTERM, as Kubernetes does.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Sends SIGHUP: the configuration has changed.
    pub(crate) fn hang_up(&self) {
        self.signal("-HUP");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.as_ref().map(Child::id).unwrap_or_default();
        let killed = Command::new("kill")
            .arg(signal)
            .arg(id.to_string())
            .status();
        assert!(killed.expect("kill").success());
    }

    /// Reads the log until a line contains `wanted`. What was read is not in [`Running::ended`].
    pub(crate) fn logs_until(&mut self, wanted: &str) -> String {
        let child = self.child.as_mut();
        let stderr = child
            .and_then(|child| child.stderr.as_mut())
            .expect("piped");
        let mut log = Vec::new();
        let mut byte = [0];
        while !(String::from_utf8_lossy(&log).contains(wanted) && log.ends_with(b"\n")) {
            let read = stderr.read(&mut byte).expect("a log");
            assert_eq!(read, 1, "{wanted:?} is not in the log");
            log.extend_from_slice(&byte);
        }
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Waits for the end.
    pub(crate) fn ended(mut self) -> Output {
        let child = self.child.take().expect("it was started");
        child.wait_with_output().expect("it ends")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Posts OTLP/JSON to an edge and returns the response.
pub(crate) fn post_traces_to(authority: &str, json: &str) -> String {
    let length = json.len();
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    send_to(authority, &(head + json))
}

fn send_to(authority: &str, request: &str) -> String {
    let mut stream = connect_to(authority);
    stream.write_all(request.as_bytes()).expect("sent");
    read_all(&mut stream)
}

fn connect_to(authority: &str) -> TcpStream {
    let stream = TcpStream::connect(authority).expect("it listens");
    stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    stream
}

/// The program's command, not started.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_throughline"));
    program
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    program
}

/// Writes a configuration file that listens on an address.
pub(crate) fn config_file(authority: &str, config: &str) -> PathBuf {
    let port = authority.rsplit(':').next().unwrap_or_default();
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{port}.toml"));
    let config = format!(
        "{config}\n[native]\nlisten = \"{authority}\"\nthreads = 2\nheaders_within_ms = 2000\n"
    );
    std::fs::write(&file, config).expect("a file");
    file
}

pub(crate) fn free_authority() -> String {
    listen().1
}

/// A listener on a port of its own.
pub(crate) fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let authority = listener.local_addr().expect("an address").to_string();
    (listener, authority)
}

/// Reads the head of a request.
pub(crate) fn read_head(stream: &mut TcpStream) -> String {
    stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("a request") == 1 {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// Reads until the text contains `wanted`.
pub(crate) fn read_until(stream: &mut TcpStream, wanted: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 1024];
    while !text.contains(wanted) {
        let read = stream.read(&mut buffer).expect("more comes");
        assert!(read > 0, "{wanted:?} is not in {text:?}");
        text += &String::from_utf8_lossy(&buffer[..read]);
    }
    text
}

/// Reads until the connection ends, by a close or a reset.
pub(crate) fn read_all(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => text.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => panic!("{error}; so far {}", String::from_utf8_lossy(&text)),
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Longer than any step here takes.
const TIMEOUT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(10);
