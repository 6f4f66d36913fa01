//! The options of a page's telemetry.

use tracing_subscriber::filter::LevelFilter;

/// Where the page sends telemetry, and its names in it.
///
/// ```
/// use throughline_browser::web::Options;
///
/// let options = Options {
///     endpoint: "/_t".to_owned(),
///     key: Some("pk_demo".to_owned()),
///     service_name: "shop-web".to_owned(),
///     ..Options::default()
/// };
/// # assert_eq!(options.trace_propagation_targets.len(), 0);
/// ```
#[derive(Debug, Clone)]
pub struct Options {
    /// The address of a Throughline edge: `/_t`, or `https://edge.example`.
    pub endpoint: String,
    /// The project's public ingest key, `pk_…`, if the edge requires one.
    pub key: Option<String>,
    /// `service.name`: the page's name in traces; `unknown_service` when it is empty.
    pub service_name: String,
    /// `service.version`: the release that is running.
    pub service_version: Option<String>,
    /// `deployment.environment.name`, for example `production`.
    pub environment: Option<String>,
    /// Other origins whose requests by [`fetch`](super::fetch()) get the header `traceparent`; those
    /// of the page's own origin always do. An origin has to be equal: `https://api.example.com`.
    /// With a path, as in `https://example.com/api`, the request's path has to be this one or
    /// below it. The browser asks such an origin for permission first (a preflight).
    pub trace_propagation_targets: Vec<String>,
    /// Addresses that do not get the header after all, in the same form. List here what
    /// redirects to another origin: the browser asks that origin for permission to send the
    /// header, and without it the request fails.
    pub trace_propagation_exclusions: Vec<String>,
    /// Whether the person has agreed to telemetry (default `false`). Without it, nothing is recorded,
    /// stored or sent in a browser that asks not to be followed:
    /// [Global Privacy Control](https://www.w3.org/TR/gpc/).
    pub consent: bool,
    /// Whether a document in a frame, or a page of a browser extension, is recorded too (default `false`): a
    /// frame is a page of its own, with a load of its own, beside the one around it.
    pub embedded: bool,
    /// The most verbose level of spans and events of `tracing` that are recorded (default `INFO`),
    /// where [`init`](super::init()) installs the subscriber.
    pub level: LevelFilter,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            endpoint: String::new(),
            key: None,
            service_name: String::new(),
            service_version: None,
            environment: None,
            trace_propagation_targets: Vec::new(),
            trace_propagation_exclusions: Vec::new(),
            consent: false,
            embedded: false,
            level: LevelFilter::INFO,
        }
    }
}

/// Why a page has no telemetry. The page works without.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// There is no document: a server that renders the page, or a worker.
    #[error("there is no document here: call init in the page alone")]
    NoPage,
    /// The endpoint is no address of HTTP.
    #[error("the endpoint `{0}` is no address: write `/_t` or `https://edge.example`")]
    Endpoint(Box<str>),
    /// A target or an exclusion is no absolute address of HTTP.
    #[error("the target `{0}` is no origin: write `https://api.example.com`")]
    Target(Box<str>),
}
