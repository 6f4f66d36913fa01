//! Tests of `throughline dev`.

use crate::BATCH;
use crate::support::{Running, read_all, read_until};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

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
    // The edge answers its own paths, with a key in them too; the viewer all others.
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

/// Opens the event stream and reads its first event.
fn open_events(dev: &Running) -> TcpStream {
    let mut events = dev.connect();
    events
        .write_all(b"GET /api/events HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .expect("sent");
    read_until(&mut events, "event: telemetry");
    events
}
