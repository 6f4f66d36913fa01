//! The backend of a measurement: an OTLP/HTTP server that counts spans.

use super::batch::spans_in;
use super::http::HttpMessage;
use crate::failure::Failure;
use std::io::{self, BufReader, ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A server on 127.0.0.1 for as long as xtask runs. Cloning gives the same server.
#[derive(Debug, Clone)]
pub(super) struct Counter {
    pub(super) port: u16,
    spans: Arc<AtomicUsize>,
}

impl Counter {
    /// Starts the server on a free port.
    pub(super) fn start() -> Result<Self, Failure> {
        let failed = |error| Failure::Check(format!("cannot listen on 127.0.0.1: {error}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
        let counter = Self {
            port: listener.local_addr().map_err(failed)?.port(),
            spans: Arc::default(),
        };
        let server = counter.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let server = server.clone();
                std::thread::spawn(move || {
                    // A connection that fails loses spans, and that fails the measurement.
                    let _ = server.serve(connection);
                });
            }
        });
        Ok(counter)
    }

    /// Spans received since the start.
    pub(super) fn spans(&self) -> usize {
        self.spans.load(Ordering::Relaxed)
    }

    /// Counts spans.
    pub(super) fn add(&self, spans: usize) {
        self.spans.fetch_add(spans, Ordering::Relaxed);
    }

    fn serve(&self, mut connection: TcpStream) -> io::Result<()> {
        connection.set_nodelay(true)?;
        let mut reader = BufReader::new(connection.try_clone()?);
        while let Some(request) = HttpMessage::read(&mut reader)? {
            if request.start.starts_with("POST /v1/traces ") {
                self.add(spans_in(&request.body).ok_or(ErrorKind::InvalidData)?);
            }
            // Other requests have the programs' own metrics, which are not counted.
            connection.write_all(ACCEPTED)?;
        }
        Ok(())
    }
}

const ACCEPTED: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
