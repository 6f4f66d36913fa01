// Generated from registry.toml by `cargo xtask codegen`.

/// Brands from `navigator.userAgentData`, name and version.
pub const BROWSER_BRANDS: &str = "browser.brands";

/// Selector of the element, provisional name.
pub const BROWSER_CSS_SELECTOR: &str = "browser.css_selector";

/// URL of the document.
pub const BROWSER_DOCUMENT_URL_FULL: &str = "browser.document.url.full";

/// Preferred language of the user, `navigator.language`.
pub const BROWSER_LANGUAGE: &str = "browser.language";

/// Whether the browser runs on a mobile device, from `navigator.userAgentData`.
pub const BROWSER_MOBILE: &str = "browser.mobile";

/// Button of the mouse, provisional name.
pub const BROWSER_MOUSE_EVENT_BUTTON: &str = "browser.mouse_event.button";

/// Platform from `navigator.userAgentData`.
pub const BROWSER_PLATFORM: &str = "browser.platform";

/// Time when connecting ended, ms since the page's time origin, provisional name.
pub const BROWSER_RESOURCE_TIMING_CONNECT_END: &str = "browser.resource_timing.connect_end";

/// Time when connecting began, ms since the page's time origin, provisional name.
pub const BROWSER_RESOURCE_TIMING_CONNECT_START: &str = "browser.resource_timing.connect_start";

/// Time when the name lookup ended, ms since the page's time origin, provisional name.
pub const BROWSER_RESOURCE_TIMING_DOMAIN_LOOKUP_END: &str = "browser.resource_timing.domain_lookup_end";

/// Time when the name lookup began, ms since the page's time origin, provisional name.
pub const BROWSER_RESOURCE_TIMING_DOMAIN_LOOKUP_START: &str = "browser.resource_timing.domain_lookup_start";

/// Time when the browser began to fetch, ms since the page's time origin, provisional name.
pub const BROWSER_RESOURCE_TIMING_FETCH_START: &str = "browser.resource_timing.fetch_start";

/// Time when the request was sent, ms since the page's time origin, provisional name.
pub const BROWSER_RESOURCE_TIMING_REQUEST_START: &str = "browser.resource_timing.request_start";

/// Time when the last byte came, ms since the page's time origin, provisional name.
pub const BROWSER_RESOURCE_TIMING_RESPONSE_END: &str = "browser.resource_timing.response_end";

/// Time when the first byte came, ms since the page's time origin, provisional name.
pub const BROWSER_RESOURCE_TIMING_RESPONSE_START: &str = "browser.resource_timing.response_start";

/// Time when the TLS handshake began, ms since the page's time origin, provisional name.
pub const BROWSER_RESOURCE_TIMING_SECURE_CONNECTION_START: &str = "browser.resource_timing.secure_connection_start";

/// Tag of the element, provisional name.
pub const BROWSER_TAG_NAME: &str = "browser.tag_name";

/// Event name of a web vital.
pub const BROWSER_WEB_VITAL: &str = "browser.web_vital";

/// Difference from the value reported before.
pub const BROWSER_WEB_VITAL_DELTA: &str = "browser.web_vital.delta";

/// Id of this measurement.
pub const BROWSER_WEB_VITAL_ID: &str = "browser.web_vital.id";

/// `cls`, `fcp`, `inp`, `lcp` or `ttfb`.
pub const BROWSER_WEB_VITAL_NAME: &str = "browser.web_vital.name";

/// Type of the navigation that loaded the page.
pub const BROWSER_WEB_VITAL_NAVIGATION_TYPE: &str = "browser.web_vital.navigation_type";

/// `good`, `needs-improvement` or `poor`.
pub const BROWSER_WEB_VITAL_RATING: &str = "browser.web_vital.rating";

/// Value: ms, or the layout shift score.
pub const BROWSER_WEB_VITAL_VALUE: &str = "browser.web_vital.value";

/// Address of the client.
pub const CLIENT_ADDRESS: &str = "client.address";

/// Column of the top frame, from 1.
pub const CODE_COLUMN_NUMBER: &str = "code.column.number";

/// File or URL of the top frame.
pub const CODE_FILE_PATH: &str = "code.file.path";

/// Function of the top frame.
pub const CODE_FUNCTION_NAME: &str = "code.function.name";

/// Line of the top frame, from 1.
pub const CODE_LINE_NUMBER: &str = "code.line.number";

/// Deployment environment, for example `production`.
pub const DEPLOYMENT_ENVIRONMENT_NAME: &str = "deployment.environment.name";

/// `mobile` or `desktop`, where the browser says which, provisional name.
pub const DEVICE_CLASS: &str = "device.class";

/// Class of the error: a status code, an exception type or a fixed word.
pub const ERROR_TYPE: &str = "error.type";

/// Event name of an exception's log record.
pub const EXCEPTION: &str = "exception";

/// Message of the exception.
pub const EXCEPTION_MESSAGE: &str = "exception.message";

/// Stack trace as the language prints it.
pub const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";

/// Type of the exception.
pub const EXCEPTION_TYPE: &str = "exception.type";

/// Method, upper case; `_OTHER` for one that is not known.
pub const HTTP_REQUEST_METHOD: &str = "http.request.method";

/// Method as sent, when it differs from `http.request.method`.
pub const HTTP_REQUEST_METHOD_ORIGINAL: &str = "http.request.method_original";

/// Size of the response body, bytes.
pub const HTTP_RESPONSE_BODY_SIZE: &str = "http.response.body.size";

/// Status code of the response.
pub const HTTP_RESPONSE_STATUS_CODE: &str = "http.response.status_code";

/// The matched route, as a template.
pub const HTTP_ROUTE: &str = "http.route";

