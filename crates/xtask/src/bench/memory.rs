//! The peak memory of the native host for decompression bombs, and for many bodies at once.

use super::batch::{Encoding, Request};
use super::counter::Counter;
use super::http::HttpMessage;
use super::load::Responses;
use super::programs::{Program, throughline_config};
use super::usage::{memory, peak_memory, reset_peak_memory};
use crate::failure::Failure;
use crate::process::Interrupt;
use std::io::{self, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::Duration;

/// Sends each kind of body and prints the most memory while it was read. Fails when a bomb is
/// accepted, or a request gets no response.
pub(super) fn measure(
    throughline: &Path,
    folder: &Path,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let counter = Counter::start()?;
    let config = throughline_config(counter.port, "none");
    let host = Program::throughline("throughline", throughline, &config, folder, interrupt)?;
    let process = host.process.id();
    let bomb = bomb()?;
    let request = Request::new(BODY_SPANS, Encoding::Identity, folder)?;
    println!(
        "Memory: a bomb is {} bytes of gzip of 1 GiB, a body {} bytes\n\n  {:<24} {:>8} {:>10}  responses",
        bomb.len(),
        request.body.len(),
        "at once",
        "peak MB",
        "after, MB"
    );
    let row = |name: &str, responses: &Responses| -> Result<(), Failure> {
        let peak = peak_memory(process)?;
        sleep(SETTLE);
        let responses: Vec<String> = (responses.iter())
            .map(|(status, count)| format!("{count} × {status}"))
            .collect();
        println!(
            "  {name:<24} {:>8.1} {:>10.1}  {}",
            peak as f64 / 1e6,
            memory(process)? as f64 / 1e6,
            responses.join(", ")
        );
        Ok(())
    };
    row("nothing", &Responses::new())?;
    for (name, count, body, encoding, expected) in [
        ("1 bomb", 1, &bomb, GZIP, [413, 413]),
        ("16 bombs", 16, &bomb, GZIP, [413, 503]),
        ("64 bodies", 64, &request.body, "", [200, 503]),
    ] {
        reset_peak_memory(process)?;
        let responses = post(host.port, count, body, encoding)?;
        row(name, &responses)?;
        if responses.keys().any(|status| !expected.contains(status)) {
            return Err(Failure::Check(format!(
                "{name}: the responses are to be {expected:?}"
            )));
        }
    }
    println!();
    Ok(())
}

/// Posts a body on so many connections at once, and counts the responses.
fn post(port: u16, count: usize, body: &[u8], encoding: &str) -> Result<Responses, Failure> {
    let responses = Mutex::new(Responses::new());
    std::thread::scope(|scope| {
        let posts: Vec<_> = (0..count)
            .map(|_| {
                scope.spawn(|| -> io::Result<()> {
                    let status = post_one(port, body, encoding)?;
                    let mut responses = responses.lock().unwrap_or_else(PoisonError::into_inner);
                    *responses.entry(status).or_default() += 1;
                    Ok(())
                })
            })
            .collect();
        posts.into_iter().try_for_each(|post| {
            let ended = post.join().unwrap_or(Err(io::ErrorKind::Other.into()));
            ended.map_err(|error| Failure::Check(format!("a request got no response: {error}")))
        })
    })?;
    Ok(responses
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner))
}

fn post_one(port: u16, body: &[u8], encoding: &str) -> io::Result<u16> {
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    connection.set_read_timeout(Some(PATIENCE))?;
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1\r\n\
         content-type: application/x-protobuf\r\n{encoding}content-length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes())?;
    connection.write_all(body)?;
    let response = HttpMessage::read(&mut BufReader::new(connection))?;
    response.ok_or(io::ErrorKind::UnexpectedEof)?.status()
}

/// A gibibyte of zeros, compressed by the system's gzip: xtask depends on no compressor.
fn bomb() -> Result<Vec<u8>, Failure> {
    let failed = |error: io::Error| Failure::Missing {
        program: "gzip".to_owned(),
        remedy: error.to_string(),
    };
    let mut gzip = Command::new("gzip")
        .arg("-9")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let zeros = gzip.stdin.take();
    let written = std::thread::spawn(move || {
        zeros.map_or(Ok(()), |mut zeros| {
            let block = vec![0; 1 << 20];
            (0..1024).try_for_each(|_| zeros.write_all(&block))
        })
    });
    let output = gzip.wait_with_output().map_err(failed)?;
    match written.join() {
        Ok(Ok(())) => Ok(output.stdout),
        _ => Err(Failure::Check("gzip did not read its input".to_owned())),
    }
}

/// About 1.1 MB of spans.
const BODY_SPANS: usize = 2_400;
const GZIP: &str = "content-encoding: gzip\r\n";
const PATIENCE: Duration = Duration::from_secs(60);
/// Time for exports to end.
const SETTLE: Duration = Duration::from_secs(3);
