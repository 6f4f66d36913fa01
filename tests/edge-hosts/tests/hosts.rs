//! Tests of the edge on a real host, which `THROUGHLINE_HOST` names.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod cases;
mod serve;
