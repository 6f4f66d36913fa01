//! Replaces the development mode in a build without the feature `dev`.
//!
//! Store and viewer are types without values here, and SQLite is not linked.

pub use throughline_edge::host::Absent as Store;

use crate::body::{NativeBody, SendBody};
use crate::connection::Client;
use crate::listen::Listen;
use crate::store_bounds::StoreBounds;
use http::request::Parts;
use http::{Request, Response};
use std::net::IpAddr;
use std::path::Path;
use throughline_edge::{Config, Machine};
use tokio::sync::watch;

/// Why there is no development mode. The operator chose this build.
#[derive(Debug, thiserror::Error)]
#[error(
    "this build has no development mode: no store and no viewer; build one that has it with `cargo build --release -p throughline`, without --no-default-features"
)]
pub(crate) struct DevError;

pub(crate) fn open(_: Option<&Path>, _: StoreBounds, _: &[&Listen]) -> Result<Store, DevError> {
    Err(DevError)
}

pub(crate) const fn bounds(store: &Store) -> &'static str {
    match *store {}
}

pub(crate) fn config() -> Config {
    Config::default()
}

/// The viewer that no host of this build has.
#[derive(Debug)]
pub(crate) enum Viewer {}

impl Viewer {
    pub(crate) fn new(store: Store, _: Machine, _: IpAddr) -> Self {
        match store {}
    }

    pub(crate) fn refuse(&self, _: &Parts) -> Option<Response<SendBody>> {
        match *self {}
    }

    pub(crate) const fn is_mcp(_: &Parts) -> bool {
        false
    }

    pub(crate) async fn respond_mcp(&self, _: Request<NativeBody>) -> Response<SendBody> {
        match *self {}
    }

    pub(crate) async fn respond(
        &self,
        _: &Parts,
        _: &Client,
        _: watch::Receiver<bool>,
    ) -> Option<Response<SendBody>> {
        match *self {}
    }
}

/// The commands that ask a store, of which this build has none.
pub(crate) mod cli {
    use super::DevError;
    use std::ffi::OsString;

    pub(crate) type CommandError = DevError;

    pub(crate) const fn is_command(_: &[OsString]) -> bool {
        false
    }

    pub(crate) fn run(_: Vec<OsString>) -> Result<(), CommandError> {
        Err(DevError)
    }

    pub(crate) const fn help() -> String {
        String::new()
    }

    pub(crate) const fn help_of(_: &str) -> Option<String> {
        None
    }
}
