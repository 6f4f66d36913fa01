// Generated from registry.toml by `cargo xtask codegen`.

/** What an element is called by the page's author. */
export const APP_WIDGET_NAME = 'app.widget.name';

/** Brands from `navigator.userAgentData`, name and version. */
export const BROWSER_BRANDS = 'browser.brands';

/** Event name: a document violated its Cross-Origin-Embedder-Policy, provisional name. */
export const BROWSER_COEP_VIOLATION = 'browser.coep_violation';

/** Event name: a document violated its Cross-Origin-Opener-Policy, provisional name. */
export const BROWSER_COOP_VIOLATION = 'browser.coop_violation';

/** Event name: the document's process ended, provisional name. */
export const BROWSER_CRASH = 'browser.crash';

/** Whether the document was the page itself, not a frame of it. */
export const BROWSER_CRASH_IS_TOP_LEVEL = 'browser.crash.is_top_level';

/** `oom`, `unresponsive`, or absent where the browser does not say. */
export const BROWSER_CRASH_REASON = 'browser.crash.reason';

/** `visible` or `hidden`. */
export const BROWSER_CRASH_VISIBILITY_STATE = 'browser.crash.visibility_state';

/** Event name: a document violated its Content Security Policy, provisional name. */
export const BROWSER_CSP_VIOLATION = 'browser.csp_violation';

/** Directive of the Content Security Policy that was violated. */
export const BROWSER_CSP_VIOLATION_EFFECTIVE_DIRECTIVE = 'browser.csp_violation.effective_directive';

/** The Content Security Policy. */
export const BROWSER_CSP_VIOLATION_ORIGINAL_POLICY = 'browser.csp_violation.original_policy';

/** Beginning of the inline script or style. */
export const BROWSER_CSP_VIOLATION_SAMPLE = 'browser.csp_violation.sample';

/** Selector of the element, provisional name. */
export const BROWSER_CSS_SELECTOR = 'browser.css_selector';

/** Event name: a page used what the browser will remove, provisional name. */
export const BROWSER_DEPRECATION = 'browser.deprecation';

/** Date when the browser will no longer have the feature. */
export const BROWSER_DEPRECATION_ANTICIPATED_REMOVAL = 'browser.deprecation.anticipated_removal';

/** URL of the document. */
export const BROWSER_DOCUMENT_URL_FULL = 'browser.document.url.full';

/** Event name: the page did not react, provisional name. */
export const BROWSER_HANG = 'browser.hang';

/** How much of that tasks beyond 50 ms took, ms. */
export const BROWSER_HANG_BLOCKING_DURATION = 'browser.hang.blocking_duration';

/** The last breadcrumb before the hang, as JSON. */
export const BROWSER_HANG_BREADCRUMB = 'browser.hang.breadcrumb';

/** How long the page waited for a dialog besides, ms. */
export const BROWSER_HANG_DIALOG_DURATION = 'browser.hang.dialog_duration';

/** How long the page did not react, without dialogs, ms; of one that goes on the time so far. */
export const BROWSER_HANG_DURATION = 'browser.hang.duration';

/** How long scripts waited for style and layout that they had asked for, ms. */
export const BROWSER_HANG_FORCED_LAYOUT_DURATION = 'browser.hang.forced_layout_duration';

/** Cause of the script that ran longest, as the browser names it: `BUTTON#buy.onclick`, `TimerHandler:setTimeout`. */
export const BROWSER_HANG_INVOKER = 'browser.hang.invoker';

/** Whether the page reacts again. */
export const BROWSER_HANG_IS_OVER = 'browser.hang.is_over';

/** Part of the hang: style and layout at its end, ms. */
export const BROWSER_HANG_LAYOUT_DURATION = 'browser.hang.layout_duration';

/** The scripts that ran longest, as `throughline.long_frame.scripts`. */
export const BROWSER_HANG_SCRIPTS = 'browser.hang.scripts';

/** Event name: the browser did not do what a page asked for, provisional name. */
export const BROWSER_INTERVENTION = 'browser.intervention';

/** Preferred language of the user, `navigator.language`. */
export const BROWSER_LANGUAGE = 'browser.language';

/** Whether the browser runs on a mobile device, from `navigator.userAgentData`. */
export const BROWSER_MOBILE = 'browser.mobile';

/** Button of the mouse, provisional name. */
export const BROWSER_MOUSE_EVENT_BUTTON = 'browser.mouse_event.button';

/** Whether nothing but the fragment of the address changes, provisional name. */
export const BROWSER_NAVIGATION_HASH_CHANGE = 'browser.navigation.hash_change';

