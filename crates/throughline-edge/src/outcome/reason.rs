//! The reasons for which the edge rejects records.

/// Why the edge rejected a record, and so who is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum RejectReason {
    /// At fault: the sender.
    #[error("no backend could use it, for example a span without a trace id")]
    InvalidRecord,
    /// No fault: the edge has no telemetry for it.
    #[error("an item of a type that is no telemetry here, for example a replay")]
    UnsupportedItem,
    /// No fault: the operator wants no records of bots.
    #[error("a bot had loaded the page, and bots are dropped")]
    Bot,
    /// At fault: the sender, or the operator's limit.
    #[error("the record alone is larger than a request to the backend may be")]
    RecordTooLarge,
    /// No fault: the edge is overloaded.
    #[error("too much was waiting for export, and the sender was asked to retry later")]
    QueueFull,
    /// At fault: the backend.
    #[error("the backend refused the request permanently")]
    BackendRefused,
    /// At fault: the backend.
    #[error("the backend took the request but not this record")]
    BackendPartial,
    /// At fault: the backend, or the network before it.
    #[error("the backend could not be reached, or was busy, until the retries ended")]
    RetriesExhausted,
    /// At fault: the backend, which is too slow for what is sent to it.
    #[error("too many requests to the backend were under way until its time ended")]
    ConcurrencyLimit,
    /// At fault: the operator, who may want it so.
    #[error("no backend is configured for this project and signal")]
    NoBackend,
    /// At fault: the host.
    #[error("the host's store failed")]
    StoreFailed,
    /// At fault: the broker of the topics, or the network before it.
    #[error("the topic did not take them, and the sender was asked to retry later")]
    TopicUnavailable,
    /// At fault: the host.
    #[error("the host ended the work before it was done")]
    Abandoned,
}

impl RejectReason {
    /// Every reason.
    pub const ALL: [Self; 13] = [
        Self::InvalidRecord,
        Self::QueueFull,
        Self::BackendRefused,
        Self::BackendPartial,
        Self::RetriesExhausted,
        Self::ConcurrencyLimit,
        Self::NoBackend,
        Self::StoreFailed,
        Self::Abandoned,
        Self::UnsupportedItem,
        Self::Bot,
        Self::RecordTooLarge,
        Self::TopicUnavailable,
    ];

    /// The value of `throughline.reason`.
    pub const fn as_str(self) -> &'static str {
        match self {
            RejectReason::InvalidRecord => "invalid_record",
            RejectReason::UnsupportedItem => "unsupported_item",
            RejectReason::Bot => "bot",
            RejectReason::RecordTooLarge => "record_too_large",
            RejectReason::QueueFull => "queue_full",
            RejectReason::BackendRefused => "backend_refused",
            RejectReason::BackendPartial => "backend_partial",
            RejectReason::RetriesExhausted => "retries_exhausted",
            RejectReason::ConcurrencyLimit => "concurrency_limit",
            RejectReason::NoBackend => "no_backend",
            RejectReason::StoreFailed => "store_failed",
            RejectReason::TopicUnavailable => "topic_unavailable",
            RejectReason::Abandoned => "abandoned",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_listed() {
        for (index, reason) in RejectReason::ALL.into_iter().enumerate() {
            // A new reason does not compile here until it has a place in the list.
            let place = match reason {
                RejectReason::InvalidRecord => 0,
                RejectReason::QueueFull => 1,
                RejectReason::BackendRefused => 2,
                RejectReason::BackendPartial => 3,
                RejectReason::RetriesExhausted => 4,
                RejectReason::ConcurrencyLimit => 5,
                RejectReason::NoBackend => 6,
                RejectReason::StoreFailed => 7,
                RejectReason::Abandoned => 8,
                RejectReason::UnsupportedItem => 9,
                RejectReason::Bot => 10,
                RejectReason::RecordTooLarge => 11,
                RejectReason::TopicUnavailable => 12,
            };
            assert_eq!(index, place);
        }
    }
}
