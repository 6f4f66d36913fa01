// Generated from registry.toml by `cargo xtask codegen`.

/** Brands from `navigator.userAgentData`, name and version. */
export const BROWSER_BRANDS = 'browser.brands';

/** Selector of the element, provisional name. */
export const BROWSER_CSS_SELECTOR = 'browser.css_selector';

/** URL of the document. */
export const BROWSER_DOCUMENT_URL_FULL = 'browser.document.url.full';

/** Preferred language of the user, `navigator.language`. */
export const BROWSER_LANGUAGE = 'browser.language';

/** Whether the browser runs on a mobile device, from `navigator.userAgentData`. */
export const BROWSER_MOBILE = 'browser.mobile';

/** Button of the mouse, provisional name. */
export const BROWSER_MOUSE_EVENT_BUTTON = 'browser.mouse_event.button';

/** Platform from `navigator.userAgentData`. */
export const BROWSER_PLATFORM = 'browser.platform';

/** Time when connecting ended, ms since the page's time origin, provisional name. */
export const BROWSER_RESOURCE_TIMING_CONNECT_END = 'browser.resource_timing.connect_end';

/** Time when connecting began, ms since the page's time origin, provisional name. */
export const BROWSER_RESOURCE_TIMING_CONNECT_START = 'browser.resource_timing.connect_start';

/** Time when the name lookup ended, ms since the page's time origin, provisional name. */
export const BROWSER_RESOURCE_TIMING_DOMAIN_LOOKUP_END = 'browser.resource_timing.domain_lookup_end';

/** Time when the name lookup began, ms since the page's time origin, provisional name. */
export const BROWSER_RESOURCE_TIMING_DOMAIN_LOOKUP_START = 'browser.resource_timing.domain_lookup_start';

/** Time when the browser began to fetch, ms since the page's time origin, provisional name. */
export const BROWSER_RESOURCE_TIMING_FETCH_START = 'browser.resource_timing.fetch_start';

/** Time when the request was sent, ms since the page's time origin, provisional name. */
export const BROWSER_RESOURCE_TIMING_REQUEST_START = 'browser.resource_timing.request_start';

/** Time when the last byte came, ms since the page's time origin, provisional name. */
export const BROWSER_RESOURCE_TIMING_RESPONSE_END = 'browser.resource_timing.response_end';

/** Time when the first byte came, ms since the page's time origin, provisional name. */
export const BROWSER_RESOURCE_TIMING_RESPONSE_START = 'browser.resource_timing.response_start';

/** Time when the TLS handshake began, ms since the page's time origin, provisional name. */
export const BROWSER_RESOURCE_TIMING_SECURE_CONNECTION_START = 'browser.resource_timing.secure_connection_start';

/** Tag of the element, provisional name. */
export const BROWSER_TAG_NAME = 'browser.tag_name';

/** Event name of a web vital. */
export const BROWSER_WEB_VITAL = 'browser.web_vital';

/** Difference from the value reported before. */
export const BROWSER_WEB_VITAL_DELTA = 'browser.web_vital.delta';

/** Id of this measurement. */
export const BROWSER_WEB_VITAL_ID = 'browser.web_vital.id';

/** `cls`, `fcp`, `inp`, `lcp` or `ttfb`. */
export const BROWSER_WEB_VITAL_NAME = 'browser.web_vital.name';

/** Type of the navigation that loaded the page. */
export const BROWSER_WEB_VITAL_NAVIGATION_TYPE = 'browser.web_vital.navigation_type';

/** `good`, `needs-improvement` or `poor`. */
export const BROWSER_WEB_VITAL_RATING = 'browser.web_vital.rating';

/** Value: ms, or the layout shift score. */
export const BROWSER_WEB_VITAL_VALUE = 'browser.web_vital.value';

/** Address of the client. */
export const CLIENT_ADDRESS = 'client.address';

/** Column of the top frame, from 1. */
export const CODE_COLUMN_NUMBER = 'code.column.number';

/** File or URL of the top frame. */
export const CODE_FILE_PATH = 'code.file.path';

/** Function of the top frame. */
export const CODE_FUNCTION_NAME = 'code.function.name';

/** Line of the top frame, from 1. */
export const CODE_LINE_NUMBER = 'code.line.number';

/** Deployment environment, for example `production`. */
export const DEPLOYMENT_ENVIRONMENT_NAME = 'deployment.environment.name';

/** `mobile` or `desktop`, where the browser says which, provisional name. */
export const DEVICE_CLASS = 'device.class';

/** Class of the error: a status code, an exception type or a fixed word. */
export const ERROR_TYPE = 'error.type';

/** Event name of an exception's log record. */
export const EXCEPTION = 'exception';

/** Message of the exception. */
export const EXCEPTION_MESSAGE = 'exception.message';

/** Stack trace as the language prints it. */
export const EXCEPTION_STACKTRACE = 'exception.stacktrace';

/** Type of the exception. */
export const EXCEPTION_TYPE = 'exception.type';

/** Method, upper case; `_OTHER` for one that is not known. */
export const HTTP_REQUEST_METHOD = 'http.request.method';

/** Method as sent, when it differs from `http.request.method`. */
export const HTTP_REQUEST_METHOD_ORIGINAL = 'http.request.method_original';

/** Size of the response body, bytes. */
export const HTTP_RESPONSE_BODY_SIZE = 'http.response.body.size';

/** Status code of the response. */
export const HTTP_RESPONSE_STATUS_CODE = 'http.response.status_code';

/** The matched route, as a template. */
export const HTTP_ROUTE = 'http.route';

