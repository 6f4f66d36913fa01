//! The load generator: sends one request again and again over kept connections.

use super::batch::{Encoding, Request};
use super::counter::Counter;
use super::http::HttpMessage;
use crate::failure::Failure;
use crate::process::Interrupt;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, BufReader, ErrorKind, Write};
use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Responses by their HTTP status.
pub(super) type Responses = BTreeMap<u16, usize>;

/// A load for one program, and the counter that its spans have to reach.
pub(super) struct Load<'a> {
    request: &'a Request,
    counter: &'a Counter,
    interrupt: &'a Interrupt,
    /// Spans of each request that arrive at the counter.
    kept: usize,
    counted_before: usize,
    /// The number of the first request.
    pub(super) first: usize,
    /// The longest time without progress.
    patience: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Requests that no connection has begun.
    left: usize,
    begun: usize,
    /// Requests that the program asked to send later.
    refused: usize,
    responses: Responses,
    /// The first error; after it no connection sends any more.
    fault: Option<io::Error>,
}

impl<'a> Load<'a> {
    /// A load that is not sent yet, of whose requests so many spans arrive.
    pub(super) fn new(
        request: &'a Request,
        kept: usize,
        counter: &'a Counter,
        interrupt: &'a Interrupt,
    ) -> Self {
        Self {
            request,
            counter,
            interrupt,
            kept,
            counted_before: counter.spans(),
            first: 0,
            patience: Duration::from_secs(20),
            state: Mutex::default(),
        }
    }

    /// Sends `requests` requests to a port of 127.0.0.1 and waits until their spans have
    /// arrived. Requests that are refused for a time are counted and not sent again. Fails at
    /// any other response that is not a 2xx, and when spans are lost or doubled.
    pub(super) fn send(self, port: u16, requests: usize) -> Result<Responses, Failure> {
        self.send_to(&[port], requests)
    }

    /// The same, with as many connections to each of these ports.
    pub(super) fn send_to(self, ports: &[u16], requests: usize) -> Result<Responses, Failure> {
        self.state().left = requests;
        let connections = CONNECTIONS.next_multiple_of(ports.len()).min(requests);
        std::thread::scope(|scope| {
            for port in ports.iter().cycle().take(connections) {
                scope.spawn(|| self.use_connection(*port));
            }
        });
        let failed = |error: &dyn Display| Failure::Check(format!("the load stopped: {error}"));
        if let Some(fault) = &self.state().fault {
            return Err(failed(fault));
        }
        let sent = (requests - self.state().refused) * self.kept;
        self.wait_until(|arrived| arrived >= sent)
            .map_err(|error| failed(&error))?;
        // A span that is sent twice arrives late.
        sleep(SETTLE);
        let arrived = self.arrived();
        if arrived != sent {
            return Err(Failure::Check(format!(
                "{sent} spans were to arrive at the backend and {arrived} did"
            )));
        }
        let state = self.state.into_inner();
        Ok(state.unwrap_or_else(PoisonError::into_inner).responses)
    }

    fn use_connection(&self, port: u16) {
        if let Err(error) = self.send_requests(port) {
            self.state().fault.get_or_insert(error);
        }
    }

    fn send_requests(&self, port: u16) -> io::Result<()> {
        let mut connection = TcpStream::connect(("127.0.0.1", port))?;
        connection.set_nodelay(true)?;
        connection.set_read_timeout(Some(self.patience))?;
        connection.set_write_timeout(Some(self.patience))?;
        let mut reader = BufReader::new(connection.try_clone()?);
        let head = self.head(port);
        while let Some(ahead) = self.begin() {
            self.wait_until(|arrived| {
                let accepted = ahead.saturating_sub(self.state().refused);
                accepted * self.kept < arrived + WINDOW_SPANS
            })?;
            connection.write_all(head.as_bytes())?;
            connection.write_all(&self.request.body_of(self.first + ahead))?;
            let response = HttpMessage::read(&mut reader)?.ok_or(ErrorKind::UnexpectedEof)?;
            self.record(&response)?;
        }
        Ok(())
    }

    /// Begins a request and returns the number of requests before it; `None` when none is
    /// left.
    fn begin(&self) -> Option<usize> {
        let mut state = self.state();
        if state.fault.is_some() || state.left == 0 {
            return None;
        }
        state.left -= 1;
        state.begun += 1;
        Some(state.begun - 1)
    }

