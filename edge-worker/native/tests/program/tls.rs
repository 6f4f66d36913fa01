//! Tests of TLS towards clients.

use crate::support::http2::{Client, DATA, END_STREAM, frame, post, preface, run};
use crate::support::tls::{Certificate, Files};
use crate::support::{Running, accept, config_file, listen, program, read_all, read_head};
use crate::{BATCH, NOWHERE};
use http::Request;
use std::io::{Read, Write};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[test]
fn both_versions_of_http_are_spoken_with_tls() {
    let (certificate, edge, _) = with_tls(NOWHERE);
    run(async {
        let http_1 = get(&certificate, &edge, "/healthz").await;
        assert!(http_1.starts_with("HTTP/1.1 200 OK\r\n"), "{http_1}");
        let stream = certificate
            .connect(&edge.authority, &[b"h2", b"http/1.1"])
            .await
            .expect("a handshake");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let mut client = Client::over(stream).await;
        let request = Request::post("https://localhost/v1/traces")
            .header("content-type", "application/json")
            .body(());
        let response = client
            .begin(request.expect("valid"), BATCH.as_bytes())
            .await;
        let response = response.end().await;
        assert_eq!((response.status, response.body.as_str()), (200, "{}"));
        let other = certificate.connect(&edge.authority, &[b"spdy/1"]).await;
        assert!(other.is_err(), "no version of HTTP that both speak");
    });
    // In plain text there is nothing.
    let mut plain = edge.connect();
    plain
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
        .expect("sent");
    assert!(!read_all(&mut plain).contains("HTTP/1.1"));
}

#[test]
fn an_upstream_is_told_of_https() {
    let (upstream, url) = listen();
    let (certificate, edge, _) = with_tls(&format!(
        "{NOWHERE}\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\""
    ));
    let upstream = std::thread::spawn(move || {
        let mut connection = accept(&upstream);
        let head = read_head(&mut connection);
        connection
            .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
            .expect("sent");
        head
    });
    run(async {
        let response = get(&certificate, &edge, "/x").await;
        assert!(response.starts_with("HTTP/1.1 204"), "{response}");
    });
    let head = upstream.join().expect("a request");
    assert!(head.contains("\r\nx-forwarded-proto: https\r\n"), "{head}");
}

