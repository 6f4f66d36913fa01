//! The edge as one program.
//!
//! ```text
//! throughline                ingest and proxy, configured by throughline.toml
//! throughline check          prints the effective configuration
//! throughline account        prints how far the group of Kafka has come
//! throughline sourcemaps     uploads indexes of source maps, and looks into them
//! throughline dev            open ingest, a store and a viewer on loopback
//! ```
//!
//! `program` starts the `cores`: one thread with one runtime each, all on one listening
//! socket. They share the [`Machine`](throughline_edge::Machine), the health of the program,
//! the durable [`queue`] and the development store. No policy lives here: [`NativeHost`] gives the edge time,
//! randomness and the network, and `server` gives it requests.
//!
//! # Features
//!
//! `dev` (on by default): `throughline dev`, with SQLite and the viewer. Production builds
//! leave it out: `cargo build --release -p throughline --no-default-features`.
//!
//! `sourcemaps` (on by default): `throughline sourcemaps`, with a parser of JavaScript. Production
//! builds leave it out likewise.
//!
//! `kafka`, and `kafka-tls` with TLS and passwords: `[kafka]`, topics that many machines share, by
//! librdkafka.

#[cfg(feature = "kafka")]
mod account;
#[cfg(not(feature = "kafka"))]
#[path = "account_absent.rs"]
mod account;
pub mod arguments;
mod background;
mod body;
mod cause;
mod clock;
pub mod config;
mod connection;
#[cfg(feature = "kafka")]
mod consumer;
#[cfg(not(feature = "kafka"))]
#[path = "consumer_absent.rs"]
mod consumer;
mod cores;
#[cfg(feature = "dev")]
mod dev;
#[cfg(not(feature = "dev"))]
#[path = "dev_absent.rs"]
mod dev;
mod grpc_client;
mod health;
mod host;
mod http1;
mod http2;
#[cfg(feature = "sourcemaps")]
mod index_process;
pub mod kafka;
pub mod listen;
pub mod log;
mod message;
pub mod program;
pub mod queue;
#[cfg(feature = "sourcemaps")]
mod relative;
mod reload;
mod server;
mod settings;
mod source_maps;
#[cfg(feature = "sourcemaps")]
mod sourcemaps_command;
#[cfg(not(feature = "sourcemaps"))]
#[path = "sourcemaps_command_absent.rs"]
mod sourcemaps_command;
mod stamp;
pub mod store_bounds;
pub mod tls;
mod upgrade;

pub use body::NativeBody;
pub use connection::Client;
pub use dev::Store;
pub use host::NativeHost;
pub use source_maps::SourceMapDirectory;