    fn record(&self, response: &HttpMessage) -> io::Result<()> {
        let status = response.status()?;
        let mut state = self.state();
        *state.responses.entry(status).or_default() += 1;
        match status {
            200..300 => return Ok(()),
            429 | 503 => {
                state.refused += 1;
                return Ok(());
            }
            _ => {}
        }
        let body = String::from_utf8_lossy(&response.body);
        Err(io::Error::other(format!(
            "the response to a request was {status}: {}",
            body.chars().take(200).collect::<String>()
        )))
    }

    /// Waits until `enough` accepts the number of arrived spans.
    fn wait_until(&self, enough: impl Fn(usize) -> bool) -> io::Result<()> {
        let (mut last, mut since) = (self.arrived(), Instant::now());
        while !enough(last) {
            if self.interrupt.is_set() {
                return Err(io::Error::other("interrupted"));
            }
            if self.state().fault.is_some() {
                return Err(io::Error::other("another connection failed"));
            }
            if since.elapsed() > self.patience {
                return Err(io::Error::other(format!(
                    "spans are lost: {last} arrived at the backend, and none for {:?}",
                    self.patience
                )));
            }
            sleep(POLL);
            let arrived = self.arrived();
            if arrived != last {
                (last, since) = (arrived, Instant::now());
            }
        }
        Ok(())
    }

    fn arrived(&self) -> usize {
        self.counter.spans() - self.counted_before
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn head(&self, port: u16) -> String {
        let encoding = match self.request.encoding {
            Encoding::Identity => "",
            Encoding::Gzip => "content-encoding: gzip\r\n",
        };
        format!(
            "POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n\
             content-type: application/x-protobuf\r\n{encoding}content-length: {}\r\n\r\n",
            port,
            self.request.body.len()
        )
    }
}

/// Requests that are under way at once.
const CONNECTIONS: usize = 4;
/// Spans that may be between the generator and the counter: 9 MB, a third of the edge's
/// `max_in_flight_bytes`. More than a batch of the Collector, which would otherwise be sent
/// only after a timeout.
const WINDOW_SPANS: usize = 20_000;
const POLL: Duration = Duration::from_millis(1);
/// Time for the program to process the response to its last export.
pub(super) const SETTLE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// Sends ten requests of two spans to what `start` starts and returns the port of.
    fn send(start: impl FnOnce(&Counter) -> u16) -> Result<Responses, Failure> {
        let folder = std::env::temp_dir();
        let request = Request::new(2, Encoding::Identity, &folder).expect("a request");
        let counter = Counter::start().expect("a counter");
        let interrupt = Interrupt::listen().expect("signals");
        let mut load = Load::new(&request, request.spans, &counter, &interrupt);
        load.patience = Duration::from_millis(300);
        load.send(start(&counter), 10)
    }

    /// Starts a server that counts `spans` for each request and gives one response to all.
    fn serve(counter: &Counter, spans: usize, response: &'static str) -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let counter = counter.clone();
        std::thread::spawn(move || {
            for mut connection in listener.incoming().map_while(Result::ok) {
                let counter = counter.clone();
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(connection.try_clone().expect("a socket"));
                    while let Ok(Some(_)) = HttpMessage::read(&mut reader) {
                        counter.add(spans);
                        let _ = connection.write_all(response.as_bytes());
                    }
                });
            }
        });
        port
    }

    #[test]
    fn responses_are_counted_by_status() {
        let responses = send(|counter| counter.port).expect("all arrive");
        assert_eq!(responses, Responses::from([(200, 10)]));
    }

    #[test]
    fn spans_that_do_not_arrive_fail_the_load() {
        let message = send(|counter| serve(counter, 0, OK)).expect_err("lost");
        let message = message.to_string();
        assert!(message.contains("spans are lost: 0 arrived"), "{message}");
    }

    #[test]
    fn spans_that_arrive_twice_fail_the_load() {
        let message = send(|counter| serve(counter, 4, OK)).expect_err("twice");
        let message = message.to_string();
        assert!(
            message.contains("20 spans were to arrive at the backend and 40"),
            "{message}"
        );
    }

    #[test]
    fn requests_that_are_refused_for_a_time_are_counted_and_their_spans_not_missed() {
        let responses = send(|counter| serve(counter, 0, BUSY)).expect("none is to arrive");
        assert_eq!(responses, Responses::from([(503, 10)]));
    }

    #[test]
    fn a_request_that_is_wrong_fails_the_load() {
        let message = send(|counter| serve(counter, 2, WRONG)).expect_err("refused");
        let message = message.to_string();
        assert!(message.contains("was 400: what"), "{message}");
    }

    const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\n\r\nfull";
    const WRONG: &str = "HTTP/1.1 400 Bad Request\r\ncontent-length: 4\r\n\r\nwhat";
}
