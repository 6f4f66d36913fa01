// Generated from facts.toml by `cargo xtask codegen`.

/// Version of the format.
pub const FORMAT: u64 = 2;

/// The most UTF-16 code units that a page writes of a text.
pub const TEXT_LIMIT: usize = 8192;

/// How many fields the longest kind has, its letter included.
pub const MOST_FIELDS: usize = 27;

/// Stands between two fields.
pub const FIELD_END: u8 = 0x1f;

/// Stands between two items of a list.
pub const ITEM_END: u8 = 0x1d;

/// Ends a record.
pub const RECORD_END: u8 = 0x1e;

/// Every kind: its name, and the names of its fields from position 1 on.
pub const KINDS: [(u8, &str, &[&str]); 22] = [
    (b'H', "header", &["format", "package_version", "service_name", "service_version", "environment", "user_agent", "language", "platform", "mobile", "brands", "synthetic"]),
    (b'C', "context", &["time_origin", "session", "document_url", "own", "typed", "dropped"]),
    (b'M', "mark", &["sent"]),
    (b'S', "session_start", &["at", "trace", "span", "flags", "previous"]),
    (b'N', "document_load", &["start", "end", "trace", "span", "flags", "parent", "span_name", "fetch_start", "domain_lookup_start", "domain_lookup_end", "connect_start", "secure_connection_start", "connect_end", "request_start", "response_start", "response_end", "body_size", "http_version", "rest", "activation"]),
    (b'I', "click", &["start", "end", "trace", "span", "flags", "parent", "span_name", "tag", "selector", "button", "rest"]),
    (b'F', "request", &["start", "end", "trace", "span", "flags", "parent", "url", "method", "inferred", "status", "error", "host", "port", "name_end", "rest", "fetch_start", "domain_lookup_start", "domain_lookup_end", "connect_start", "secure_connection_start", "connect_end", "request_start", "response_start", "response_end", "body_size", "http_version"]),
    (b'R', "request_timing", &["url", "trace", "start", "end", "fetch_start", "domain_lookup_start", "domain_lookup_end", "connect_start", "secure_connection_start", "connect_end", "request_start", "response_start", "response_end", "body_size", "http_version", "request_span"]),
    (b'E', "exception", &["at", "trace", "span", "flags", "mechanism", "event_message", "file", "line", "column", "type", "message", "stacktrace", "causes", "injected", "severity", "count", "paths", "images"]),
    (b'L', "log", &["at", "trace", "span", "flags", "severity", "body", "event_name", "texts", "rest"]),
    (b'P', "span", &["start", "end", "trace", "span", "flags", "parent", "span_name", "texts", "rest"]),
    (b'W', "web_vital", &["at", "trace", "span", "flags", "vital", "value", "before", "visit", "navigation_type", "causes"]),
    (b'T', "engine_failure", &["at", "trace", "span", "flags", "reason", "message"]),
    (b'D', "degraded", &["at", "trace", "span", "flags", "part", "message"]),
    (b'X', "lost", &["reason", "count"]),
    (b'a', "visit", &["at", "began", "hidden", "response_start", "measures_shifts", "measures_interactions", "interactions", "trace", "span", "flags", "id", "navigation_type", "ttfb"]),
    (b'p', "first_contentful_paint", &["at", "fcp"]),
    (b'l', "largest_contentful_paint", &["at"]),
    (b's', "layout_shift", &["at", "value"]),
    (b'i', "interaction_event", &["at", "interaction", "duration"]),
    (b'f', "first_input", &["at", "lcp"]),
    (b'v', "hidden", &["at", "interactions", "visible", "cls", "inp", "trace", "span", "flags", "route_trace", "route_span", "route_flags"]),
];

/// The identity of a span, in lowercase hexadecimal digits; absent for no span.
pub mod span_ids {

    /// text: Trace id, 32 digits.
    pub const TRACE: usize = 0;

    /// text: Span id, 16 digits.
    pub const SPAN: usize = 1;

    /// text: Trace flags, 2 digits.
    pub const FLAGS: usize = 2;
}

/// What a performance entry says of a request (<https://www.w3.org/TR/resource-timing/>). Without a new connection the five times about it are absent.
pub mod timing {
    use crate::facts::{Attribute, Form};
    use throughline_semconv as semconv;

    /// time: The browser begins to fetch.
    pub const FETCH_START: usize = 0;

