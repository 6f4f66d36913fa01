//! A backend that counts the spans it receives, by their number.

use crate::support::{TIMEOUT, listen, read_head};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

/// A backend. It counts for as long as the test runs.
pub(crate) struct Receiver {
    pub(crate) authority: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    counts: Mutex<Counts>,
    changed: Condvar,
}

#[derive(Default)]
struct Counts {
    /// How often each span came.
    spans: BTreeMap<u64, u32>,
    requests: u64,
    /// The bodies of requests that were taken, one after the other.
    #[cfg(feature = "kafka")]
    bodies: String,
    /// Requests that are still taken; `None` is all.
    left: Option<u64>,
    /// Every request of so many gets a 503.
    unavailable_every: Option<u64>,
}

impl Receiver {
    /// Takes everything.
    pub(crate) fn start() -> Self {
        let (listener, authority) = listen();
        let state = Arc::new(State::default());
        let serving = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, state) = (stream.expect("a connection"), Arc::clone(&serving));
                thread::spawn(move || state.serve(stream));
            }
        });
        Self { authority, state }
    }

    /// Takes so many more requests, and responds to others with 503; `None` is all.
    pub(crate) fn take_only(&self, requests: Option<u64>) {
        self.state.lock().left = requests;
    }

    /// Responds to every request of so many with 503.
    pub(crate) fn unavailable_every(&self, requests: u64) {
        self.state.lock().unavailable_every = Some(requests);
    }

    /// Waits until it has so many requests.
    pub(crate) fn wait_for_requests(&self, requests: u64) {
        self.wait("requests", |counts| counts.requests >= requests);
    }

    /// Waits until it has all of these spans.
    pub(crate) fn wait_for_spans(&self, spans: &[u64]) {
        self.wait("all spans", |counts| {
            spans.iter().all(|span| counts.spans.contains_key(span))
        });
    }

    /// How many spans came, and how many of them more than once.
    pub(crate) fn received(&self) -> (usize, u32) {
        let counts = self.state.lock();
        let again = counts.spans.values().map(|times| times - 1).sum();
        (counts.spans.len(), again)
    }

    /// How often each span came.
    #[cfg(feature = "kafka")]
    pub(crate) fn spans(&self) -> BTreeMap<u64, u32> {
        self.state.lock().spans.clone()
    }

    /// The bodies of the requests that it took, one after the other.
    #[cfg(feature = "kafka")]
    pub(crate) fn bodies(&self) -> String {
        self.state.lock().bodies.clone()
    }

    /// Waits until all of these texts are in the bodies.
    #[cfg(feature = "kafka")]
    pub(crate) fn wait_for(&self, texts: &[&str]) {
        self.wait("all texts", |counts| {
            texts.iter().all(|text| counts.bodies.contains(text))
        });
    }

    #[track_caller]
    fn wait(&self, what: &str, is_done: impl Fn(&Counts) -> bool) {
        let end = Instant::now() + TIMEOUT;
        let mut counts = self.state.lock();
        while !is_done(&counts) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the backend never has {what}");
            let woken = self.state.changed.wait_timeout(counts, left);
            counts = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl State {
    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut stream: TcpStream) {
        while let Some(body) = read_request(&mut stream) {
            let status = self.take(&body);
            let response = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            // A client that was killed reads no response.
            if stream.write_all(response.as_bytes()).is_err() {
                return;
            }
        }
    }

    /// Counts the spans of a body. Returns the status of the response.
    fn take(&self, body: &str) -> &'static str {
        let mut counts = self.lock();
        counts.requests += 1;
        let every = counts.unavailable_every;
        let is_unavailable = every.is_some_and(|every| counts.requests.is_multiple_of(every));
        let is_over = match &mut counts.left {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        };
        if !is_unavailable && !is_over {
            #[cfg(feature = "kafka")]
            counts.bodies.push_str(body);
            for name in body.split("\"name\":\"span-").skip(1) {
                let (number, _) = name.split_once('"').expect("a name");
                *(counts.spans.entry(number.parse().expect("a number"))).or_default() += 1;
            }
        }
        drop(counts);
        self.changed.notify_all();
        match is_unavailable || is_over {
            true => "503 Service Unavailable",
            false => "200 OK",
        }
    }
}

/// The body of the next request; `None` when the connection has ended.
fn read_request(stream: &mut TcpStream) -> Option<String> {
    stream.peek(&mut [0]).ok().filter(|read| *read > 0)?;
    let head = read_head(stream).to_ascii_lowercase();
    let (_, length) = head.split_once("content-length: ")?;
    let length = length.split("\r\n").next()?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    String::from_utf8(body).ok()
}
