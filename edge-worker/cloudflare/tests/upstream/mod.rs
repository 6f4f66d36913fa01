//! An upstream server whose every byte is written by the test.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// A server on a free port, for as long as the test runs.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
}

impl Upstream {
    /// Starts a server that lets `respond` write the response to a request's path; one thread
    /// per connection.
    pub(crate) fn start(respond: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("bound");
        let respond = Arc::new(respond);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let respond = Arc::clone(&respond);
                thread::spawn(move || serve(stream, &*respond));
            }
        });
        Self { address }
    }

    /// A configuration that proxies every path to this server.
    pub(crate) fn as_only_route(&self) -> String {
        format!(
            "[backend]\nkind = \"null\"\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{}\"\n",
            self.address
        )
    }
}

/// Requests have no body in these tests.
fn serve(mut stream: TcpStream, respond: &dyn Fn(&str, &mut TcpStream)) {
    let reader = stream.try_clone().expect("a second handle");
    let mut path = String::new();
    for line in BufReader::new(reader).lines().map_while(Result::ok) {
        if path.is_empty() {
            path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        } else if line.is_empty() {
            respond(&path, &mut stream);
            path.clear();
        }
    }
}
