//! The responses to requests with telemetry, as they are counted.

use crate::SortedMap;
use crate::http::RefusalReason;

/// A kind of response to requests with telemetry. There are few: a route for each protocol,
/// and a status for each reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Response {
    /// The path of the protocol, below `ingest.path`, without a key or a project in it; `None`
    /// for a path that is no protocol's.
    pub route: Option<&'static str>,
    /// The status code.
    pub status: u16,
    /// Why the request was refused as a whole; `None` where it was taken.
    pub reason: Option<RefusalReason>,
}

/// Requests by response.
pub type Requests = SortedMap<Response, u64>;