    /// time: The name lookup begins.
    pub const DOMAIN_LOOKUP_START: usize = 1;

    /// time: The name lookup ends.
    pub const DOMAIN_LOOKUP_END: usize = 2;

    /// time: The connection begins.
    pub const CONNECT_START: usize = 3;

    /// time: The TLS handshake begins.
    pub const SECURE_CONNECTION_START: usize = 4;

    /// time: The connection is there.
    pub const CONNECT_END: usize = 5;

    /// time: The request is sent.
    pub const REQUEST_START: usize = 6;

    /// time: The first byte of the response arrives.
    pub const RESPONSE_START: usize = 7;

    /// time: The last byte of the response arrives.
    pub const RESPONSE_END: usize = 8;

    /// integer: Encoded size of the body, bytes.
    pub const BODY_SIZE: usize = 9;

    /// text: Version of HTTP, for example `2`.
    pub const HTTP_VERSION: usize = 10;

    /// The fields that are attributes as they stand.
    pub const ATTRIBUTES: [Attribute; 11] = [
        (0, Form::Milliseconds, semconv::BROWSER_RESOURCE_TIMING_FETCH_START),
        (1, Form::Milliseconds, semconv::BROWSER_RESOURCE_TIMING_DOMAIN_LOOKUP_START),
        (2, Form::Milliseconds, semconv::BROWSER_RESOURCE_TIMING_DOMAIN_LOOKUP_END),
        (3, Form::Milliseconds, semconv::BROWSER_RESOURCE_TIMING_CONNECT_START),
        (4, Form::Milliseconds, semconv::BROWSER_RESOURCE_TIMING_SECURE_CONNECTION_START),
        (5, Form::Milliseconds, semconv::BROWSER_RESOURCE_TIMING_CONNECT_END),
        (6, Form::Milliseconds, semconv::BROWSER_RESOURCE_TIMING_REQUEST_START),
        (7, Form::Milliseconds, semconv::BROWSER_RESOURCE_TIMING_RESPONSE_START),
        (8, Form::Milliseconds, semconv::BROWSER_RESOURCE_TIMING_RESPONSE_END),
        (9, Form::Integer, semconv::HTTP_RESPONSE_BODY_SIZE),
        (10, Form::Text, semconv::NETWORK_PROTOCOL_VERSION),
    ];
}

/// `H`: The first fact of every text: the format, and the resource as far as the page knows it.
pub mod header {
    use crate::facts::{Attribute, Form};
    use throughline_semconv as semconv;

    /// The letter of the kind.
    pub const KIND: u8 = b'H';

    /// integer: Version of this format.
    pub const FORMAT: usize = 1;

    /// text: Version of the package.
    pub const PACKAGE_VERSION: usize = 2;

    /// text: Name of the page in telemetry.
    pub const SERVICE_NAME: usize = 3;

    /// text: Release that is running.
    pub const SERVICE_VERSION: usize = 4;

    /// text: For example `production`.
    pub const ENVIRONMENT: usize = 5;

    /// text: `navigator.userAgent`.
    pub const USER_AGENT: usize = 6;

    /// text: `navigator.language`.
    pub const LANGUAGE: usize = 7;

    /// text: `navigator.userAgentData.platform`.
    pub const PLATFORM: usize = 8;

    /// flag: `navigator.userAgentData.mobile`.
    pub const MOBILE: usize = 9;

    /// list: `navigator.userAgentData.brands`, each with its version. In version 1 each brand is a field of its own.
    pub const BRANDS: usize = 10;

    /// text: `bot` where `navigator.webdriver` says that a program drives the browser (<https://www.w3.org/TR/webdriver2/#interface>).
    pub const SYNTHETIC: usize = 11;

    /// The fields that are attributes as they stand.
    pub const ATTRIBUTES: [Attribute; 8] = [
        (3, Form::Text, semconv::SERVICE_NAME),
        (4, Form::Text, semconv::SERVICE_VERSION),
        (5, Form::Text, semconv::DEPLOYMENT_ENVIRONMENT_NAME),
        (6, Form::Text, semconv::USER_AGENT_ORIGINAL),
        (7, Form::Text, semconv::BROWSER_LANGUAGE),
        (8, Form::Text, semconv::BROWSER_PLATFORM),
        (9, Form::Flag, semconv::BROWSER_MOBILE),
        (11, Form::Text, semconv::USER_AGENT_SYNTHETIC_TYPE),
    ];
}

