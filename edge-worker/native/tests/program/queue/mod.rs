//! Tests of the durable queue: what was accepted is delivered, whatever ends the program.

mod kill;
pub(crate) mod receiver;

use crate::support::{Running, config_file, listen, program};
use receiver::Receiver;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn what_was_handed_over_is_taken_up_or_on_the_disk() {
    let (backend, folder) = (Receiver::start(), Folder::new());
    backend.take_only(Some(2));
    let config = config(&backend.authority, &folder);
    let mut edge = Running::configured(&config);
    for batch in 0..5 {
        let response = edge.post_traces(&spans(batch * 3..batch * 3 + 3));
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    }
    // Two are taken, and the others are refused once at least.
    backend.wait_for_requests(3);
    let counts = until(&edge, |counts| sum(counts, "taken_up") == 6);
    assert_eq!(ended(&counts, "handed_over"), 15);
    assert_eq!(ended(&counts, "exported"), 6);
    edge.terminate();
    edge.logs_until("has 3 messages, ");
    assert!(edge.ended().status.success());

    backend.take_only(None);
    let mut edge = Running::configured(&config);
    backend.wait_for_spans(&(0..15).collect::<Vec<_>>());
    let counts = until(&edge, |counts| sum(counts, "taken_up") == 9);
    assert_eq!(ended(&counts, "exported"), 9);
    edge.terminate();
    edge.logs_until("has 0 messages, ");
    assert_eq!(backend.received(), (15, 0));
}

#[test]
fn messages_of_a_backend_that_is_gone_are_dead_letters() {
    let (backend, folder) = (Receiver::start(), Folder::new());
    backend.take_only(Some(0));
    let named = |name: &str| {
        let one = config(&backend.authority, &folder);
        one.replace("[backend]", &format!("[[backends]]\nname = \"{name}\""))
    };
    let edge = Running::configured(&named("tempo"));
    edge.post_traces(&spans(0..3));
    backend.wait_for_requests(1);
    // A reload is enough: the message is delivered again, to nobody.
    edge.configure(&named("archive"));
    edge.hang_up();
    let counts = until(&edge, |counts| sum(counts, "taken_up") == 3);
    assert_eq!(ended(&counts, "rejected"), 3);
    edge.terminate();
    let ended = edge.ended();
    let log = String::from_utf8_lossy(&ended.stderr);
    for line in [
        "3 records of traces are lost: no backend is called \"tempo\"",
        "a dead letter of the queue is kept as ",
        "has 0 messages, ",
    ] {
        assert!(log.contains(line), "{line} {log}");
    }
    let letters = fs::read_dir(folder.path.join("dead-letters")).expect("a directory");
    assert_eq!(letters.count(), 1);
}

#[test]
fn a_backend_that_hangs_does_not_hold_up_another() {
    let (backend, folder) = (Receiver::start(), Folder::new());
    // Connections wait in its backlog.
    let (_hangs, silent) = listen();
    let one = config(&backend.authority, &folder);
    let (head, backend_keys) = one.split_once("[backend]").expect("a backend");
    let of = |name: &str, keys: &str| format!("[[backends]]\nname = \"{name}\"\n{keys}\n");
    let hanging = backend_keys.replace(&backend.authority, &silent) + "timeout_ms = 500";
    let config = head.to_owned() + &of("archive", &hanging) + &of("tempo", backend_keys);
    let mut edge = Running::configured(&config);
    for batch in 0..40 {
        let response = edge.post_traces(&spans(batch * 3..batch * 3 + 3));
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    }
    backend.wait_for_spans(&(0..120).collect::<Vec<_>>());
    edge.terminate();
    edge.logs_until("has 40 messages, ");
    assert_eq!(backend.received(), (120, 0));
}

#[test]
fn a_byte_that_changes_on_the_disk_costs_its_batch_alone() {
    let (backend, folder) = (Receiver::start(), Folder::new());
    backend.take_only(Some(0));
    let config = config(&backend.authority, &folder);
    let mut edge = Running::configured(&config);
    for batch in 0..3 {
        edge.post_traces(&spans(batch * 3..batch * 3 + 3));
    }
    edge.terminate();
    edge.logs_until("has 3 messages, ");
    drop(edge);
    let files = fs::read_dir(&folder.path).expect("a directory");
    let paths = files.map(|file| file.expect("a file").path());
    let segment = paths
        .filter(|path| path.extension().is_some_and(|end| end == "segment"))
        .last()
        .expect("a segment");
    let mut bytes = fs::read(&segment).expect("a file");
    let changed = bytes.windows(6).position(|part| part == b"span-4");
    bytes[changed.expect("the second batch")] ^= 1;
    fs::write(&segment, bytes).expect("written");
    backend.take_only(None);
    let edge = Running::configured(&config);
    let log = edge.started_log();
    assert!(log.contains("corrupt bytes (places: 1)"), "{log}");
    assert!(log.contains("has 2 messages, "), "{log}");
    backend.wait_for_spans(&[0, 1, 2, 6, 7, 8]);
    assert_eq!(backend.received(), (6, 0));
}

