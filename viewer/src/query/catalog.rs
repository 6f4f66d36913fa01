//! Lists the queries with their parameters, from which every face of the viewer is made: the
//! flags of the command line, and the tools of MCP.

use super::elsewhere;
use serde_json::{Map, Value as Json, json};

/// One query.
#[derive(Debug, PartialEq, Eq)]
pub struct Query {
    /// The name: `/api/{name}`, `throughline {name}`, the tool `{name}`.
    pub name: &'static str,
    /// The result, in one sentence.
    pub description: &'static str,
    /// The parameters.
    pub parameters: &'static [Parameter],
}

/// One parameter of a query.
#[derive(Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name; a flag of the command line has hyphens in place of underscores.
    pub name: &'static str,
    /// Its values.
    pub kind: Kind,
    /// The records that it lets through.
    pub description: &'static str,
}

/// The values of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// Any number of texts.
    Texts,
    /// A text that must be there.
    Required,
    /// A number.
    Number,
    /// A whole number from 1 to the given one.
    Whole(u16),
    /// True or false.
    Flag,
    /// A time.
    Time,
}

impl Query {
    /// The query with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        QUERIES.iter().find(|query| query.name == name)
    }

    /// Why the query does not take a parameter, and which it takes or which query does.
    pub(crate) fn why_not(&self, name: &str) -> String {
        let own: Vec<_> = self.parameters.iter().map(|own| own.name).collect();
        let own = match own.is_empty() {
            true => "it has none".to_owned(),
            false => format!("those are {}", own.join(", ")),
        };
        match self.reason_against(name) {
            Some(reason) => format!(
                "{name:?} is not a parameter of {:?}: {reason}; {own}",
                self.name
            ),
            None => format!("{name:?} is not a parameter of {:?}; {own}", self.name),
        }
    }

    /// Why the query does not take a parameter that another one has.
    pub(crate) fn reason_against(&self, name: &str) -> Option<&'static str> {
        elsewhere::reason(self.name, name)
    }

    /// The JSON Schema of the parameters.
    /// <https://json-schema.org/draft/2020-12/json-schema-core>
    pub fn schema(&self) -> Map<String, Json> {
        let properties: Map<String, Json> = (self.parameters.iter())
            .map(|parameter| (parameter.name.to_owned(), parameter.schema()))
            .collect();
        let required: Vec<_> = (self.parameters.iter())
            .filter(|parameter| parameter.kind == Kind::Required)
            .map(|parameter| parameter.name)
            .collect();
        let schema = json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        });
        match schema {
            Json::Object(schema) => schema,
            _ => Map::new(),
        }
    }
}

impl Parameter {
    fn schema(&self) -> Json {
        let description = self.description;
        match self.kind {
            Kind::Text | Kind::Required => json!({"type": "string", "description": description}),
            Kind::Texts => {
                json!({"type": "array", "items": {"type": "string"}, "description": description})
            }
            Kind::Number => json!({"type": "number", "minimum": 0, "description": description}),
            Kind::Whole(most) => {
                json!({"type": "integer", "minimum": 1, "maximum": most, "description": description})
            }
            Kind::Flag => json!({"type": "boolean", "description": description}),
            Kind::Time => {
                json!({"type": "string", "description": format!("{description} {TIME_FORMS}")})
            }
        }
    }
}

