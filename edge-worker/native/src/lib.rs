//! The edge as one program.
//!
//! ```text
//! throughline                ingest and proxy as throughline.toml says
//! throughline dev            open ingest, a store and a viewer on loopback
//! ```
//!
//! One runtime per core, all on one listening socket. They share what
//! [`Machine`](throughline_edge::Machine) says, and the development store. No policy lives
//! here: [`NativeHost`] gives the edge time, chance and the network, and `server` gives it
//! requests.

pub mod arguments;
mod background;
mod body;
pub mod config;
mod connection;
pub mod dev;
mod feed;
mod host;
mod message;
pub mod program;
mod server;

pub use body::NativeBody;
pub use connection::Client;
pub use host::{DevStore, NativeHost};
