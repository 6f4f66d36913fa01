//! Suite `sourcemap`: reads source maps, and looks positions up in the one that was read last.

use crate::request::RequestError;
use serde::{Deserialize, Serialize};
use throughline_sourcemap::SourceMap;

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub(crate) enum Request {
    Load { map: String },
    Lookup { line: u32, column: u32 },
}

#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Response {
    Loaded {
        ok: bool,
        sources: Vec<Option<String>>,
        /// The addresses of the sources in the ignore list.
        ignored: Vec<Option<String>>,
    },
    Refused {
        ok: bool,
        error: String,
    },
    Found {
        source: Option<String>,
        line: Option<u32>,
        column: Option<u32>,
        name: Option<String>,
    },
}

/// The map that was read last.
#[derive(Default)]
pub(crate) struct Session(Option<SourceMap>);

impl Session {
    pub(crate) fn respond(&mut self, request: Request) -> Result<Response, RequestError> {
        match request {
            Request::Load { map } => Ok(self.load(&map)),
            Request::Lookup { line, column } => self.look_up(line, column),
        }
    }

    fn load(&mut self, map: &str) -> Response {
        self.0 = None;
        match SourceMap::parse(map) {
            Ok(map) => {
                let sources = map.sources().iter();
                let ignored = sources.clone().filter(|source| source.ignored);
                let loaded = Response::Loaded {
                    ok: true,
                    ignored: ignored.map(|source| source.url.clone()).collect(),
                    sources: sources.map(|source| source.url.clone()).collect(),
                };
                self.0 = Some(map);
                loaded
            }
            Err(error) => Response::Refused {
                ok: false,
                error: error.to_string(),
            },
        }
    }

    fn look_up(&self, line: u32, column: u32) -> Result<Response, RequestError> {
        let map = self.0.as_ref().ok_or(RequestError::NoSourceMap)?;
        let original = map.lookup(line, column);
        Ok(Response::Found {
            source: original.and_then(|original| original.url).map(Into::into),
            line: original.map(|original| original.line),
            column: original.map(|original| original.column),
            name: original.and_then(|original| original.name).map(Into::into),
        })
    }
}