/** Whether the page changes its address without a load, provisional name. */
export const BROWSER_NAVIGATION_SAME_DOCUMENT = 'browser.navigation.same_document';

/** `push`, `replace`, `traverse` or `reload`, provisional name. */
export const BROWSER_NAVIGATION_TYPE = 'browser.navigation.type';

/** Event name: a request failed, as Network Error Logging reports it, provisional name. */
export const BROWSER_NETWORK_ERROR = 'browser.network_error';

/** Time from the start of the request until its end or failure, ms. */
export const BROWSER_NETWORK_ERROR_ELAPSED_TIME = 'browser.network_error.elapsed_time';

/** `dns`, `connection` or `application`. */
export const BROWSER_NETWORK_ERROR_PHASE = 'browser.network_error.phase';

/** Share of such requests that the browser reports, from 0 to 1. */
export const BROWSER_NETWORK_ERROR_SAMPLING_FRACTION = 'browser.network_error.sampling_fraction';

/** Event name: a document violated its Permissions-Policy, provisional name. */
export const BROWSER_PERMISSIONS_POLICY_VIOLATION = 'browser.permissions_policy_violation';

/** Feature that the policy does not permit. */
export const BROWSER_PERMISSIONS_POLICY_VIOLATION_FEATURE = 'browser.permissions_policy_violation.feature';

/** Platform from `navigator.userAgentData`. */
export const BROWSER_PLATFORM = 'browser.platform';

/** Event name: a report of a type that has no event of its own, provisional name. */
export const BROWSER_REPORT = 'browser.report';

/** URL that the policy blocked, or a word such as `inline`. */
export const BROWSER_REPORT_BLOCKED_URL = 'browser.report.blocked_url';

/** What a report says besides, as a map. */
export const BROWSER_REPORT_BODY = 'browser.report.body';

/** Whether the policy was enforced: `enforce`, `report` or `reporting`. */
export const BROWSER_REPORT_DISPOSITION = 'browser.report.disposition';

/** Id of the feature or intervention that a report is about. */
export const BROWSER_REPORT_ID = 'browser.report.id';

/** Message of a report, for developers. */
export const BROWSER_REPORT_MESSAGE = 'browser.report.message';

/** Referrer of the document or request that a report is about. */
export const BROWSER_REPORT_REFERRER = 'browser.report.referrer';

/** Type of a report of the browser as the Reporting API names it, for example `csp-violation`. */
export const BROWSER_REPORT_TYPE = 'browser.report.type';

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

/** Number of the autonomous system of the client's network. */
export const CLIENT_AS_NUMBER = 'client.as.number';

/** Organization of the autonomous system of the client's network. */
export const CLIENT_AS_ORGANIZATION = 'client.as.organization';

/** Continent of the client, two letters. */
export const CLIENT_GEO_CONTINENT_CODE = 'client.geo.continent.code';

/** Country of the client, two letters of ISO 3166-1. */
export const CLIENT_GEO_COUNTRY_ISO_CODE = 'client.geo.country.iso_code';

/** City or town of the client. */
export const CLIENT_GEO_LOCALITY_NAME = 'client.geo.locality.name';

/** Region of the client by ISO 3166-2, for example `CA-QC`. */
export const CLIENT_GEO_REGION_ISO_CODE = 'client.geo.region.iso_code';

/** Time zone of the client, its name in the IANA database. */
export const CLIENT_GEO_TIMEZONE = 'client.geo.timezone';

/** Column of the top frame, from 1. */
export const CODE_COLUMN_NUMBER = 'code.column.number';

/** File or URL of the top frame. */
export const CODE_FILE_PATH = 'code.file.path';

/** Function of the top frame. */
export const CODE_FUNCTION_NAME = 'code.function.name';

/** Line of the top frame, from 1. */
export const CODE_LINE_NUMBER = 'code.line.number';

/** Stack at a place in the code, as the language prints it. */
export const CODE_STACKTRACE = 'code.stacktrace';

/** Deployment environment, for example `production`. */
export const DEPLOYMENT_ENVIRONMENT_NAME = 'deployment.environment.name';

/** `mobile`, `tablet` or `desktop`, where the browser says which, provisional name. */
export const DEVICE_CLASS = 'device.class';

/** Manufacturer of the device. */
export const DEVICE_MANUFACTURER = 'device.manufacturer';

/** Model of the device, as its maker sells it. */
export const DEVICE_MODEL_NAME = 'device.model.name';

/** Class of the error: a status code, an exception type or a fixed word. */
export const ERROR_TYPE = 'error.type';

/** Name of the event that a log record is, where the field for it is not stored. */
export const EVENT_NAME = 'event.name';

