//! Is the host well, not there yet, or unable to serve?

use crate::failure::Failure;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Whether `path` answers with a 2xx; `false` while nothing answers at all.
///
/// # Errors
/// The host answers and says why it cannot serve, for example which key of its
/// configuration is wrong.
pub(super) fn is_well(name: &str, port: u16, path: &str) -> Result<bool, Failure> {
    let Some(answer) = get(port, path) else {
        return Ok(false);
    };
    if answer.starts_with("HTTP/1.1 2") {
        return Ok(true);
    }
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Err(Failure::Part {
        name: name.to_owned(),
        reason: format!(
            "{}: {}",
            answer.lines().next().unwrap_or_default(),
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
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    (!answer.is_empty()).then_some(answer)
}

/// For one attempt; the next follows.
const LIMIT: Duration = Duration::from_secs(2);
