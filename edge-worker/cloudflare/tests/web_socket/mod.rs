//! Tests of WebSockets through the Worker: the runtime makes both handshakes.

use crate::edge::Served;
use crate::upstream::Upstream;
use crate::{TIMEOUT, write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use throughline_testkit::web_socket;
use tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};
use tungstenite::{Message, WebSocket};

#[test]
fn a_web_socket_passes_in_both_directions() {
    let upstream = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let (exported, was_exported) = mpsc::channel();
    let backend = Upstream::start(move |path, client| {
        exported.send(path.to_owned()).expect("the test waits");
        write(client, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
    let edge = Served::start(
        &format!(
            "[backend]\nurl = \"http://{}\"\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{}\"\n",
            backend.address,
            upstream.local_addr().expect("bound"),
        ),
        &[],
    );
    let echo = thread::spawn(move || web_socket::echo(&upstream));
    let mut client = connect(&edge);
    // Its spans are exported while it is open.
    let path = was_exported.recv_timeout(TIMEOUT);
    assert_eq!(path.as_deref(), Ok("/v1/traces"));
    for message in [Message::text("hello"), Message::binary(vec![7; 512 << 10])] {
        client.send(message.clone()).expect("sent");
        let received = client.read().expect("an echo");
        assert!(received == message, "{} bytes", received.len());
    }
    let bye = CloseFrame {
        code: CloseCode::Library(4001),
        reason: "bye".into(),
    };
    client.close(Some(bye.clone())).expect("sent");
    assert_eq!(client.read().expect("an end"), Message::Close(Some(bye)));
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
    let upstream = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let edge = Served::start(
        &format!(
            "[backend]\nkind = \"null\"\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{}\"\n",
            upstream.local_addr().expect("bound"),
        ),
        &[],
    );
    let accepted = thread::spawn(move || web_socket::accept(&upstream).0);
    let client = connect(&edge);
    let mut server = accepted.join().expect("no panic");
    (server.get_ref().set_read_timeout(Some(TIMEOUT))).expect("a limit");
    drop(client);
    let end = server.read();
    let timed_out = matches!(&end, Err(tungstenite::Error::Io(error))
        if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut));
    assert!(!timed_out, "it stays open");
}

/// A client of a WebSocket.
fn connect(edge: &Served) -> WebSocket<TcpStream> {
    let stream = TcpStream::connect(edge.address).expect("it listens");
    stream.set_read_timeout(Some(TIMEOUT)).expect("a limit");
    web_socket::connect(&edge.address.to_string(), stream)
}