/// `C`: Session and document of the facts that follow.
pub mod context {
    use crate::facts::{Attribute, Form};
    use throughline_semconv as semconv;

    /// The letter of the kind.
    pub const KIND: u8 = b'C';

    /// unix_time: Wall clock at the page's time origin.
    pub const TIME_ORIGIN: usize = 1;

    /// text: Session id.
    pub const SESSION: usize = 2;

    /// text: Address of the document; the reader scrubs all addresses in a text.
    pub const DOCUMENT_URL: usize = 3;

    /// list: The page's own attributes of all records that follow: names, each with its value.
    pub const OWN: usize = 4;

    /// list: Those of them that are no texts in `own`: names, each with its value behind a letter. `i` is a whole number and `d` one with a fraction, as hexadecimal digits of their 64 bits, `b` is `true` or `false`, `s` a text. `L` alone begins a list, whose items follow, each behind an empty name.
    pub const TYPED: usize = 5;

    /// integer: How many of them were left out: the `dropped_attributes_count` of records that do not say so in `rest`, which has the sum then.
    pub const DROPPED: usize = 6;

    /// The fields that are attributes as they stand.
    pub const ATTRIBUTES: [Attribute; 2] = [
        (2, Form::Text, semconv::SESSION_ID),
        (3, Form::Text, semconv::BROWSER_DOCUMENT_URL_FULL),
    ];
}

/// `M`: All that the facts so far became has been sent: the reader keeps its state, and drops the records. Behind the header it says when the facts are sent.
pub mod mark {

    /// The letter of the kind.
    pub const KIND: u8 = b'M';

    /// integer: The page's clock when the facts behind this one are sent, ms since the Unix epoch.
    pub const SENT: usize = 1;
}

/// `S`: A session begins.
pub mod session_start {
    use crate::facts::{Attribute, Form};
    use throughline_semconv as semconv;

    /// The letter of the kind.
    pub const KIND: u8 = b'S';

    /// time: When it begins.
    pub const AT: usize = 1;

    /// The first field of [`span_ids`](super::span_ids).
    pub const SPAN_IDS: usize = 2;

    /// text: Id of the session before.
    pub const PREVIOUS: usize = 5;

    /// The fields that are attributes as they stand.
    pub const ATTRIBUTES: [Attribute; 1] = [
        (5, Form::Text, semconv::SESSION_PREVIOUS_ID),
    ];
}

/// `N`: The document is loaded.
pub mod document_load {
    use crate::facts::{Attribute, Form};
    use throughline_semconv as semconv;

    /// The letter of the kind.
    pub const KIND: u8 = b'N';

    /// time: Start of the navigation.
    pub const START: usize = 1;

    /// time: End of the load event.
    pub const END: usize = 2;

    /// The first field of [`span_ids`](super::span_ids).
    pub const SPAN_IDS: usize = 3;

    /// text: Id of the server's span.
    pub const PARENT: usize = 6;

    /// text: Name of the span.
    pub const SPAN_NAME: usize = 7;

    /// The first field of [`timing`](super::timing).
    pub const TIMING: usize = 8;

    /// text: Other fields of the `Span` in protobuf, in hexadecimal digits.
    pub const REST: usize = 19;

    /// time: When the page was shown, where it was rendered ahead.
    pub const ACTIVATION: usize = 20;

    /// The fields that are attributes as they stand.
    pub const ATTRIBUTES: [Attribute; 1] = [
        (20, Form::Milliseconds, semconv::THROUGHLINE_DOCUMENT_LOAD_ACTIVATION_START),
    ];
}

/// `I`: A click, with everything that it caused.
pub mod click {
    use crate::facts::{Attribute, Form};
    use throughline_semconv as semconv;

    /// The letter of the kind.
    pub const KIND: u8 = b'I';

    /// time: The click.
    pub const START: usize = 1;

    /// time: End of what it caused.
    pub const END: usize = 2;

    /// The first field of [`span_ids`](super::span_ids).
    pub const SPAN_IDS: usize = 3;

    /// text: Absent: a click begins a trace.
    pub const PARENT: usize = 6;

    /// text: Name of the span.
    pub const SPAN_NAME: usize = 7;

    /// text: Tag of the element.
    pub const TAG: usize = 8;

