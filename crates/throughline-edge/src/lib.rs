//! The edge pipeline on any host.

pub mod host;
