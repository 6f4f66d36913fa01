//! Uploads of indexes: `PUT` stores one, `HEAD` says whether it is stored. None is ever given out.
//!
//! An upload is no telemetry: it has a key of its own kind, and no page may send it.

use super::SourceMaps;
use super::store::Store;
use crate::admission::Projects;
use crate::config::Config;
use crate::host::{self, Host, Level, Outgoing, SourceMapKey, SourceMapsError, timeout};
use crate::http::{Refusal, response};
use crate::machine::Machine;
use crate::outcome::{self, Outcomes};
use crate::receiver::body::{self, BodyFormat, Compression};
use crate::receiver::credential;
use crate::time::nanos;
use bytes::Bytes;
use core::time::Duration;
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use std::rc::Rc;
use throughline_sourcemap::{DebugId, Header};

/// The path below `ingest.path`, in front of the debug id.
pub(crate) const PATH: &str = "/v1/sourcemaps";

/// The part of the edge that stores indexes.
#[derive(Debug)]
pub(crate) struct Uploads {
    maps: SourceMaps,
    max_bytes: usize,
    projects: Rc<Projects>,
    outcomes: Outcomes,
    machine: Machine,
}

/// The end of a request that was admitted.
enum Done {
    /// The index is stored.
    Stored,
    /// Whether there is an index.
    IsThere(bool),
}

impl Uploads {
    pub(crate) fn new(
        config: &Config,
        maps: SourceMaps,
        projects: Rc<Projects>,
        outcomes: Outcomes,
        machine: Machine,
    ) -> Self {
        Self {
            maps,
            max_bytes: config.sourcemaps.max_index_bytes,
            projects,
            outcomes,
            machine,
        }
    }

    /// Handles a request for a path below [`PATH`], which is `id`.
    pub(crate) async fn handle<H: Host>(
        &self,
        host: &H,
        head: &Parts,
        mut body: H::Body,
        id: &str,
    ) -> Response<Outgoing<H::Body>> {
        let admitted = self.admit(host, head, id);
        let sends_no_body = admitted.is_err() && body::awaits_continue(&head.headers);
        let done = match admitted {
            Ok((key, id)) if head.method == Method::PUT => {
                self.store(host, head, &mut body, key, id).await
            }
            Ok((key, _)) => self.find(host, &key).await,
            Err(refusal) => Err(refusal),
        };
        let reason = done.as_ref().err().map(Refusal::reason);
        let mut response = match done {
            Ok(Done::Stored) => empty(StatusCode::NO_CONTENT),
            Ok(Done::IsThere(true)) => empty(StatusCode::OK),
            Ok(Done::IsThere(false)) => empty(StatusCode::NOT_FOUND),
            Err(refusal) => {
                if !sends_no_body {
                    body::drain(host, &mut body).await;
                }
                let kind = format!("refused source maps, {}", refusal.reason().as_str());
                let line = || {
                    let status = refusal.status().as_u16();
                    format!("refused a source map with {status}: {refusal}")
                };
                (self.machine.log_limit).log(host, Level::Warning, kind, line);
                response::refusal(&refusal)
            }
        };
        let no_store = HeaderValue::from_static("no-store");
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, no_store);
        self.outcomes.responded(outcome::Response {
            route: Some(PATH),
            status: response.status().as_u16(),
            reason,
        });
        response.map(Outgoing::Bytes)
    }

    /// Decides by the head alone whether the sender may upload this index, or ask for it.
    fn admit<H: Host>(
        &self,
        host: &H,
        head: &Parts,
        id: &str,
    ) -> Result<(SourceMapKey, DebugId), Refusal> {
        if !matches!(head.method, Method::PUT | Method::HEAD) {
            return Err(Refusal::UploadMethod(head.method.clone()));
        }
        let key = credential::bearer(&head.headers);
        let project = (self.projects).authenticate_upload(key, host.now_unix_nano())?;
        let id = DebugId::parse(id).map_err(|_| Refusal::DebugId)?;
        if !self.maps.has_store(host) {
            let wanted = <H::SourceMaps as host::SourceMaps>::WANTED;
            return Err(Refusal::NoSourceMapStore(wanted));
        }
        Ok((SourceMapKey::new(project.name(), &id), id))
    }

    async fn find<H: Host>(&self, host: &H, key: &SourceMapKey) -> Result<Done, Refusal> {
        let found = Store::new(&self.maps, host).contains(key);
        let found = timeout(host, FIND_WITHIN, found).await;
        Ok(Done::IsThere(self.responded(host, found)?))
    }

    async fn store<H: Host>(
        &self,
        host: &H,
        head: &Parts,
        body: &mut H::Body,
        key: SourceMapKey,
        id: DebugId,
    ) -> Result<Done, Refusal> {
        let format = BodyFormat {
            compression: Compression::of(&head.headers)?,
            max_bytes: self.max_bytes,
            is_framed: false,
        };
        let reading = &self.machine.reading_bytes;
        let admitted = body::Admitted::by_head(host, &head.headers, format, reading);
        let read = match admitted {
            Ok(admitted) => admitted.read(host, body).await,
            Err(refusal) => Err(refusal),
        };
        let index = read.map_err(|refusal| match refusal {
            Refusal::TooLarge { limit } => Refusal::IndexTooLarge { limit },
            refusal => refusal,
        })?;
        check(&index, id)?;
        let now = host.now_unix_nano();
        let until = now.saturating_add(nanos(PUT_WITHIN));
        let held = (self.machine.storing_bytes).take(index.len(), now, until);
        let _held = held.ok_or(Refusal::Overloaded)?;
        let put = Store::new(&self.maps, host).put(&key, index);
        let put = timeout(host, PUT_WITHIN, put).await;
        self.responded(host, put)?;
        // Look-ups on this machine read the new one from now on. One that is reading the old one at
        // this moment may still keep parts of it, for as long as parts are kept.
        self.maps.cache().remove(&key);
        Ok(Done::Stored)
    }

    /// The response of the store; `None` where there was none in time.
    fn responded<H: Host, T>(
        &self,
        host: &H,
        response: Option<Result<T, SourceMapsError>>,
    ) -> Result<T, Refusal> {
        let late = || SourceMapsError("no response in time".into());
        response.unwrap_or_else(|| Err(late())).map_err(|error| {
            let line = || format!("the store of source maps failed: {error}");
            let log_limit = &self.machine.log_limit;
            log_limit.log(
                host,
                Level::Error,
                "a store of source maps, at an upload",
                line,
            );
            Refusal::SourceMapStore
        })
    }
}

/// Checks that an index is whole, and of the script of this id.
fn check(index: &[u8], id: DebugId) -> Result<(), Refusal> {
    let refused = |why: &dyn core::fmt::Display| Refusal::Index(why.to_string().into());
    let header = Header::check(index).map_err(|error| refused(&error))?;
    match header.debug_id {
        of if of == id => Ok(()),
        of => Err(refused(&format_args!(
            "it is of the debug id {of}, and not of that in the path"
        ))),
    }
}

fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// How long the store may take to say whether it has an index.
const FIND_WITHIN: Duration = Duration::from_secs(10);
/// How long the store may take for an index.
const PUT_WITHIN: Duration = Duration::from_secs(60);