/** Event name of an exception's log record. */
export const EXCEPTION = 'exception';

/** Message of the exception. */
export const EXCEPTION_MESSAGE = 'exception.message';

/** Stack trace as the language prints it. */
export const EXCEPTION_STACKTRACE = 'exception.stacktrace';

/** Type of the exception. */
export const EXCEPTION_TYPE = 'exception.type';

/** Time from the request until the first chunk of a response that arrives in parts, s. */
export const GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK = 'gen_ai.response.time_to_first_chunk';

/** Name of the operation of GraphQL. */
export const GRAPHQL_OPERATION_NAME = 'graphql.operation.name';

/** `query`, `mutation` or `subscription`. */
export const GRAPHQL_OPERATION_TYPE = 'graphql.operation.type';

/** Name of the host. */
export const HOST_NAME = 'host.name';

/** Beginning of the names of a request's headers, each a list of texts. */
export const HTTP_REQUEST_HEADER = 'http.request.header';

/** Method, upper case; `_OTHER` for one that is not known. */
export const HTTP_REQUEST_METHOD = 'http.request.method';

/** Method as sent, when it differs from `http.request.method`. */
export const HTTP_REQUEST_METHOD_ORIGINAL = 'http.request.method_original';

/** Size of the response body, bytes. */
export const HTTP_RESPONSE_BODY_SIZE = 'http.response.body.size';

/** Beginning of the names of a response's headers, likewise. */
export const HTTP_RESPONSE_HEADER = 'http.response.header';

/** Status code of the response. */
export const HTTP_RESPONSE_STATUS_CODE = 'http.response.status_code';

/** The matched route, as a template. */
export const HTTP_ROUTE = 'http.route';

/** Metric name: messages of a partition that a consumer group has not ended, as the Collector's receiver `kafkametrics` names it. */
export const KAFKA_CONSUMER_GROUP_LAG = 'kafka.consumer_group.lag';

/** Name of a consumer group. */
export const MESSAGING_CONSUMER_GROUP_NAME = 'messaging.consumer.group.name';

/** Name of a topic. */
export const MESSAGING_DESTINATION_NAME = 'messaging.destination.name';

/** Partition of a topic, a number as text. */
export const MESSAGING_DESTINATION_PARTITION_ID = 'messaging.destination.partition.id';

/** `receive` or `transmit`. */
export const NETWORK_IO_DIRECTION = 'network.io.direction';

/** Address of the server that was connected to. */
export const NETWORK_PEER_ADDRESS = 'network.peer.address';

/** Application protocol, for example `websocket`. */
export const NETWORK_PROTOCOL_NAME = 'network.protocol.name';

/** Version of the application protocol. */
export const NETWORK_PROTOCOL_VERSION = 'network.protocol.version';

/** Name of the operating system. */
export const OS_NAME = 'os.name';

/** Version of the operating system. */
export const OS_VERSION = 'os.version';

/** Whether the series has the measurements of those beyond the limit. */
export const OTEL_METRIC_OVERFLOW = 'otel.metric.overflow';

/** Name of the part of the page that a record is of: an app, or a tracer of OpenTelemetry's API. */
export const OTEL_SCOPE_NAME = 'otel.scope.name';

/** Version of that part. */
export const OTEL_SCOPE_VERSION = 'otel.scope.version';

/** Runtime of the process, for example `CPython`. */
export const PROCESS_RUNTIME_NAME = 'process.runtime.name';

/** Version of the runtime. */
export const PROCESS_RUNTIME_VERSION = 'process.runtime.version';

/** Randomness of a log record's trace, as `rv` of a tracestate, provisional name. */
export const SAMPLING_RANDOMNESS = 'sampling.randomness';

/** Rejection threshold of a log record's samplers, as `th` of a tracestate, provisional name. */
export const SAMPLING_THRESHOLD = 'sampling.threshold';

/** What happened before an event, oldest first: list of maps. */
export const SENTRY_BREADCRUMBS = 'sentry.breadcrumbs';

/** Distribution of a release. */
export const SENTRY_DIST = 'sentry.dist';

/** Id of an event. */
export const SENTRY_EVENT_ID = 'sentry.event_id';

/** Event name: a user wrote feedback. */
export const SENTRY_FEEDBACK = 'sentry.feedback';

/** Parts by which the application groups an event. */
export const SENTRY_FINGERPRINT = 'sentry.fingerprint';

/** Logger that an event came from. */
export const SENTRY_LOGGER = 'sentry.logger';

/** What a span does, for example `http.client`. */
export const SENTRY_OP = 'sentry.op';

