// Generated from registry.toml by `cargo xtask codegen`.

/// What an element is called by the page's author.
pub const APP_WIDGET_NAME: &str = "app.widget.name";

/// Brands from `navigator.userAgentData`, name and version.
pub const BROWSER_BRANDS: &str = "browser.brands";

/// Event name: a document violated its Cross-Origin-Embedder-Policy, provisional name.
pub const BROWSER_COEP_VIOLATION: &str = "browser.coep_violation";

/// Event name: a document violated its Cross-Origin-Opener-Policy, provisional name.
pub const BROWSER_COOP_VIOLATION: &str = "browser.coop_violation";

/// Event name: the document's process ended, provisional name.
pub const BROWSER_CRASH: &str = "browser.crash";

/// Whether the document was the page itself, not a frame of it.
pub const BROWSER_CRASH_IS_TOP_LEVEL: &str = "browser.crash.is_top_level";

/// `oom`, `unresponsive`, or absent where the browser does not say.
pub const BROWSER_CRASH_REASON: &str = "browser.crash.reason";

/// `visible` or `hidden`.
pub const BROWSER_CRASH_VISIBILITY_STATE: &str = "browser.crash.visibility_state";

/// Event name: a document violated its Content Security Policy, provisional name.
pub const BROWSER_CSP_VIOLATION: &str = "browser.csp_violation";

/// Directive of the Content Security Policy that was violated.
pub const BROWSER_CSP_VIOLATION_EFFECTIVE_DIRECTIVE: &str = "browser.csp_violation.effective_directive";

/// The Content Security Policy.
pub const BROWSER_CSP_VIOLATION_ORIGINAL_POLICY: &str = "browser.csp_violation.original_policy";

/// Beginning of the inline script or style.
pub const BROWSER_CSP_VIOLATION_SAMPLE: &str = "browser.csp_violation.sample";

/// Selector of the element, provisional name.
pub const BROWSER_CSS_SELECTOR: &str = "browser.css_selector";

/// Event name: a page used what the browser will remove, provisional name.
pub const BROWSER_DEPRECATION: &str = "browser.deprecation";

/// Date when the browser will no longer have the feature.
pub const BROWSER_DEPRECATION_ANTICIPATED_REMOVAL: &str = "browser.deprecation.anticipated_removal";

/// URL of the document.
pub const BROWSER_DOCUMENT_URL_FULL: &str = "browser.document.url.full";

/// Event name: the page did not react, provisional name.
pub const BROWSER_HANG: &str = "browser.hang";

/// How much of that tasks beyond 50 ms took, ms.
pub const BROWSER_HANG_BLOCKING_DURATION: &str = "browser.hang.blocking_duration";

/// The last breadcrumb before the hang, as JSON.
pub const BROWSER_HANG_BREADCRUMB: &str = "browser.hang.breadcrumb";

/// How long the page waited for a dialog besides, ms.
pub const BROWSER_HANG_DIALOG_DURATION: &str = "browser.hang.dialog_duration";

/// How long the page did not react, without dialogs, ms; of one that goes on the time so far.
pub const BROWSER_HANG_DURATION: &str = "browser.hang.duration";

/// How long scripts waited for style and layout that they had asked for, ms.
pub const BROWSER_HANG_FORCED_LAYOUT_DURATION: &str = "browser.hang.forced_layout_duration";

/// Cause of the script that ran longest, as the browser names it: `BUTTON#buy.onclick`, `TimerHandler:setTimeout`.
pub const BROWSER_HANG_INVOKER: &str = "browser.hang.invoker";

/// Whether the page reacts again.
pub const BROWSER_HANG_IS_OVER: &str = "browser.hang.is_over";

/// Part of the hang: style and layout at its end, ms.
pub const BROWSER_HANG_LAYOUT_DURATION: &str = "browser.hang.layout_duration";

/// The scripts that ran longest, as `throughline.long_frame.scripts`.
pub const BROWSER_HANG_SCRIPTS: &str = "browser.hang.scripts";

/// Event name: the browser did not do what a page asked for, provisional name.
pub const BROWSER_INTERVENTION: &str = "browser.intervention";

/// Preferred language of the user, `navigator.language`.
pub const BROWSER_LANGUAGE: &str = "browser.language";

/// Whether the browser runs on a mobile device, from `navigator.userAgentData`.
pub const BROWSER_MOBILE: &str = "browser.mobile";

/// Button of the mouse, provisional name.
pub const BROWSER_MOUSE_EVENT_BUTTON: &str = "browser.mouse_event.button";

/// Whether nothing but the fragment of the address changes, provisional name.
pub const BROWSER_NAVIGATION_HASH_CHANGE: &str = "browser.navigation.hash_change";

