//! The edge pipeline on any host.
//!
//! ```text
//! receive → authenticate → limit → export        POST /v1/{traces,logs,metrics,bundle,facts}
//! route → server span → client span → upstream   everything a proxy route names
//! ```
//!
//! [`Edge::handle`](edge::Edge::handle) is the whole surface; a [`host::Host`]
//! gives it time, chance and the network.

mod answer;
mod base_url;
mod bell;
pub mod config;
mod conformance;
mod cors;
pub mod edge;
mod exporter;
pub mod host;
mod identity;
mod lease;
pub mod machine;
pub mod outcome;
mod project;
mod proxy;
mod receiver;
mod refusal;
mod report;
mod route;
mod trace;
mod within;

pub use config::Config;
pub use edge::Edge;
pub use host::Host;
pub use machine::Machine;
