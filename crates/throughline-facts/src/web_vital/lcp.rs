//! When was the largest thing painted?
//!
//! <https://github.com/GoogleChrome/web-vitals/blob/main/src/onLCP.ts>

use super::Measurement;

/// The largest paint so far. It is final with the first input and when the page is hidden.
#[derive(Debug, Default)]
pub(super) struct LargestPaint {
    took: Option<u64>,
    reported: bool,
}

impl LargestPaint {
    /// A larger one, µs after the page was opened: the browser only tells of larger ones.
    pub(super) fn add(&mut self, took: u64) {
        self.took = Some(took);
    }

    /// The result, once.
    pub(super) fn measure(&mut self) -> Option<Measurement> {
        let took = self.took.filter(|_| !self.reported)?;
        self.reported = true;
        Some(Measurement::duration("lcp", took, THRESHOLDS))
    }
}

/// ms. <https://web.dev/articles/lcp>
const THRESHOLDS: [f64; 2] = [2500.0, 4000.0];
