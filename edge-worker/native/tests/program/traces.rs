//! Tests of whole traces: their spans arrive at any core, and are judged at one.

use crate::support::{Running, listen, read_head};
use std::io::{Read, Write};

#[test]
fn open_traces_are_judged_whole_when_the_program_ends() {
    let (backend, url) = listen();
    let config = format!(
        "open = true\n[backend]\nurl = \"http://{url}\"\nencoding = \"json\"\ncompression = \"none\"\n\
         [outcomes]\ninterval_ms = 0\n\
         [sampling.tail]\nprobability = 0.0\nwait_ms = 3600000\n\
         [[sampling.tail.keep]]\nerrors = true\n"
    );
    // On two cores.
    let edge = Running::configured(&config);
    // Each on a connection of its own, which any core accepts.
    for number in 1..=SPANS {
        let code = if number == SPANS { 2 } else { 0 };
        let kept = span("5b8efff798038103d269b633813fc60c", number, code);
        let dropped = span("aaaaaaaaaaaaaaaaffffffffffffffff", number, 0);
        let spans =
            format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{kept},{dropped}]}}]}}]}}"#);
        let response = edge.post_traces(&spans);
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    }
    edge.terminate();
    let (mut export, _) = backend.accept().expect("an export");
    let head = read_head(&mut export).to_lowercase();
    let (_, length) = head.split_once("content-length: ").expect("a length");
    let length = length.lines().next().and_then(|length| length.parse().ok());
    let mut body = vec![0; length.expect("a number")];
    export.read_exact(&mut body).expect("a body");
    let body = String::from_utf8_lossy(&body);
    for number in 1..=SPANS {
        assert!(
            body.contains(&format!("{number:016x}")),
            "{number} is not in {body}"
        );
    }
    assert!(!body.contains("aaaaaaaaaaaaaaaa"), "{body}");
    let taken = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    export.write_all(taken).expect("sent");
    let ended = edge.ended();
    assert!(ended.status.success());
    let log = String::from_utf8_lossy(&ended.stderr);
    assert!(
        !log.contains("lost") && !log.contains("unfinished"),
        "{log}"
    );
}

fn span(trace: &str, number: u64, code: u8) -> String {
    format!(r#"{{"traceId":"{trace}","spanId":"{number:016x}","status":{{"code":{code}}}}}"#)
}

const SPANS: u64 = 12;
