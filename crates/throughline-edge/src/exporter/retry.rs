//! Decides when a failed export is retried.
//!
//! Only failures that the specification calls retryable arrive here:
//! <https://opentelemetry.io/docs/specs/otlp/#otlphttp-throttling>.

use crate::host::Host;
use crate::time::nanos;
use core::time::Duration;
use http::header::{self, HeaderMap};
use std::time::UNIX_EPOCH;

/// The attempts at one export.
#[derive(Debug)]
pub(crate) struct Retry {
    /// The time after which no attempt may begin, in ns since the Unix epoch.
    pub(crate) last_start: u64,
    attempts: u32,
    is_endless: bool,
}

impl Retry {
    /// Attempts that end within `retry_for` and before the host ends the work, the last
    /// one's `timeout` included. `None` when the work has gone on for so long that not even
    /// one attempt would end in time; where the response waits for the work, one is made all the
    /// same, since the host drops what is late, and that is counted.
    pub(crate) fn new<H: Host>(
        host: &H,
        retry_for: Duration,
        timeout: Duration,
        work: &WorkTime,
    ) -> Option<Self> {
        let now = host.now_unix_nano();
        if work.is_endless {
            return Some(Self {
                last_start: u64::MAX,
                attempts: 0,
                is_endless: true,
            });
        }
        let left = work.left(now);
        let needed = timeout + HEADROOM;
        if left < needed && left < work.limit && !host.delays_response() {
            return None;
        }
        let window = retry_for.min(left.saturating_sub(needed));
        Some(Self {
            last_start: now.saturating_add(nanos(window)),
            attempts: 0,
            is_endless: false,
        })
    }

    /// How long to wait before the next attempt; `None` when there is none.
    ///
    /// A `Retry-After` of the backend is obeyed. Otherwise the wait is random, between zero
    /// and a bound that doubles, so that senders which failed together do not return together:
    /// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.
    pub(crate) fn delay<H: Host>(
        &mut self,
        host: &H,
        retry_after: Option<Duration>,
    ) -> Option<Duration> {
        self.attempts = self.attempts.saturating_add(1);
        if self.attempts >= MAX_ATTEMPTS && !self.is_endless {
            return None;
        }
        let bound = FIRST_BOUND
            .saturating_mul(1 << (self.attempts - 1).min(16))
            .min(LAST_BOUND);
        let jitter = jitter(host, bound);
        let delay = match retry_after {
            // Not all at the same moment, and never earlier.
            Some(after) => after.saturating_add(jitter / 8),
            None => SHORTEST.saturating_add(jitter),
        };
        if self.is_endless {
            return Some(delay.min(LAST_REDELIVERY));
        }
        let left = self.last_start.saturating_sub(host.now_unix_nano());
        let left = Duration::from_nanos(left);
        match retry_after {
            Some(after) if after > left => None,
            // The time that is left allows one more attempt, at its end.
            _ => (left >= SHORTEST).then(|| delay.min(left)),
        }
    }
}

/// How long a message of the durable queue waits for its next delivery, when it was delivered
/// `attempts` times before this one, and what the backend said of it.
pub(crate) fn redelivery<H: Host>(
    host: &H,
    attempts: u32,
    retry_after: Option<Duration>,
) -> Duration {
    let bound = FIRST_BOUND
        .saturating_mul(1 << attempts.min(16))
        .min(LAST_REDELIVERY);
    let jitter = jitter(host, bound / 2);
    match retry_after {
        Some(after) => after.saturating_add(jitter / 8),
        None => bound / 2 + jitter,
    }
}

/// The time that the host gives to a piece of work after the response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WorkTime {
    begun_unix_nano: u64,
    limit: Duration,
    /// Whether it is tried again until the backend has responded.
    is_endless: bool,
}

impl WorkTime {
    /// Whether it is tried again until the backend has responded.
    pub(crate) const fn is_endless(&self) -> bool {
        self.is_endless
    }

    /// The time of work that begins now.
    pub(crate) fn begins<H: Host>(host: &H) -> Self {
        Self {
            begun_unix_nano: host.now_unix_nano(),
            limit: host.time_limit().unwrap_or(Duration::MAX),
            is_endless: false,
        }
    }

    /// The time of work that is tried again until the backend has responded.
    pub(crate) fn endless<H: Host>(host: &H) -> Self {
        Self {
            is_endless: true,
            ..Self::begins(host)
        }
    }

    fn left(&self, now_unix_nano: u64) -> Duration {
        let spent = now_unix_nano.saturating_sub(self.begun_unix_nano);
        self.limit.saturating_sub(Duration::from_nanos(spent))
    }
}

/// Reads `Retry-After`: seconds or a date.
///
/// <https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3>
pub(crate) fn retry_after(headers: &HeaderMap, now_unix_nano: u64) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Only too many digits fail to parse: a wait longer than any limit.
        return Some(value.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let since_epoch = date.duration_since(UNIX_EPOCH).ok()?;
    Some(since_epoch.saturating_sub(Duration::from_nanos(now_unix_nano)))
}

/// A duration between zero and `bound`.
fn jitter<H: Host>(host: &H, bound: Duration) -> Duration {
    let mut random = [0; 4];
    if host.fill_random(&mut random).is_err() {
        return bound / 2;
    }
    bound.mul_f64(f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX))
}

/// The first wait is up to this long, as with OpenTelemetry's own exporters.
const FIRST_BOUND: Duration = Duration::from_secs(1);
/// The largest bound of a random wait.
const LAST_BOUND: Duration = Duration::from_secs(30);
/// The longest wait for the next delivery of a message of the durable queue, or of a topic.
const LAST_REDELIVERY: Duration = Duration::from_secs(300);
/// The shortest wait: a backend that just failed needs a moment.
const SHORTEST: Duration = Duration::from_millis(50);
/// The platform's limit began to count before the first attempt did.
const HEADROOM: Duration = Duration::from_secs(1);
/// The most attempts, even when each fails at once.
const MAX_ATTEMPTS: u32 = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let noon = 1_794_657_600_000_000_000;
        for (value, wanted) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Sat, 14 Nov 2026 12:00:07 GMT", Some(7)),
            ("Saturday, 14-Nov-26 12:01:00 GMT", Some(60)),
            ("Sat, 14 Nov 2026 11:00:00 GMT", Some(0)),
            ("99999999999999999999", Some(u64::MAX)),
            ("+1", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, value.parse().expect("a header value"));
            let wanted = wanted.map(|seconds| match seconds {
                u64::MAX => Duration::MAX,
                seconds => Duration::from_secs(seconds),
            });
            assert_eq!(retry_after(&headers, noon), wanted, "{value}");
        }
    }
}
