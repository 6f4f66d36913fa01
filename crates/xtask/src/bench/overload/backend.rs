//! A backend that takes so many spans per second and refuses what is more.

use super::super::batch::spans_in;
use super::super::http::HttpMessage;
use crate::failure::Failure;
use std::io::{self, BufReader, ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// An OTLP/HTTP server on 127.0.0.1 for as long as xtask runs.
#[derive(Debug, Clone)]
pub(super) struct Backend {
    pub(super) port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// Spans of requests that got a success.
    taken: usize,
    rate: f64,
    /// Spans that may still be taken; below zero after a large request.
    left: f64,
    since: Instant,
}

impl Backend {
    /// Starts the server on a free port.
    pub(super) fn start(spans_per_second: usize) -> Result<Self, Failure> {
        let failed = |error| Failure::Check(format!("cannot listen on 127.0.0.1: {error}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
        let backend = Self {
            port: listener.local_addr().map_err(failed)?.port(),
            state: Arc::new(Mutex::new(State {
                taken: 0,
                rate: spans_per_second as f64,
                left: 0.0,
                since: Instant::now(),
            })),
        };
        let server = backend.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let server = server.clone();
                // A connection that fails loses spans, and the comparison of counts says so.
                std::thread::spawn(move || server.serve(connection));
            }
        });
        Ok(backend)
    }

    /// Spans that were taken.
    pub(super) fn spans(&self) -> usize {
        self.locked(|state| state.taken)
    }

    fn serve(&self, mut connection: TcpStream) -> io::Result<()> {
        connection.set_nodelay(true)?;
        let mut reader = BufReader::new(connection.try_clone()?);
        while let Some(request) = HttpMessage::read(&mut reader)? {
            let spans = match request.start.starts_with("POST /v1/traces ") {
                true => spans_in(&request.body).ok_or(ErrorKind::InvalidData)?,
                false => 0,
            };
            connection.write_all(match self.takes(spans) {
                true => TAKEN,
                false => BUSY,
            })?;
        }
        Ok(())
    }

    fn takes(&self, spans: usize) -> bool {
        self.locked(|state| {
            let earned = state.since.elapsed().as_secs_f64() * state.rate;
            state.since = Instant::now();
            state.left = (state.left + earned).min(state.rate);
            let takes = spans == 0 || state.left > 0.0;
            if takes {
                state.left -= spans as f64;
                state.taken += spans;
            }
            takes
        })
    }

    fn locked<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

const TAKEN: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
const BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n";

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_backend_takes_no_more_than_its_rate() {
        let backend = Backend::start(1_000).expect("it starts");
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(200) {
            backend.takes(10);
        }
        let most = begun.elapsed().as_secs_f64() * 1_000.0 + 20.0;
        let taken = backend.spans();
        assert!(taken > 0 && (taken as f64) < most, "{taken} of {most}");
    }
}