/// Whether the page changes its address without a load, provisional name.
pub const BROWSER_NAVIGATION_SAME_DOCUMENT: &str = "browser.navigation.same_document";

/// `push`, `replace`, `traverse` or `reload`, provisional name.
pub const BROWSER_NAVIGATION_TYPE: &str = "browser.navigation.type";

/// Event name: a request failed, as Network Error Logging reports it, provisional name.
pub const BROWSER_NETWORK_ERROR: &str = "browser.network_error";

/// Time from the start of the request until its end or failure, ms.
pub const BROWSER_NETWORK_ERROR_ELAPSED_TIME: &str = "browser.network_error.elapsed_time";

/// `dns`, `connection` or `application`.
pub const BROWSER_NETWORK_ERROR_PHASE: &str = "browser.network_error.phase";

/// Share of such requests that the browser reports, from 0 to 1.
pub const BROWSER_NETWORK_ERROR_SAMPLING_FRACTION: &str = "browser.network_error.sampling_fraction";

/// Event name: a document violated its Permissions-Policy, provisional name.
pub const BROWSER_PERMISSIONS_POLICY_VIOLATION: &str = "browser.permissions_policy_violation";

/// Feature that the policy does not permit.
pub const BROWSER_PERMISSIONS_POLICY_VIOLATION_FEATURE: &str = "browser.permissions_policy_violation.feature";

/// Platform from `navigator.userAgentData`.
pub const BROWSER_PLATFORM: &str = "browser.platform";

/// Event name: a report of a type that has no event of its own, provisional name.
pub const BROWSER_REPORT: &str = "browser.report";

/// URL that the policy blocked, or a word such as `inline`.
pub const BROWSER_REPORT_BLOCKED_URL: &str = "browser.report.blocked_url";

/// What a report says besides, as a map.
pub const BROWSER_REPORT_BODY: &str = "browser.report.body";

/// Whether the policy was enforced: `enforce`, `report` or `reporting`.
pub const BROWSER_REPORT_DISPOSITION: &str = "browser.report.disposition";

/// Id of the feature or intervention that a report is about.
pub const BROWSER_REPORT_ID: &str = "browser.report.id";

/// Message of a report, for developers.
pub const BROWSER_REPORT_MESSAGE: &str = "browser.report.message";

/// Referrer of the document or request that a report is about.
pub const BROWSER_REPORT_REFERRER: &str = "browser.report.referrer";

/// Type of a report of the browser as the Reporting API names it, for example `csp-violation`.
pub const BROWSER_REPORT_TYPE: &str = "browser.report.type";

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

/// Number of the autonomous system of the client's network.
pub const CLIENT_AS_NUMBER: &str = "client.as.number";

/// Organization of the autonomous system of the client's network.
pub const CLIENT_AS_ORGANIZATION: &str = "client.as.organization";

/// Continent of the client, two letters.
pub const CLIENT_GEO_CONTINENT_CODE: &str = "client.geo.continent.code";

/// Country of the client, two letters of ISO 3166-1.
pub const CLIENT_GEO_COUNTRY_ISO_CODE: &str = "client.geo.country.iso_code";

/// City or town of the client.
pub const CLIENT_GEO_LOCALITY_NAME: &str = "client.geo.locality.name";

/// Region of the client by ISO 3166-2, for example `CA-QC`.
pub const CLIENT_GEO_REGION_ISO_CODE: &str = "client.geo.region.iso_code";

/// Time zone of the client, its name in the IANA database.
pub const CLIENT_GEO_TIMEZONE: &str = "client.geo.timezone";

/// Column of the top frame, from 1.
pub const CODE_COLUMN_NUMBER: &str = "code.column.number";

/// File or URL of the top frame.
pub const CODE_FILE_PATH: &str = "code.file.path";

/// Function of the top frame.
pub const CODE_FUNCTION_NAME: &str = "code.function.name";

/// Line of the top frame, from 1.
pub const CODE_LINE_NUMBER: &str = "code.line.number";

/// Stack at a place in the code, as the language prints it.
pub const CODE_STACKTRACE: &str = "code.stacktrace";

/// Deployment environment, for example `production`.
pub const DEPLOYMENT_ENVIRONMENT_NAME: &str = "deployment.environment.name";

/// `mobile`, `tablet` or `desktop`, where the browser says which, provisional name.
pub const DEVICE_CLASS: &str = "device.class";

/// Manufacturer of the device.
pub const DEVICE_MANUFACTURER: &str = "device.manufacturer";

/// Model of the device, as its maker sells it.
pub const DEVICE_MODEL_NAME: &str = "device.model.name";

/// Class of the error: a status code, an exception type or a fixed word.
pub const ERROR_TYPE: &str = "error.type";

/// Name of the event that a log record is, where the field for it is not stored.
pub const EVENT_NAME: &str = "event.name";