/// Version of the application protocol.
pub const NETWORK_PROTOCOL_VERSION: &str = "network.protocol.version";

/// Whether the series has the measurements of those beyond the limit.
pub const OTEL_METRIC_OVERFLOW: &str = "otel.metric.overflow";

/// Host name or address of the server.
pub const SERVER_ADDRESS: &str = "server.address";

/// Port of the server.
pub const SERVER_PORT: &str = "server.port";

/// Id of one running instance.
pub const SERVICE_INSTANCE_ID: &str = "service.instance.id";

/// Logical name of the service.
pub const SERVICE_NAME: &str = "service.name";

/// Version of the service, any form.
pub const SERVICE_VERSION: &str = "service.version";

/// Id of the session.
pub const SESSION_ID: &str = "session.id";

/// Id of the session before this one.
pub const SESSION_PREVIOUS_ID: &str = "session.previous_id";

/// Event name of a session's start.
pub const SESSION_START: &str = "session.start";

/// Name of the distribution of an SDK.
pub const TELEMETRY_DISTRO_NAME: &str = "telemetry.distro.name";

/// Version of the distribution.
pub const TELEMETRY_DISTRO_VERSION: &str = "telemetry.distro.version";

/// Language of the SDK; `webjs` in a page.
pub const TELEMETRY_SDK_LANGUAGE: &str = "telemetry.sdk.language";

/// Name of the SDK that created the telemetry.
pub const TELEMETRY_SDK_NAME: &str = "telemetry.sdk.name";

/// Version of the SDK.
pub const TELEMETRY_SDK_VERSION: &str = "telemetry.sdk.version";

/// Backend that a record was for, where records go to several.
pub const THROUGHLINE_BACKEND: &str = "throughline.backend";

/// Metric name: records by signal, outcome and reason.
pub const THROUGHLINE_EDGE_RECORDS: &str = "throughline.edge.records";

/// Event name: the page's engine failed or could not be loaded.
pub const THROUGHLINE_ENGINE_FAILURE: &str = "throughline.engine.failure";

/// The error with which the engine failed, as text. It is none of the page's.
pub const THROUGHLINE_ENGINE_FAILURE_MESSAGE: &str = "throughline.engine.failure.message";

/// `trap` or `unavailable`.
pub const THROUGHLINE_ENGINE_FAILURE_REASON: &str = "throughline.engine.failure.reason";

/// Chain of `cause`, outermost first: list of maps with `type`, `message`, `stacktrace`.
pub const THROUGHLINE_EXCEPTION_CAUSES: &str = "throughline.exception.causes";

/// Number of identical exceptions that the record represents.
pub const THROUGHLINE_EXCEPTION_COUNT: &str = "throughline.exception.count";

/// Parsed frames, innermost last: list of maps with `function`, `filename`, `lineno`, `colno`.
pub const THROUGHLINE_EXCEPTION_FRAMES: &str = "throughline.exception.frames";

/// Whether the application handled the exception.
pub const THROUGHLINE_EXCEPTION_HANDLED: &str = "throughline.exception.handled";

/// Source of the exception: `onerror`, `onunhandledrejection` or `captureException`.
pub const THROUGHLINE_EXCEPTION_MECHANISM: &str = "throughline.exception.mechanism";

/// Outcome of a record: `exported`, `rejected`, `sampled_out`, `handed_over` or `dropped_by_page`.
pub const THROUGHLINE_OUTCOME: &str = "throughline.outcome";

/// Whether the parent span was inferred from the time.
pub const THROUGHLINE_PARENT_INFERRED: &str = "throughline.parent.inferred";

/// Reason why a record was rejected or dropped.
pub const THROUGHLINE_REASON: &str = "throughline.reason";

/// Metric name: durations of requests, s, by what is known of them.
pub const THROUGHLINE_REQUEST_DURATION: &str = "throughline.request.duration";

/// `server` where the service received the request, `page` where a page sent it.
pub const THROUGHLINE_REQUEST_SIDE: &str = "throughline.request.side";

/// `1xx` to `5xx`, or `none` without a response.
pub const THROUGHLINE_REQUEST_STATUS_CLASS: &str = "throughline.request.status_class";

/// Event name: a part of the page's package could not be started.
pub const THROUGHLINE_SDK_DEGRADED: &str = "throughline.sdk.degraded";

/// The part that could not be started, for example `requests`.
pub const THROUGHLINE_SDK_PART: &str = "throughline.sdk.part";

/// `traces`, `logs` or `metrics`.
pub const THROUGHLINE_SIGNAL: &str = "throughline.signal";

/// Metric name: cumulative layout shift.
pub const THROUGHLINE_WEB_VITAL_CLS: &str = "throughline.web_vital.cls";

/// Metric name: first contentful paint, ms.
pub const THROUGHLINE_WEB_VITAL_FCP: &str = "throughline.web_vital.fcp";

/// Metric name: interaction to next paint, ms.
pub const THROUGHLINE_WEB_VITAL_INP: &str = "throughline.web_vital.inp";

/// Metric name: largest contentful paint, ms.
pub const THROUGHLINE_WEB_VITAL_LCP: &str = "throughline.web_vital.lcp";

/// Metric name: time to first byte, ms.
pub const THROUGHLINE_WEB_VITAL_TTFB: &str = "throughline.web_vital.ttfb";

/// Absolute URL, with credentials and signatures redacted.
pub const URL_FULL: &str = "url.full";

/// Path of the URL.
pub const URL_PATH: &str = "url.path";

/// Scheme of the URL.
pub const URL_SCHEME: &str = "url.scheme";

/// Low-cardinality template of the URL's path.
pub const URL_TEMPLATE: &str = "url.template";

/// The User-Agent header or `navigator.userAgent`.
pub const USER_AGENT_ORIGINAL: &str = "user_agent.original";
