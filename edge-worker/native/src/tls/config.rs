//! The configuration of TLS towards clients.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The `[native.tls]` table. Both files are read again when they change, and on SIGHUP.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The file of the certificate, in PEM, with those of its issuers behind it.
    pub certificate: PathBuf,
    /// The file of its private key, in PEM.
    pub key: PathBuf,
}