/// Event name of an exception's log record.
pub const EXCEPTION: &str = "exception";

/// Message of the exception.
pub const EXCEPTION_MESSAGE: &str = "exception.message";

/// Stack trace as the language prints it.
pub const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";

/// Type of the exception.
pub const EXCEPTION_TYPE: &str = "exception.type";

/// Time from the request until the first chunk of a response that arrives in parts, s.
pub const GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";

/// Name of the operation of GraphQL.
pub const GRAPHQL_OPERATION_NAME: &str = "graphql.operation.name";

/// `query`, `mutation` or `subscription`.
pub const GRAPHQL_OPERATION_TYPE: &str = "graphql.operation.type";

/// Name of the host.
pub const HOST_NAME: &str = "host.name";

/// Beginning of the names of a request's headers, each a list of texts.
pub const HTTP_REQUEST_HEADER: &str = "http.request.header";

/// Method, upper case; `_OTHER` for one that is not known.
pub const HTTP_REQUEST_METHOD: &str = "http.request.method";

/// Method as sent, when it differs from `http.request.method`.
pub const HTTP_REQUEST_METHOD_ORIGINAL: &str = "http.request.method_original";

/// Size of the response body, bytes.
pub const HTTP_RESPONSE_BODY_SIZE: &str = "http.response.body.size";

/// Beginning of the names of a response's headers, likewise.
pub const HTTP_RESPONSE_HEADER: &str = "http.response.header";

/// Status code of the response.
pub const HTTP_RESPONSE_STATUS_CODE: &str = "http.response.status_code";

/// The matched route, as a template.
pub const HTTP_ROUTE: &str = "http.route";

/// Metric name: messages of a partition that a consumer group has not ended, as the Collector's receiver `kafkametrics` names it.
pub const KAFKA_CONSUMER_GROUP_LAG: &str = "kafka.consumer_group.lag";

/// Name of a consumer group.
pub const MESSAGING_CONSUMER_GROUP_NAME: &str = "messaging.consumer.group.name";

/// Name of a topic.
pub const MESSAGING_DESTINATION_NAME: &str = "messaging.destination.name";

/// Partition of a topic, a number as text.
pub const MESSAGING_DESTINATION_PARTITION_ID: &str = "messaging.destination.partition.id";

/// `receive` or `transmit`.
pub const NETWORK_IO_DIRECTION: &str = "network.io.direction";

/// Address of the server that was connected to.
pub const NETWORK_PEER_ADDRESS: &str = "network.peer.address";

/// Application protocol, for example `websocket`.
pub const NETWORK_PROTOCOL_NAME: &str = "network.protocol.name";

/// Version of the application protocol.
pub const NETWORK_PROTOCOL_VERSION: &str = "network.protocol.version";

/// Name of the operating system.
pub const OS_NAME: &str = "os.name";

/// Version of the operating system.
pub const OS_VERSION: &str = "os.version";

/// Whether the series has the measurements of those beyond the limit.
pub const OTEL_METRIC_OVERFLOW: &str = "otel.metric.overflow";

/// Name of the part of the page that a record is of: an app, or a tracer of OpenTelemetry's API.
pub const OTEL_SCOPE_NAME: &str = "otel.scope.name";

/// Version of that part.
pub const OTEL_SCOPE_VERSION: &str = "otel.scope.version";

/// Runtime of the process, for example `CPython`.
pub const PROCESS_RUNTIME_NAME: &str = "process.runtime.name";

/// Version of the runtime.
pub const PROCESS_RUNTIME_VERSION: &str = "process.runtime.version";

/// Randomness of a log record's trace, as `rv` of a tracestate, provisional name.
pub const SAMPLING_RANDOMNESS: &str = "sampling.randomness";

/// Rejection threshold of a log record's samplers, as `th` of a tracestate, provisional name.
pub const SAMPLING_THRESHOLD: &str = "sampling.threshold";

/// What happened before an event, oldest first: list of maps.
pub const SENTRY_BREADCRUMBS: &str = "sentry.breadcrumbs";

/// Distribution of a release.
pub const SENTRY_DIST: &str = "sentry.dist";

/// Id of an event.
pub const SENTRY_EVENT_ID: &str = "sentry.event_id";

/// Event name: a user wrote feedback.
pub const SENTRY_FEEDBACK: &str = "sentry.feedback";

/// Parts by which the application groups an event.
pub const SENTRY_FINGERPRINT: &str = "sentry.fingerprint";

/// Logger that an event came from.
pub const SENTRY_LOGGER: &str = "sentry.logger";

/// What a span does, for example `http.client`.
pub const SENTRY_OP: &str = "sentry.op";

/// What created a span, for example `auto.http.browser`.
pub const SENTRY_ORIGIN: &str = "sentry.origin";

