//! An open loop of requests: each is sent when it is due, whether or not those before it have a
//! response.

use super::super::batch::Request;
use super::super::http::HttpMessage;
use super::counts::Sent;
use crate::failure::Failure;
use std::io::{self, BufReader, ErrorKind, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A load for one program.
pub(super) struct Load<'a> {
    request: &'a Request,
    port: u16,
    interval: Duration,
    next: AtomicUsize,
    is_stopped: AtomicBool,
    sent: Mutex<Sent>,
}

impl<'a> Load<'a> {
    /// A load that is not sent yet.
    pub(super) fn new(request: &'a Request, port: u16, per_second: usize) -> Self {
        Self {
            request,
            port,
            interval: Duration::from_secs(1) / u32::try_from(per_second).unwrap_or(u32::MAX),
            next: AtomicUsize::new(0),
            is_stopped: AtomicBool::new(false),
            sent: Mutex::new(Sent::new(request.spans)),
        }
    }

    /// Sends for so many seconds. Fails when a request gets no response: then nobody knows
    /// whether its spans were taken.
    pub(super) fn send(&self, seconds: usize) -> Result<Sent, Failure> {
        let begun = Instant::now();
        let until = Duration::from_secs(seconds as u64);
        std::thread::scope(|scope| {
            let connections =
                (0..CONNECTIONS).map(|_| scope.spawn(|| self.use_connection(begun, until)));
            let connections: Vec<_> = connections.collect();
            connections.into_iter().try_for_each(|connection| {
                let ended = connection.join().unwrap_or(Err(ErrorKind::Other.into()));
                ended.map_err(|error| Failure::Check(format!("a request got no response: {error}")))
            })
        })?;
        Ok(self.locked(|sent| sent.clone()))
    }

    /// Sends no more.
    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    fn use_connection(&self, begun: Instant, until: Duration) -> io::Result<()> {
        let head = format!(
            "POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1\r\n\
             content-type: application/x-protobuf\r\ncontent-length: {}\r\n\r\n",
            self.request.body.len()
        );
        let mut connection = TcpStream::connect(("127.0.0.1", self.port))?;
        connection.set_nodelay(true)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        let mut reader = BufReader::new(connection.try_clone()?);
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let due = self.interval * u32::try_from(index).unwrap_or(u32::MAX);
            if due >= until {
                return Ok(());
            }
            sleep(due.saturating_sub(begun.elapsed()));
            if self.is_stopped.load(Ordering::Relaxed) {
                return Ok(());
            }
            let late = begun.elapsed().saturating_sub(due);
            connection.write_all(head.as_bytes())?;
            connection.write_all(&self.request.body)?;
            let response = HttpMessage::read(&mut reader)?.ok_or(ErrorKind::UnexpectedEof)?;
            let status = response.status()?;
            self.locked(|sent| sent.add(status, late));
        }
    }

    fn locked<T>(&self, work: impl FnOnce(&mut Sent) -> T) -> T {
        work(&mut self.sent.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Requests that are under way at once; so many are due in 1.6 seconds.
const CONNECTIONS: usize = 64;
const PATIENCE: Duration = Duration::from_secs(60);
