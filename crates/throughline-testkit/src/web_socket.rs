//! A client and a server of WebSockets at both ends of an edge, in the blocking style of the hosts'
//! tests. They panic when the handshake fails, and so does the test.
#![expect(clippy::expect_used, reason = "a test fails by a panic")]

use std::net::{TcpListener, TcpStream};
use tungstenite::WebSocket;
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::server::{Request, Response};
use tungstenite::http::HeaderValue;

/// Opens a WebSocket with the subprotocol `chat` to an edge, as a page of `https://shop.example`
/// does, on a connection to it.
pub fn connect(authority: &str, connection: TcpStream) -> WebSocket<TcpStream> {
    let mut request = format!("ws://{authority}/live")
        .into_client_request()
        .expect("an address");
    for (name, value) in [
        ("sec-websocket-protocol", "chat"),
        ("origin", "https://shop.example"),
    ] {
        let value = HeaderValue::from_static(value);
        request.headers_mut().insert(name, value);
    }
    let (client, response) = tungstenite::client(request, connection).expect("a WebSocket");
    assert_eq!(response.headers()["sec-websocket-protocol"], "chat");
    client
}

/// Accepts a WebSocket. Returns the head of its request too.
#[expect(
    clippy::result_large_err,
    reason = "the library chose what its callback returns"
)]
pub fn accept(listener: &TcpListener) -> (WebSocket<TcpStream>, Request) {
    let (stream, _) = listener.accept().expect("a connection");
    let mut head = None;
    let chosen = |request: &Request, mut response: Response| {
        head = Some(request.clone());
        let chat = HeaderValue::from_static("chat");
        response
            .headers_mut()
            .insert("sec-websocket-protocol", chat);
        Ok(response)
    };
    let socket = tungstenite::accept_hdr(stream, chosen).expect("a WebSocket");
    (socket, head.expect("a request"))
}

/// Sends back what a client sends, until it closes. Returns the head of its request.
pub fn echo(listener: &TcpListener) -> Request {
    let (mut socket, head) = accept(listener);
    while let Ok(message) = socket.read() {
        if message.is_text() || message.is_binary() {
            socket.send(message).expect("sent");
        }
    }
    head
}
