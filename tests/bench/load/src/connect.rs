//! Connections of each version of HTTP, with TLS and without.

use crate::Body;
use crate::protocol::Protocol;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("the port does not accept: {0}")]
    System(#[from] io::Error),
    #[error(transparent)]
    Http(#[from] hyper::Error),
    #[error("the certificate cannot be read: {0}")]
    Certificate(#[from] pem::Error),
    #[error("the certificate cannot be trusted: {0}")]
    Tls(#[from] rustls::Error),
    #[error(transparent)]
    Name(#[from] InvalidDnsNameError),
}

/// A connection on which requests are sent.
pub(crate) enum Connection {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

impl Connection {
    pub(crate) async fn send(
        &mut self,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, hyper::Error> {
        match self {
            Connection::Http1(connection) => {
                connection.ready().await?;
                connection.send_request(request).await
            }
            Connection::Http2(connection) => {
                connection.ready().await?;
                connection.send_request(request).await
            }
        }
    }
}

pub(crate) async fn connect(
    protocol: Protocol,
    port: u16,
    certificate: Option<&[u8]>,
) -> Result<Connection, ConnectError> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let Some(certificate) = certificate else {
        return handshake(protocol, stream).await;
    };
    let mut trusted = RootCertStore::empty();
    trusted.add(CertificateDer::from_pem_slice(certificate)?)?;
    let mut config = ClientConfig::builder()
        .with_root_certificates(trusted)
        .with_no_client_auth();
    config.alpn_protocols = match protocol {
        Protocol::Http1 => vec![b"http/1.1".to_vec()],
        Protocol::Http2 | Protocol::Grpc => vec![b"h2".to_vec()],
    };
    let name = ServerName::try_from("localhost")?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream);
    handshake(protocol, stream.await?).await
}

async fn handshake<I>(protocol: Protocol, io: I) -> Result<Connection, ConnectError>
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(io);
    // How a connection ends is seen by its requests.
    match protocol {
        Protocol::Http1 => {
            let (sender, connection) = http1::handshake(io).await?;
            tokio::spawn(async move { drop(connection.await) });
            Ok(Connection::Http1(sender))
        }
        Protocol::Http2 | Protocol::Grpc => {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await?;
            tokio::spawn(async move { drop(connection.await) });
            Ok(Connection::Http2(sender))
        }
    }
}