/** What created a span, for example `auto.http.browser`. */
export const SENTRY_ORIGIN = 'sentry.origin';

/** Errors in a session so far. */
export const SENTRY_SESSION_ERRORS = 'sentry.session.errors';

/** `ok`, `errored`, `unhandled`, `exited`, `crashed` or `abnormal`. */
export const SENTRY_SESSION_STATUS = 'sentry.session.status';

/** Event name: the state of a session that goes on. */
export const SENTRY_SESSION_UPDATE = 'sentry.session.update';

/** Metric name: sessions of a server by status. */
export const SENTRY_SESSIONS = 'sentry.sessions';

/** Name of the transaction in which an event happened. */
export const SENTRY_TRANSACTION = 'sentry.transaction';

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

/** Event name of a session's end. */
export const SESSION_END = 'session.end';

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

/** Time by which the edge has moved the times of records, since the sender's clock was off, ms. */
export const THROUGHLINE_CLOCK_OFFSET = 'throughline.clock.offset';

/** Low-cardinality template of the address of the document: the page's route. */
export const THROUGHLINE_DOCUMENT_URL_TEMPLATE = 'throughline.document.url.template';

/** Time when a page that was rendered ahead was shown, ms since the page's time origin. */
export const THROUGHLINE_DOCUMENT_LOAD_ACTIVATION_START = 'throughline.document_load.activation_start';

/** Event name: what a document has loaded until its load event. */
export const THROUGHLINE_DOCUMENT_LOAD_RESOURCES = 'throughline.document_load.resources';

/** Number of resources that the first paint waited for. */
export const THROUGHLINE_DOCUMENT_LOAD_RESOURCES_BLOCKING = 'throughline.document_load.resources.blocking';

/** Bytes that arrived for resources, with the heads of their responses; those of other origins only where they allow it. */
export const THROUGHLINE_DOCUMENT_LOAD_RESOURCES_BYTES = 'throughline.document_load.resources.bytes';

/** Number of resources that came from a cache. */
export const THROUGHLINE_DOCUMENT_LOAD_RESOURCES_CACHED = 'throughline.document_load.resources.cached';

/** Number of resources. */
export const THROUGHLINE_DOCUMENT_LOAD_RESOURCES_COUNT = 'throughline.document_load.resources.count';

/** Resources by what has asked for them: list of maps with `kind`, `count`, `bytes`, and `duration`, the whole ms in which one of them was loading. */
export const THROUGHLINE_DOCUMENT_LOAD_RESOURCES_KINDS = 'throughline.document_load.resources.kinds';

/** The resources that took longest: list of maps with `url`, `kind`, `start`, `duration` in whole ms and `bytes`. */
export const THROUGHLINE_DOCUMENT_LOAD_RESOURCES_SLOWEST = 'throughline.document_load.resources.slowest';

/** Metric name: memory of what waits for a backend now, By. */
export const THROUGHLINE_EDGE_BACKEND_MEMORY = 'throughline.edge.backend.memory';

/** Metric name: records that wait for a backend now. */
export const THROUGHLINE_EDGE_BACKEND_QUEUED = 'throughline.edge.backend.queued';

/** Metric name: copies of records for each backend after the first, by signal. */
export const THROUGHLINE_EDGE_COPIED = 'throughline.edge.copied';

/** Metric name: parts of records that were cut off, by signal and limit. */
export const THROUGHLINE_EDGE_CUTS = 'throughline.edge.cuts';

/** Metric name: bytes of OTLP that came and were routed to a backend, likewise, By. */
export const THROUGHLINE_EDGE_PROJECT_IO = 'throughline.edge.project.io';

/** Metric name: records that came and were routed to a backend, by project, signal, direction and backend. */
export const THROUGHLINE_EDGE_PROJECT_RECORDS = 'throughline.edge.project.records';

/** Metric name: records that wait now, by signal. */
export const THROUGHLINE_EDGE_QUEUED = 'throughline.edge.queued';

/** Metric name: records that came, by signal. */
export const THROUGHLINE_EDGE_RECEIVED = 'throughline.edge.received';

/** Metric name: records by signal, outcome and reason. */
export const THROUGHLINE_EDGE_RECORDS = 'throughline.edge.records';

/** Metric name: redactions by signal and rule. */
export const THROUGHLINE_EDGE_REDACTIONS = 'throughline.edge.redactions';

/** Metric name: requests with telemetry by route, status and, where one was refused as a whole, reason. */
export const THROUGHLINE_EDGE_REQUESTS = 'throughline.edge.requests';

/** Metric name: frames of scripts with debug ids, by what was found of them. */
export const THROUGHLINE_EDGE_SYMBOLICATIONS = 'throughline.edge.symbolications';