#[test]
fn a_protocol_changes_within_tls() {
    let (upstream, url) = listen();
    let (certificate, edge, _) = with_tls(&format!(
        "{NOWHERE}\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\""
    ));
    let echo = std::thread::spawn(move || {
        let mut connection = accept(&upstream);
        read_head(&mut connection);
        connection
            .write_all(b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")
            .expect("sent");
        let mut bytes = [0; 5];
        connection.read_exact(&mut bytes).expect("read");
        connection.write_all(&bytes).expect("sent");
    });
    run(async {
        let stream = certificate.connect(&edge.authority, &[b"http/1.1"]).await;
        let mut stream = stream.expect("a handshake");
        let request = "GET /x HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nhello";
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut response = String::new();
        // To the end of the upstream.
        stream.read_to_string(&mut response).await.expect("read");
        assert!(response.starts_with("HTTP/1.1 101 "), "{response}");
        assert!(response.ends_with("\r\n\r\nhello"), "{response}");
    });
    echo.join().expect("no panic");
}

#[test]
fn the_last_telemetry_of_a_client_that_ends_without_a_word_is_exported() {
    for alpn in [b"h2".as_slice(), b"http/1.1"] {
        let (backend, url) = listen();
        let config = format!("open = true\n[backend]\nurl = \"http://{url}\"");
        let (certificate, edge, _) = with_tls(&config);
        let length = BATCH.len();
        let request = match alpn {
            b"h2" => {
                let body = frame(DATA, END_STREAM, 1, BATCH.as_bytes());
                [preface(), post("/v1/traces", 0, 1), body].concat()
            }
            _ => format!("POST /v1/traces HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{BATCH}").into_bytes(),
        };
        run(async {
            let stream = certificate.connect(&edge.authority, &[alpn]).await;
            let mut stream = stream.expect("a handshake");
            stream.write_all(&request).await.expect("sent");
            stream.flush().await.expect("sent");
            // TCP ends, without the alert of TLS.
            let (tcp, _) = stream.get_mut();
            tcp.shutdown().await.expect("half closed");
            let exported = tokio::task::spawn_blocking(move || read_head(&mut accept(&backend)));
            let head = exported.await.expect("an export");
            assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
        });
    }
}

#[test]
fn a_handshake_has_a_time_limit_and_costs_the_others_nothing() {
    let (certificate, edge, _) = with_tls(NOWHERE);
    let begun = Instant::now();
    let mut slow: Vec<_> = (0..50).map(|_| edge.connect()).collect();
    for (number, stream) in slow.iter_mut().enumerate() {
        // Nothing, a part of a record, or what is no TLS.
        let first: &[u8] = [&b""[..], b"\x16\x03\x01\x02\x00\x01", b"GET /"][number % 3];
        stream.write_all(first).expect("sent");
    }
    run(async {
        let response = get(&certificate, &edge, "/healthz").await;
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    });
    assert!(begun.elapsed() < Duration::from_secs(2), "{begun:?}");
    for mut stream in slow {
        assert!(!read_all(&mut stream).contains("HTTP/1.1"));
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{begun:?}");
}

#[test]
fn files_that_change_are_taken_and_what_is_wrong_is_not() {
    let (first, mut edge, files) = with_tls(NOWHERE);
    let second = Certificate::new();
    files.write(&second);
    edge.logs_until("the certificate is that of");
    run(async {
        assert!(get(&second, &edge, "/healthz").await.ends_with("ok"));
        assert!(first.connect(&edge.authority, &[]).await.is_err());
    });
    // At once by a signal, and nothing changes when it is wrong.
    let expired = Certificate::valid((2020, 2021));
    files.write(&expired);
    edge.hang_up();
    let log = edge.logs_until("has expired at 2021-01-01T00:00:00");
    assert!(log.contains("the earlier configuration stays"), "{log}");
    files.write(&Certificate {
        pem: Certificate::new().pem,
        key: second.key.clone(),
    });
    // Without a signal too.
    let log = edge.logs_until("the earlier certificate stays");
    assert!(log.contains("is not that of the certificate in"), "{log}");
    run(async {
        assert!(get(&second, &edge, "/healthz").await.ends_with("ok"));
    });
    // Other files, by the configuration.
    let third = Certificate::new();
    let others = third.files();
    for (old, new) in [
        (&files.certificate, &others.certificate),
        (&files.key, &others.key),
    ] {
        edge.edit_config(&old.to_string_lossy(), &new.to_string_lossy());
    }
    edge.hang_up();
    edge.logs_until("the certificate is that of");
    run(async {
        assert!(get(&third, &edge, "/healthz").await.ends_with("ok"));
    });
}

#[test]
fn requests_in_flight_end_with_tls_too() {
    let (upstream, url) = listen();
    let (certificate, edge, _) = with_tls(&format!(
        "{NOWHERE}\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\""
    ));
    run(async {
        let stream = certificate.connect(&edge.authority, &[b"h2"]).await;
        let mut client = Client::over(stream.expect("a handshake")).await;
        let request = Request::get("https://localhost/x").body(()).expect("valid");
        let response = client.begin(request, b"").await;
        let accepted = tokio::task::spawn_blocking(move || {
            let mut connection = accept(&upstream);
            read_head(&mut connection);
            connection
        });
        let mut connection = accepted.await.expect("a request");
        edge.interrupt();
        client.is_told_to_go().await;
        connection
            .write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nlate")
            .expect("sent");
        assert_eq!(response.end().await.body, "late");
        assert_eq!(client.ended().await, Ok(()));
    });
    let ended = edge.ended();
    assert!(ended.status.success());
    let log = String::from_utf8_lossy(&ended.stderr);
    assert!(!log.contains("unfinished"), "{log}");
}

#[test]
fn what_cannot_be_used_is_refused_with_the_file_and_the_reason() {
    let (good, other) = (Certificate::new(), Certificate::new());
    let expired = Certificate::valid((2020, 2021));
    let early = Certificate::valid((2090, 2100));
    let written = |pem: &str, key: &str| {
        let files = Certificate {
            pem: pem.into(),
            key: key.into(),
        };
        files.files()
    };
    let missing = written(&good.pem, &good.key);
    std::fs::remove_file(&missing.key).expect("it was there");
    for (files, key, expected) in [
        (
            written(&good.pem, &other.key),
            "key",
            "is not that of the certificate in",
        ),
        (
            written(&expired.pem, &expired.key),
            "certificate",
            "has expired at 2021-01-01T00:00:00",
        ),
        (
            written(&early.pem, &early.key),
            "certificate",
            "is not valid before 2090-01-01T00:00:00",
        ),
        (
            written("", &good.key),
            "certificate",
            "has no certificate in PEM",
        ),
        (written(&good.pem, ""), "key", "has no private key in PEM"),
        (
            written(&good.pem, &good.pem),
            "key",
            "has no private key in PEM",
        ),
        (missing, "key", "cannot read"),
    ] {
        let config = format!("{NOWHERE}\n{}", files.table());
        let file = config_file("127.0.0.1:1", &config);
        for arguments in [
            ["check", &file.to_string_lossy()],
            ["--config", &file.to_string_lossy()],
        ] {
            let ended = program(&arguments).output().expect("it ends");
            assert_eq!(ended.status.code(), Some(1));
            let log = String::from_utf8_lossy(&ended.stderr);
            assert!(log.contains(&format!(" native.tls.{key}: ")), "{log}");
            assert!(log.contains(", line "), "{log}");
            assert!(log.contains(expected), "{log}");
            let named = if key == "key" {
                &files.key
            } else {
                &files.certificate
            };
            assert!(log.contains(&*named.to_string_lossy()), "{log}");
            assert_eq!(log.lines().count(), 1, "{log}");
        }
    }
}

/// An edge with a certificate, which its clients trust.
fn with_tls(config: &str) -> (Certificate, Running, Files) {
    let certificate = Certificate::new();
    let files = certificate.files();
    let edge = Running::configured_native(config, &files.table());
    (certificate, edge, files)
}

/// The response to a request in HTTP/1.1.
async fn get(certificate: &Certificate, edge: &Running, path: &str) -> String {
    let stream = certificate.connect(&edge.authority, &[b"http/1.1"]).await;
    let mut stream = stream.expect("a handshake");
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).await.expect("read");
    response
}
