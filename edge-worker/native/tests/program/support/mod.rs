//! Runs the program as a process and talks to it over raw connections.

pub(crate) mod http2;
mod integrity;
pub(crate) mod tls;

pub(crate) use integrity::integrity;

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// A running program. Dropping it ends it.
pub(crate) struct Running {
    pub(crate) authority: String,
    file: Option<PathBuf>,
    child: Option<Child>,
    /// The log until it was ready.
    first_lines: Vec<u8>,
}

impl Running {
    /// The edge with this configuration; `[native]` is added.
    pub(crate) fn configured(config: &str) -> Self {
        Self::configured_native(config, "")
    }

    /// The same, with more keys of `[native]`.
    pub(crate) fn configured_native(config: &str, native: &str) -> Self {
        let config = with_native(config, ANY_PORT) + native;
        Self::of_file(written(&config))
    }

    /// The same, listening on an address of every family.
    pub(crate) fn configured_on(listen: &str, config: &str) -> Self {
        let mut edge = Self::of_file(config_file(listen, config));
        let port = edge.authority.rsplit(':').next().unwrap_or_default();
        edge.authority = format!("127.0.0.1:{port}");
        edge
    }

    /// `throughline dev`.
    #[cfg(feature = "dev")]
    pub(crate) fn dev() -> Self {
        Self::dev_with(&[])
    }

    /// The same with further arguments.
    #[cfg(feature = "dev")]
    pub(crate) fn dev_with(arguments: &[&str]) -> Self {
        let own = ["dev", "--listen", ANY_PORT, "--grpc", ANY_PORT];
        Self::start(None, &[&own, arguments].concat())
    }

    /// The same, listening on an address of every family.
    #[cfg(feature = "dev")]
    pub(crate) fn dev_on(listen: &str) -> Self {
        let mut dev = Self::start(None, &["dev", "--listen", listen, "--grpc", ANY_PORT]);
        let port = dev.authority.rsplit(':').next().unwrap_or_default();
        dev.authority = format!("127.0.0.1:{port}");
        dev
    }

    fn of_file(file: PathBuf) -> Self {
        let path = file.to_string_lossy().into_owned();
        Self::start(Some(file), &["--config", &path])
    }

    fn start(file: Option<PathBuf>, arguments: &[&str]) -> Self {
        let child = program(arguments).spawn().expect("the program starts");
        let mut running = Self {
            authority: String::new(),
            file,
            child: Some(child),
            first_lines: Vec::new(),
        };
        let log = running.logs_until("on http");
        let (_, address) = log.rsplit_once("://").expect("it was read");
        running.authority = address_at_the_start_of(address);
        running.first_lines = log.into_bytes();
        running
    }

    /// The address for OTLP/gRPC.
    pub(crate) fn grpc(&self) -> String {
        let log = String::from_utf8_lossy(&self.first_lines);
        let (_, address) = log.split_once("OTLP/gRPC on ").expect("it listens");
        address_at_the_start_of(address)
    }

    /// Replaces the configuration file. The program reads it some time later, or when it is
    /// sent SIGHUP.
    pub(crate) fn configure(&self, config: &str) {
        let file = self.file.as_ref().expect("it has a file");
        std::fs::write(file, with_native(config, ANY_PORT)).expect("a file");
    }

