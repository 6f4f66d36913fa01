//! The platform's own limit of requests, in front of everything else.

use super::Absent;
use core::future::Future;

/// Limits the requests of one sender, cheaply and roughly.
pub trait RateLimiter {
    /// Why the platform has none.
    const ABSENT_BECAUSE: Option<&'static str>;

    /// Counts a request of this sender. Whether it is within the limit.
    fn admits(&self, sender: &str) -> impl Future<Output = bool>;
}

impl RateLimiter for Absent {
    const ABSENT_BECAUSE: Option<&'static str> = Some(
        "it has no rate limiter of its own; limit requests in front of it, and projects by projects[].limits",
    );

    async fn admits(&self, _: &str) -> bool {
        match *self {}
    }
}
