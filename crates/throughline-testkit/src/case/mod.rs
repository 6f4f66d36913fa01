//! What does a case send, and what must come of it?
//!
//! ```toml
//! about = "A span without a trace id costs only itself"
//! config = "shop"                      # tests/cases/edge/shop.toml
//!
//! [request]
//! path = "/v1/traces?key=pk_shop"      # POST when nothing else is said
//! headers = [["content-type", "application/x-protobuf"]]
//! [request.body]                       # text | file | bundle, then:
//! file = "request.json"
//! otlp = "traces"                      # OTLP/JSON translated to protobuf
//! compress = "gzip"                    # gzip | deflate | zstd
//!
//! [response]
//! status = 200
//! headers = { content-type = "application/x-protobuf" }
//! body = { partialSuccess = { rejectedSpans = "1", errorMessage = "<any>" } }
//!
//! [[backend]]                          # every request the backend must receive
//! path = "/v1/traces"
//! file = "backend.json"                # attribute lists as objects, see `pattern`
//! ```
//!
//! `{backend}`, `{upstream}` and `{edge}` stand for base URLs in configurations, texts and
//! expectations; `{nobody}` for one where nobody listens.

mod body;
mod check;
mod places;

use crate::recorder::Reply;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use body::BodySpec;
pub use check::{Answered, Happened};
pub use places::Places;

/// The folders of tests/cases that are played on an edge.
pub const AREAS: &[&str] = &[
    "authenticate",
    "bundle",
    "conformance",
    "export",
    "facts",
    "proxy",
    "receive",
];

/// One folder below tests/cases.
#[derive(Debug, Clone)]
pub struct Case {
    /// `receive/gzip`.
    pub name: String,
    folder: PathBuf,
    /// What case.toml says.
    pub spec: Spec,
}

/// What case.toml says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// What it shows, in a sentence.
    pub about: String,
    /// The edge's configuration: a file of `tests/cases/edge`, without `.toml`.
    pub config: String,
    /// Hosts that never let this reach the edge, and why.
    #[serde(default)]
    pub not_on: BTreeMap<String, String>,
    /// What is sent.
    pub request: RequestSpec,
    /// What must be answered.
    pub response: ResponseSpec,
    /// What the backend must receive. Requests of one path come in order.
    #[serde(default)]
    pub backend: Vec<ReceivedSpec>,
    /// What the backend answers; 200 when nothing is said.
    #[serde(default)]
    pub backend_replies: Vec<Reply>,
    /// What the upstream must receive.
    #[serde(default)]
    pub upstream: Vec<ReceivedSpec>,
    /// What the upstream answers; 200 when nothing is said.
    #[serde(default)]
    pub upstream_replies: Vec<Reply>,
}

/// What is sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestSpec {
    /// GET, POST, …
    #[serde(default = "post")]
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names and values, in the order they are sent.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(default)]
    pub body: BodySpec,
}

/// What must be answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseSpec {
    /// The status code.
    pub status: u16,
    /// Headers that must be there; values are patterns, several of one name joined by `, `.
    #[serde(default)]
    pub headers: toml::Table,
    /// Headers that must not be there.
    #[serde(default)]
    pub absent: Vec<String>,
    /// The body: a pattern for text, a table for what is JSON or OTLP protobuf.
    pub body: Option<toml::Value>,
}

/// A request that a backend or an upstream must receive.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceivedSpec {
    /// GET, POST, …
    #[serde(default = "post")]
    pub method: String,
    /// Path and query: a pattern.
    pub path: String,
    /// As in [`ResponseSpec::headers`].
    #[serde(default)]
    pub headers: toml::Table,
    /// Headers that must not be there.
    #[serde(default)]
    pub absent: Vec<String>,
    /// The body as JSON, in a file of the case.
    pub file: Option<String>,
    /// The body as text: a pattern.
    pub text: Option<String>,
}

impl Case {
    /// All cases of some areas, in order.
    ///
    /// # Errors
    /// [`CaseError`] names the case that cannot be read; whoever wrote it is at fault.
    pub fn all(cases: &Path, areas: &[&str]) -> Result<Vec<Self>, CaseError> {
        let mut all = Vec::new();
        for area in areas {
            for folder in folders(&cases.join(area))? {
                let name = folder.file_name().unwrap_or_default().to_string_lossy();
                all.push(Self::read(format!("{area}/{name}"), &folder)?);
            }
        }
        Ok(all)
    }

    fn read(name: String, folder: &Path) -> Result<Self, CaseError> {
        let text = read_text(&folder.join("case.toml"))?;
        let spec = toml::from_str(&text).map_err(|error| CaseError::Spec {
            case: name.clone(),
            error: Box::new(error),
        })?;
        Ok(Self {
            name,
            folder: folder.to_owned(),
            spec,
        })
    }
}

/// Why a case cannot be read. Whoever wrote it is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// A file or folder cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// case.toml is not as it should be.
    #[error("{case}/case.toml: {error}")]
    Spec {
        /// Which.
        case: String,
        /// What is wrong.
        error: Box<toml::de::Error>,
    },
    /// A body cannot be made.
    #[error("{case}: {reason}")]
    Body {
        /// Which.
        case: String,
        /// What is wrong.
        reason: String,
    },
}

pub(crate) fn read_text(path: &Path) -> Result<String, CaseError> {
    std::fs::read_to_string(path).map_err(|error| CaseError::File {
        path: path.into(),
        error,
    })
}

fn folders(area: &Path) -> Result<Vec<PathBuf>, CaseError> {
    let failed = |error| CaseError::File {
        path: area.into(),
        error,
    };
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(area).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn post() -> String {
    String::from("POST")
}
