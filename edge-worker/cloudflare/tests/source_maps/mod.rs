//! Tests of source maps in a bucket of R2: uploaded, looked up in, and a bucket that fails.

use crate::TIMEOUT;
use crate::backend::Backend;
use crate::edge::Served;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use throughline_testkit::source_map::{DEBUG_ID, READABLE, STACK, export_request, index};

#[test]
fn an_exception_reads_as_source_once_its_index_is_in_the_bucket() {
    let backend = Backend::start();
    let edge = start(&backend);
    assert_eq!(edge.upload("HEAD", KEY, b""), 404);
    assert_eq!(edge.upload("PUT", "pk_shop", &index()), 403);
    assert_eq!(edge.upload("PUT", KEY, b"no index"), 400);
    assert_eq!(edge.upload("PUT", KEY, &index()), 204);
    assert_eq!(edge.upload("HEAD", KEY, b""), 200);
    // From the bucket, and from the memory of the isolate.
    for _ in 0..2 {
        let record = edge.send_exception(&backend);
        assert_eq!(text(&record, "exception.stacktrace"), READABLE, "{record}");
        assert_eq!(text(&record, "throughline.exception.raw_stacktrace"), STACK);
    }
}

#[test]
fn a_bucket_that_fails_or_hangs_costs_no_exception() {
    let backend = Backend::start();
    for fault in ["fails", "hangs"] {
        let edge = start(&backend);
        assert_eq!(edge.upload("PUT", KEY, &index()), 204);
        edge.set_faults(&format!(r#"{{"maps":"{fault}"}}"#));
        let begun = Instant::now();
        let record = edge.send_exception(&backend);
        assert!(begun.elapsed() < Duration::from_secs(10), "{fault}");
        assert_eq!(text(&record, "exception.stacktrace"), STACK, "{fault}");
        let expected = if fault == "fails" {
            "store_failed"
        } else {
            "timed_out"
        };
        assert!(record.to_string().contains(expected), "{record}");
    }
}

#[test]
fn without_a_bucket_the_operator_is_told_what_to_bind() {
    let backend = Backend::start();
    let edge = Served::start(&configuration(&backend), &[]);
    let request = format!(
        "HEAD /v1/sourcemaps/{DEBUG_ID} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer {KEY}\r\n\r\n"
    );
    assert_eq!(edge.send(&request).status, 404);
    let refused = edge.upload_response("PUT", KEY, &index());
    assert!(refused.starts_with("HTTP/1.1 404 "), "{refused}");
    assert!(
        refused.contains("an R2 bucket that is bound as THROUGHLINE_SOURCEMAPS"),
        "{refused}"
    );
    // Its exceptions go on as they came, and say nothing of look-ups.
    let record = edge.send_exception(&backend);
    assert_eq!(text(&record, "exception.stacktrace"), STACK);
    assert_eq!(text(&record, "throughline.exception.raw_stacktrace"), "");
    assert!(!record.to_string().contains("symbolication"), "{record}");
}

fn configuration(backend: &Backend) -> String {
    format!(
        "[backend]\n{}[outcomes]\ninterval_ms = 0\n[[projects]]\nname = \"shop\"\nkeys = [\"pk_shop\"]\nupload_keys = [\"{KEY}\"]\n",
        backend.as_toml()
    )
}

fn start(backend: &Backend) -> Served {
    Served::start(&configuration(backend), &["--durable", "--faults"])
}

impl Served {
    /// The status of the response to an upload.
    fn upload(&self, method: &str, key: &str, body: &[u8]) -> u16 {
        let response = self.upload_response(method, key, body);
        let status = response.split(' ').nth(1).unwrap_or_default();
        status.parse().expect("a status")
    }

    /// The response to an upload, with its head.
    fn upload_response(&self, method: &str, key: &str, body: &[u8]) -> String {
        let head = format!(
            "{method} /v1/sourcemaps/{DEBUG_ID} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(TIMEOUT)).expect("a limit");
        stream.write_all(head.as_bytes()).expect("sent");
        // The response may come before all of it is written.
        let _ = stream.write_all(body);
        let mut response = Vec::new();
        let _ = stream.read_to_end(&mut response);
        String::from_utf8_lossy(&response).into_owned()
    }

    /// Sends the exception of the script, and returns its record at the backend.
    fn send_exception(&self, backend: &Backend) -> Value {
        let body = export_request();
        let response = self.send(&format!(
            "POST /v1/logs?key=pk_shop HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ));
        assert_eq!(response.status, 200, "{response:?}");
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < TIMEOUT, "no record comes");
            match backend.received.recv_timeout(Duration::from_millis(100)) {
                Ok((path, request)) if path.ends_with("logs") => {
                    return request["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0].clone();
                }
                _ => {}
            }
        }
    }
}

/// The text of an attribute of a record.
fn text<'a>(record: &'a Value, key: &str) -> &'a str {
    let attributes = record["attributes"].as_array();
    let mut attributes = attributes.into_iter().flatten();
    let attribute = attributes.find(|attribute| attribute["key"] == key);
    let value = attribute.map(|attribute| &attribute["value"]["stringValue"]);
    value.and_then(Value::as_str).unwrap_or_default()
}

const KEY: &str = "uk_shop_0123456789abcdef";
