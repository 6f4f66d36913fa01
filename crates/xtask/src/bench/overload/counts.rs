//! Counts of the sender and of the host, and their agreement.

use super::super::http::HttpMessage;
use super::super::load::Responses;
use crate::failure::Failure;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::io::{self, BufReader, ErrorKind, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Requests and their responses, as the sender counted them.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    spans_per_request: usize,
    responses: Responses,
    /// How long after its time the latest request was sent.
    latest: Duration,
}

/// Spans as the host counts them, from its `GET /stats`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    received: u64,
    pub(super) queued: u64,
    exported: u64,
    /// Spans that were rejected, by reason.
    rejected: BTreeMap<String, u64>,
}

impl Sent {
    /// Nothing yet.
    pub(super) fn new(spans_per_request: usize) -> Self {
        Self {
            spans_per_request,
            responses: Responses::new(),
            latest: Duration::ZERO,
        }
    }

    /// Adds a request by the status of its response.
    pub(super) fn add(&mut self, status: u16, late: Duration) {
        *self.responses.entry(status).or_default() += 1;
        self.latest = self.latest.max(late);
    }

    /// Requests with a response.
    pub(super) fn requests(&self) -> usize {
        self.responses.values().sum()
    }

    /// Spans of the requests whose response had this status.
    fn spans(&self, status: u16) -> u64 {
        let requests = self.responses.get(&status).copied().unwrap_or_default();
        (requests * self.spans_per_request) as u64
    }
}

impl Counts {
    /// Requests the counts of a host.
    pub(super) fn request(port: u16, key: &str) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::Check(format!("GET /stats failed: {error}"));
        let read = || -> io::Result<Vec<u8>> {
            let mut connection = TcpStream::connect(("127.0.0.1", port))?;
            let request = format!(
                "GET /stats HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {key}\r\n\
                 connection: close\r\n\r\n"
            );
            connection.write_all(request.as_bytes())?;
            let response = HttpMessage::read(&mut BufReader::new(connection))?;
            Ok(response.ok_or(ErrorKind::UnexpectedEof)?.body)
        };
        Self::decode(&read().map_err(failed)?)
            .ok_or_else(|| Failure::Check("GET /stats has another format".to_owned()))
    }

    fn decode(json: &[u8]) -> Option<Self> {
        let stats: Value = serde_json::from_slice(json).ok()?;
        let traces = |name: &str| {
            stats
                .get(name)?
                .get("traces")
                .map_or(Some(0), Value::as_u64)
        };
        let mut counts = Self {
            received: traces("received")?,
            queued: traces("queued")?,
            ..Self::default()
        };
        for ended in stats["ended"].as_array()? {
            let records = ended["records"].as_u64()?;
            match (ended["signal"].as_str(), ended["outcome"].as_str()?) {
                (Some("traces"), "exported") => counts.exported += records,
                (Some("traces"), outcome) => {
                    let reason = ended["reason"].as_str().unwrap_or(outcome).to_owned();
                    *counts.rejected.entry(reason).or_default() += records;
                }
                _ => {}
            }
        }
        Some(counts)
    }

    /// Fails unless all three agree to the span.
    pub(super) fn check(&self, sent: &Sent, counted: u64) -> Result<(), Failure> {
        let (accepted, refused) = (sent.spans(200), sent.spans(503));
        let dropped: u64 = self.rejected.values().sum();
        let full = self.rejected.get(QUEUE_FULL).copied().unwrap_or_default();
        let agreements = [
            (
                "sent = accepted + refused",
                (sent.requests() * sent.spans_per_request) as u64,
                accepted + refused,
            ),
            ("sent = received", accepted + refused, self.received),
            ("refused = rejected as queue_full", refused, full),
            (
                "accepted = exported + rejected for other reasons",
                accepted,
                self.exported + dropped - full,
            ),
            ("exported = counted by the backend", self.exported, counted),
        ];
        let mut wrong = Vec::new();
        for (equation, left, right) in agreements {
            println!("  {equation}: {left} = {right}");
            if left != right {
                wrong.push(format!("{equation}: {left} is not {right}"));
            }
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(Failure::Check(wrong.join("; "))),
        }
    }
}

impl Display for Sent {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (status, requests) in &self.responses {
            let spans = requests * self.spans_per_request;
            writeln!(
                f,
                "  {:<44} {spans:>10}",
                format!("spans in requests with status {status}")
            )?;
        }
        writeln!(
            f,
            "  the latest request was sent {:.1} s after its time",
            self.latest.as_secs_f64()
        )
    }
}

impl Display for Counts {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, spans: u64| writeln!(f, "  {name:<44} {spans:>10}");
        row("spans that the host received", self.received)?;
        row("  exported", self.exported)?;
        for (reason, spans) in &self.rejected {
            row(&format!("  rejected: {reason}"), *spans)?;
        }
        Ok(())
    }
}

const QUEUE_FULL: &str = "queue_full";

#[cfg(test)]
mod tests {
    use super::*;

    fn counts() -> Counts {
        let json = br#"{"received":{"traces":1500,"metrics":9},"queued":{"traces":0},"ended":[
            {"signal":"traces","outcome":"exported","records":900},
            {"signal":"metrics","outcome":"exported","records":9},
            {"signal":"traces","outcome":"rejected","reason":"queue_full","records":500},
            {"signal":"traces","outcome":"rejected","reason":"retries_exhausted","records":100},
            {"outcome":"dropped_by_page","records":7}]}"#;
        Counts::decode(json).expect("well formed")
    }

    #[test]
    fn counts_agree_to_the_span() {
        let mut sent = Sent::new(500);
        for status in [200, 503, 200] {
            sent.add(status, Duration::ZERO);
        }
        assert!(counts().check(&sent, 900).is_ok());
        let message = counts()
            .check(&sent, 901)
            .expect_err("one too many")
            .to_string();
        assert_eq!(message, "exported = counted by the backend: 900 is not 901");
        sent.add(200, Duration::ZERO);
        assert!(counts().check(&sent, 900).is_err());
        let mut other = Sent::new(500);
        other.add(429, Duration::ZERO);
        assert!(Counts::default().check(&other, 0).is_err());
    }
}