/** Metric name: records that another process handed over, by signal. */
export const THROUGHLINE_EDGE_TAKEN_UP = 'throughline.edge.taken_up';

/** Metric name: values cut and attributes left out, by signal and backend. */
export const THROUGHLINE_EDGE_TRUNCATIONS = 'throughline.edge.truncations';

/** Event name: the page's engine failed or could not be loaded. */
export const THROUGHLINE_ENGINE_FAILURE = 'throughline.engine.failure';

/** The error with which the engine failed, as text. It is none of the page's. */
export const THROUGHLINE_ENGINE_FAILURE_MESSAGE = 'throughline.engine.failure.message';

/** `trap` or `unavailable`. */
export const THROUGHLINE_ENGINE_FAILURE_REASON = 'throughline.engine.failure.reason';

/** Time until a stream of server-sent events was open, ms. */
export const THROUGHLINE_EVENT_SOURCE_CONNECT_DURATION = 'throughline.event_source.connect_duration';

/** Messages without a name of their own that a stream of server-sent events has brought. */
export const THROUGHLINE_EVENT_SOURCE_MESSAGES = 'throughline.event_source.messages';

/** `closed_by_page`, `failed`, or `page_ended` of one that was still open. */
export const THROUGHLINE_EVENT_SOURCE_OUTCOME = 'throughline.event_source.outcome';

/** How often the browser has lost a stream of server-sent events and opened it again. */
export const THROUGHLINE_EVENT_SOURCE_RECONNECTIONS = 'throughline.event_source.reconnections';

/** Time until the first message without a name of its own, ms. */
export const THROUGHLINE_EVENT_SOURCE_TIME_TO_FIRST_MESSAGE = 'throughline.event_source.time_to_first_message';

/** What happened in the page before the exception, oldest first: a list of objects with `time` (ms since the Unix epoch), `category`, `message` and `data`, in JSON. */
export const THROUGHLINE_EXCEPTION_BREADCRUMBS = 'throughline.exception.breadcrumbs';

/** Exceptions behind this one, outermost first: list of maps with `type`, `message`, `stacktrace`, and `path` where they are no chain of `cause`: for example `errors[0].cause`, from this exception on. */
export const THROUGHLINE_EXCEPTION_CAUSES = 'throughline.exception.causes';

/** Components around the one that threw, as React prints them. */
export const THROUGHLINE_EXCEPTION_COMPONENT_STACK = 'throughline.exception.component_stack';

/** Number of identical exceptions that the record represents. */
export const THROUGHLINE_EXCEPTION_COUNT = 'throughline.exception.count';

/** The group of the exception: sixteen hexadecimal digits, the same for exceptions of one fault over builds, releases and messages. A sender may say another text. */
export const THROUGHLINE_EXCEPTION_FINGERPRINT = 'throughline.exception.fingerprint';

/** Parsed frames, innermost last: list of maps with `function`, `filename`, `lineno`, `colno`, `debug_id`, and `in_app`, whether it is of the application itself. A frame that has its place in a source has `context_line`, `pre_context` and `post_context` too, and that in its script as `raw_function`, `raw_filename`, `raw_lineno` and `raw_colno`; one whose source map says nothing has the reason as `symbolication`. */
export const THROUGHLINE_EXCEPTION_FRAMES = 'throughline.exception.frames';

/** Whether the application handled the exception. */
export const THROUGHLINE_EXCEPTION_HANDLED = 'throughline.exception.handled';

/** Compiled files of an exception's stacks: list of maps with `type`, `code_file`, `debug_id`. */
export const THROUGHLINE_EXCEPTION_IMAGES = 'throughline.exception.images';

/** Whether the exception is one of a browser extension, or of a script that a browser, or an app around it, has put into the page. */
export const THROUGHLINE_EXCEPTION_INJECTED = 'throughline.exception.injected';

/** Source of the exception: `onerror`, `onunhandledrejection`, `captureException`, `uncaught` where the page reports an exception that nothing handled, or `panic` of a page in Rust. */
export const THROUGHLINE_EXCEPTION_MECHANISM = 'throughline.exception.mechanism';

/** The components as React printed them, where `throughline.exception.component_stack` has places in sources. */
export const THROUGHLINE_EXCEPTION_RAW_COMPONENT_STACK = 'throughline.exception.raw_component_stack';

/** The stack as the browser printed it, where `exception.stacktrace` has places in sources. */
export const THROUGHLINE_EXCEPTION_RAW_STACKTRACE = 'throughline.exception.raw_stacktrace';

