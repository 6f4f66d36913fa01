//! The edge pipeline on any host.
//!
//! ```text
//! receive → authenticate → limit → export        POST /v1/{traces,logs,metrics,bundle,facts}
//! route → server span → client span → upstream   everything a proxy route names
//! ```
//!
//! [`Edge::handle`](edge::Edge::handle) is the whole surface; a [`host::Host`]
//! gives it time, chance and the network.

extern crate alloc;

pub mod config;
pub mod edge;
pub mod host;

pub use config::Config;
pub use edge::Edge;
pub use host::Host;
