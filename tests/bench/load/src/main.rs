//! The load generator of `cargo xtask bench edge --only protocols`.
//!
//! ```text
//! throughline-load PROTOCOL PORT BODY REQUESTS [CERTIFICATE]
//! ```
//!
//! Sends the file `BODY`, an export request of spans in protobuf, so many times to a port of
//! 127.0.0.1, four requests at once. `PROTOCOL` is `http1` (four connections), `http2` or `grpc` (one
//! connection). With a certificate, in PEM, the connections have TLS and trust it alone. Fails at the
//! first response that is no success.

mod connect;
mod protocol;

use bytes::Bytes;
use connect::{ConnectError, Connection, connect};
use http_body_util::{BodyExt, Full};
use protocol::Protocol;
use std::cell::Cell;
use std::rc::Rc;
use tokio::task::LocalSet;

/// Why the load was not sent.
#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error("throughline-load PROTOCOL PORT BODY REQUESTS [CERTIFICATE]")]
    Arguments,
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Http(#[from] hyper::Error),
    #[error(transparent)]
    Request(#[from] http::Error),
    #[error("the response was {0}")]
    Refused(String),
    #[error("a connection's task failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), LoadError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ([protocol, port, body, requests], certificate) = match arguments[..] {
        [protocol, port, body, requests] => ([protocol, port, body, requests], None),
        [protocol, port, body, requests, certificate] => {
            ([protocol, port, body, requests], Some(certificate))
        }
        _ => return Err(LoadError::Arguments),
    };
    let (Some(protocol), Ok(port), Ok(requests)) =
        (Protocol::parse(protocol), port.parse(), requests.parse())
    else {
        return Err(LoadError::Arguments);
    };
    let certificate = certificate.map(read).transpose()?;
    let load = Rc::new(Load {
        protocol,
        scheme: certificate.as_ref().map_or("http", |_| "https"),
        port,
        body: protocol.body(&read(body)?),
        left: Cell::new(requests),
    });
    LocalSet::new()
        .run_until(load.send(certificate.as_deref()))
        .await
}

struct Load {
    protocol: Protocol,
    scheme: &'static str,
    port: u16,
    body: Bytes,
    /// Requests that are not begun.
    left: Cell<usize>,
}

impl Load {
    async fn send(self: Rc<Self>, certificate: Option<&[u8]>) -> Result<(), LoadError> {
        let mut connections = Vec::new();
        while connections.len() < AT_ONCE {
            let connection = match connections.last() {
                Some(Connection::Http2(first)) => Connection::Http2(first.clone()),
                _ => connect(self.protocol, self.port, certificate).await?,
            };
            connections.push(connection);
        }
        let tasks: Vec<_> = connections
            .into_iter()
            .map(|connection| tokio::task::spawn_local(Rc::clone(&self).send_by(connection)))
            .collect();
        for task in tasks {
            task.await??;
        }
        Ok(())
    }

    async fn send_by(self: Rc<Self>, mut connection: Connection) -> Result<(), LoadError> {
        while let Some(left) = self.left.get().checked_sub(1) {
            self.left.set(left);
            let request = (self.protocol).request(self.scheme, self.port, self.body.clone())?;
            let (head, body) = connection.send(request).await?.into_parts();
            let body = body.collect().await?;
            let trailers = body.trailers().cloned().unwrap_or_default();
            if !self.protocol.is_success(&head, &trailers) {
                return Err(LoadError::Refused(format!("{head:?} {trailers:?}")));
            }
        }
        Ok(())
    }
}

fn read(path: &str) -> Result<Vec<u8>, LoadError> {
    std::fs::read(path).map_err(|error| LoadError::File(path.to_owned(), error))
}

type Body = Full<Bytes>;

/// Requests that are under way at once.
const AT_ONCE: usize = 4;
