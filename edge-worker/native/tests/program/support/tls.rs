//! Certificates for tests, and clients that trust them.

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A certificate for `localhost` and 127.0.0.1, signed by itself, with its key, both in PEM.
pub(crate) struct Certificate {
    pub(crate) pem: String,
    pub(crate) key: String,
}

/// The files of a certificate and its key.
pub(crate) struct Files {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Certificate {
    pub(crate) fn new() -> Self {
        Self::valid((2020, 2100))
    }

    /// A certificate that is valid from the one year to the other.
    pub(crate) fn valid((from, to): (i32, i32)) -> Self {
        static SERIAL: AtomicUsize = AtomicUsize::new(0);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let key = KeyPair::generate().expect("a key");
        let mut params =
            CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()]).expect("valid");
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, format!("test {serial}"));
        params.distinguished_name = name;
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        let certificate = params.self_signed(&key).expect("signed");
        Self {
            pem: certificate.pem(),
            key: key.serialize_pem(),
        }
    }

    /// Writes both into files of their own.
    pub(crate) fn files(&self) -> Files {
        static FILES: AtomicUsize = AtomicUsize::new(0);
        let number = FILES.fetch_add(1, Ordering::Relaxed);
        let name = |kind: &str| {
            PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
                .join(format!("{}-{number}-{kind}.pem", std::process::id()))
        };
        let files = Files {
            certificate: name("certificate"),
            key: name("key"),
        };
        files.write(self);
        files
    }

    /// Connects with trust in this certificate alone, and with these protocols of ALPN.
    ///
    /// # Errors
    /// That of the handshake.
    pub(crate) async fn connect(
        &self,
        authority: &str,
        alpn: &[&[u8]],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        let own = CertificateDer::from_pem_slice(self.pem.as_bytes()).expect("PEM");
        roots.add(own).expect("a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        let stream = TcpStream::connect(authority).await?;
        let name = ServerName::try_from("localhost").expect("a name");
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
    }
}

impl Files {
    pub(crate) fn write(&self, certificate: &Certificate) {
        std::fs::write(&self.certificate, &certificate.pem).expect("a file");
        std::fs::write(&self.key, &certificate.key).expect("a file");
    }

    /// The table `[native.tls]` without its header.
    pub(crate) fn table(&self) -> String {
        let (certificate, key) = (self.certificate.display(), self.key.display());
        format!("[native.tls]\ncertificate = \"{certificate}\"\nkey = \"{key}\"\n")
    }
}
