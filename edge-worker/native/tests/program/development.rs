//! Tests of `throughline dev`.

use crate::BATCH;
use crate::support::{Running, integrity, read_all, read_head, read_until};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use throughline_edge::config::RecordLimitsConfig;
use throughline_edge::outcome::{DropReason, RefusalReason, RejectReason};

#[test]
fn the_development_mode_shows_received_telemetry() {
    let dev = Running::dev();
    let mut events = open_events(&dev);
    assert!(dev.post_traces(BATCH).starts_with("HTTP/1.1 200"));
    read_until(&mut events, "5b8efff798038103d269b633813fc60c");
    let traces = dev.get("/api/traces");
    assert!(
        traces.contains("5b8efff798038103d269b633813fc60c"),
        "{traces}"
    );
    assert!(dev.get("/").contains("text/html"));
    // A page whose name resolves to this address (DNS rebinding) cannot read it.
    let rebound =
        dev.send("GET /api/traces HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
    assert!(rebound.starts_with("HTTP/1.1 421"), "{rebound}");
    // The edge handles its own paths, with a key in them too; the viewer all others.
    for path in ["/v1/traces", "/pk_shop/v1/traces"] {
        assert!(dev.get(path).starts_with("HTTP/1.1 405"), "{path}");
    }
    assert!(dev.get("/healthz").ends_with("ok"));
    assert!(dev.get("/v1/nothing").contains("text/html"));
    // An open event stream does not delay the end.
    let begun = Instant::now();
    dev.terminate();
    let mut rest = String::new();
    let _ = events.read_to_string(&mut rest);
    assert!(dev.ended().status.success());
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn the_script_for_pages_is_served_as_the_log_says() {
    let mut dev = Running::dev();
    let line = dev.logs_until("integrity sha384-");
    let (_, said) = line
        .split_once("script for pages: http://")
        .expect("it says so");
    let (address, hash) = said.trim_end().split_once(", integrity ").expect("a hash");
    let path = address.strip_prefix(&dev.authority).expect("this address");
    let response = dev.get(path);
    let (head, script) = response.split_once("\r\n\r\n").expect("a body");
    assert!(head.contains("max-age=31536000, immutable"), "{head}");
    assert_eq!(hash, integrity(script));
    let current = dev.get("/t.js");
    assert!(current.ends_with(script) && current.contains("max-age=600"));
}

const SCRIPT: &str = "function a(){}\n//# sourceMappingURL=app.js.map";

/// A development server: it responds to two requests, the script's and its map's.
fn served(script: String, requests: Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            requests.fetch_add(1, Ordering::SeqCst);
            let head = read_head(&mut stream);
            let body = match head.split(' ').nth(1) {
                // What the edge has redacted in the query is not asked for.
                Some("/app.js") => script.as_str(),
                Some("/app.js.map") => {
                    r#"{"version":3,"sources":["cart.ts"],"sourcesContent":["function add() { fail() }"],"names":["add"],"mappings":"AAAA,SAASA"}"#
                }
                _ => "",
            };
            let length = body.len();
            let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
            let _ = stream.write_all(response.as_bytes());
        }
    });
    origin
}

/// Sends an exception until the errors have what is expected: a script that is not read in time is known the
/// next time.
fn exception_at(dev: &Running, origin: &str, expected: &str) -> String {
    let stack = format!("Error: x\\n    at a ({origin}/app.js?t=1:1:10)");
    let body = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"eventName":"exception","attributes":[{{"key":"exception.type","value":{{"stringValue":"Error"}}}},{{"key":"exception.message","value":{{"stringValue":"x"}}}},{{"key":"exception.stacktrace","value":{{"stringValue":"{stack}"}}}}]}}]}}]}}]}}"#
    );
    let length = body.len();
    let request = format!(
        "POST /v1/logs HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    let begun = Instant::now();
    loop {
        let response = dev.send(&request);
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
        let errors = dev.get("/api/errors");
        if errors.contains(expected) {
            return errors;
        }
        assert!(begun.elapsed() < TIMEOUT, "{errors}");
    }
}

#[test]
fn a_stack_of_a_development_server_reads_as_source_without_an_upload() {
    let requests = Arc::new(AtomicUsize::new(0));
    let origin = served(SCRIPT.to_owned(), Arc::clone(&requests));
    let dev = Running::dev();
    exception_at(&dev, &origin, "cart.ts");
    assert!(
        requests.load(Ordering::SeqCst) >= 2,
        "the script and its map"
    );
}

#[test]
fn a_script_that_is_nested_too_deeply_ends_nothing() {
    let (open, close) = ("[".repeat(400_000), "]".repeat(400_000));
    let script = format!("x={open}1{close}\n//# sourceMappingURL=app.js.map\n");
    let origin = served(script, Arc::default());
    let dev = Running::dev();
    // Its place, by the map alone.
    exception_at(&dev, &origin, "cart.ts");
    assert!(dev.get("/healthz").ends_with("ok"));
}

#[test]
fn where_others_may_send_no_server_of_this_machine_is_asked() {
    let requests = Arc::new(AtomicUsize::new(0));
    let origin = served(SCRIPT.to_owned(), Arc::clone(&requests));
    let dev = Running::dev_on("0.0.0.0:0");
    exception_at(&dev, &origin, "app.js?t=");
    assert_eq!(requests.load(Ordering::SeqCst), 0);
}

#[test]
fn the_event_stream_of_a_closed_page_ends() {
    let dev = Running::dev();
    let mut events = open_events(&dev);
    // A closing client does the same; this one can still see the program's side close.
    events.shutdown(Shutdown::Write).expect("half a close");
    // Meanwhile there is no event and no heartbeat.
    let patience = Some(Duration::from_secs(10));
    events.set_read_timeout(patience).expect("a timeout");
    read_all(&mut events);
}

