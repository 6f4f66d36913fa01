//! Cases: a request to an edge, and the expected response, exports and upstream requests.
//!
//! ```toml
//! about = "A span without a trace id is rejected alone"
//! config = "shop"                      # tests/cases/edge/shop.toml
//!
//! [request]
//! path = "/v1/traces?key=pk_shop"      # POST by default
//! headers = [["content-type", "application/x-protobuf"]]
//! [request.body]                       # text | file | index | bundle, then:
//! file = "request.json"
//! otlp = "traces"                      # OTLP/JSON translated to protobuf
//! compress = "gzip"                    # gzip | deflate | zstd | br | deflate, dictionary
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
//! Further steps are `[[then]]`, with the same keys. `[counted]` is what the counts of `GET /stats`
//! are more afterwards; the configuration then has [`STATS_KEY`] for them.
//!
//! `{backend}`, `{upstream}` and `{edge}` are replaced by base URLs in configurations, texts
//! and expectations; `{unreachable}` by the URL of a port that nothing listens on. In requests
//! `{script}` is the path of the script that pages get now, `{script-hash}` its SHA-256 as
//! `Available-Dictionary` has it.

mod body;
mod check;
mod counted;
mod places;
mod spec;

use std::path::{Path, PathBuf};

pub use body::BodySpec;
pub use check::{ActualResponse, Happened};
pub use counted::{STATS_KEY, STATS_PATH, is_any_queued};
pub use places::Places;
pub use spec::{ReceivedSpec, RequestSpec, ResponseSpec, Spec, Step};

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
    "script",
    "scrub",
    "sentry",
    "source-maps",
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
