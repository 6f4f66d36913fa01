//! When was something painted first?
//!
//! <https://github.com/GoogleChrome/web-vitals/blob/main/src/onFCP.ts>

use super::Measurement;

/// First contentful paint, µs after the page was opened.
pub(super) const fn measure(took: u64) -> Measurement {
    Measurement::duration("fcp", took, THRESHOLDS)
}

/// ms. <https://web.dev/articles/fcp>
const THRESHOLDS: [f64; 2] = [1800.0, 3000.0];