#[test]
fn a_reload_makes_no_backend_durable_without_a_queue() {
    let (backend, folder) = (Receiver::start(), Folder::new());
    let durable = config(&backend.authority, &folder);
    let (before, rest) = durable.split_once("[queue]").expect("a queue");
    let (_, after) = rest.split_once("[backend]").expect("a backend");
    let direct = format!("{before}[backend]{}", after.replace("durable = true", ""));
    let mut edge = Running::configured(&direct);
    edge.configure(&durable);
    edge.hang_up();
    edge.logs_until("the queue for it starts with the program only");
    edge.post_traces(&spans(0..3));
    backend.wait_for_spans(&[0, 1, 2]);
}

#[test]
fn a_directory_has_one_process() {
    let (backend, folder) = (Receiver::start(), Folder::new());
    let config = config(&backend.authority, &folder);
    let _edge = Running::configured(&config);
    let file = config_file("127.0.0.1:0", &config);
    let second = program(&["--config", &file.to_string_lossy()]).output();
    let second = second.expect("the program starts");
    assert!(!second.status.success());
    let log = String::from_utf8_lossy(&second.stderr);
    let why = "cannot be used: another process has it open";
    assert!(
        log.contains(why) && log.contains("queue.directory"),
        "{log}"
    );
}

#[test]
fn a_durable_backend_needs_a_directory() {
    let text = "[[backends]]\nname = \"a\"\nurl = \"http://127.0.0.1:9\"\ndurable = true";
    let file = config_file("127.0.0.1:0", text);
    let refused = program(&["--config", &file.to_string_lossy()]).output();
    let log = refused.expect("the program starts").stderr;
    let log = String::from_utf8_lossy(&log);
    assert!(
        log.contains(", line 4: queue.directory is missing: "),
        "{log}"
    );
}

/// A directory for a queue.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> Self {
        static FOLDERS: AtomicUsize = AtomicUsize::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("queue-{}-{number}", std::process::id());
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        Self { path }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// An edge with one durable backend.
fn config(backend: &str, folder: &Folder) -> String {
    let directory = folder.path.display();
    format!(
        "open = true\n[outcomes]\ninterval_ms = 0\nstats_key = \"key\"\n\
         [metrics]\nrequests = false\nweb_vitals = false\n\
         [queue]\ndirectory = \"{directory}\"\nmax_bytes = 16777216\n\
         [backend]\nurl = \"http://{backend}\"\nencoding = \"json\"\ncompression = \"none\"\n\
         durable = true\n"
    )
}

/// A batch of spans with these numbers.
fn spans(numbers: std::ops::Range<u64>) -> String {
    let spans: Vec<String> = numbers
        .map(|number| {
            format!(
                r#"{{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"{:016x}","name":"span-{number}"}}"#,
                number + 1
            )
        })
        .collect();
    let spans = spans.join(",");
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#)
}

/// The counts of an edge, once they are as they should be.
fn until(edge: &Running, is_so: impl Fn(&str) -> bool) -> String {
    let request =
        "GET /stats HTTP/1.1\r\nhost: x\r\nauthorization: Bearer key\r\nconnection: close\r\n\r\n";
    let end = std::time::Instant::now() + crate::support::TIMEOUT;
    loop {
        let counts = edge.send(request);
        if is_so(&counts) {
            return counts;
        }
        assert!(std::time::Instant::now() < end, "{counts}");
        std::thread::yield_now();
    }
}

/// The spans that are counted as `name`.
fn sum(counts: &str, name: &str) -> u64 {
    let (_, signals) = counts.split_once(&format!("\"{name}\":{{")).expect(name);
    let (signals, _) = signals.split_once('}').expect("an object");
    let traces = signals.split_once("\"traces\":");
    traces.map_or(0, |(_, rest)| number(rest))
}

/// The spans that ended so.
fn ended(counts: &str, outcome: &str) -> u64 {
    let outcome = format!("\"outcome\":\"{outcome}\"");
    let rows = counts.split('{').filter(|row| row.contains(&outcome));
    rows.filter_map(|row| row.split_once("\"records\":"))
        .map(|(_, rest)| number(rest))
        .sum()
}

/// The messages that the queue has, by the log.
fn messages(log: &str) -> u64 {
    let (before, _) = log.split_once(" messages, ").expect("a queue");
    let (_, messages) = before.rsplit_once(" has ").expect("a number");
    number(messages)
}

fn number(text: &str) -> u64 {
    let end = text.find(|char: char| !char.is_ascii_digit());
    text[..end.unwrap_or(text.len())].parse().expect("a number")
}
