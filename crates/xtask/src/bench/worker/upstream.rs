//! The server behind the Worker: an upstream, and a backend.

use crate::bench::http::HttpMessage;
use crate::failure::Failure;
use crate::process::Interrupt;
use std::io::{self, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A server on 127.0.0.1 for as long as xtask runs. `GET /N` gets N bytes, `GET /N/chunked` the
/// same without an announced length, and any POST an empty 200.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) port: u16,
    requests: Arc<AtomicUsize>,
}

impl Upstream {
    /// Starts the server on a free port.
    pub(super) fn start() -> Result<Self, Failure> {
        let failed = |error| Failure::Check(format!("cannot listen on 127.0.0.1: {error}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
        let upstream = Self {
            port: listener.local_addr().map_err(failed)?.port(),
            requests: Arc::default(),
        };
        let requests = Arc::clone(&upstream.requests);
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let requests = Arc::clone(&requests);
                // A connection that fails is a response that the load does not get.
                std::thread::spawn(move || serve(connection, &requests));
            }
        });
        Ok(upstream)
    }

    /// Waits until no request has come for a while: exports happen after the response.
    pub(super) fn wait_until_idle(&self, interrupt: &Interrupt) -> Result<(), Failure> {
        let (mut last, mut since) = (self.requests.load(Ordering::Relaxed), Instant::now());
        while since.elapsed() < IDLE && !interrupt.is_set() {
            sleep(POLL);
            let now = self.requests.load(Ordering::Relaxed);
            if now != last {
                (last, since) = (now, Instant::now());
            }
        }
        Ok(())
    }
}

fn serve(mut connection: TcpStream, requests: &AtomicUsize) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection.try_clone()?);
    while let Some(request) = HttpMessage::read(&mut reader)? {
        requests.fetch_add(1, Ordering::Relaxed);
        connection.write_all(&response(&request.start))?;
    }
    Ok(())
}

fn response(start: &str) -> Vec<u8> {
    let path = start.strip_prefix("GET /").unwrap_or_default();
    let path = path.split(' ').next().unwrap_or_default();
    let (length, is_chunked) = match path.strip_suffix("/chunked") {
        Some(length) => (length, true),
        None => (path, false),
    };
    let length: usize = length.parse().unwrap_or_default();
    let body = "x".repeat(length);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n";
    match is_chunked {
        true => {
            format!("{head}transfer-encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n")
        }
        false => format!("{head}content-length: {length}\r\n\r\n{body}"),
    }
    .into_bytes()
}

const POLL: Duration = Duration::from_millis(20);
/// Longer than the proxy's spans wait for each other.
const IDLE: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_has_the_length_of_its_path() {
        for (start, expected) in [
            ("GET /2 HTTP/1.1", "content-length: 2\r\n\r\nxx"),
            (
                "GET /2/chunked HTTP/1.1",
                "chunked\r\n\r\n2\r\nxx\r\n0\r\n\r\n",
            ),
            ("POST /v1/traces HTTP/1.1", "content-length: 0\r\n\r\n"),
        ] {
            let response = String::from_utf8(response(start)).expect("text");
            assert!(response.ends_with(expected), "{response}");
        }
    }
}
