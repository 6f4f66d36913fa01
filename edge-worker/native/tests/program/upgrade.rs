//! Tests of connections that change their protocol: WebSocket, and others that a route lists.

use crate::NOWHERE;
use crate::support::{Running, listen, read_all, read_head, read_until};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};
use throughline_testkit::web_socket;
use tungstenite::Message;
use tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};

#[test]
fn a_web_socket_passes_in_both_directions() {
    let (backend, backend_url) = listen();
    let (upstream, url) = listen();
    let edge = Running::configured(&format!(
        "[backend]\nurl = \"http://{backend_url}\"\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\""
    ));
    let echo = thread::spawn(move || web_socket::echo(&upstream));
    let mut client = web_socket::connect(&edge.authority, edge.connect());
    // Its spans are exported while it is open.
    let (mut export, _) = backend.accept().expect("an export");
    assert!(read_head(&mut export).starts_with("POST /v1/traces "));
    let large = Message::binary(vec![7; 1 << 20]);
    for message in [Message::text("hello"), large, Message::Ping("p".into())] {
        client.send(message.clone()).expect("sent");
        let received = client.read().expect("an echo");
        let wanted = match message {
            Message::Ping(payload) => Message::Pong(payload),
            message => message,
        };
        assert!(received == wanted, "{} bytes", received.len());
    }
    let bye = CloseFrame {
        code: CloseCode::Library(4001),
        reason: "bye".into(),
    };
    client.close(Some(bye.clone())).expect("sent");
    assert_eq!(client.read().expect("an end"), Message::Close(Some(bye)));
    assert!(client.read().is_err(), "the connection ends");
    let head = echo.join().expect("no panic");
    for (name, value) in [
        ("sec-websocket-protocol", "chat"),
        ("origin", "https://shop.example"),
        ("x-forwarded-for", "127.0.0.1"),
    ] {
        assert_eq!(head.headers()[name], value, "{head:?}");
    }
    assert!(head.headers().contains_key("traceparent"), "{head:?}");
}

#[test]
fn a_client_that_goes_away_ends_the_connection_to_the_upstream() {
    let (upstream, url) = listen();
    let edge = proxying(&url, "");
    let accepted = thread::spawn(move || web_socket::accept(&upstream).0);
    let client = web_socket::connect(&edge.authority, edge.connect());
    let mut server = accepted.join().expect("no panic");
    drop(client);
    assert!(server.read().is_err(), "it ends");
}

#[test]
fn a_side_that_has_ended_its_sending_still_receives() {
    let (mut client, mut server, _edge) = changed("tcp", "");
    client.write_all(b"question").expect("sent");
    client.shutdown(Shutdown::Write).expect("half closed");
    assert_eq!(read_all(&mut server), "question");
    server.write_all(b"late response").expect("sent");
    drop(server);
    assert_eq!(read_all(&mut client), "late response");
}

#[test]
fn what_the_receiver_does_not_take_is_not_gathered() {
    let (mut client, mut server, _edge) = changed("tcp", "");
    client.set_nonblocking(true).expect("set");
    let chunk: Vec<u8> = (0..=255).cycle().take(1 << 16).collect();
    let (mut sent, mut blocked_since) = (0_usize, None);
    // The sender waits once the buffers of the system are full: some megabytes.
    while blocked_since.is_none_or(|since: Instant| since.elapsed() < Duration::from_secs(1)) {
        match client.write(&chunk[sent % 256..]) {
            Ok(written) => (sent, blocked_since) = (sent + written, None),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                blocked_since.get_or_insert_with(Instant::now);
                thread::sleep(Duration::from_millis(5));
            }
            Err(error) => panic!("{error}"),
        }
        assert!(sent < 64 << 20, "the sender never waits");
    }
    client.shutdown(Shutdown::Write).expect("half closed");
    let (mut received, mut buffer) = (0, vec![0; 1 << 16]);
    loop {
        let read = server.read(&mut buffer).expect("more");
        if read == 0 {
            break;
        }
        for byte in &buffer[..read] {
            assert_eq!(usize::from(*byte), received % 256, "byte {received}");
            received += 1;
        }
    }
    assert_eq!(received, sent);
}

#[test]
fn an_idle_connection_ends() {
    let begun = Instant::now();
    let (mut client, mut server, _edge) = changed("websocket", "upgrade_idle_ms = 700\n");
    thread::sleep(Duration::from_millis(400));
    // What passes in either direction keeps it open.
    server.write_all(b"x").expect("sent");
    read_until(&mut client, "x");
    thread::sleep(Duration::from_millis(400));
    client.write_all(b"y").expect("it is open");
    read_until(&mut server, "y");
    assert_eq!(read_all(&mut client), "");
    assert_eq!(read_all(&mut server), "");
    assert!(begun.elapsed() >= Duration::from_millis(1_500));
}

#[test]
fn open_connections_do_not_delay_the_end_of_the_program() {
    let (mut client, mut server, edge) = changed("websocket", "");
    let begun = Instant::now();
    edge.terminate();
    assert_eq!(read_all(&mut client), "");
    assert_eq!(read_all(&mut server), "");
    let ended = edge.ended();
    assert!(ended.status.success());
    assert!(begun.elapsed() < Duration::from_secs(8), "{begun:?}");
    let log = String::from_utf8_lossy(&ended.stderr);
    assert!(!log.contains("unfinished"), "{log}");
}

#[test]
fn a_protocol_that_carries_requests_is_refused_in_the_configuration() {
    let file = crate::support::config_file(
        "127.0.0.1:1",
        &format!(
            "{NOWHERE}\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://up\"\nupgrades = [\"h2c\"]"
        ),
    );
    let file = file.to_string_lossy().into_owned();
    let refused = crate::support::program(&["check", &file]).output();
    let refused = refused.expect("it runs");
    assert!(!refused.status.success());
    let why = String::from_utf8_lossy(&refused.stderr);
    assert!(why.contains("proxy.routes[0].upgrades[0] cannot"), "{why}");
    assert!(why.contains("neither HTTP nor TLS"), "{why}");
}

/// An edge in front of an upstream, with more keys of `[proxy]`.
fn proxying(url: &str, proxy: &str) -> Running {
    Running::configured(&format!(
        "{NOWHERE}\n[proxy]\n{proxy}[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\"\nupgrades = [\"websocket\", \"tcp\"]"
    ))
}

/// A client and an upstream that have changed the protocol through an edge.
fn changed(protocol: &str, proxy: &str) -> (TcpStream, TcpStream, Running) {
    let (upstream, url) = listen();
    let edge = proxying(&url, proxy);
    let mut client = edge.connect();
    let request = format!(
        "GET /x HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: {protocol}\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    client.write_all(request.as_bytes()).expect("sent");
    let (mut server, _) = upstream.accept().expect("a connection");
    let head = read_head(&mut server);
    assert!(head.contains(&format!("upgrade: {protocol}\r\n")), "{head}");
    let response = format!(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: {protocol}\r\n\r\n"
    );
    server.write_all(response.as_bytes()).expect("sent");
    let head = read_head(&mut client);
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(head.contains(&format!("upgrade: {protocol}\r\n")), "{head}");
    (client, server, edge)
}
