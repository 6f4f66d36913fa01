//! The types of reports: the event of each, its severity, and its attributes.

use super::report::CSP_VIOLATION;
use serde_json::{Map, Value};
use throughline_semconv as semconv;

/// The log records that reports of one type become.
#[derive(Debug)]
pub(super) struct Kind {
    /// The type as the standards name it.
    pub(super) name: &'static str,
    /// The event of its log records.
    pub(super) event: &'static str,
    /// The attribute of the report's address.
    pub(super) url: &'static str,
    pub(super) severity: u64,
    /// The members of its body that have an attribute of their own. Those that have none stay
    /// together in `browser.report.body`.
    pub(super) attributes: &'static [Member],
}

/// A member of a body: its names, the form of its value, and its attribute.
pub(super) type Member = (&'static [&'static str], Form, &'static str);

/// The form that a value has to have.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// Text that is not empty.
    Text,
    /// An integer from 1. Browsers write 0 for a line or a status that is not known.
    Positive,
    /// A number.
    Number,
    /// True or false.
    Flag,
}

impl Kind {
    /// The kind of a type, the general one for types that are not known.
    pub(super) fn of(name: &str) -> &'static Self {
        let known = KINDS.iter().find(|kind| kind.name == name);
        known.unwrap_or(&OTHER)
    }

    /// The severity of a report: that of its type, unless nothing came of it.
    pub(super) fn severity(&self, body: &Map<String, Value>) -> u64 {
        let disposition = body.get("disposition").and_then(Value::as_str);
        let is_trial = matches!(disposition, Some("report" | "reporting"));
        // Network Error Logging reports successes too, where a site asks for them.
        let is_success =
            self.name == NETWORK_ERROR && body.get("type").and_then(Value::as_str) == Some("ok");
        if is_trial || is_success {
            INFO
        } else {
            self.severity
        }
    }
}

static KINDS: [Kind; 8] = [
    Kind {
        name: CSP_VIOLATION,
        event: semconv::BROWSER_CSP_VIOLATION,
        attributes: &[
            SOURCE_FILE,
            LINE,
            COLUMN,
            DISPOSITION,
            BLOCKED_URL,
            REFERRER,
            STATUS,
            (
                &[
                    "effectiveDirective",
                    "effective-directive",
                    "violated-directive",
                ],
                Form::Text,
                semconv::BROWSER_CSP_VIOLATION_EFFECTIVE_DIRECTIVE,
            ),
            (
                &["originalPolicy", "original-policy"],
                Form::Text,
                semconv::BROWSER_CSP_VIOLATION_ORIGINAL_POLICY,
            ),
            (
                &["sample", "script-sample"],
                Form::Text,
                semconv::BROWSER_CSP_VIOLATION_SAMPLE,
            ),
        ],
        ..VIOLATION
    },
    Kind {
        name: "permissions-policy-violation",
        event: semconv::BROWSER_PERMISSIONS_POLICY_VIOLATION,
        attributes: &[
            SOURCE_FILE,
            LINE,
            COLUMN,
            DISPOSITION,
            MESSAGE,
            (
                &["policyId", "featureId"],
                Form::Text,
                semconv::BROWSER_PERMISSIONS_POLICY_VIOLATION_FEATURE,
            ),
        ],
        ..VIOLATION
    },
    Kind {
        name: "coep",
        event: semconv::BROWSER_COEP_VIOLATION,
        attributes: &[DISPOSITION, BLOCKED_URL],
        ..VIOLATION
    },
    Kind {
        name: "coop",
        event: semconv::BROWSER_COOP_VIOLATION,
        attributes: &[SOURCE_FILE, LINE, COLUMN, DISPOSITION, REFERRER],
        ..VIOLATION
    },
    Kind {
        name: "deprecation",
        event: semconv::BROWSER_DEPRECATION,
        attributes: &[
            SOURCE_FILE,
            LINE,
            COLUMN,
            ID,
            MESSAGE,
            (
                &["anticipatedRemoval"],
                Form::Text,
                semconv::BROWSER_DEPRECATION_ANTICIPATED_REMOVAL,
            ),
        ],
        ..VIOLATION
    },
    Kind {
        name: "intervention",
        event: semconv::BROWSER_INTERVENTION,
        attributes: &[SOURCE_FILE, LINE, COLUMN, ID, MESSAGE],
        ..VIOLATION
    },
    Kind {
        name: CRASH,
        event: semconv::BROWSER_CRASH,
        severity: ERROR,
        attributes: &[
            (&["reason"], Form::Text, semconv::BROWSER_CRASH_REASON),
            (
                &["is_top_level"],
                Form::Flag,
                semconv::BROWSER_CRASH_IS_TOP_LEVEL,
            ),
            (
                &["visibility_state"],
                Form::Text,
                semconv::BROWSER_CRASH_VISIBILITY_STATE,
            ),
            (&["stack"], Form::Text, semconv::CODE_STACKTRACE),
        ],
        ..VIOLATION
    },
    Kind {
        name: NETWORK_ERROR,
        event: semconv::BROWSER_NETWORK_ERROR,
        url: semconv::URL_FULL,
        severity: ERROR,
        attributes: &[
            REFERRER,
            STATUS,
            (&["method"], Form::Text, semconv::HTTP_REQUEST_METHOD),
            (&["server_ip"], Form::Text, semconv::NETWORK_PEER_ADDRESS),
            (&["type"], Form::Text, semconv::ERROR_TYPE),
            (&["phase"], Form::Text, semconv::BROWSER_NETWORK_ERROR_PHASE),
            (
                &["elapsed_time"],
                Form::Number,
                semconv::BROWSER_NETWORK_ERROR_ELAPSED_TIME,
            ),
            (
                &["sampling_fraction"],
                Form::Number,
                semconv::BROWSER_NETWORK_ERROR_SAMPLING_FRACTION,
            ),
        ],
    },
];

