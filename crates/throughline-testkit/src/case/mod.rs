//! Cases: a request to an edge, and the expected response, exports and upstream requests.
//!
//! ```toml
//! about = "A span without a trace id is rejected alone"
//! config = "shop"                      # tests/cases/edge/shop.toml
//!
//! [request]
//! path = "/v1/traces?key=pk_shop"      # POST by default
//! headers = [["content-type", "application/x-protobuf"]]
//! [request.body]                       # text | file | bundle, then:
//! file = "request.json"
//! otlp = "traces"                      # OTLP/JSON translated to protobuf
//! compress = "gzip"                    # gzip | deflate | zstd | br
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
//! `{backend}`, `{upstream}` and `{edge}` are replaced by base URLs in configurations, texts
//! and expectations; `{unreachable}` by the URL of a port that nothing listens on.

mod body;
mod check;
mod places;

use crate::recorder::Reply;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use body::BodySpec;
pub use check::{ActualResponse, Happened};
pub use places::Places;

/// The folders of `tests/cases` that are run on an edge.
pub const AREAS: &[&str] = &[
    "authenticate",
    "bundle",
    "conformance",
    "export",
    "facts",
    "normalize",
    "proxy",
    "receive",
    "reporting",
    "sample",
    "scrub",
    "sentry",
];

/// A folder below an area of `tests/cases`.
#[derive(Debug, Clone)]
pub struct Case {
    /// Area and folder: `receive/gzip`.
    pub name: String,
    folder: PathBuf,
    /// The content of case.toml.
    pub spec: Spec,
}

/// The content of case.toml.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The behaviour of the edge, in a sentence.
    pub about: String,
    /// The edge's configuration: a file of `tests/cases/edge`, without `.toml`.
    pub config: String,
    /// Hosts whose platform does not pass this request to the edge, with the reason.
    #[serde(default)]
    pub not_on: BTreeMap<String, String>,
    /// The request.
    pub request: RequestSpec,
    /// The expected response.
    pub response: ResponseSpec,
    /// The requests that the backend must receive; those of one path in this order.
    #[serde(default)]
    pub backend: Vec<ReceivedSpec>,
    /// The replies of the backend; 200 by default.
    #[serde(default)]
    pub backend_replies: Vec<Reply>,
    /// The requests that the upstream must receive.
    #[serde(default)]
    pub upstream: Vec<ReceivedSpec>,
    /// The replies of the upstream; 200 by default.
    #[serde(default)]
    pub upstream_replies: Vec<Reply>,
}

/// A request to the edge.
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

/// An expected response.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseSpec {
    /// The status code.
    pub status: u16,
    /// Required headers; values are patterns, repeated headers are joined by `, `.
    #[serde(default)]
    pub headers: toml::Table,
    /// Headers that must not be there.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Whether the connection ends before the body does.
    #[serde(default)]
    pub breaks_off: bool,
    /// The body: a pattern for text, a table for JSON and OTLP protobuf.
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
    /// Reads all cases of some areas, in order.
    ///
    /// # Errors
    /// [`CaseError`] names the case that cannot be read; its author is at fault.
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

/// A case that cannot be read. Its author is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// A file or folder cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// case.toml is malformed.
    #[error("{case}/case.toml: {error}")]
    Spec {
        /// Name of the case.
        case: String,
        /// The fault.
        error: Box<toml::de::Error>,
    },
    /// A body cannot be built.
    #[error("{case}: {reason}")]
    Body {
        /// Name of the case.
        case: String,
        /// The fault.
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
