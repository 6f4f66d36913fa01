// Generated from facts.toml by `cargo xtask codegen`.

/// Why a page dropped records before it could send them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DropReason {
    /// The retries of the batch ended, or too many batches waited.
    Expired,
    /// The page's own rules refuse them: `ignoreErrors`, `allowUrls`, `denyUrls`, `beforeSend`.
    Filtered,
    /// They are errors of a browser extension, or of a script that the browser has inserted.
    Injected,
    /// The page ended, and they were more than its last requests may carry.
    PageEnded,
    /// More happened than the page keeps.
    QueueFull,
    /// The receiver refused the records permanently.
    Rejected,
    /// The page's own sampling left them out: the spans that it sends stand for them.
    SampledOut,
    /// The facts could not be written or read.
    Unreadable,
    /// A reason of a newer page.
    Other,
}

impl DropReason {
    /// Every reason that a page sends.
    pub const ALL: [Self; 8] = [
        Self::Expired,
        Self::Filtered,
        Self::Injected,
        Self::PageEnded,
        Self::QueueFull,
        Self::Rejected,
        Self::SampledOut,
        Self::Unreadable,
    ];

    /// The name on the wire and in the edge's metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Filtered => "filtered",
            Self::Injected => "injected",
            Self::PageEnded => "page_ended",
            Self::QueueFull => "queue_full",
            Self::Rejected => "rejected",
            Self::SampledOut => "sampled_out",
            Self::Unreadable => "unreadable",
            Self::Other => "other",
        }
    }

    /// The reason with this name; [`DropReason::Other`] for an unknown one. A name from a
    /// page never becomes an attribute value as it is: each new one is a new time series.
    pub fn named(name: &str) -> Self {
        match name {
            "expired" => Self::Expired,
            "filtered" => Self::Filtered,
            "injected" => Self::Injected,
            "page_ended" => Self::PageEnded,
            "queue_full" => Self::QueueFull,
            "rejected" => Self::Rejected,
            "sampled_out" => Self::SampledOut,
            "unreadable" => Self::Unreadable,
            _ => Self::Other,
        }
    }
}