    /// text: Selector of the element.
    pub const SELECTOR: usize = 9;

    /// integer: `MouseEvent.button`.
    pub const BUTTON: usize = 10;

    /// text: Other fields of the `Span` in protobuf, in hexadecimal digits.
    pub const REST: usize = 11;

    /// The fields that are attributes as they stand.
    pub const ATTRIBUTES: [Attribute; 3] = [
        (8, Form::Text, semconv::BROWSER_TAG_NAME),
        (9, Form::Text, semconv::BROWSER_CSS_SELECTOR),
        (10, Form::Integer, semconv::BROWSER_MOUSE_EVENT_BUTTON),
    ];
}

/// `F`: A request of the page that had a response, failed or was given up.
pub mod request {
    use crate::facts::{Attribute, Form};
    use throughline_semconv as semconv;

    /// The letter of the kind.
    pub const KIND: u8 = b'F';

    /// time: Call of `fetch`, or of `send` of an XMLHttpRequest.
    pub const START: usize = 1;

    /// time: Arrival of the response's headers (of the body for an XMLHttpRequest), or the failure.
    pub const END: usize = 2;

    /// The first field of [`span_ids`](super::span_ids).
    pub const SPAN_IDS: usize = 3;

    /// text: Id of the parent span.
    pub const PARENT: usize = 6;

    /// text: Address; the reader scrubs it.
    pub const URL: usize = 7;

    /// text: Method, as the page wrote it.
    pub const METHOD: usize = 8;

    /// flag: Whether the parent follows from time alone.
    pub const INFERRED: usize = 9;

    /// integer: Status code of the response.
    pub const STATUS: usize = 10;

    /// text: Name of the error.
    pub const ERROR: usize = 11;

    /// text: Host of the address, without the brackets of IPv6.
    pub const HOST: usize = 12;

    /// integer: Port, the default one too.
    pub const PORT: usize = 13;

    /// text: What the span's name has behind the method: a space, and the template of the address.
    pub const NAME_END: usize = 14;

    /// text: Other fields of the `Span` in protobuf, in hexadecimal digits.
    pub const REST: usize = 15;

    /// time: As in the group `timing`, which the engine has joined.
    pub const FETCH_START: usize = 16;

    /// time: As in the group `timing`, which the engine has joined.
    pub const DOMAIN_LOOKUP_START: usize = 17;

    /// time: As in the group `timing`, which the engine has joined.
    pub const DOMAIN_LOOKUP_END: usize = 18;

    /// time: As in the group `timing`, which the engine has joined.
    pub const CONNECT_START: usize = 19;

    /// time: As in the group `timing`, which the engine has joined.
    pub const SECURE_CONNECTION_START: usize = 20;

    /// time: As in the group `timing`, which the engine has joined.
    pub const CONNECT_END: usize = 21;

    /// time: As in the group `timing`, which the engine has joined.
    pub const REQUEST_START: usize = 22;

    /// time: As in the group `timing`, which the engine has joined.
    pub const RESPONSE_START: usize = 23;

    /// time: As in the group `timing`, which the engine has joined.
    pub const RESPONSE_END: usize = 24;

    /// integer: As in the group `timing`.
    pub const BODY_SIZE: usize = 25;

    /// text: As in the group `timing`.
    pub const HTTP_VERSION: usize = 26;

    /// The fields that are attributes as they stand.
    pub const ATTRIBUTES: [Attribute; 4] = [
        (9, Form::Flag, semconv::THROUGHLINE_PARENT_INFERRED),
        (10, Form::Integer, semconv::HTTP_RESPONSE_STATUS_CODE),
        (12, Form::Text, semconv::SERVER_ADDRESS),
        (13, Form::Integer, semconv::SERVER_PORT),
    ];
}

/// `R`: The performance entry of a request; the reader joins it to the request.
pub mod request_timing {

    /// The letter of the kind.
    pub const KIND: u8 = b'R';

    /// text: Address.
    pub const URL: usize = 1;

    /// text: Trace id in `Server-Timing`.
    pub const TRACE: usize = 2;

    /// time: `startTime`.
    pub const START: usize = 3;

    /// time: `responseEnd`.
    pub const END: usize = 4;

    /// The first field of [`timing`](super::timing).
    pub const TIMING: usize = 5;

    /// text: Id of the request's own span, in `Server-Timing`.
    pub const REQUEST_SPAN: usize = 16;
}