#[test]
fn the_outcomes_are_served_to_the_page_without_a_key() {
    let dev = Running::dev();
    let nobody = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"nobody"}]}]}]}"#;
    for batch in [BATCH, nobody] {
        let response = dev.post_traces(batch);
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    }
    // The store has what it was sent only after the response to the sender.
    let begun = Instant::now();
    let mut outcomes = dev.get("/api/outcomes");
    while outcomes.contains(r#""queued":{"traces":1}"#) && begun.elapsed() < TIMEOUT {
        outcomes = dev.get("/api/outcomes");
    }
    let (head, json) = outcomes.split_once("\r\n\r\n").expect("a body");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    for header in [
        "content-type: application/json",
        "cache-control: no-store",
        "cross-origin-resource-policy: same-origin",
    ] {
        assert!(head.contains(header), "{head}");
    }
    let expected = concat!(
        r#"{"received":{"traces":2},"taken_up":{},"copied":{},"queued":{"traces":0},"#,
        r#""ended":[{"signal":"traces","outcome":"exported","records":1},"#,
        r#"{"signal":"traces","outcome":"rejected","reason":"invalid_record","records":1}],"#,
        r#""requests":[{"route":"/v1/traces","status":200,"requests":2}],"#,
        r#""projects":[{"signal":"traces","direction":"receive","records":2,"bytes":69},"#,
        r#"{"signal":"traces","direction":"transmit","records":1,"bytes":55}],"#,
        r#""backends":[{"records":0,"bytes":0}]}"#
    );
    assert_eq!(json, expected);

    let mistaken = dev.get("/api/outcomes?since=1");
    assert!(mistaken.starts_with("HTTP/1.1 400"), "{mistaken}");
    let head =
        dev.send("HEAD /api/outcomes HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    assert!(head.ends_with("\r\n\r\n"), "{head}");
    let rebound =
        dev.send("GET /api/outcomes HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
    assert!(rebound.starts_with("HTTP/1.1 421"), "{rebound}");
}

#[test]
fn the_page_has_words_for_every_reason() {
    let dev = Running::dev();
    let words = dev.get("/viewer/outcomes/reasons.js");
    let (rejected, dropped) = (words
        .split_once("const REJECTED =")
        .expect("reasons of the edge")
        .1)
        .split_once("const DROPPED_BY_PAGE =")
        .expect("reasons of pages");
    for reason in RejectReason::ALL {
        let key = format!("\n  {}: {{", reason.as_str());
        assert!(rejected.contains(&key), "{reason:?}");
    }
    let cut = dev.get("/viewer/outcomes/cut.js");
    let limits = serde_json::to_value(RecordLimitsConfig::default()).expect("JSON");
    for limit in limits.as_object().expect("a table").keys() {
        assert!(
            cut.contains(&format!("\n  \"limits.{limit}\": ")),
            "{limit}"
        );
    }
    let refused = dev.get("/viewer/outcomes/refused.js");
    for reason in RefusalReason::ALL {
        let key = format!("\n  {}: {{", reason.as_str());
        assert!(refused.contains(&key), "{reason:?}");
    }
    for reason in DropReason::ALL.into_iter().chain([DropReason::Other]) {
        let key = format!("\n  {}: {{", reason.as_str());
        assert!(dropped.contains(&key), "{reason:?}");
    }
}

/// Opens the event stream and reads its first event.
fn open_events(dev: &Running) -> TcpStream {
    let mut events = dev.connect();
    events
        .write_all(b"GET /api/events HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .expect("sent");
    read_until(&mut events, "event: telemetry");
    events
}

const TIMEOUT: Duration = Duration::from_secs(10);

#[test]
fn pages_of_this_machine_alone_may_send() {
    let dev = Running::dev();
    let send = |method: &str, origin: &str| {
        let length = if method == "POST" { BATCH.len() } else { 0 };
        let body = &BATCH[..length];
        dev.send(&format!(
            "{method} /v1/traces HTTP/1.1\r\nhost: localhost\r\norigin: {origin}\r\naccess-control-request-method: POST\r\naccess-control-request-headers: content-type, X-Of-Nobody, dash0-dataset\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ))
    };
    for origin in [
        "http://localhost:5173",
        "http://127.0.0.1:3000",
        "https://shop.localhost",
        "http://[::1]:8080",
    ] {
        let preflight = send("OPTIONS", origin);
        assert!(preflight.starts_with("HTTP/1.1 204"), "{preflight}");
        let allowed = format!("access-control-allow-origin: {origin}");
        assert!(preflight.contains(&allowed), "{preflight}");
        for header in ["content-type", "x-of-nobody", "dash0-dataset"] {
            assert!(preflight.contains(header), "{preflight}");
        }
        assert!(send("POST", origin).starts_with("HTTP/1.1 200"), "{origin}");
    }
    for origin in [
        "https://evil.example",
        "null",
        "http://localhost.evil.example",
    ] {
        for method in ["OPTIONS", "POST"] {
            let refused = send(method, origin);
            assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
            assert!(refused.contains("--listen 0.0.0.0:4318"), "{refused}");
            assert!(
                !refused.contains("access-control-allow-origin"),
                "{refused}"
            );
        }
    }
}

#[test]
fn the_bounds_of_the_store_are_said_and_hold() {
    let dev = Running::dev_with(&["--max-traces", "1", "--max-bytes", "64MiB"]);
    let log = dev.started_log();
    assert!(
        log.contains("stored in memory: the newest 1 traces and 64 MiB"),
        "{log}"
    );
    let status = dev.get("/api/status");
    for bound in ["\"max_bytes\":67108864", "\"max_traces\":1"] {
        assert!(status.contains(bound), "{status}");
    }
}
