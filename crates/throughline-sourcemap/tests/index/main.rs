//! Tests of indexes: made from maps and scripts, and read.

mod functions;
mod ids;
mod large;
mod modules;
mod round_trip;
mod support;