    /// Changes a part of the text of the configuration file.
    pub(crate) fn edit_config(&self, part: &str, new: &str) {
        let file = self.file.as_ref().expect("it has a file");
        let text = std::fs::read_to_string(file).expect("a file");
        assert!(text.contains(part), "{text}");
        std::fs::write(file, text.replace(part, new)).expect("a file");
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

    /// Waits until all cores serve: one does before the others.
    pub(crate) fn until_ready(&self, path: &str) {
        let begun = Instant::now();
        loop {
            let response = self.get(path);
            if response.starts_with("HTTP/1.1 200") {
                return;
            }
            assert!(response.ends_with("the program starts"), "{response}");
            assert!(begun.elapsed() < TIMEOUT, "{response}");
        }
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

    /// Sends SIGINT, as Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        self.signal("-INT");
    }

    /// Sends SIGKILL, and waits for the end.
    pub(crate) fn kill(self) {
        drop(self);
    }

    /// Sends SIGHUP: the configuration has changed.
    pub(crate) fn hang_up(&self) {
        self.signal("-HUP");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.as_ref().map(Child::id).unwrap_or_default();
        assert!(send_signal(signal, id), "{signal}");
    }

    /// Reads the log until a line contains `wanted`. What was read is not in [`Running::ended`].
    /// A program that logs no such line is killed after some time, and the test fails.
    pub(crate) fn logs_until(&mut self, wanted: &str) -> String {
        let child = self.child.as_mut().expect("it was started");
        let id = child.id();
        let (_reads, ended) = mpsc::channel::<()>();
        std::thread::spawn(move || {
            if ended.recv_timeout(TIMEOUT) == Err(RecvTimeoutError::Timeout) {
                send_signal("-KILL", id);
            }
        });
        let stderr = child.stderr.as_mut().expect("piped");
        let mut log = Vec::new();
        let mut byte = [0];
        while !(String::from_utf8_lossy(&log).contains(wanted) && log.ends_with(b"\n")) {
            let read = stderr.read(&mut byte).expect("a log");
            assert_eq!(read, 1, "{wanted:?} is not in the log");
            log.extend_from_slice(&byte);
        }
        String::from_utf8_lossy(&log).into_owned()
    }

    /// The log until it was ready.
    pub(crate) fn started_log(&self) -> String {
        String::from_utf8_lossy(&self.first_lines).into_owned()
    }

    /// Waits for the end. The log is whole but for what [`Running::logs_until`] read.
    pub(crate) fn ended(mut self) -> Output {
        let child = self.child.take().expect("it was started");
        let mut ended = child.wait_with_output().expect("it ends");
        let rest = std::mem::replace(&mut ended.stderr, std::mem::take(&mut self.first_lines));
        ended.stderr.extend(rest);
        ended
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

fn address_at_the_start_of(log: &str) -> String {
    let is_of_it = |char: &char| !matches!(char, ',' | '"' | '\n');
    log.chars().take_while(is_of_it).collect()
}

/// Posts OTLP/JSON to an edge and returns the response.
pub(crate) fn post_traces_to(authority: &str, json: &str) -> String {
    let length = json.len();
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    send_to(authority, &(head + json))
}

/// Posts spans in OTLP/JSON to a program that may be killed meanwhile.
///
/// # Errors
/// The program has gone.
pub(crate) fn post(authority: &str, json: &str) -> io::Result<String> {
    post_to(authority, "/v1/traces", json)
}

/// The same to any path.
///
/// # Errors
/// As [`post`].
pub(crate) fn post_to(authority: &str, path: &str, json: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let length = json.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{json}"
    )?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response)
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

/// The program's command, not started. `THROUGHLINE_PROGRAM` names another build of it.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let built = env!("CARGO_BIN_EXE_throughline").into();
    let path = std::env::var_os("THROUGHLINE_PROGRAM").unwrap_or(built);
    let mut program = Command::new(path);
    program
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    program
}

/// Writes a configuration file that listens on an address.
pub(crate) fn config_file(listen: &str, config: &str) -> PathBuf {
    written(&with_native(config, listen))
}

fn with_native(config: &str, listen: &str) -> String {
    format!("{config}\n[native]\nlisten = \"{listen}\"\nthreads = 2\nheaders_within_ms = 2000\n")
}

fn written(config: &str) -> PathBuf {
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("{}-{number}.toml", std::process::id()));
    std::fs::write(&file, config).expect("a file");
    file
}

/// An address that refuses connections.
pub(crate) struct Refusing {
    pub(crate) authority: String,
    /// Holds the port, so that no other program gets it, and does not listen.
    _connected: TcpStream,
}

/// An address that refuses connections while the value lives.
pub(crate) fn refusing() -> Refusing {
    let (_listener, authority) = listen();
    let connected = TcpStream::connect(authority).expect("a connection");
    let authority = connected.local_addr().expect("an address").to_string();
    Refusing {
        authority,
        _connected: connected,
    }
}

/// A listener on a port of its own.
pub(crate) fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let authority = listener.local_addr().expect("an address").to_string();
    (listener, authority)
}

/// Accepts a connection, in the time that any step may take.
pub(crate) fn accept(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).expect("it does not wait");
    let begun = Instant::now();
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false).expect("it waits");
                return stream;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                assert!(begun.elapsed() < TIMEOUT, "nothing connects");
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => panic!("{error}"),
        }
    }
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

/// Sends a signal to a process; whether there was one.
pub(crate) fn send_signal(signal: &str, id: u32) -> bool {
    let id = id.to_string();
    let sent = Command::new("kill").args([signal, &id]).status();
    sent.expect("kill").success()
}

/// Longer than any step here takes.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);
/// A port that the system chooses.
const ANY_PORT: &str = "127.0.0.1:0";
