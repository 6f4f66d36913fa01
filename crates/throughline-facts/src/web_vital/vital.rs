//! The five web vitals: names, units and thresholds.

/// Name, divisor from the measured number to the reported one (µs to ms), and the two
/// thresholds: up to the first is good, over the second is poor.
pub(super) const VITALS: [(&str, f64, [f64; 2]); 5] = [
    // <https://web.dev/articles/ttfb>
    ("ttfb", 1e3, [800.0, 1800.0]),
    // <https://web.dev/articles/fcp>
    ("fcp", 1e3, [1800.0, 3000.0]),
    // <https://web.dev/articles/lcp>
    ("lcp", 1e3, [2500.0, 4000.0]),
    // <https://web.dev/articles/cls>
    ("cls", 1e9, [0.1, 0.25]),
    // <https://web.dev/articles/inp>
    ("inp", 1e3, [200.0, 500.0]),
];

/// Time to first byte.
pub(super) const TTFB: usize = 0;
/// First contentful paint.
pub(super) const FCP: usize = 1;
/// Largest contentful paint.
pub(super) const LCP: usize = 2;
/// Cumulative layout shift: from here on a value may change after it was reported.
pub(super) const CLS: usize = 3;
/// Interaction to next paint.
pub(super) const INP: usize = 4;
