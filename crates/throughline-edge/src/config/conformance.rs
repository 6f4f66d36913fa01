//! `[conformance]`: services for independent test suites.

use serde::{Deserialize, Serialize};

/// Services for independent test suites.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ConformanceConfig {
    /// Respond to `POST /test` as the W3C trace-context suite wants it. It lets anyone
    /// make the edge send requests: never outside of a test.
    pub test_endpoint: bool,
}