/// `E`: Something was thrown.
pub mod exception {
    use crate::facts::{Attribute, Form};
    use throughline_semconv as semconv;

    /// The letter of the kind.
    pub const KIND: u8 = b'E';

    /// time: When it was caught.
    pub const AT: usize = 1;

    /// The first field of [`span_ids`](super::span_ids).
    pub const SPAN_IDS: usize = 2;

    /// text: What caught it.
    pub const MECHANISM: usize = 5;

    /// A value of [`MECHANISM`].
    pub const MECHANISM_ONERROR: &str = "onerror";

    /// A value of [`MECHANISM`].
    pub const MECHANISM_ONUNHANDLEDREJECTION: &str = "onunhandledrejection";

    /// A value of [`MECHANISM`].
    pub const MECHANISM_CAPTURE_EXCEPTION: &str = "captureException";

    /// A value of [`MECHANISM`].
    pub const MECHANISM_UNCAUGHT: &str = "uncaught";

    /// A value of [`MECHANISM`].
    pub const MECHANISM_PANIC: &str = "panic";

    /// text: Message of the event, used when the error has no message.
    pub const EVENT_MESSAGE: usize = 6;

    /// text: Address of the script, as the event says.
    pub const FILE: usize = 7;

    /// integer: Line, as the event says.
    pub const LINE: usize = 8;

    /// integer: Column, as the event says.
    pub const COLUMN: usize = 9;

    /// text: Name of the error, or `typeof` the value.
    pub const TYPE: usize = 10;

    /// text: Message of the error, or the value as text.
    pub const MESSAGE: usize = 11;

    /// text: Stack, as the browser prints it.
    pub const STACKTRACE: usize = 12;

    /// list: What is behind it, outermost first: the chain of `cause`, unless `paths` says otherwise. In version 1 each of them is a field of its own.
    pub const CAUSES: usize = 13;

    /// The items of [`CAUSES`] that belong together.
    pub const CAUSES_ITEMS: [&str; 3] = ["type", "message", "stacktrace"];

    /// flag: Whether it is recorded although its script may be none of the page's; the attribute says whether it is one.
    pub const INJECTED: usize = 14;

    /// integer: `SeverityNumber`, where it is another than what follows from the mechanism.
    pub const SEVERITY: usize = 15;

    /// integer: How often it was thrown, from the engine, which counts those that are equal; absent for once.
    pub const COUNT: usize = 16;

    /// list: Where each of the causes was found: `c` for each `cause` on the way to it, a digit for a member of `errors`. `0c` is `errors[0].cause`. Where no digit is, they are a chain.
    pub const PATHS: usize = 17;

    /// list: The scripts in the stacks that have a debug id, and the modules of WebAssembly that have a build id: address, id. A build id is in hexadecimal digits without dashes.
    pub const IMAGES: usize = 18;

    /// The items of [`IMAGES`] that belong together.
    pub const IMAGES_ITEMS: [&str; 2] = ["code_file", "debug_id"];

    /// The fields that are attributes as they stand.
    pub const ATTRIBUTES: [Attribute; 6] = [
        (5, Form::Text, semconv::THROUGHLINE_EXCEPTION_MECHANISM),
        (7, Form::Text, semconv::CODE_FILE_PATH),
        (8, Form::Integer, semconv::CODE_LINE_NUMBER),
        (9, Form::Integer, semconv::CODE_COLUMN_NUMBER),
        (10, Form::Text, semconv::EXCEPTION_TYPE),
        (12, Form::Text, semconv::EXCEPTION_STACKTRACE),
    ];
}

/// `L`: The page logs a message.
pub mod log {

    /// The letter of the kind.
    pub const KIND: u8 = b'L';

    /// time: When it is logged.
    pub const AT: usize = 1;

    /// The first field of [`span_ids`](super::span_ids).
    pub const SPAN_IDS: usize = 2;

    /// integer: `SeverityNumber`: <https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber>.
    pub const SEVERITY: usize = 5;

    /// text: The message.
    pub const BODY: usize = 6;

    /// text: Name of the event that it is.
    pub const EVENT_NAME: usize = 7;

    /// list: Attributes that are texts: names, each with its value.
    pub const TEXTS: usize = 8;

    /// text: Other fields of the `LogRecord` in protobuf, in hexadecimal digits.
    pub const REST: usize = 9;
}

