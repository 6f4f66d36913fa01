//! Tests of the program's log.

use crate::support::{Running, refusing};
use crate::{BATCH, NOWHERE};

#[test]
fn a_backend_that_cannot_be_reached_is_logged_and_so_is_what_was_left() {
    let unused = refusing();
    let unused = &unused.authority;
    let mut edge = Running::configured(&format!(
        "open = true\n[backend]\nurl = \"http://{unused}\"\n[outcomes]\ninterval_ms = 0"
    ));
    assert!(edge.post_traces(BATCH).starts_with("HTTP/1.1 200"));
    let line = edge.logs_until("fail: ");
    let wanted = format!("ERROR throughline: exports to http://{unused} fail: could not connect");
    assert!(line.contains(&wanted), "{line}");
    assert!(line.contains("1 records (1 kB) wait"), "{line}");
    assert!(edge.get("/healthz").starts_with("HTTP/1.1 200"));
    edge.terminate();
    let ended = edge.ended();
    assert!(ended.status.success());
    let log = String::from_utf8_lossy(&ended.stderr);
    for line in [
        "ending: no new connections, exports finish; 1 records wait for export",
        "ended: 1 records that waited for export are lost",
    ] {
        assert!(log.contains(line), "{log}");
    }
}

#[test]
fn the_log_is_json_when_the_operator_wants_it() {
    let edge = Running::configured_native(NOWHERE, "log = \"json\"\n");
    edge.terminate();
    let ended = edge.ended();
    let log = String::from_utf8_lossy(&ended.stderr);
    assert!(log.lines().count() > 1, "{log}");
    for line in log.lines() {
        assert!(line.starts_with("{\"time\":\"20"), "{log}");
        assert!(line.contains("\"level\":\"info\",\"message\":\""), "{log}");
        assert!(line.ends_with("\"}"), "{log}");
    }
}