/** The key that was pressed, with its modifiers, for example `Control+K`. */
export const THROUGHLINE_INTERACTION_KEY = 'throughline.interaction.key';

/** Why a page has sent a span whatever the random number of its trace is: `error`, `web_vital`, `slow` or `requested`. */
export const THROUGHLINE_KEEP_REASON = 'throughline.keep.reason';

/** Event name: a frame took long, as the browser's Long Animation Frames API tells it. */
export const THROUGHLINE_LONG_FRAME = 'throughline.long_frame';

/** How long the frame kept the page from reacting, ms. */
export const THROUGHLINE_LONG_FRAME_BLOCKING_DURATION = 'throughline.long_frame.blocking_duration';

/** Duration of the frame, ms. */
export const THROUGHLINE_LONG_FRAME_DURATION = 'throughline.long_frame.duration';

/** Time of the first event of an input in the frame, ms since the page's time origin. */
export const THROUGHLINE_LONG_FRAME_FIRST_INPUT_TIME = 'throughline.long_frame.first_input.time';

/** How long scripts of the frame waited for style and layout that they had asked for, ms. */
export const THROUGHLINE_LONG_FRAME_FORCED_LAYOUT_DURATION = 'throughline.long_frame.forced_layout_duration';

/** Part of the frame: style and layout at its end, ms. */
export const THROUGHLINE_LONG_FRAME_LAYOUT_DURATION = 'throughline.long_frame.layout_duration';

/** Part of the frame: the page's callbacks before the paint, style and layout, ms. */
export const THROUGHLINE_LONG_FRAME_RENDER_DURATION = 'throughline.long_frame.render_duration';

/** The scripts of the frame that ran longest, longest first: list of maps with `invoker`, `kind`, `url`, `function`, `position`, the character of the script at which the function begins, at its parameters, and in whole ms `duration`, `forced_layout_duration` and `pause_duration`. */
export const THROUGHLINE_LONG_FRAME_SCRIPTS = 'throughline.long_frame.scripts';

/** Event name: a task took long, in a browser that has no long animation frames. */
export const THROUGHLINE_LONG_TASK = 'throughline.long_task';

/** The frame in which the task ran, as the browser names it: `window`, or `iframe` with its address. */
export const THROUGHLINE_LONG_TASK_CONTAINER = 'throughline.long_task.container';

/** Duration of the task, ms. */
export const THROUGHLINE_LONG_TASK_DURATION = 'throughline.long_task.duration';

/** Event name: how much memory a page uses. */
export const THROUGHLINE_MEMORY = 'throughline.memory';

/** Memory of the device as the browser tells it, rounded, GiB. */
export const THROUGHLINE_MEMORY_DEVICE = 'throughline.memory.device';

/** Memory that the page uses, as the browser measures it, bytes. */
export const THROUGHLINE_MEMORY_USED = 'throughline.memory.used';

/** `aborted` or `failed`, of a change of the route that did not succeed. */
export const THROUGHLINE_NAVIGATION_OUTCOME = 'throughline.navigation.outcome';

/** Outcome of a record: `exported`, `rejected`, `sampled_out`, `handed_over`, `dropped_by_page` or `discarded_by_sdk`. */
export const THROUGHLINE_OUTCOME = 'throughline.outcome';

/** Whether the parent span was inferred from the time. */
export const THROUGHLINE_PARENT_INFERRED = 'throughline.parent.inferred';

/** Project whose key the sender of records had. */
export const THROUGHLINE_PROJECT = 'throughline.project';

/** Reason why a record was rejected or dropped, or a request refused. */
export const THROUGHLINE_REASON = 'throughline.reason';

/** Metric name: durations of requests, s, by what is known of them. */
export const THROUGHLINE_REQUEST_DURATION = 'throughline.request.duration';

/** `server` where the service received the request, `page` where a page sent it. */
export const THROUGHLINE_REQUEST_SIDE = 'throughline.request.side';

/** `1xx` to `5xx`, or `none` without a response. */
export const THROUGHLINE_REQUEST_STATUS_CLASS = 'throughline.request.status_class';

/** Time from the request until the page got the first chunk of the response, ms. */
export const THROUGHLINE_RESPONSE_TIME_TO_FIRST_CHUNK = 'throughline.response.time_to_first_chunk';

/** Name of the rule of redaction, or of the limit. */
export const THROUGHLINE_RULE = 'throughline.rule';

/** Event name: a part of the page's package could not be started. */
export const THROUGHLINE_SDK_DEGRADED = 'throughline.sdk.degraded';

/** Event name: the page dropped records before they could be sent, `throughline.reason` says why. In plain OTLP; a Bundle has the counts themselves. */
export const THROUGHLINE_SDK_DROPPED = 'throughline.sdk.dropped';

