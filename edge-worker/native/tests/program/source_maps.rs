//! Tests of source maps over the wire: uploaded, stored in a directory, and looked up in.

use crate::support::{Running, config_file, listen, program, read_all, read_head};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use throughline_testkit::source_map::{ADDRESS, DEBUG_ID, READABLE, STACK, export_request, index};

#[test]
fn an_exception_of_otlp_reads_as_source() {
    let (world, edge) = World::start();
    assert_eq!(upload(&edge, "HEAD", &[]), "404");
    assert_eq!(upload(&edge, "PUT", &index()), "204");
    assert_eq!(upload(&edge, "HEAD", &[]), "200");
    let export = world.exported(&edge, "/v1/logs?key=pk_shop", &export_request());
    assert!(export.contains(&in_json(READABLE)), "{export}");
    assert!(export.contains(&in_json(STACK)), "{export}");
    for part in [
        r#"{"key":"function","value":{"stringValue":"addToBasket"}}"#,
        r#"{"key":"filename","value":{"stringValue":"src/cart.ts"}}"#,
        r#"{"key":"context_line","value":{"stringValue":"  throw new Error(item);"}}"#,
        r#"{"key":"raw_colno","value":{"intValue":"21"}}"#,
        r#"{"key":"code.file.path","value":{"stringValue":"src/cart.ts"}}"#,
    ] {
        assert!(export.contains(part), "{part}\n{export}");
    }
    let stats = edge.send(
        "GET /stats HTTP/1.1\r\nhost: a\r\nauthorization: Bearer key\r\nconnection: close\r\n\r\n",
    );
    assert!(
        stats.contains(r#""symbolicated":{"resolved":3}"#),
        "{stats}"
    );
    // It is there after a restart.
    drop(edge);
    let edge = Running::configured(&world.config);
    assert_eq!(upload(&edge, "HEAD", &[]), "200");
    let export = world.exported(&edge, "/v1/logs?key=pk_shop", &export_request());
    assert!(export.contains(&in_json(READABLE)), "{export}");
}

#[test]
fn an_event_of_a_sentry_sdk_reads_as_source() {
    let (world, edge) = World::start();
    assert_eq!(upload(&edge, "PUT", &index()), "204");
    let frame = |function: &str, column: u32| {
        format!(
            r#"{{"filename":"{ADDRESS}","function":"{function}","lineno":1,"colno":{column},"in_app":true}}"#
        )
    };
    let event = format!(
        r#"{{"platform":"javascript","exception":{{"values":[{{"type":"Error","value":"x","stacktrace":{{"frames":[{},{}]}}}}]}},"debug_meta":{{"images":[{{"type":"sourcemap","code_file":"{ADDRESS}","debug_id":"{DEBUG_ID}"}}]}}}}"#,
        frame("c", 47),
        frame("a", 21),
    );
    let envelope = format!("{{}}\n{{\"type\":\"event\"}}\n{event}\n");
    let path = "/api/1/envelope/?sentry_key=pk_shop";
    let export = world.exported(&edge, path, &envelope);
    let readable =
        "Error: x\n    at addToBasket (src/cart.ts:2:9)\n    at onClick (src/cart.ts:6:3)";
    assert!(export.contains(&in_json(readable)), "{export}");
    assert!(export.contains(r#""function onClick() {""#), "{export}");
}

#[test]
fn what_is_on_the_disk_and_is_no_index_costs_no_exception() {
    let (world, edge) = World::start();
    let folder = world.maps.join("shop");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(DEBUG_ID), "cut off").expect("a file");
    let export = world.exported(&edge, "/v1/logs?key=pk_shop", &export_request());
    assert!(
        export.contains(r#"{"key":"symbolication","value":{"stringValue":"broken"}}"#),
        "{export}"
    );
    assert!(export.contains(&in_json(STACK)), "{export}");
}

#[test]
fn no_path_leads_out_of_the_folder_of_a_project() {
    let (world, edge) = World::start();
    let index = index();
    for id in [
        "../other",
        "..%2fother",
        "%2e%2e/x",
        "..\\x",
        "/etc/passwd",
        DEBUG_ID.trim_start_matches('8'),
    ] {
        let head = format!(
            "PUT /v1/sourcemaps/{id} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {KEY}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            index.len()
        );
        let mut stream = edge.connect();
        stream.write_all(head.as_bytes()).expect("sent");
        let _ = stream.write_all(&index);
        let response = read_all(&mut stream);
        assert!(response.starts_with("HTTP/1.1 400"), "{id}: {response}");
    }
    assert_eq!(fs::read_dir(&world.maps).expect("a directory").count(), 0);
}

#[test]
fn a_directory_that_cannot_be_used_ends_the_program_with_the_reason() {
    let text = "[backend]\nkind = \"null\"\n[sourcemaps]\ndirectory = \"/proc/none\"";
    let file = config_file("127.0.0.1:0", text);
    let refused = program(&["--config", &file.to_string_lossy()]).output();
    let log = refused.expect("the program starts").stderr;
    let log = String::from_utf8_lossy(&log);
    assert!(
        log.contains("sourcemaps.directory /proc/none cannot be used: "),
        "{log}"
    );
}

/// A directory, and a backend that reads JSON.
struct World {
    maps: PathBuf,
    backend: TcpListener,
    config: String,
}

impl World {
    fn start() -> (Self, Running) {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("source-maps-{}-{number}", std::process::id());
        let maps = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&maps);
        let (backend, authority) = listen();
        let config = format!(
            "[[projects]]\nname = \"shop\"\nkeys = [\"pk_shop\"]\nupload_keys = [\"{KEY}\"]\n\
             [outcomes]\ninterval_ms = 0\nstats_key = \"key\"\n\
             [sourcemaps]\ndirectory = \"{}\"\n\
             [backend]\nurl = \"http://{authority}\"\nencoding = \"json\"\ncompression = \"none\"\n",
            maps.display()
        );
        let edge = Running::configured(&config);
        (
            Self {
                maps,
                backend,
                config,
            },
            edge,
        )
    }

    /// Sends telemetry, and returns what the backend gets of it.
    fn exported(&self, edge: &Running, path: &str, body: &str) -> String {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let response = edge.send(&request);
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
        let (mut export, _) = self.backend.accept().expect("an export");
        let head = read_head(&mut export);
        let length = head
            .split_once("content-length: ")
            .and_then(|(_, rest)| rest.lines().next());
        let length = length.and_then(|length| length.parse().ok());
        let mut body = vec![0; length.expect("a length")];
        export.read_exact(&mut body).expect("a body");
        export
            .write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            .expect("sent");
        String::from_utf8(body).expect("JSON")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.maps);
    }
}

/// The status of the response to an upload.
fn upload(edge: &Running, method: &str, body: &[u8]) -> String {
    let mut stream = edge.connect();
    let head = format!(
        "{method} /v1/sourcemaps/{DEBUG_ID} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {KEY}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(body).expect("sent");
    let response = read_all(&mut stream);
    response.split(' ').nth(1).unwrap_or_default().to_owned()
}

fn in_json(text: &str) -> String {
    text.replace('\n', "\\n")
}

const KEY: &str = "uk_shop_0123456789abcdef";
