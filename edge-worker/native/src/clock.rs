//! The wall clock of this machine.

use std::time::{SystemTime, UNIX_EPOCH};

/// The time now, in ns since the Unix epoch.
pub(crate) fn now_unix_nano() -> u64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX)
}
