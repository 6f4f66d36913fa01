//! Starts the Worker with `cargo xtask serve cloudflare` and sends requests to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use throughline_testkit::port::unused_address;

/// A Worker in workerd. Dropping it stops workerd and waits for its end.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    server: Child,
}

impl Served {
    /// Starts workerd with this `throughline.toml` and waits until it is ready.
    pub(crate) fn start(configuration: &str, flags: &[&str]) -> Self {
        let address = unused_address().expect("a port").into();
        let mut server = serve(address, configuration, flags)
            .stdout(Stdio::piped())
            .spawn()
            .expect("cargo runs");
        let stdout = server.stdout.take().expect("piped");
        let ready = format!("ready http://{address}");
        let is_ready = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .any(|line| line == ready);
        assert!(is_ready, "the Worker does not respond; see above");
        Self { address, server }
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        get(self.address, path)
    }

    /// Posts OTLP/JSON.
    pub(crate) fn post_traces(&self, json: &str) -> Response {
        self.post_traces_with("", json)
    }

    /// Posts OTLP/JSON with these lines of headers.
    pub(crate) fn post_traces_with(&self, headers: &str, json: &str) -> Response {
        let (address, length) = (self.address, json.len());
        let mut stream = send(
            address,
            &format!(
                "POST /v1/traces HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
                 {headers}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{json}"
            ),
        );
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("a response");
        Response::parse(&bytes)
    }

    /// Asks for faults (`local/faults.js`).
    pub(crate) fn set_faults(&self, json: &str) {
        let length = json.len();
        let response = self.send(&format!(
            "POST /faults HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{json}"
        ));
        assert_eq!(response.text(), "set\n");
    }

    /// Sends a request as it is, and reads the response.
    pub(crate) fn send(&self, request: &str) -> Response {
        send_to(self.address, request)
    }

    /// Sends a GET request and returns the connection, for the caller to read.
    pub(crate) fn send_get(&self, path: &str) -> TcpStream {
        send_get(self.address, path)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let id = self.server.id().to_string();
        let signaled = Command::new("kill").args(["-TERM", &id]).status();
        if !signaled.is_ok_and(|status| status.success()) {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
    }
}

/// Starts workerd with a configuration that is refused, and returns standard error.
pub(crate) fn refusal(configuration: &str) -> String {
    refusal_with(configuration, &[])
}

/// The same, with these flags.
pub(crate) fn refusal_with(configuration: &str, flags: &[&str]) -> String {
    let output = serve(
        unused_address().expect("a port").into(),
        configuration,
        flags,
    )
    .output()
    .expect("cargo runs");
    assert!(!output.status.success(), "it was accepted");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Sends a request as it is, and reads the response to its end.
pub(crate) fn send_to(address: SocketAddr, request: &str) -> Response {
    let mut stream = send(address, request);
    let mut bytes = Vec::new();
    // The connection may be reset behind the response to a body that is not read.
    let _ = stream.read_to_end(&mut bytes);
    Response::parse(&bytes)
}

/// Sends a GET request and reads the response to its end.
pub(crate) fn get(address: SocketAddr, path: &str) -> Response {
    let mut bytes = Vec::new();
    let read = send_get(address, path).read_to_end(&mut bytes);
    read.expect("a response");
    Response::parse(&bytes)
}

fn send_get(address: SocketAddr, path: &str) -> TcpStream {
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    send(address, &request)
}

fn send(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(TIMEOUT)).expect("a limit");
    stream.write_all(request.as_bytes()).expect("sent");
    stream
}

/// An HTTP response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// Every value of a header; `name` is in lower case.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(key, _)| key == name);
        named.map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let (head, body) = bytes.split_at(end.expect("a head") + 4);
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            status: status.and_then(|code| code.parse().ok()).expect("a status"),
            headers: headers
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            body: body.to_vec(),
        }
    }
}

fn serve(address: SocketAddr, configuration: &str, flags: &[&str]) -> Command {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{number}.toml"));
    std::fs::write(&file, configuration).expect("written");
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["xtask", "serve", "cloudflare", "--open", "--port"])
        .arg(address.port().to_string())
        .arg("--config")
        .arg(file)
        .args(flags)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    command
}

/// How long a read may take.
const TIMEOUT: Duration = Duration::from_secs(20);