/// Errors in a session so far.
pub const SENTRY_SESSION_ERRORS: &str = "sentry.session.errors";

/// `ok`, `errored`, `unhandled`, `exited`, `crashed` or `abnormal`.
pub const SENTRY_SESSION_STATUS: &str = "sentry.session.status";

/// Event name: the state of a session that goes on.
pub const SENTRY_SESSION_UPDATE: &str = "sentry.session.update";

/// Metric name: sessions of a server by status.
pub const SENTRY_SESSIONS: &str = "sentry.sessions";

/// Name of the transaction in which an event happened.
pub const SENTRY_TRANSACTION: &str = "sentry.transaction";

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

/// Event name of a session's end.
pub const SESSION_END: &str = "session.end";

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

/// Time by which the edge has moved the times of records, since the sender's clock was off, ms.
pub const THROUGHLINE_CLOCK_OFFSET: &str = "throughline.clock.offset";

/// Low-cardinality template of the address of the document: the page's route.
pub const THROUGHLINE_DOCUMENT_URL_TEMPLATE: &str = "throughline.document.url.template";

/// Time when a page that was rendered ahead was shown, ms since the page's time origin.
pub const THROUGHLINE_DOCUMENT_LOAD_ACTIVATION_START: &str = "throughline.document_load.activation_start";

/// Event name: what a document has loaded until its load event.
pub const THROUGHLINE_DOCUMENT_LOAD_RESOURCES: &str = "throughline.document_load.resources";

/// Number of resources that the first paint waited for.
pub const THROUGHLINE_DOCUMENT_LOAD_RESOURCES_BLOCKING: &str = "throughline.document_load.resources.blocking";

/// Bytes that arrived for resources, with the heads of their responses; those of other origins only where they allow it.
pub const THROUGHLINE_DOCUMENT_LOAD_RESOURCES_BYTES: &str = "throughline.document_load.resources.bytes";

/// Number of resources that came from a cache.
pub const THROUGHLINE_DOCUMENT_LOAD_RESOURCES_CACHED: &str = "throughline.document_load.resources.cached";

/// Number of resources.
pub const THROUGHLINE_DOCUMENT_LOAD_RESOURCES_COUNT: &str = "throughline.document_load.resources.count";

/// Resources by what has asked for them: list of maps with `kind`, `count`, `bytes`, and `duration`, the whole ms in which one of them was loading.
pub const THROUGHLINE_DOCUMENT_LOAD_RESOURCES_KINDS: &str = "throughline.document_load.resources.kinds";

/// The resources that took longest: list of maps with `url`, `kind`, `start`, `duration` in whole ms and `bytes`.
pub const THROUGHLINE_DOCUMENT_LOAD_RESOURCES_SLOWEST: &str = "throughline.document_load.resources.slowest";

/// Metric name: memory of what waits for a backend now, By.
pub const THROUGHLINE_EDGE_BACKEND_MEMORY: &str = "throughline.edge.backend.memory";

/// Metric name: records that wait for a backend now.
pub const THROUGHLINE_EDGE_BACKEND_QUEUED: &str = "throughline.edge.backend.queued";

/// Metric name: copies of records for each backend after the first, by signal.
pub const THROUGHLINE_EDGE_COPIED: &str = "throughline.edge.copied";

/// Metric name: parts of records that were cut off, by signal and limit.
pub const THROUGHLINE_EDGE_CUTS: &str = "throughline.edge.cuts";

/// Metric name: bytes of OTLP that came and were routed to a backend, likewise, By.
pub const THROUGHLINE_EDGE_PROJECT_IO: &str = "throughline.edge.project.io";

/// Metric name: records that came and were routed to a backend, by project, signal, direction and backend.
pub const THROUGHLINE_EDGE_PROJECT_RECORDS: &str = "throughline.edge.project.records";

/// Metric name: records that wait now, by signal.
pub const THROUGHLINE_EDGE_QUEUED: &str = "throughline.edge.queued";

/// Metric name: records that came, by signal.
pub const THROUGHLINE_EDGE_RECEIVED: &str = "throughline.edge.received";

/// Metric name: records by signal, outcome and reason.
pub const THROUGHLINE_EDGE_RECORDS: &str = "throughline.edge.records";

/// Metric name: redactions by signal and rule.
pub const THROUGHLINE_EDGE_REDACTIONS: &str = "throughline.edge.redactions";

/// Metric name: requests with telemetry by route, status and, where one was refused as a whole, reason.
pub const THROUGHLINE_EDGE_REQUESTS: &str = "throughline.edge.requests";

/// Metric name: frames of scripts with debug ids, by what was found of them.
pub const THROUGHLINE_EDGE_SYMBOLICATIONS: &str = "throughline.edge.symbolications";

