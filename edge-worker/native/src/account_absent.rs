//! Replaces `throughline account` in a build without the feature `kafka`.

use crate::arguments::AccountFormat;
use std::path::Path;

/// Why there is no account. The operator chose this build.
#[derive(Debug, thiserror::Error)]
#[error(
    "this build has no Kafka, and an account is that of a group of Kafka; build one that has it with `cargo build --release -p throughline --features kafka-tls`"
)]
pub(crate) struct AccountError;

pub(crate) fn read(_: &Path, _: AccountFormat) -> Result<String, AccountError> {
    Err(AccountError)
}
