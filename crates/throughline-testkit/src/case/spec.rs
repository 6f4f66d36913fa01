//! The content of case.toml.

use super::BodySpec;
use crate::recorder::Reply;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use throughline_edge::script;
use throughline_otlp::json::base64;
use toml::Table;

/// The content of case.toml: what the case is about, and its steps. The keys of the first step
/// are those of the file itself, further ones are `[[then]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Table")]
pub struct Spec {
    /// The behaviour of the edge, in a sentence.
    pub about: String,
    /// The edge's configuration: a file of `tests/cases/edge`, without `.toml`.
    pub config: String,
    /// Hosts whose platform does not pass this request to the edge, with the reason.
    pub not_on: BTreeMap<String, String>,
    /// The steps, each of which begins when the one before it has ended.
    pub steps: Vec<Step>,
    /// The growth of the edge's counts, as `GET /stats` has them, during the case.
    /// Parts of them that are not named here may have changed too.
    pub counted: Table,
}

/// A request, and what comes of it. The step ends when the backend has received everything.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The request.
    pub request: RequestSpec,
    /// The expected response.
    pub response: ResponseSpec,
    /// The requests that the backend must receive, and no other; those of one path in this
    /// order.
    #[serde(default)]
    pub backend: Vec<ReceivedSpec>,
    /// Requests that must be among those that the backend receives, in place of `backend`.
    #[serde(default)]
    pub backend_among: Vec<ReceivedSpec>,
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
    /// Path and query. `{script}` is the address of the script that the edge serves, below
    /// `ingest.path`.
    pub path: String,
    /// Names and values, in the order they are sent.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(default)]
    pub body: BodySpec,
    /// How many times it is sent, one after the other. Each has the same response.
    #[serde(default = "once")]
    pub times: usize,
}

/// An expected response.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseSpec {
    /// The status code.
    pub status: u16,
    /// Required headers; values are patterns, repeated headers are joined by `, `.
    #[serde(default)]
    pub headers: Table,
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
    pub headers: Table,
    /// Headers that must not be there.
    #[serde(default)]
    pub absent: Vec<String>,
    /// The body as JSON, in a file of the case.
    pub file: Option<String>,
    /// The body as text: a pattern.
    pub text: Option<String>,
    /// How many times it is received.
    #[serde(default = "once")]
    pub times: usize,
    /// The least time since the request to the same path before it, in ms.
    #[serde(default)]
    pub after_ms: u64,
}

impl Step {
    /// How many requests the backend must receive.
    pub fn backend_requests(&self) -> usize {
        self.backend.iter().map(|expected| expected.times).sum()
    }
}

impl TryFrom<Table> for Spec {
    type Error = toml::de::Error;

    fn try_from(mut table: Table) -> Result<Self, Self::Error> {
        let about = take(&mut table, "about")?;
        let config = take(&mut table, "config")?;
        let not_on = take_table(&mut table, "not_on").try_into()?;
        let counted = take_table(&mut table, "counted");
        let then: Vec<Step> = match table.remove("then") {
            Some(then) => then.try_into()?,
            None => Vec::new(),
        };
        let mut steps: Vec<Step> = vec![table.try_into()?];
        steps.extend(then);
        for Step { request, .. } in &mut steps {
            request.path = request.path.replace("{script}", &script::current().path);
            for (_, value) in &mut request.headers {
                *value = value.replace("{script-hash}", &hash_of_script());
            }
        }
        Ok(Self {
            about,
            config,
            not_on,
            steps,
            counted,
        })
    }
}

/// The SHA-256 of the current script, as a header has it.
fn hash_of_script() -> String {
    format!(":{}:", base64::encode(&Sha256::digest(script::text())))
}

/// The value of a key that must be there.
fn take<T: DeserializeOwned>(table: &mut Table, key: &str) -> Result<T, toml::de::Error> {
    let value = table.remove(key);
    value.map_or_else(
        || Err(serde::de::Error::custom(format!("`{key}` is missing"))),
        toml::Value::try_into,
    )
}

/// The table of a key, which is empty where it is not there.
fn take_table(table: &mut Table, key: &str) -> Table {
    match table.remove(key) {
        Some(toml::Value::Table(found)) => found,
        Some(other) => Table::from_iter([(key.to_owned(), other)]),
        None => Table::new(),
    }
}

const fn once() -> usize {
    1
}

fn post() -> String {
    String::from("POST")
}