/** Version of the application protocol. */
export const NETWORK_PROTOCOL_VERSION = 'network.protocol.version';

/** Whether the series has the measurements of those beyond the limit. */
export const OTEL_METRIC_OVERFLOW = 'otel.metric.overflow';

/** Host name or address of the server. */
export const SERVER_ADDRESS = 'server.address';

/** Port of the server. */
export const SERVER_PORT = 'server.port';

/** Id of one running instance. */
export const SERVICE_INSTANCE_ID = 'service.instance.id';

/** Logical name of the service. */
export const SERVICE_NAME = 'service.name';

/** Version of the service, any form. */
export const SERVICE_VERSION = 'service.version';

/** Id of the session. */
export const SESSION_ID = 'session.id';

/** Id of the session before this one. */
export const SESSION_PREVIOUS_ID = 'session.previous_id';

/** Event name of a session's start. */
export const SESSION_START = 'session.start';

/** Name of the distribution of an SDK. */
export const TELEMETRY_DISTRO_NAME = 'telemetry.distro.name';

/** Version of the distribution. */
export const TELEMETRY_DISTRO_VERSION = 'telemetry.distro.version';

/** Language of the SDK; `webjs` in a page. */
export const TELEMETRY_SDK_LANGUAGE = 'telemetry.sdk.language';

/** Name of the SDK that created the telemetry. */
export const TELEMETRY_SDK_NAME = 'telemetry.sdk.name';

/** Version of the SDK. */
export const TELEMETRY_SDK_VERSION = 'telemetry.sdk.version';

/** Backend that a record was for, where records go to several. */
export const THROUGHLINE_BACKEND = 'throughline.backend';

/** Metric name: records by signal, outcome and reason. */
export const THROUGHLINE_EDGE_RECORDS = 'throughline.edge.records';

/** Event name: the page's engine failed or could not be loaded. */
export const THROUGHLINE_ENGINE_FAILURE = 'throughline.engine.failure';

/** The error with which the engine failed, as text. It is none of the page's. */
export const THROUGHLINE_ENGINE_FAILURE_MESSAGE = 'throughline.engine.failure.message';

/** `trap` or `unavailable`. */
export const THROUGHLINE_ENGINE_FAILURE_REASON = 'throughline.engine.failure.reason';

/** Chain of `cause`, outermost first: list of maps with `type`, `message`, `stacktrace`. */
export const THROUGHLINE_EXCEPTION_CAUSES = 'throughline.exception.causes';

/** Number of identical exceptions that the record represents. */
export const THROUGHLINE_EXCEPTION_COUNT = 'throughline.exception.count';

/** Parsed frames, innermost last: list of maps with `function`, `filename`, `lineno`, `colno`. */
export const THROUGHLINE_EXCEPTION_FRAMES = 'throughline.exception.frames';

/** Whether the application handled the exception. */
export const THROUGHLINE_EXCEPTION_HANDLED = 'throughline.exception.handled';

/** Source of the exception: `onerror`, `onunhandledrejection` or `captureException`. */
export const THROUGHLINE_EXCEPTION_MECHANISM = 'throughline.exception.mechanism';

/** Outcome of a record: `exported`, `rejected`, `sampled_out`, `handed_over` or `dropped_by_page`. */
export const THROUGHLINE_OUTCOME = 'throughline.outcome';

/** Whether the parent span was inferred from the time. */
export const THROUGHLINE_PARENT_INFERRED = 'throughline.parent.inferred';

/** Reason why a record was rejected or dropped. */
export const THROUGHLINE_REASON = 'throughline.reason';

/** Metric name: durations of requests, s, by what is known of them. */
export const THROUGHLINE_REQUEST_DURATION = 'throughline.request.duration';

/** `server` where the service received the request, `page` where a page sent it. */
export const THROUGHLINE_REQUEST_SIDE = 'throughline.request.side';

/** `1xx` to `5xx`, or `none` without a response. */
export const THROUGHLINE_REQUEST_STATUS_CLASS = 'throughline.request.status_class';

/** Event name: a part of the page's package could not be started. */
export const THROUGHLINE_SDK_DEGRADED = 'throughline.sdk.degraded';

/** The part that could not be started, for example `requests`. */
export const THROUGHLINE_SDK_PART = 'throughline.sdk.part';

/** `traces`, `logs` or `metrics`. */
export const THROUGHLINE_SIGNAL = 'throughline.signal';

/** Metric name: cumulative layout shift. */
export const THROUGHLINE_WEB_VITAL_CLS = 'throughline.web_vital.cls';

/** Metric name: first contentful paint, ms. */
export const THROUGHLINE_WEB_VITAL_FCP = 'throughline.web_vital.fcp';

/** Metric name: interaction to next paint, ms. */
export const THROUGHLINE_WEB_VITAL_INP = 'throughline.web_vital.inp';

/** Metric name: largest contentful paint, ms. */
export const THROUGHLINE_WEB_VITAL_LCP = 'throughline.web_vital.lcp';

/** Metric name: time to first byte, ms. */
export const THROUGHLINE_WEB_VITAL_TTFB = 'throughline.web_vital.ttfb';

/** Absolute URL, with credentials and signatures redacted. */
export const URL_FULL = 'url.full';

/** Path of the URL. */
export const URL_PATH = 'url.path';

/** Scheme of the URL. */
export const URL_SCHEME = 'url.scheme';

/** Low-cardinality template of the URL's path. */
export const URL_TEMPLATE = 'url.template';

/** The User-Agent header or `navigator.userAgent`. */
export const USER_AGENT_ORIGINAL = 'user_agent.original';
