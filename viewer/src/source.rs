//! Runs queries in a store of this process, or in a program elsewhere.

use crate::query::catalog::Query;
use crate::query::errors::Resolve;
use crate::query::{self, Parameters, QueryError};
use crate::store::unix_nano_now;
use crate::{Store, StoreError};
use bytes::Bytes;
use serde_json::Value as Json;
use std::ops::ControlFlow;
use std::time::Duration;
use throughline_otlp::Signal;

/// A store, as the command line and MCP see it. [`Store`] is one; a host has one that asks another
/// program by HTTP.
pub trait Source: Send + Sync {
    /// Runs a query. `parameters` is as in a URL: `service=shop&limit=5`.
    ///
    /// # Errors
    /// [`SourceError`].
    fn query(&self, query: &Query, parameters: &str) -> Result<Json, SourceError>;

    /// Traces with their log records, as a zip archive of OTLP JSON lines. `parameters` are those
    /// of the query `traces`.
    ///
    /// # Errors
    /// [`SourceError`].
    fn export(&self, parameters: &str) -> Result<Bytes, SourceError>;

    /// Marks a group of errors as resolved, or takes that back. `parameters` name it: `group=ID`.
    ///
    /// # Errors
    /// [`SourceError`].
    fn resolve(&self, change: Resolve, parameters: &str) -> Result<(), SourceError>;

    /// Stores an export request in OTLP/JSON.
    ///
    /// # Errors
    /// [`SourceError`].
    fn append(&self, signal: Signal, export_request: Bytes) -> Result<(), SourceError>;

    /// Waits until all that was appended can be asked for.
    ///
    /// # Errors
    /// [`SourceError::Failed`] when that is not so in time.
    fn settle(&self) -> Result<(), SourceError>;

    /// Calls `look` at once and after each change of the store, until it breaks or the person ends the
    /// program by Ctrl-C. `look` may say after which time it is called though nothing changes.
    ///
    /// # Errors
    /// [`SourceError::Refused`] for a store that no program writes to, [`SourceError::Failed`] when the
    /// program that is followed ends.
    fn follow(
        &self,
        look: &mut dyn FnMut() -> ControlFlow<(), Option<Duration>>,
    ) -> Result<(), SourceError>;
}

/// Why a source has no result.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A parameter is wrong, or nothing has this id. Who asks is at fault.
    #[error("{0}")]
    Refused(String),
    /// The program cannot be reached, or the store fails.
    #[error("{0}")]
    Failed(String),
}

impl Source for Store {
    fn query(&self, query: &Query, parameters: &str) -> Result<Json, SourceError> {
        Ok(query::run(
            self,
            query.name,
            Parameters::parse(Some(parameters)),
        )?)
    }

    fn export(&self, parameters: &str) -> Result<Bytes, SourceError> {
        Ok(query::export::run(self, Parameters::parse(Some(parameters)))?.into())
    }

    fn resolve(&self, change: Resolve, parameters: &str) -> Result<(), SourceError> {
        query::errors::resolve(self, change, Parameters::parse(Some(parameters)))?;
        Ok(())
    }

    fn append(&self, signal: Signal, export_request: Bytes) -> Result<(), SourceError> {
        let schema = throughline_otlp::schema::export_request(signal);
        let request = throughline_otlp::json::to_protobuf(schema, &export_request);
        let request = request.map_err(|error| SourceError::Refused(error.to_string()))?;
        let now = unix_nano_now();
        Self::append(self, signal, &request, now).map_err(|error| match error {
            StoreError::Malformed(_) | StoreError::Identity => {
                SourceError::Refused(error.to_string())
            }
            _ => SourceError::Failed(error.to_string()),
        })
    }

    fn settle(&self) -> Result<(), SourceError> {
        Ok(())
    }

    fn follow(
        &self,
        _: &mut dyn FnMut() -> ControlFlow<(), Option<Duration>>,
    ) -> Result<(), SourceError> {
        Err(SourceError::Refused(
            "--follow needs a `throughline dev` that runs: nothing writes to the file of --store"
                .to_owned(),
        ))
    }
}

impl From<QueryError> for SourceError {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Export(_) | QueryError::Database(_) => Self::Failed(error.to_string()),
            _ => Self::Refused(error.to_string()),
        }
    }
}