/// The queries. `outcomes` is not among them: those counts are the edge's, not the store's.
pub const QUERIES: &[Query] = &[
    Query {
        name: "traces",
        description: "Lists traces, newest first, with their root span, duration, services, and numbers of spans, errors and log records.",
        parameters: TRACES,
    },
    Query {
        name: "trace",
        description: "One trace: its spans, log records, exceptions and links, sorted by time. Five or more equal siblings are one entry of `siblings`, such as the query that a loop sends.",
        parameters: &[
            parameter("trace_id", Kind::Required, "32 hexadecimal digits."),
            parameter(
                "span_id",
                Kind::Text,
                "16 hexadecimal digits: this span and those below it alone.",
            ),
            parameter(
                "expand",
                Kind::Flag,
                "All spans, without joining equal siblings.",
            ),
        ],
    },
    Query {
        name: "logs",
        description: "Lists log records, newest first, with their attributes and the ids of their trace and span.",
        parameters: &[
            parameter(
                "q",
                Kind::Text,
                "Terms that all match: words of the body or the event's name, whatever the case, and attributes as in `attribute`.",
            ),
            SERVICE,
            parameter("event", Kind::Text, "The name of an event."),
            parameter("trace_id", Kind::Text, "32 hexadecimal digits."),
            ROUTE_OF_RECORD,
            parameter(
                "status",
                Kind::Text,
                "`error`, the severity ERROR and up, or `ok`, one below it; or the attribute `http.response.status_code`: a code such as `404`, or a class of them such as `5xx`.",
            ),
            parameter(
                "min_severity",
                Kind::Whole(24),
                "The lowest severity number: 9 is INFO, 13 WARN, 17 ERROR.",
            ),
            ATTRIBUTE,
            SINCE,
            UNTIL,
            LIMIT,
            BEFORE,
        ],
    },
    Query {
        name: "errors",
        description: "Lists exceptions in groups of one fault each, over builds, releases and messages, those seen last first: how often, first and last time, counts over time, services, releases, state, recent traces, and the newest one whole.",
        parameters: &[
            parameter(
                "q",
                Kind::Text,
                "Terms that all match: words that type, message or innermost frame have, whatever the case, and attributes as in `attribute`.",
            ),
            parameter("group", Kind::Text, "`id` of a group: that one alone."),
            parameter(
                "state",
                Kind::Text,
                "`new`: the newest release has brought it; `open`, `resolved`; or `came back`: thrown again after it was resolved.",
            ),
            SERVICE,
            ROUTE_OF_RECORD,
            parameter(
                "release",
                Kind::Text,
                "`service.version` of an exception, with `*` at either end for any text.",
            ),
            ATTRIBUTE,
            SINCE,
            UNTIL,
            LIMIT,
            BEFORE,
        ],
    },
    Query {
        name: "vitals",
        description: "Web vitals by service and page: count, 75th percentile, rating, distribution, and the traces of the worst.",
        parameters: &[
            SERVICE,
            parameter(
                "route",
                Kind::Text,
                "A page: its route or path, with `*` at either end for any text.",
            ),
            parameter(
                "status",
                Kind::Text,
                "The rating of the 75th percentile: `good`, `needs-improvement` or `poor`.",
            ),
            ATTRIBUTE,
            SINCE,
            UNTIL,
            parameter(
                "limit",
                Kind::Whole(1000),
                "The largest number of pages; all of them when it is left out.",
            ),
        ],
    },
    Query {
        name: "metrics",
        description: "Lists metrics by name: kind, unit, services, number of series, and the last value as it was sent.",
        parameters: &[
            parameter(
                "q",
                Kind::Text,
                "Terms that all match: words of name, unit or description, whatever the case, and attributes as in `attribute`.",
            ),
            SERVICE,
            ATTRIBUTE,
            SINCE,
            UNTIL,
            LIMIT,
        ],
    },
    Query {
        name: "metric",
        description: "One metric by its series, in steps of time: sums as increase and rate, gauges as their last value, histograms as count, mean and percentiles; and its newest exemplars, which name traces.",
        parameters: &[
            parameter("metric", Kind::Required, "The name of the metric."),
            SERVICE,
            ATTRIBUTE,
            SINCE,
            UNTIL,
            parameter(
                "steps",
                Kind::Whole(1000),
                "About how many steps at most; 60 when it is left out. None is shorter than the usual time between two points.",
            ),
            parameter(
                "limit",
                Kind::Whole(100),
                "The largest number of series, those of the largest values; 10 when it is left out.",
            ),
        ],
    },
    Query {
        name: "exemplars",
        description: "Lists measurements of metrics that were made in a span, newest first.",
        parameters: &[
            parameter("metric", Kind::Text, "The name of a metric."),
            SERVICE,
            SINCE,
            UNTIL,
            LIMIT,
        ],
    },
    Query {
        name: "routes",
        description: "Rate, errors, their trend and percentiles of durations by service and route, of requests and messages that services received and of requests, loads and navigations of pages, of the newest 10,000 spans.",
        parameters: &[SERVICE, SINCE, UNTIL],
    },
    Query {
        name: "durations",
        description: "How many of the traces that match, or of the spans of one operation in them, began at a time and lasted so long: the cells of a heat map.",
        parameters: DURATIONS,
    },
    Query {
        name: "services",
        description: "The service map: services, databases, queues and other hosts, and the calls between them with errors and percentiles, of the newest 10,000 spans.",
        parameters: &[SERVICE, SINCE, UNTIL],
    },
    Query {
        name: "sessions",
        description: "Lists sessions of pages, newest first: when, and how many traces, log records of no trace and errors. Of the filter one trace, or one log record of no trace, has the service and all attributes.",
        parameters: &[SERVICE, ATTRIBUTE, SINCE, UNTIL, LIMIT, BEFORE],
    },
    Query {
        name: "session",
        description: "One session: its traces, oldest first, with their exceptions, web vitals and other events, and its log records of no trace.",
        parameters: &[parameter(
            "session_id",
            Kind::Required,
            "The value of `session.id`.",
        )],
    },
    Query {
        name: "attributes",
        description: "The keys of attributes of spans, log records, resources and scopes, or the values of one key with the number of traces, and of log records of no trace, that have each: for completion. The kind of a span and the name of its scope are no attributes.",
        parameters: &[
            parameter("key", Kind::Text, "A key; without it the keys are listed."),
            parameter("start", Kind::Text, "The first characters."),
            LIMIT,
        ],
    },
    Query {
        name: "status",
        description: "The services that have sent telemetry, the size of the store and its bounds, and how records have ended at the edge.",
        parameters: &[],
    },
];