/// Types that are not known: their whole body stays together.
static OTHER: Kind = Kind {
    severity: INFO,
    ..VIOLATION
};

/// The fields that most types share.
const VIOLATION: Kind = Kind {
    name: "",
    event: semconv::BROWSER_REPORT,
    url: semconv::BROWSER_DOCUMENT_URL_FULL,
    severity: WARN,
    attributes: &[],
};

const SOURCE_FILE: Member = (
    &["sourceFile", "source-file"],
    Form::Text,
    semconv::CODE_FILE_PATH,
);
const LINE: Member = (
    &["lineNumber", "line-number"],
    Form::Positive,
    semconv::CODE_LINE_NUMBER,
);
const COLUMN: Member = (
    &["columnNumber", "column-number"],
    Form::Positive,
    semconv::CODE_COLUMN_NUMBER,
);
const ID: Member = (&["id"], Form::Text, semconv::BROWSER_REPORT_ID);
const MESSAGE: Member = (&["message"], Form::Text, semconv::BROWSER_REPORT_MESSAGE);
const DISPOSITION: Member = (
    &["disposition"],
    Form::Text,
    semconv::BROWSER_REPORT_DISPOSITION,
);
const BLOCKED_URL: Member = (
    &["blockedURL", "blocked-uri"],
    Form::Text,
    semconv::BROWSER_REPORT_BLOCKED_URL,
);
const REFERRER: Member = (&["referrer"], Form::Text, semconv::BROWSER_REPORT_REFERRER);
const STATUS: Member = (
    &["statusCode", "status-code", "status_code"],
    Form::Positive,
    semconv::HTTP_RESPONSE_STATUS_CODE,
);

/// The type of a crash: <https://wicg.github.io/crash-reporting/>.
pub(super) const CRASH: &str = "crash";
const NETWORK_ERROR: &str = "network-error";
/// `SeverityNumber`s: <https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber>.
const ERROR: u64 = 17;
const WARN: u64 = 13;
const INFO: u64 = 9;