/// Metric name: records that another process handed over, by signal.
pub const THROUGHLINE_EDGE_TAKEN_UP: &str = "throughline.edge.taken_up";

/// Metric name: values cut and attributes left out, by signal and backend.
pub const THROUGHLINE_EDGE_TRUNCATIONS: &str = "throughline.edge.truncations";

/// Event name: the page's engine failed or could not be loaded.
pub const THROUGHLINE_ENGINE_FAILURE: &str = "throughline.engine.failure";

/// The error with which the engine failed, as text. It is none of the page's.
pub const THROUGHLINE_ENGINE_FAILURE_MESSAGE: &str = "throughline.engine.failure.message";

/// `trap` or `unavailable`.
pub const THROUGHLINE_ENGINE_FAILURE_REASON: &str = "throughline.engine.failure.reason";

/// Time until a stream of server-sent events was open, ms.
pub const THROUGHLINE_EVENT_SOURCE_CONNECT_DURATION: &str = "throughline.event_source.connect_duration";

/// Messages without a name of their own that a stream of server-sent events has brought.
pub const THROUGHLINE_EVENT_SOURCE_MESSAGES: &str = "throughline.event_source.messages";

/// `closed_by_page`, `failed`, or `page_ended` of one that was still open.
pub const THROUGHLINE_EVENT_SOURCE_OUTCOME: &str = "throughline.event_source.outcome";

/// How often the browser has lost a stream of server-sent events and opened it again.
pub const THROUGHLINE_EVENT_SOURCE_RECONNECTIONS: &str = "throughline.event_source.reconnections";

/// Time until the first message without a name of its own, ms.
pub const THROUGHLINE_EVENT_SOURCE_TIME_TO_FIRST_MESSAGE: &str = "throughline.event_source.time_to_first_message";

/// What happened in the page before the exception, oldest first: a list of objects with `time` (ms since the Unix epoch), `category`, `message` and `data`, in JSON.
pub const THROUGHLINE_EXCEPTION_BREADCRUMBS: &str = "throughline.exception.breadcrumbs";

/// Exceptions behind this one, outermost first: list of maps with `type`, `message`, `stacktrace`, and `path` where they are no chain of `cause`: for example `errors[0].cause`, from this exception on.
pub const THROUGHLINE_EXCEPTION_CAUSES: &str = "throughline.exception.causes";

/// Components around the one that threw, as React prints them.
pub const THROUGHLINE_EXCEPTION_COMPONENT_STACK: &str = "throughline.exception.component_stack";

/// Number of identical exceptions that the record represents.
pub const THROUGHLINE_EXCEPTION_COUNT: &str = "throughline.exception.count";

/// The group of the exception: sixteen hexadecimal digits, the same for exceptions of one fault over builds, releases and messages. A sender may say another text.
pub const THROUGHLINE_EXCEPTION_FINGERPRINT: &str = "throughline.exception.fingerprint";

/// Parsed frames, innermost last: list of maps with `function`, `filename`, `lineno`, `colno`, `debug_id`, and `in_app`, whether it is of the application itself. A frame that has its place in a source has `context_line`, `pre_context` and `post_context` too, and that in its script as `raw_function`, `raw_filename`, `raw_lineno` and `raw_colno`; one whose source map says nothing has the reason as `symbolication`.
pub const THROUGHLINE_EXCEPTION_FRAMES: &str = "throughline.exception.frames";

/// Whether the application handled the exception.
pub const THROUGHLINE_EXCEPTION_HANDLED: &str = "throughline.exception.handled";

/// Compiled files of an exception's stacks: list of maps with `type`, `code_file`, `debug_id`.
pub const THROUGHLINE_EXCEPTION_IMAGES: &str = "throughline.exception.images";

/// Whether the exception is one of a browser extension, or of a script that a browser, or an app around it, has put into the page.
pub const THROUGHLINE_EXCEPTION_INJECTED: &str = "throughline.exception.injected";

/// Source of the exception: `onerror`, `onunhandledrejection`, `captureException`, `uncaught` where the page reports an exception that nothing handled, or `panic` of a page in Rust.
pub const THROUGHLINE_EXCEPTION_MECHANISM: &str = "throughline.exception.mechanism";

/// The components as React printed them, where `throughline.exception.component_stack` has places in sources.
pub const THROUGHLINE_EXCEPTION_RAW_COMPONENT_STACK: &str = "throughline.exception.raw_component_stack";

/// The stack as the browser printed it, where `exception.stacktrace` has places in sources.
pub const THROUGHLINE_EXCEPTION_RAW_STACKTRACE: &str = "throughline.exception.raw_stacktrace";

/// The key that was pressed, with its modifiers, for example `Control+K`.
pub const THROUGHLINE_INTERACTION_KEY: &str = "throughline.interaction.key";

