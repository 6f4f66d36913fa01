//! Reads one HTTP request and writes what an edge responds that has the scripts of two versions:
//! those of `tests/fixtures/scripts`. For tests in a browser, which give it each connection.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use std::error::Error;
use std::io::{self, BufRead, Write};
use throughline_edge::host::Outgoing;
use throughline_edge::script::{Script, respond_from};

#[path = "../../../tests/fixtures/scripts/generated.rs"]
mod generated;

fn main() -> Result<(), Box<dyn Error>> {
    let mut lines = io::stdin().lock().lines();
    let line = lines.next().ok_or("no request")??;
    let mut words = line.split(' ');
    let mut request = Request::builder()
        .method(words.next().unwrap_or_default())
        .uri(words.next().unwrap_or_default());
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        request = request.header(name, value.trim());
    }
    let (head, ()) = request.body(())?.into_parts();
    let response = respond_from(&generated::SCRIPTS, &head);
    write(response.unwrap_or_else(nowhere))?;
    Ok(())
}

fn nowhere() -> Response<Outgoing<Bytes>> {
    let mut response = Response::new(Outgoing::Bytes(Bytes::new()));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn write(response: Response<Outgoing<Bytes>>) -> io::Result<()> {
    let (head, body) = response.into_parts();
    let mut stdout = io::stdout().lock();
    write!(stdout, "HTTP/1.1 {}\r\nconnection: close\r\n", head.status)?;
    for (name, value) in &head.headers {
        write!(stdout, "{name}: ")?;
        stdout.write_all(value.as_bytes())?;
        stdout.write_all(b"\r\n")?;
    }
    stdout.write_all(b"\r\n")?;
    if let Outgoing::Bytes(bytes) = body {
        stdout.write_all(&bytes)?;
    }
    stdout.flush()
}
