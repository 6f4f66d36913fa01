//! What answers behind the edge? A server whose every byte the test chooses.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// A server on a port of its own, as long as the test runs.
pub(crate) struct Upstream {
    address: SocketAddr,
}

impl Upstream {
    /// Answers each request's path with these bytes, one connection per thread.
    pub(crate) fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("bound");
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answer = Arc::clone(&answer);
                thread::spawn(move || serve(stream, &*answer));
            }
        });
        Self { address }
    }

    /// A configuration that sends every path here.
    pub(crate) fn as_only_route(&self) -> String {
        format!(
            "[backend]\nkind = \"null\"\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{}\"\n",
            self.address
        )
    }
}

/// Requests have no body in these tests.
fn serve(stream: TcpStream, answer: &dyn Fn(&str) -> Vec<u8>) {
    let mut reader = BufReader::new(&stream);
    let mut path = String::new();
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
        if path.is_empty() {
            path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        } else if line == "\r\n" {
            if (&stream).write_all(&answer(&path)).is_err() {
                return;
            }
            path.clear();
        }
        line.clear();
    }
}