/// Why a page has sent a span whatever the random number of its trace is: `error`, `web_vital`, `slow` or `requested`.
pub const THROUGHLINE_KEEP_REASON: &str = "throughline.keep.reason";

/// Event name: a frame took long, as the browser's Long Animation Frames API tells it.
pub const THROUGHLINE_LONG_FRAME: &str = "throughline.long_frame";

/// How long the frame kept the page from reacting, ms.
pub const THROUGHLINE_LONG_FRAME_BLOCKING_DURATION: &str = "throughline.long_frame.blocking_duration";

/// Duration of the frame, ms.
pub const THROUGHLINE_LONG_FRAME_DURATION: &str = "throughline.long_frame.duration";

/// Time of the first event of an input in the frame, ms since the page's time origin.
pub const THROUGHLINE_LONG_FRAME_FIRST_INPUT_TIME: &str = "throughline.long_frame.first_input.time";

/// How long scripts of the frame waited for style and layout that they had asked for, ms.
pub const THROUGHLINE_LONG_FRAME_FORCED_LAYOUT_DURATION: &str = "throughline.long_frame.forced_layout_duration";

/// Part of the frame: style and layout at its end, ms.
pub const THROUGHLINE_LONG_FRAME_LAYOUT_DURATION: &str = "throughline.long_frame.layout_duration";

/// Part of the frame: the page's callbacks before the paint, style and layout, ms.
pub const THROUGHLINE_LONG_FRAME_RENDER_DURATION: &str = "throughline.long_frame.render_duration";

/// The scripts of the frame that ran longest, longest first: list of maps with `invoker`, `kind`, `url`, `function`, `position`, the character of the script at which the function begins, at its parameters, and in whole ms `duration`, `forced_layout_duration` and `pause_duration`.
pub const THROUGHLINE_LONG_FRAME_SCRIPTS: &str = "throughline.long_frame.scripts";

/// Event name: a task took long, in a browser that has no long animation frames.
pub const THROUGHLINE_LONG_TASK: &str = "throughline.long_task";

/// The frame in which the task ran, as the browser names it: `window`, or `iframe` with its address.
pub const THROUGHLINE_LONG_TASK_CONTAINER: &str = "throughline.long_task.container";

/// Duration of the task, ms.
pub const THROUGHLINE_LONG_TASK_DURATION: &str = "throughline.long_task.duration";

/// Event name: how much memory a page uses.
pub const THROUGHLINE_MEMORY: &str = "throughline.memory";

/// Memory of the device as the browser tells it, rounded, GiB.
pub const THROUGHLINE_MEMORY_DEVICE: &str = "throughline.memory.device";

/// Memory that the page uses, as the browser measures it, bytes.
pub const THROUGHLINE_MEMORY_USED: &str = "throughline.memory.used";

/// `aborted` or `failed`, of a change of the route that did not succeed.
pub const THROUGHLINE_NAVIGATION_OUTCOME: &str = "throughline.navigation.outcome";

/// Outcome of a record: `exported`, `rejected`, `sampled_out`, `handed_over`, `dropped_by_page` or `discarded_by_sdk`.
pub const THROUGHLINE_OUTCOME: &str = "throughline.outcome";

/// Whether the parent span was inferred from the time.
pub const THROUGHLINE_PARENT_INFERRED: &str = "throughline.parent.inferred";

/// Project whose key the sender of records had.
pub const THROUGHLINE_PROJECT: &str = "throughline.project";

/// Reason why a record was rejected or dropped, or a request refused.
pub const THROUGHLINE_REASON: &str = "throughline.reason";

/// Metric name: durations of requests, s, by what is known of them.
pub const THROUGHLINE_REQUEST_DURATION: &str = "throughline.request.duration";

/// `server` where the service received the request, `page` where a page sent it.
pub const THROUGHLINE_REQUEST_SIDE: &str = "throughline.request.side";

/// `1xx` to `5xx`, or `none` without a response.
pub const THROUGHLINE_REQUEST_STATUS_CLASS: &str = "throughline.request.status_class";

/// Time from the request until the page got the first chunk of the response, ms.
pub const THROUGHLINE_RESPONSE_TIME_TO_FIRST_CHUNK: &str = "throughline.response.time_to_first_chunk";

/// Name of the rule of redaction, or of the limit.
pub const THROUGHLINE_RULE: &str = "throughline.rule";

/// Event name: a part of the page's package could not be started.
pub const THROUGHLINE_SDK_DEGRADED: &str = "throughline.sdk.degraded";

/// Event name: the page dropped records before they could be sent, `throughline.reason` says why. In plain OTLP; a Bundle has the counts themselves.
pub const THROUGHLINE_SDK_DROPPED: &str = "throughline.sdk.dropped";