/** Number of records that the page dropped. */
export const THROUGHLINE_SDK_DROPPED_COUNT = 'throughline.sdk.dropped.count';

/** The part that could not be started, for example `requests`. */
export const THROUGHLINE_SDK_PART = 'throughline.sdk.part';

/** `inactivity` or `maximum`, why a session has ended. */
export const THROUGHLINE_SESSION_END_REASON = 'throughline.session.end_reason';

/** `traces`, `logs` or `metrics`. */
export const THROUGHLINE_SIGNAL = 'throughline.signal';

/** What was found of a frame: `resolved`, or why it is as it came: `missing`, `broken`, `no_position`, `store_failed`, `timed_out`, `too_many`, `unsupported`. */
export const THROUGHLINE_SYMBOLICATION = 'throughline.symbolication';

/** Keys of the attributes whose values were cut for the backend; `body` for the body of a log record. */
export const THROUGHLINE_TRUNCATED = 'throughline.truncated';

/** Beginning of the names of members of a mark's or measure's `detail`. */
export const THROUGHLINE_USER_TIMING_DETAIL = 'throughline.user_timing.detail';

/** Event name: the page has made a mark with `performance.mark`. */
export const THROUGHLINE_USER_TIMING_MARK = 'throughline.user_timing.mark';

/** Name of a mark or measure. */
export const THROUGHLINE_USER_TIMING_NAME = 'throughline.user_timing.name';

/** Event name: the page was hidden, or shown. */
export const THROUGHLINE_VISIBILITY_CHANGE = 'throughline.visibility_change';

/** `hidden` or `visible`. */
export const THROUGHLINE_VISIBILITY_CHANGE_STATE = 'throughline.visibility_change.state';

/** Part of the time to first byte: caches and the service worker, ms. */
export const THROUGHLINE_WEB_VITAL_CACHE_DURATION = 'throughline.web_vital.cache_duration';

/** Metric name: cumulative layout shift. */
export const THROUGHLINE_WEB_VITAL_CLS = 'throughline.web_vital.cls';

/** Part of the time to first byte: the connection, ms. */
export const THROUGHLINE_WEB_VITAL_CONNECTION_DURATION = 'throughline.web_vital.connection_duration';

/** Part of the time to first byte: the name lookup, ms. */
export const THROUGHLINE_WEB_VITAL_DNS_DURATION = 'throughline.web_vital.dns_duration';

/** Part of the largest contentful paint: from the loaded resource to the paint, ms. */
export const THROUGHLINE_WEB_VITAL_ELEMENT_RENDER_DELAY = 'throughline.web_vital.element_render_delay';

/** Metric name: first contentful paint, ms. */
export const THROUGHLINE_WEB_VITAL_FCP = 'throughline.web_vital.fcp';

/** Part of the first contentful paint: from the first byte of the document, ms. */
export const THROUGHLINE_WEB_VITAL_FIRST_BYTE_TO_PAINT = 'throughline.web_vital.first_byte_to_paint';

/** Metric name: interaction to next paint, ms. */
export const THROUGHLINE_WEB_VITAL_INP = 'throughline.web_vital.inp';

/** Part of the interaction: until its handlers began, ms. */
export const THROUGHLINE_WEB_VITAL_INPUT_DELAY = 'throughline.web_vital.input_delay';

/** Time of the interaction, ms since the page's time origin. */
export const THROUGHLINE_WEB_VITAL_INTERACTION_TIME = 'throughline.web_vital.interaction.time';

/** `pointer` or `keyboard`. */
export const THROUGHLINE_WEB_VITAL_INTERACTION_TYPE = 'throughline.web_vital.interaction.type';

/** Time of the largest layout shift, ms since the page's time origin. */
export const THROUGHLINE_WEB_VITAL_LARGEST_SHIFT_TIME = 'throughline.web_vital.largest_shift.time';

/** Score of the largest layout shift, to three decimal places. */
export const THROUGHLINE_WEB_VITAL_LARGEST_SHIFT_VALUE = 'throughline.web_vital.largest_shift.value';

/** Metric name: largest contentful paint, ms. */
export const THROUGHLINE_WEB_VITAL_LCP = 'throughline.web_vital.lcp';

/** How far the document was loaded: `loading`, `dom-interactive`, `dom-content-loaded` or `complete`. */
export const THROUGHLINE_WEB_VITAL_LOAD_STATE = 'throughline.web_vital.load_state';

/** `navigationId` of the navigation that the web vital belongs to. */
export const THROUGHLINE_WEB_VITAL_NAVIGATION_ID = 'throughline.web_vital.navigation_id';