/// The filter of traces, with what `traces` and `durations` have besides behind and before it.
const FILTER: &[Parameter] = &[
    parameter(
        "operation",
        Kind::Text,
        "A route as `routes` lists it, such as `GET /orders/{id}`, or the name of a span: counts its spans, of the newest 10,000, not traces.",
    ),
    SEARCH,
    NAME,
    SERVICE,
    ROUTE,
    ATTRIBUTE,
    STATUS,
    ERRORS,
    MIN_MS,
    MAX_MS,
    SINCE,
    UNTIL,
    LIMIT,
    BEFORE,
];
const TRACES: &[Parameter] = FILTER.split_at(1).1;
const DURATIONS: &[Parameter] = FILTER.split_at(FILTER.len() - 2).0;

const fn parameter(name: &'static str, kind: Kind, description: &'static str) -> Parameter {
    Parameter {
        name,
        kind,
        description,
    }
}

const SERVICE: Parameter = parameter("service", Kind::Text, "The name of a service.");
const ROUTE: Parameter = parameter(
    "route",
    Kind::Text,
    "`http.route` or `url.template` of any span, with `*` at either end for any text.",
);
const ROUTE_OF_RECORD: Parameter = parameter(
    "route",
    Kind::Text,
    "The route of the page or of the request in which it happened, or the page's path, with `*` at either end for any text.",
);
const ATTRIBUTE: Parameter = parameter(
    "attribute",
    Kind::Texts,
    "`key=value`, with `*` at either end of the value for any text; `key>100`, `>=`, `<` and `<=` compare numbers. Of a span, a log record, or the resource that sent it, such as `service.version`. All of them must match.",
);
const SINCE: Parameter = parameter("since", Kind::Time, "The earliest time.");
const UNTIL: Parameter = parameter("until", Kind::Time, "The time that all are before.");
const LIMIT: Parameter = parameter(
    "limit",
    Kind::Whole(1000),
    "The largest number of results; 50 when it is left out.",
);
const BEFORE: Parameter = parameter(
    "before",
    Kind::Text,
    "`next` of the response before: continues the list.",
);
const SEARCH: Parameter = parameter(
    "q",
    Kind::Text,
    "Terms that all match: words of names of spans, services and events, of exceptions and of log bodies; the first digits of an id; and attributes as in `attribute`.",
);
const NAME: Parameter = parameter(
    "name",
    Kind::Text,
    "The whole name of a span, such as `click button#buy`.",
);
const STATUS: Parameter = parameter(
    "status",
    Kind::Text,
    "`error` or `ok`, an HTTP status code such as `404`, or a class of them from `1xx` to `5xx`, of any span of the trace.",
);
const ERRORS: Parameter = parameter(
    "errors",
    Kind::Flag,
    "Only traces with an error: the same as the status `error`.",
);
const MIN_MS: Parameter = parameter("min_ms", Kind::Number, "The shortest duration, in ms.");
const MAX_MS: Parameter = parameter("max_ms", Kind::Number, "The longest duration, in ms.");
/// The forms of a time.
pub(crate) const TIME_FORMS: &str = "RFC 3339 such as `2026-01-31T09:30:00Z`, ns since the Unix epoch, or a time before now such as `15m` or `2h 30m`.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::query::{self, Parameters, QueryError};

    /// Values that the parameters of the queries take.
    fn value(query: &Query, parameter: &Parameter) -> &'static str {
        match (parameter.name, parameter.kind) {
            ("status", _) if query.name == "vitals" => "poor",
            ("trace_id", _) => "0af7651916cd43dd8448eb211c80319c",
            ("before", _) => match query.name {
                "traces" => "5-0af7651916cd43dd8448eb211c80319c",
                "errors" => "5-0af7651916cd43dd",
                "sessions" => "5-5-visitvisit",
                _ => "5-7",
            },
            ("attribute", _) => "a=b",
            ("span_id", _) => "b7ad6b7169203331",
            ("status", _) => "5xx",
            ("state", _) => "came back",
            (_, Kind::Whole(_) | Kind::Number | Kind::Flag) => "1",
            (_, Kind::Time) => "15m",
            _ => "text",
        }
    }

    #[test]
    fn each_query_takes_the_parameters_that_are_listed_and_no_other() {
        let store = Store::in_memory().expect("a store");
        for query in QUERIES {
            let own: String = (query.parameters.iter())
                .map(|parameter| format!("{}={}&", parameter.name, value(query, parameter)))
                .collect();
            let run = |text: &str| query::run(&store, query.name, Parameters::parse(Some(text)));
            match run(&own) {
                Ok(_) => {}
                Err(QueryError::Absent(_))
                    if ["trace", "session", "sessions", "metric"].contains(&query.name) => {}
                Err(error) => panic!("{}: {error}", query.name),
            }
            let error = run(&format!("{own}color=red")).expect_err(query.name);
            assert!(
                matches!(error, QueryError::Parameter(_)),
                "{}: {error}",
                query.name
            );
            for other in QUERIES.iter().flat_map(|query| query.parameters) {
                let is_own = (query.parameters.iter()).any(|own| own.name == other.name);
                let text = format!("{own}{}={}", other.name, value(query, other));
                let refused = matches!(run(&text), Err(QueryError::Parameter(_)));
                assert_eq!(refused, !is_own, "{} of {}", other.name, query.name);
            }
        }
    }
}
