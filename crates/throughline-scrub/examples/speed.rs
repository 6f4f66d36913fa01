//! Measures the search, in nanoseconds per byte: best of many rounds over texts such as
//! telemetry has.
//!
//! ```text
//! cargo run --release -p throughline-scrub --example speed
//! ```
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads the clock and prints what it finds"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};
use throughline_scrub::{Kinds, find};

fn main() {
    for (name, text) in TEXTS {
        let count = find(text.as_bytes(), Kinds::ALL).count();
        let mut best = Duration::MAX;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(300) {
            let round = Instant::now();
            for _ in 0..ROUNDS {
                black_box(find(black_box(text.as_bytes()), black_box(Kinds::ALL)).count());
            }
            best = best.min(round.elapsed());
        }
        let bytes = f64::from(ROUNDS) * text.len() as f64;
        let ns = best.as_nanos() as f64 / bytes;
        println!(
            "text {name} bytes {} matches {count} ns_per_byte {ns:.2}",
            text.len()
        );
    }
}

const ROUNDS: u32 = 1000;

const TEXTS: [(&str, &str); 6] = [
    ("word", "mobile"),
    ("id", "5b8efff798038103d269b633813fc60c"),
    ("address", "https://shop.example/api/products/1842?ref=home"),
    (
        "message",
        "could not load the list of products: the connection to the upstream was closed before \
         the response had been read to its end, so the request is tried again after a short while",
    ),
    (
        "stack",
        "TypeError: Cannot read properties of undefined (reading 'price')\n    at buy \
         (https://shop.example/static/app.3f2a1b9c.js:12:34567)\n    at onClick \
         (https://shop.example/static/app.3f2a1b9c.js:14:101)\n    at dispatch \
         (https://shop.example/static/vendor.8d7c6b5a.js:2:90211)",
    ),
    (
        "secrets",
        "user ada@shop.example paid with 4111 1111 1111 1111 from 203.0.113.7, \
         https://shop.example/?token=abcdef0123456789&page=2",
    ),
];