/// `P`: A span that the page, or an optional part of the package, has ended.
pub mod span {

    /// The letter of the kind.
    pub const KIND: u8 = b'P';

    /// time: When it began.
    pub const START: usize = 1;

    /// time: When it ended.
    pub const END: usize = 2;

    /// The first field of [`span_ids`](super::span_ids).
    pub const SPAN_IDS: usize = 3;

    /// text: Id of the parent span.
    pub const PARENT: usize = 6;

    /// text: Name of the span.
    pub const SPAN_NAME: usize = 7;

    /// list: Attributes that are texts: names, each with its value.
    pub const TEXTS: usize = 8;

    /// text: Other fields of the `Span` in protobuf, in hexadecimal digits; a kind in place of internal is one of them.
    pub const REST: usize = 9;
}

/// `W`: A web vital, which the engine has calculated from measurements.
pub mod web_vital {
    use crate::facts::{Attribute, Form};
    use throughline_semconv as semconv;

    /// The letter of the kind.
    pub const KIND: u8 = b'W';

    /// time: When it was reported.
    pub const AT: usize = 1;

    /// The first field of [`span_ids`](super::span_ids).
    pub const SPAN_IDS: usize = 2;

    /// text: Which of them.
    pub const VITAL: usize = 5;

    /// A value of [`VITAL`].
    pub const VITAL_TTFB: &str = "ttfb";

    /// A value of [`VITAL`].
    pub const VITAL_FCP: &str = "fcp";

    /// A value of [`VITAL`].
    pub const VITAL_LCP: &str = "lcp";

    /// A value of [`VITAL`].
    pub const VITAL_CLS: &str = "cls";

    /// A value of [`VITAL`].
    pub const VITAL_INP: &str = "inp";

    /// integer: Its value: µs, of `cls` 1e-9.
    pub const VALUE: usize = 6;

    /// integer: The value that was reported before; 0 for none.
    pub const BEFORE: usize = 7;

    /// text: Id of the visit.
    pub const VISIT: usize = 8;

    /// text: For example `reload`.
    pub const NAVIGATION_TYPE: usize = 9;

    /// pairs: Further attributes.
    pub const CAUSES: usize = 10;

    /// The fields that are attributes as they stand.
    pub const ATTRIBUTES: [Attribute; 2] = [
        (5, Form::Text, semconv::BROWSER_WEB_VITAL_NAME),
        (9, Form::Text, semconv::BROWSER_WEB_VITAL_NAVIGATION_TYPE),
    ];
}

/// `T`: The engine failed.
pub mod engine_failure {
    use crate::facts::{Attribute, Form};
    use throughline_semconv as semconv;

    /// The letter of the kind.
    pub const KIND: u8 = b'T';

    /// time: When it failed.
    pub const AT: usize = 1;

    /// The first field of [`span_ids`](super::span_ids).
    pub const SPAN_IDS: usize = 2;

    /// text: It trapped, or the page may not run WebAssembly.
    pub const REASON: usize = 5;

    /// A value of [`REASON`].
    pub const REASON_TRAP: &str = "trap";

    /// A value of [`REASON`].
    pub const REASON_UNAVAILABLE: &str = "unavailable";

    /// text: The error as text.
    pub const MESSAGE: usize = 6;

    /// The fields that are attributes as they stand.
    pub const ATTRIBUTES: [Attribute; 2] = [
        (5, Form::Text, semconv::THROUGHLINE_ENGINE_FAILURE_REASON),
        (6, Form::Text, semconv::THROUGHLINE_ENGINE_FAILURE_MESSAGE),
    ];
}

/// `D`: A part of the package could not be started; the others run.
pub mod degraded {
    use crate::facts::{Attribute, Form};
    use throughline_semconv as semconv;

    /// The letter of the kind.
    pub const KIND: u8 = b'D';

    /// time: When it failed.
    pub const AT: usize = 1;

    /// The first field of [`span_ids`](super::span_ids).
    pub const SPAN_IDS: usize = 2;

    /// text: Name of the part.
    pub const PART: usize = 5;

    /// text: The error as text.
    pub const MESSAGE: usize = 6;

    /// The fields that are attributes as they stand.
    pub const ATTRIBUTES: [Attribute; 2] = [
        (5, Form::Text, semconv::THROUGHLINE_SDK_PART),
        (6, Form::Text, semconv::EXCEPTION_MESSAGE),
    ];
}