/// Number of records that the page dropped.
pub const THROUGHLINE_SDK_DROPPED_COUNT: &str = "throughline.sdk.dropped.count";

/// The part that could not be started, for example `requests`.
pub const THROUGHLINE_SDK_PART: &str = "throughline.sdk.part";

/// `inactivity` or `maximum`, why a session has ended.
pub const THROUGHLINE_SESSION_END_REASON: &str = "throughline.session.end_reason";

/// `traces`, `logs` or `metrics`.
pub const THROUGHLINE_SIGNAL: &str = "throughline.signal";

/// What was found of a frame: `resolved`, or why it is as it came: `missing`, `broken`, `no_position`, `store_failed`, `timed_out`, `too_many`, `unsupported`.
pub const THROUGHLINE_SYMBOLICATION: &str = "throughline.symbolication";

/// Keys of the attributes whose values were cut for the backend; `body` for the body of a log record.
pub const THROUGHLINE_TRUNCATED: &str = "throughline.truncated";

/// Beginning of the names of members of a mark's or measure's `detail`.
pub const THROUGHLINE_USER_TIMING_DETAIL: &str = "throughline.user_timing.detail";

/// Event name: the page has made a mark with `performance.mark`.
pub const THROUGHLINE_USER_TIMING_MARK: &str = "throughline.user_timing.mark";

/// Name of a mark or measure.
pub const THROUGHLINE_USER_TIMING_NAME: &str = "throughline.user_timing.name";

/// Event name: the page was hidden, or shown.
pub const THROUGHLINE_VISIBILITY_CHANGE: &str = "throughline.visibility_change";

/// `hidden` or `visible`.
pub const THROUGHLINE_VISIBILITY_CHANGE_STATE: &str = "throughline.visibility_change.state";

/// Part of the time to first byte: caches and the service worker, ms.
pub const THROUGHLINE_WEB_VITAL_CACHE_DURATION: &str = "throughline.web_vital.cache_duration";

/// Metric name: cumulative layout shift.
pub const THROUGHLINE_WEB_VITAL_CLS: &str = "throughline.web_vital.cls";

/// Part of the time to first byte: the connection, ms.
pub const THROUGHLINE_WEB_VITAL_CONNECTION_DURATION: &str = "throughline.web_vital.connection_duration";

/// Part of the time to first byte: the name lookup, ms.
pub const THROUGHLINE_WEB_VITAL_DNS_DURATION: &str = "throughline.web_vital.dns_duration";

/// Part of the largest contentful paint: from the loaded resource to the paint, ms.
pub const THROUGHLINE_WEB_VITAL_ELEMENT_RENDER_DELAY: &str = "throughline.web_vital.element_render_delay";

/// Metric name: first contentful paint, ms.
pub const THROUGHLINE_WEB_VITAL_FCP: &str = "throughline.web_vital.fcp";

/// Part of the first contentful paint: from the first byte of the document, ms.
pub const THROUGHLINE_WEB_VITAL_FIRST_BYTE_TO_PAINT: &str = "throughline.web_vital.first_byte_to_paint";

/// Metric name: interaction to next paint, ms.
pub const THROUGHLINE_WEB_VITAL_INP: &str = "throughline.web_vital.inp";

/// Part of the interaction: until its handlers began, ms.
pub const THROUGHLINE_WEB_VITAL_INPUT_DELAY: &str = "throughline.web_vital.input_delay";

/// Time of the interaction, ms since the page's time origin.
pub const THROUGHLINE_WEB_VITAL_INTERACTION_TIME: &str = "throughline.web_vital.interaction.time";

/// `pointer` or `keyboard`.
pub const THROUGHLINE_WEB_VITAL_INTERACTION_TYPE: &str = "throughline.web_vital.interaction.type";

/// Time of the largest layout shift, ms since the page's time origin.
pub const THROUGHLINE_WEB_VITAL_LARGEST_SHIFT_TIME: &str = "throughline.web_vital.largest_shift.time";

/// Score of the largest layout shift, to three decimal places.
pub const THROUGHLINE_WEB_VITAL_LARGEST_SHIFT_VALUE: &str = "throughline.web_vital.largest_shift.value";

/// Metric name: largest contentful paint, ms.
pub const THROUGHLINE_WEB_VITAL_LCP: &str = "throughline.web_vital.lcp";

/// How far the document was loaded: `loading`, `dom-interactive`, `dom-content-loaded` or `complete`.
pub const THROUGHLINE_WEB_VITAL_LOAD_STATE: &str = "throughline.web_vital.load_state";

/// `navigationId` of the navigation that the web vital belongs to.
pub const THROUGHLINE_WEB_VITAL_NAVIGATION_ID: &str = "throughline.web_vital.navigation_id";

