//! Outcomes: how each record ends, and the counts of them.
//!
//! A record that a process received or took up from another is exported, rejected for a reason,
//! sampled out, handed over to another process, or still queued. The sums always agree;
//! records that go to several backends are copied for each but the first:
//!
//! ```text
//! received + taken up + copied = exported + rejected + sampled out + handed over + queued
//! ```
//!
//! A [`Ticket`] represents the records of one batch; dropping it counts what is left of it
//! as abandoned.

mod in_flight;
mod reason;
pub(crate) mod report;
mod reported;
mod response;
pub(crate) mod scrape;
pub(crate) mod stats;
mod tally;
mod ticket;
mod traffic;

pub use crate::http::RefusalReason;
pub use crate::processor::{Symbolication, Unresolved};
pub(crate) use in_flight::{InFlight, hold};
pub use reason::RejectReason;
pub(crate) use reported::Reported;
pub use response::{Requests, Response};
pub use tally::{ByRule, Changes, Counts, Ended, Symbolicated, Tally, Truncations};
pub(crate) use tally::{Outcomes, Tallies};
pub use throughline_sentry::DiscardReason;
pub use throughline_wire::DropReason;
pub(crate) use ticket::{Place, Ticket};
pub use traffic::{ByFlow, Direction, Flow, Traffic};

/// How a record ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// A backend has it.
    Exported,
    /// The edge refused it; it goes no further.
    Rejected(RejectReason),
    /// A sampler dropped it; other records stand for it in their adjusted counts.
    SampledOut,
    /// Another process took it, and its outcome is counted there.
    HandedOver,
    /// The page dropped it before it could be sent; the edge never had it.
    DroppedByPage(DropReason),
    /// An SDK of another maker discarded it before it could be sent; the edge never had it.
    DiscardedBySdk(DiscardReason),
}

impl Outcome {
    /// The outcome of records that a page dropped for a reason of this name.
    pub(crate) fn dropped_by_page(reason: &str) -> Self {
        Outcome::DroppedByPage(DropReason::named(reason))
    }

    /// The value of `throughline.outcome`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Exported => "exported",
            Outcome::Rejected(_) => "rejected",
            Outcome::SampledOut => "sampled_out",
            Outcome::HandedOver => "handed_over",
            Outcome::DroppedByPage(_) => "dropped_by_page",
            Outcome::DiscardedBySdk(_) => "discarded_by_sdk",
        }
    }

    /// The value of `throughline.reason`, for outcomes that have one.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Outcome::Exported | Outcome::SampledOut | Outcome::HandedOver => None,
            Outcome::Rejected(reason) => Some(reason.as_str()),
            Outcome::DroppedByPage(reason) => Some(reason.as_str()),
            Outcome::DiscardedBySdk(reason) => Some(reason.as_str()),
        }
    }
}
