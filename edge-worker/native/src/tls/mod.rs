//! TLS towards clients: certificates from files, which may change while the program serves.

mod certificate;
mod config;
mod stream;
mod watch;

use crate::connection::{Connection, Wire};
use certificate::Current;
pub use certificate::{CertificateError, TlsKey};
pub use config::TlsConfig;
use rustls::ServerConfig;
use rustls::crypto::ring;
use std::io;
use std::sync::Arc;
pub(crate) use stream::TlsConnection;
use tokio_rustls::TlsAcceptor;
pub(crate) use watch::CertificateFiles;

/// The TLS of clients, for every core. Clones have the same certificate.
#[derive(Clone)]
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    current: Arc<Current>,
}

impl Tls {
    /// Reads the certificate and its key.
    ///
    /// # Errors
    /// [`CertificateError`] names the file; the operator is at fault.
    pub(crate) fn open(config: &TlsConfig) -> Result<Self, CertificateError> {
        let current = Arc::new(Current::read(config)?);
        let mut server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| CertificateError::unusable(config, error))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as _);
        server.alpn_protocols = vec![HTTP_2.to_vec(), HTTP_1.to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(server)),
            current,
        })
    }

    /// Checks a configuration, with its files.
    ///
    /// # Errors
    /// [`CertificateError`] names the file; the operator is at fault.
    pub(crate) fn check(config: &TlsConfig) -> Result<(), CertificateError> {
        Current::read(config).map(drop)
    }

    /// Handshakes with a client. It chooses the version of HTTP by ALPN; one that does not
    /// speaks HTTP/1.1: <https://www.rfc-editor.org/rfc/rfc9113#section-3.2>.
    ///
    /// # Errors
    /// That of the handshake; the client or the network is at fault.
    pub(crate) async fn accept(&self, stream: Connection) -> io::Result<(TlsConnection, Wire)> {
        let stream = self.acceptor.accept(stream).await?;
        let (_, session) = stream.get_ref();
        let wire = match session.alpn_protocol() {
            Some(HTTP_2) => Wire::Http2,
            _ => Wire::Http1,
        };
        Ok((TlsConnection::new(stream), wire))
    }
}

const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";
