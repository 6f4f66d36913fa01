//! `sigv4` of a backend: how requests to AWS are signed.

use super::secret::redacted;
use core::fmt;
use serde::{Deserialize, Serialize};

/// How requests to AWS are signed: Signature Version 4.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SigV4Config {
    /// The region, such as `eu-central-1`.
    pub region: String,
    /// The service: `xray`, `logs` or `monitoring`.
    pub service: String,
    /// The access key id.
    pub access_key: String,
    /// The secret access key: `"${AWS_SECRET_ACCESS_KEY}"`.
    #[serde(serialize_with = "redacted")]
    pub secret_key: String,
    /// The session token of temporary credentials.
    #[serde(default, serialize_with = "redacted")]
    pub session_token: Option<String>,
}

/// Without the secrets.
impl fmt::Debug for SigV4Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("SigV4Config"))
            .field("region", &self.region)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}
