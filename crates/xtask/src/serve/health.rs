//! Asks a starting host for its health.

use crate::failure::Failure;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Whether the response to `path` is 2xx; `false` while there is no response.
///
/// # Errors
/// Any other response. Its body says why the host cannot serve, for example which key of
/// its configuration is wrong.
pub(super) fn is_ready(name: &str, port: u16, path: &str) -> Result<bool, Failure> {
    let Some(response) = get(port, path) else {
        return Ok(false);
    };
    if response.starts_with("HTTP/1.1 2") {
        return Ok(true);
    }
    let body = response.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Err(Failure::Part {
        name: name.to_owned(),
        reason: format!(
            "{}: {}",
            response.lines().next().unwrap_or_default(),
            body.trim()
        ),
    })
}

fn get(port: u16, path: &str) -> Option<String> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, LIMIT).ok()?;
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut response = String::new();
    stream.read_to_string(&mut response).ok()?;
    (!response.is_empty()).then_some(response)
}

/// The timeout of one attempt; the caller repeats it.
const LIMIT: Duration = Duration::from_secs(2);
