//! When did the first byte of the document come?
//!
//! <https://github.com/GoogleChrome/web-vitals/blob/main/src/onTTFB.ts>

use super::Measurement;

/// Time to first byte. An answer that did not come, or comes in the future, is a bug of the
/// browser: <https://bugs.webkit.org/show_bug.cgi?id=186919>.
pub(super) fn measure(response_start: u64, activated: u64, now: u64) -> Option<Measurement> {
    (response_start > 0 && response_start <= now).then(|| {
        Measurement::duration("ttfb", response_start.saturating_sub(activated), THRESHOLDS)
    })
}

/// Out of the back/forward cache no byte was waited for.
pub(super) const RESTORED: Measurement = Measurement::duration("ttfb", 0, THRESHOLDS);

/// ms. <https://web.dev/articles/ttfb>
const THRESHOLDS: [f64; 2] = [800.0, 1800.0];
