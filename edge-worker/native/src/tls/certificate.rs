//! Reads a certificate and its key, and checks that clients could accept them.

use super::config::TlsConfig;
use crate::clock::now_unix_nano;
use crate::log::timestamp;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage};

/// The certificate that clients get, with its key.
#[derive(Debug)]
pub(super) struct Current(RwLock<Arc<CertifiedKey>>);

impl Current {
    pub(super) fn read(config: &TlsConfig) -> Result<Self, CertificateError> {
        Ok(Self(RwLock::new(Arc::new(read(config)?))))
    }

    /// Takes the certificate of the files. One that cannot be used changes nothing.
    pub(super) fn replace(&self, config: &TlsConfig) -> Result<(), CertificateError> {
        let new = Arc::new(read(config)?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

/// Why a certificate cannot be used. The operator is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// The key of the configuration that names it.
        key: TlsKey,
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// A file without what it should have.
    #[error("{} has no {} in PEM", path.display(), key.content())]
    Missing {
        /// The key of the configuration that names it.
        key: TlsKey,
        /// The file.
        path: PathBuf,
    },
    /// The key is that of another certificate.
    #[error("the key in {} is not that of the certificate in {}", key.display(), certificate.display())]
    OtherKey {
        /// The file of the key.
        key: PathBuf,
        /// The file of the certificate.
        certificate: PathBuf,
    },
    /// The certificate is not valid any more.
    #[error("the certificate in {} has expired at {}", path.display(), time(*.at))]
    Expired {
        /// The file.
        path: PathBuf,
        /// Its last second, in s since the Unix epoch.
        at: u64,
    },
    /// The certificate is not valid yet.
    #[error("the certificate in {} is not valid before {}", path.display(), time(*.at))]
    NotYetValid {
        /// The file.
        path: PathBuf,
        /// Its first second, in s since the Unix epoch.
        at: u64,
    },
    /// A certificate or a key that is damaged, or of a kind that is not supported.
    #[error("{} and {} cannot be used: {reason}", certificate.display(), key.display())]
    Unusable {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// The reason.
        reason: Box<str>,
    },
}

/// A key of `[native.tls]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsKey {
    /// `native.tls.certificate`
    Certificate,
    /// `native.tls.key`
    Key,
}

impl TlsKey {
    /// The key's path.
    pub const fn as_str(self) -> &'static str {
        match self {
            TlsKey::Certificate => "native.tls.certificate",
            TlsKey::Key => "native.tls.key",
        }
    }

    const fn content(self) -> &'static str {
        match self {
            TlsKey::Certificate => "certificate",
            TlsKey::Key => "private key",
        }
    }
}

impl CertificateError {
    pub(super) fn unusable(config: &TlsConfig, error: impl ToString) -> Self {
        CertificateError::Unusable {
            certificate: config.certificate.clone(),
            key: config.key.clone(),
            reason: error.to_string().into(),
        }
    }

    /// The key of the configuration that names the file.
    pub(crate) const fn key(&self) -> TlsKey {
        match self {
            CertificateError::Unreadable { key, .. } | CertificateError::Missing { key, .. } => {
                *key
            }
            CertificateError::OtherKey { .. } => TlsKey::Key,
            CertificateError::Expired { .. }
            | CertificateError::NotYetValid { .. }
            | CertificateError::Unusable { .. } => TlsKey::Certificate,
        }
    }
}

fn read(config: &TlsConfig) -> Result<CertifiedKey, CertificateError> {
    let unusable = |error: &dyn std::fmt::Display| CertificateError::unusable(config, error);
    let pem = read_file(TlsKey::Certificate, &config.certificate)?;
    let chain: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_slice_iter(&pem).collect();
    let chain = chain.map_err(|error| unusable(&error))?;
    let Some(own) = chain.first() else {
        return Err(CertificateError::Missing {
            key: TlsKey::Certificate,
            path: config.certificate.clone(),
        });
    };
    check_time(own, config)?;
    let pem = read_file(TlsKey::Key, &config.key)?;
    let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| CertificateError::Missing {
        key: TlsKey::Key,
        path: config.key.clone(),
    })?;
    CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => CertificateError::OtherKey {
            key: config.key.clone(),
            certificate: config.certificate.clone(),
        },
        error => unusable(&error),
    })
}

fn read_file(key: TlsKey, path: &Path) -> Result<Vec<u8>, CertificateError> {
    std::fs::read(path).map_err(|error| CertificateError::Unreadable {
        key,
        path: path.into(),
        error,
    })
}

/// Checks that the certificate is valid now.
fn check_time(
    certificate: &CertificateDer<'_>,
    config: &TlsConfig,
) -> Result<(), CertificateError> {
    let certificate = EndEntityCert::try_from(certificate)
        .map_err(|error| CertificateError::unusable(config, error))?;
    let now = UnixTime::since_unix_epoch(Duration::from_nanos(now_unix_nano()));
    let path = || config.certificate.clone();
    // Its time is checked before its issuer. Whether clients know that, they decide.
    let usage = KeyUsage::server_auth();
    match certificate.verify_for_usage(&[], &[], &[], now, usage, None, None) {
        Err(webpki::Error::CertExpired { not_after, .. }) => Err(CertificateError::Expired {
            path: path(),
            at: not_after.as_secs(),
        }),
        Err(webpki::Error::CertNotValidYet { not_before, .. }) => {
            Err(CertificateError::NotYetValid {
                path: path(),
                at: not_before.as_secs(),
            })
        }
        _ => Ok(()),
    }
}

fn time(seconds: u64) -> String {
    timestamp(seconds.saturating_mul(1_000_000_000))
}
