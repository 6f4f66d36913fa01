//! The load generator: sends one request again and again over kept connections.

use super::requests::Request;
use crate::bench::http::HttpMessage;
use crate::failure::Failure;
use crate::process::Interrupt;
use std::io::{self, BufReader, ErrorKind, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Sends `count` requests to a port of 127.0.0.1. Fails at a response that is no success.
pub(super) fn send(
    port: u16,
    request: &Request,
    count: usize,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let begun = AtomicUsize::new(0);
    let is_left = || !interrupt.is_set() && begun.fetch_add(1, Ordering::Relaxed) < count;
    let sent: io::Result<()> = std::thread::scope(|scope| {
        let connections: Vec<_> = (0..CONNECTIONS)
            .map(|_| scope.spawn(|| use_connection(port, request, is_left)))
            .collect();
        connections.into_iter().try_for_each(|connection| {
            let ended = connection.join();
            ended.unwrap_or_else(|_| Err(io::Error::other("a thread panicked")))
        })
    });
    match sent {
        Ok(()) if interrupt.is_set() => Err(stopped(request, "interrupted")),
        Ok(()) => Ok(()),
        Err(error) => Err(stopped(request, &error.to_string())),
    }
}

fn use_connection(port: u16, request: &Request, is_left: impl Fn() -> bool) -> io::Result<()> {
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    connection.set_nodelay(true)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(connection.try_clone()?);
    let Request { head, body, .. } = request;
    let length = body.len();
    let head = format!("{head}host: 127.0.0.1:{port}\r\ncontent-length: {length}\r\n\r\n");
    let message = [head.as_bytes(), body].concat();
    while is_left() {
        connection.write_all(&message)?;
        let response = HttpMessage::read(&mut reader)?.ok_or(ErrorKind::UnexpectedEof)?;
        let status = response.status()?;
        if status != 200 {
            let body = String::from_utf8_lossy(&response.body);
            return Err(io::Error::other(format!(
                "the response was {status}: {body}"
            )));
        }
    }
    Ok(())
}

fn stopped(request: &Request, reason: &str) -> Failure {
    Failure::Check(format!("the load of `{}` stopped: {reason}", request.title))
}

/// Requests that are under way at once.
const CONNECTIONS: usize = 4;
/// The longest time without a response.
const PATIENCE: Duration = Duration::from_secs(20);
