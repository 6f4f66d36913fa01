//! The reasons why an SDK discards records, which it reports itself.

use crate::json::Json;
use alloc::vec::Vec;

/// Why an SDK discarded records before it sent them.
///
/// <https://develop.sentry.dev/sdk/telemetry/client-reports/>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DiscardReason {
    /// The SDK was overloaded.
    Backpressure,
    /// The application's own `beforeSend` dropped it.
    BeforeSend,
    /// A buffer of the SDK was full.
    BufferOverflow,
    /// A cache on disk was full.
    CacheOverflow,
    /// A processor of the application dropped it.
    EventProcessor,
    /// The application ignores it by configuration.
    Ignored,
    /// The SDK failed.
    InternalSdkError,
    /// The SDK found it invalid.
    Invalid,
    /// The network failed.
    NetworkError,
    /// A queue of the SDK was full.
    QueueOverflow,
    /// The receiver had asked the SDK to wait.
    RatelimitBackoff,
    /// The SDK sampled it out.
    SampleRate,
    /// The receiver refused it.
    SendError,
    /// A reason that is not known here.
    Other,
}

impl DiscardReason {
    /// The name as SDKs write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            DiscardReason::Backpressure => "backpressure",
            DiscardReason::BeforeSend => "before_send",
            DiscardReason::BufferOverflow => "buffer_overflow",
            DiscardReason::CacheOverflow => "cache_overflow",
            DiscardReason::EventProcessor => "event_processor",
            DiscardReason::Ignored => "ignored",
            DiscardReason::InternalSdkError => "internal_sdk_error",
            DiscardReason::Invalid => "invalid",
            DiscardReason::NetworkError => "network_error",
            DiscardReason::QueueOverflow => "queue_overflow",
            DiscardReason::RatelimitBackoff => "ratelimit_backoff",
            DiscardReason::SampleRate => "sample_rate",
            DiscardReason::SendError => "send_error",
            DiscardReason::Other => "other",
        }
    }

    /// The reason with this name. A name that is not known never becomes an attribute value
    /// as it is: each new one would be a new time series.
    fn named(name: &str) -> Self {
        let known = KNOWN.iter().find(|reason| reason.as_str() == name);
        known.copied().unwrap_or(DiscardReason::Other)
    }
}

/// The counts in a `client_report` item.
pub(crate) fn read(report: &Json<'_>) -> Vec<(DiscardReason, u64)> {
    let discarded = report.get("discarded_events").items();
    let counts = discarded.filter_map(|event| {
        let quantity = u64::try_from(event.get("quantity").as_int()?).ok()?;
        Some((DiscardReason::named(event.get("reason").text()), quantity))
    });
    counts.collect()
}

const KNOWN: [DiscardReason; 13] = [
    DiscardReason::Backpressure,
    DiscardReason::BeforeSend,
    DiscardReason::BufferOverflow,
    DiscardReason::CacheOverflow,
    DiscardReason::EventProcessor,
    DiscardReason::Ignored,
    DiscardReason::InternalSdkError,
    DiscardReason::Invalid,
    DiscardReason::NetworkError,
    DiscardReason::QueueOverflow,
    DiscardReason::RatelimitBackoff,
    DiscardReason::SampleRate,
    DiscardReason::SendError,
];