/// `X`: Records were dropped before they could be sent.
pub mod lost {

    /// The letter of the kind.
    pub const KIND: u8 = b'X';

    /// text: One of the drop reasons below.
    pub const REASON: usize = 1;

    /// integer: How many records.
    pub const COUNT: usize = 2;
}

/// `a`: The page is opened, or comes back from the back/forward cache.
pub mod visit {

    /// The letter of the kind.
    pub const KIND: u8 = b'a';

    /// time: When this was recorded.
    pub const AT: usize = 1;

    /// time: `activationStart`, or the return from the cache.
    pub const BEGAN: usize = 2;

    /// time: When the page was hidden first; absent when it was visible all the time.
    pub const HIDDEN: usize = 3;

    /// time: `responseStart` of the document.
    pub const RESPONSE_START: usize = 4;

    /// flag: Whether the browser measures layout shifts.
    pub const MEASURES_SHIFTS: usize = 5;

    /// flag: Whether the browser measures interactions.
    pub const MEASURES_INTERACTIONS: usize = 6;

    /// integer: `interactionCount` of earlier visits.
    pub const INTERACTIONS: usize = 7;

    /// The first field of [`span_ids`](super::span_ids).
    pub const SPAN_IDS: usize = 8;

    /// text: Id of the visit.
    pub const ID: usize = 11;

    /// text: For example `reload`.
    pub const NAVIGATION_TYPE: usize = 12;

    /// pairs: Attributes of the time to first byte.
    pub const TTFB: usize = 13;
}

/// `p`: The first contentful paint.
pub mod first_contentful_paint {

    /// The letter of the kind.
    pub const KIND: u8 = b'p';

    /// time: Time of the paint.
    pub const AT: usize = 1;

    /// pairs: Attributes of the first contentful paint.
    pub const FCP: usize = 2;
}

/// `l`: A contentful paint that is larger than those before.
pub mod largest_contentful_paint {

    /// The letter of the kind.
    pub const KIND: u8 = b'l';

    /// time: Time of the paint.
    pub const AT: usize = 1;
}

/// `s`: A layout shift without recent input.
pub mod layout_shift {

    /// The letter of the kind.
    pub const KIND: u8 = b's';

    /// time: Time of the shift.
    pub const AT: usize = 1;

    /// integer: Its score, in 1e-9.
    pub const VALUE: usize = 2;
}

/// `i`: An event of an interaction.
pub mod interaction_event {

    /// The letter of the kind.
    pub const KIND: u8 = b'i';

    /// time: Time of the event.
    pub const AT: usize = 1;

    /// integer: `interactionId`.
    pub const INTERACTION: usize = 2;

    /// duration: Time until the next paint.
    pub const DURATION: usize = 3;
}

/// `f`: The first input: the browser measures no larger paint after it.
pub mod first_input {

    /// The letter of the kind.
    pub const KIND: u8 = b'f';

    /// time: Time of the input.
    pub const AT: usize = 1;

    /// pairs: Attributes of the largest contentful paint.
    pub const LCP: usize = 2;
}

/// `v`: The page is hidden; or it is elsewhere, and what was measured before belongs to the address before.
pub mod hidden {

    /// The letter of the kind.
    pub const KIND: u8 = b'v';

    /// time: Time of the change.
    pub const AT: usize = 1;

    /// integer: `interactionCount`.
    pub const INTERACTIONS: usize = 2;

    /// flag: Whether the page is still shown: paints go on.
    pub const VISIBLE: usize = 3;

    /// pairs: Attributes of the layout shift.
    pub const CLS: usize = 4;

    /// pairs: Attributes of the interaction.
    pub const INP: usize = 5;

    /// text: Trace id of the interaction, 32 digits; absent where it has no span.
    pub const TRACE: usize = 6;

    /// text: Id of its span, 16 digits.
    pub const SPAN: usize = 7;

    /// text: Its trace flags, 2 digits.
    pub const FLAGS: usize = 8;

    /// text: Trace id of the route on which all that counts was measured since the fact before, 32 digits; absent where it is not one.
    pub const ROUTE_TRACE: usize = 9;

    /// text: Id of its span, 16 digits.
    pub const ROUTE_SPAN: usize = 10;

    /// text: Its trace flags, 2 digits.
    pub const ROUTE_FLAGS: usize = 11;
}
