//! `[sourcemaps]`: where the indexes of source maps are stored, and what looking them up may cost.

use super::secret::redacted;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Where the indexes of source maps are stored, and what looking them up may cost. Without a store
/// stacks stay as browsers print them.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct SourceMapsConfig {
    /// The directory of the native host in which they are stored, readable by the host alone.
    /// A Worker stores them in the R2 bucket that is bound as `THROUGHLINE_SOURCEMAPS`.
    pub directory: Option<String>,
    /// A bucket of S3 in which they are stored, from any host.
    pub s3: Option<S3Config>,
    /// Bytes that one index may have, and all together that wait for a slow store.
    pub max_index_bytes: usize,
    /// How long exceptions may wait for the store, in ms. After that they go on with the frames
    /// that are not looked up yet as they came, and say so.
    pub wait_ms: u64,
    /// Bytes of indexes that are kept in memory, on all cores of a machine or in one isolate.
    pub cache_bytes: usize,
}

/// A bucket of S3, or of a service with the same protocol.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct S3Config {
    /// The name of the bucket.
    pub bucket: String,
    /// The region, such as `eu-central-1`.
    pub region: String,
    /// The address of another service than AWS's, which finds buckets by their path:
    /// `https://minio.internal:9000`.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// The access key id: `"${AWS_ACCESS_KEY_ID}"`.
    pub access_key: String,
    /// The secret access key: `"${AWS_SECRET_ACCESS_KEY}"`.
    #[serde(serialize_with = "redacted")]
    pub secret_key: String,
    /// The session token of temporary credentials: `"${AWS_SESSION_TOKEN}"`.
    #[serde(default, serialize_with = "redacted")]
    pub session_token: Option<String>,
}

impl Default for SourceMapsConfig {
    fn default() -> Self {
        Self {
            directory: None,
            s3: None,
            max_index_bytes: 64 << 20,
            wait_ms: 1_000,
            cache_bytes: 32 << 20,
        }
    }
}

/// Without the secrets.
impl fmt::Debug for S3Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("S3Config"))
            .field("bucket", &self.bucket)
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}