/// Part of the interaction: from its handlers to the next paint, ms.
pub const THROUGHLINE_WEB_VITAL_PRESENTATION_DELAY: &str = "throughline.web_vital.presentation_delay";

/// Part of the interaction: its handlers, ms.
pub const THROUGHLINE_WEB_VITAL_PROCESSING_DURATION: &str = "throughline.web_vital.processing_duration";

/// Part of the time to first byte: from the connection to the first byte, ms.
pub const THROUGHLINE_WEB_VITAL_REQUEST_DURATION: &str = "throughline.web_vital.request_duration";

/// Part of the largest contentful paint: from the first byte of the document to the request of the resource, ms.
pub const THROUGHLINE_WEB_VITAL_RESOURCE_LOAD_DELAY: &str = "throughline.web_vital.resource_load_delay";

/// Part of the largest contentful paint: the load of the resource, ms.
pub const THROUGHLINE_WEB_VITAL_RESOURCE_LOAD_DURATION: &str = "throughline.web_vital.resource_load_duration";

/// How long the longest script ran during the interaction, ms.
pub const THROUGHLINE_WEB_VITAL_SCRIPT_DURATION: &str = "throughline.web_vital.script.duration";

/// What the browser ran the longest script for, `invokerType` of its entry: for example `event-listener`.
pub const THROUGHLINE_WEB_VITAL_SCRIPT_KIND: &str = "throughline.web_vital.script.kind";

/// Part of the interaction in which the longest script began: `input-delay`, `processing-duration` or `presentation-delay`.
pub const THROUGHLINE_WEB_VITAL_SCRIPT_PHASE: &str = "throughline.web_vital.script.phase";

/// Part of a paint: until the first byte of the document, ms.
pub const THROUGHLINE_WEB_VITAL_TIME_TO_FIRST_BYTE: &str = "throughline.web_vital.time_to_first_byte";

/// Metric name: time to first byte, ms.
pub const THROUGHLINE_WEB_VITAL_TTFB: &str = "throughline.web_vital.ttfb";

/// Part of the time to first byte: until the browser began to fetch, ms.
pub const THROUGHLINE_WEB_VITAL_WAITING_DURATION: &str = "throughline.web_vital.waiting_duration";

/// Code with which a WebSocket was closed, by RFC 6455.
pub const THROUGHLINE_WEBSOCKET_CLOSE_CODE: &str = "throughline.websocket.close_code";

/// Time until a WebSocket was open, ms.
pub const THROUGHLINE_WEBSOCKET_CONNECT_DURATION: &str = "throughline.websocket.connect_duration";

/// `closed_by_page`, `closed_by_server`, `failed`, or `page_ended` of one that was still open.
pub const THROUGHLINE_WEBSOCKET_OUTCOME: &str = "throughline.websocket.outcome";

/// Bytes of the messages that a WebSocket has received, without their frames.
pub const THROUGHLINE_WEBSOCKET_RECEIVED_BYTES: &str = "throughline.websocket.received.bytes";

/// Messages that a WebSocket has received.
pub const THROUGHLINE_WEBSOCKET_RECEIVED_MESSAGES: &str = "throughline.websocket.received.messages";

/// Bytes of the messages that the page has sent by a WebSocket, without their frames.
pub const THROUGHLINE_WEBSOCKET_SENT_BYTES: &str = "throughline.websocket.sent.bytes";

/// Messages that the page has sent by a WebSocket.
pub const THROUGHLINE_WEBSOCKET_SENT_MESSAGES: &str = "throughline.websocket.sent.messages";

/// Absolute URL, with credentials and signatures redacted.
pub const URL_FULL: &str = "url.full";

/// Path of the URL.
pub const URL_PATH: &str = "url.path";

/// Scheme of the URL.
pub const URL_SCHEME: &str = "url.scheme";

/// Low-cardinality template of the URL's path.
pub const URL_TEMPLATE: &str = "url.template";

/// E-mail address of the user.
pub const USER_EMAIL: &str = "user.email";

/// Full name of the user.
pub const USER_FULL_NAME: &str = "user.full_name";

/// Id of the user.
pub const USER_ID: &str = "user.id";

/// Short name with which the user logs in.
pub const USER_NAME: &str = "user.name";

/// Name of the user agent, for example `Firefox`.
pub const USER_AGENT_NAME: &str = "user_agent.name";

/// The User-Agent header or `navigator.userAgent`.
pub const USER_AGENT_ORIGINAL: &str = "user_agent.original";

/// `bot` or `test`, where no person uses the user agent.
pub const USER_AGENT_SYNTHETIC_TYPE: &str = "user_agent.synthetic.type";

/// Version of the user agent.
pub const USER_AGENT_VERSION: &str = "user_agent.version";