/** Part of the interaction: from its handlers to the next paint, ms. */
export const THROUGHLINE_WEB_VITAL_PRESENTATION_DELAY = 'throughline.web_vital.presentation_delay';

/** Part of the interaction: its handlers, ms. */
export const THROUGHLINE_WEB_VITAL_PROCESSING_DURATION = 'throughline.web_vital.processing_duration';

/** Part of the time to first byte: from the connection to the first byte, ms. */
export const THROUGHLINE_WEB_VITAL_REQUEST_DURATION = 'throughline.web_vital.request_duration';

/** Part of the largest contentful paint: from the first byte of the document to the request of the resource, ms. */
export const THROUGHLINE_WEB_VITAL_RESOURCE_LOAD_DELAY = 'throughline.web_vital.resource_load_delay';

/** Part of the largest contentful paint: the load of the resource, ms. */
export const THROUGHLINE_WEB_VITAL_RESOURCE_LOAD_DURATION = 'throughline.web_vital.resource_load_duration';

/** How long the longest script ran during the interaction, ms. */
export const THROUGHLINE_WEB_VITAL_SCRIPT_DURATION = 'throughline.web_vital.script.duration';

/** What the browser ran the longest script for, `invokerType` of its entry: for example `event-listener`. */
export const THROUGHLINE_WEB_VITAL_SCRIPT_KIND = 'throughline.web_vital.script.kind';

/** Part of the interaction in which the longest script began: `input-delay`, `processing-duration` or `presentation-delay`. */
export const THROUGHLINE_WEB_VITAL_SCRIPT_PHASE = 'throughline.web_vital.script.phase';

/** Part of a paint: until the first byte of the document, ms. */
export const THROUGHLINE_WEB_VITAL_TIME_TO_FIRST_BYTE = 'throughline.web_vital.time_to_first_byte';

/** Metric name: time to first byte, ms. */
export const THROUGHLINE_WEB_VITAL_TTFB = 'throughline.web_vital.ttfb';

/** Part of the time to first byte: until the browser began to fetch, ms. */
export const THROUGHLINE_WEB_VITAL_WAITING_DURATION = 'throughline.web_vital.waiting_duration';

/** Code with which a WebSocket was closed, by RFC 6455. */
export const THROUGHLINE_WEBSOCKET_CLOSE_CODE = 'throughline.websocket.close_code';

/** Time until a WebSocket was open, ms. */
export const THROUGHLINE_WEBSOCKET_CONNECT_DURATION = 'throughline.websocket.connect_duration';

/** `closed_by_page`, `closed_by_server`, `failed`, or `page_ended` of one that was still open. */
export const THROUGHLINE_WEBSOCKET_OUTCOME = 'throughline.websocket.outcome';

/** Bytes of the messages that a WebSocket has received, without their frames. */
export const THROUGHLINE_WEBSOCKET_RECEIVED_BYTES = 'throughline.websocket.received.bytes';

/** Messages that a WebSocket has received. */
export const THROUGHLINE_WEBSOCKET_RECEIVED_MESSAGES = 'throughline.websocket.received.messages';

/** Bytes of the messages that the page has sent by a WebSocket, without their frames. */
export const THROUGHLINE_WEBSOCKET_SENT_BYTES = 'throughline.websocket.sent.bytes';

/** Messages that the page has sent by a WebSocket. */
export const THROUGHLINE_WEBSOCKET_SENT_MESSAGES = 'throughline.websocket.sent.messages';

/** Absolute URL, with credentials and signatures redacted. */
export const URL_FULL = 'url.full';

/** Path of the URL. */
export const URL_PATH = 'url.path';

/** Scheme of the URL. */
export const URL_SCHEME = 'url.scheme';

/** Low-cardinality template of the URL's path. */
export const URL_TEMPLATE = 'url.template';

/** E-mail address of the user. */
export const USER_EMAIL = 'user.email';

/** Full name of the user. */
export const USER_FULL_NAME = 'user.full_name';

/** Id of the user. */
export const USER_ID = 'user.id';

/** Short name with which the user logs in. */
export const USER_NAME = 'user.name';

/** Name of the user agent, for example `Firefox`. */
export const USER_AGENT_NAME = 'user_agent.name';

/** The User-Agent header or `navigator.userAgent`. */
export const USER_AGENT_ORIGINAL = 'user_agent.original';

/** `bot` or `test`, where no person uses the user agent. */
export const USER_AGENT_SYNTHETIC_TYPE = 'user_agent.synthetic.type';

/** Version of the user agent. */
export const USER_AGENT_VERSION = 'user_agent.version';
