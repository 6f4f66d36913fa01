//! Matches traces against a search.

pub(super) mod index;
mod pattern;
mod route;
mod term;

pub(super) use route::{RecordRoutes, RoutePattern};
pub(crate) use term::SearchError;

use super::parameters::ParameterError;
use super::{Parameters, QueryError};
use crate::Store;
use crate::decode::{Attributes, LogRecord, Span, TraceId, id_from_hex, value_text};
use crate::store::search_index::Traces;
use rusqlite::{Connection, params};
use term::{Term, Test};
use throughline_otlp::field::{log_record, resource, scope};
use throughline_semconv as semconv;
use throughline_trace_context::hex;

/// A search as a person types it; [`Term`] has the syntax.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Search {
    pub(super) trace_id: Option<TraceId>,
    terms: Vec<Term>,
}

impl Search {
    pub(super) fn parse(text: &str) -> Result<Self, SearchError> {
        let mut search = Self::default();
        for term in Term::parse_all(text)? {
            match &term {
                Term::Word(word) => match id_from_hex(word) {
                    Some(trace_id) => search.trace_id = Some(trace_id),
                    None => search.terms.push(term),
                },
                Term::Attribute { .. } => search.terms.push(term),
            }
        }
        Ok(search)
    }

    /// Whether every trace matches.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds the parameters `attribute`, `route` and `status`, as far as they are tests of
    /// attributes.
    pub(super) fn with_parameters(
        mut self,
        parameters: &mut Parameters<'_>,
    ) -> Result<Self, ParameterError> {
        self.terms.extend(attributes(parameters)?);
        if let Some(route) = parameters.text("route") {
            self.terms.push(Term::any_of(&ROUTES, &route));
        }
        Ok(self)
    }

    /// Adds the test that a span has a status code of HTTP: `404`, or of a class of them: `5xx`.
    /// `None` where `status` is neither.
    pub(super) fn with_status_code(mut self, status: &str) -> Option<Self> {
        self.terms.push(Term::status_code(status)?);
        Some(self)
    }

    /// The traces that may match every term; `None` where that may be most of them.
    pub(super) fn candidates(&self, store: &Store) -> rusqlite::Result<Option<Traces>> {
        index::candidates(self, store)
    }

    /// Whether the trace matches every term.
    pub(super) fn matches(
        &self,
        connection: &Connection,
        trace_id: &TraceId,
    ) -> rusqlite::Result<bool> {
        for term in &self.terms {
            let found = match term {
                Term::Word(word) => {
                    has_id(connection, trace_id, word)? || has_text(connection, trace_id, word)?
                }
                Term::Attribute { keys, test } => has_attribute(connection, trace_id, keys, test)?,
            };
            if !found {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether a word may be the first digits of an id.
fn is_start_of_id(word: &str) -> bool {
    word.len() >= FEWEST_DIGITS && word.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// Whether a word is the first digits of the trace's id or of the id of one of its spans.
fn has_id(connection: &Connection, trace_id: &TraceId, word: &str) -> rusqlite::Result<bool> {
    if !is_start_of_id(word) {
        return Ok(false);
    }
    if hex::encode(trace_id).starts_with(word) {
        return Ok(true);
    }
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM span
                WHERE trace_id = ?1 AND substr(hex(span_id), 1, ?3) = upper(?2))",
        )?
        .query_row(params![trace_id, word, word.len()], |row| row.get(0))
}

/// Whether a word is part of a name, an exception or a log record of the trace. SQLite knows
/// the case of ASCII letters only, so names are compared here.
fn has_text(connection: &Connection, trace_id: &TraceId, word: &str) -> rusqlite::Result<bool> {
    let holds = |text: &str| text.to_lowercase().contains(word);
    for query in NAMES {
        let mut statement = connection.prepare_cached(query)?;
        let mut rows = statement.query([trace_id])?;
        while let Some(row) = rows.next()? {
            if row.get_ref(0)?.as_str().is_ok_and(holds) {
                return Ok(true);
            }
        }
    }
    let mut statement = connection.prepare_cached(LOGS)?;
    let mut rows = statement.query([trace_id])?;
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(0)?.as_blob().unwrap_or_default();
        if LogRecord::decode(bytes).is_ok_and(|log| holds(&value_text(log.body()))) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a record of the trace, or what sent it, has an attribute that passes the test.
fn has_attribute(
    connection: &Connection,
    trace_id: &TraceId,
    keys: &[String],
    test: &Test,
) -> rusqlite::Result<bool> {
    let passes = |attributes: Attributes<'_>| passes(attributes, keys, test);
    for (query, field) in ATTRIBUTES {
        let mut statement = connection.prepare_cached(query)?;
        let mut rows = statement.query([trace_id])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(0)?.as_blob().unwrap_or_default();
            if passes(Attributes::of(bytes, field)) {
                return Ok(true);
            }
        }
    }
    let mut statement = connection.prepare_cached(SPANS)?;
    let mut rows = statement.query([trace_id])?;
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(0)?.as_blob().unwrap_or_default();
        if Span::decode(bytes).is_ok_and(|span| span.all_attributes().any(passes)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether one of the keys has a value that passes the test.
fn passes(attributes: Attributes<'_>, keys: &[String], test: &Test) -> bool {
    let mut values = keys.iter().filter_map(|key| attributes.value(key));
    values.any(|value| test.passes(value))
}

/// The tests of the parameter `attribute`.
fn attributes(parameters: &mut Parameters<'_>) -> Result<Vec<Term>, ParameterError> {
    terms_of(&parameters.texts("attribute"))
}

fn terms_of(texts: &[String]) -> Result<Vec<Term>, ParameterError> {
    let terms = texts.iter().map(|text| {
        Term::attribute(text).ok_or_else(|| ParameterError::Value {
            name: "attribute",
            value: text.clone(),
            expected: "`key=value`, or a key compared with a number such as `key>100`",
        })
    });
    terms.collect()
}

/// Reads the parameter `attribute` as tests of a trace, and as the same tests of one record.
pub(super) fn of_attributes(
    parameters: &mut Parameters<'_>,
) -> Result<(Search, RecordSearch), ParameterError> {
    let texts = parameters.texts("attribute");
    let search = Search {
        terms: terms_of(&texts)?,
        ..Search::default()
    };
    let terms = terms_of(&texts)?;
    Ok((search, RecordSearch { terms }))
}

/// Reads the parameters `q` and `attribute` as words, in lower case, and as tests of one record.
pub(super) fn words_and_attributes(
    parameters: &mut Parameters<'_>,
) -> Result<(Vec<String>, RecordSearch), QueryError> {
    let mut words = Vec::new();
    let mut terms = Vec::new();
    for term in RecordSearch::read(parameters)?.terms {
        match term {
            Term::Word(word) => words.push(word),
            term @ Term::Attribute { .. } => terms.push(term),
        }
    }
    Ok((words, RecordSearch { terms }))
}

/// Tests of one record: a log record, an exception, a web vital, or of one series of a metric.
#[derive(Debug, Default)]
pub(super) struct RecordSearch {
    terms: Vec<Term>,
}

impl RecordSearch {
    /// Reads the parameters `q` and `attribute`.
    pub(super) fn read(parameters: &mut Parameters<'_>) -> Result<Self, QueryError> {
        let mut terms = Term::parse_all(&parameters.text("q").unwrap_or_default())?;
        terms.extend(attributes(parameters)?);
        Ok(Self { terms })
    }

    /// Reads the parameter `attribute` alone.
    pub(super) fn attributes(parameters: &mut Parameters<'_>) -> Result<Self, ParameterError> {
        let terms = attributes(parameters)?;
        Ok(Self { terms })
    }

    /// Adds the test that the record has a status code of HTTP: `404`, or of a class of them: `5xx`.
    /// `None` where `status` is neither.
    pub(super) fn with_status_code(mut self, status: &str) -> Option<Self> {
        self.terms.push(Term::status_code(status)?);
        Some(self)
    }

    /// Adds the test that an attribute has a value, with `*` at either end for any text.
    #[must_use]
    pub(super) fn with_value(mut self, key: &str, value: &str) -> Self {
        self.terms.push(Term::any_of(&[key], value));
        self
    }

    /// Whether every record matches.
    pub(super) const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a span, its events or its resource have the attributes.
    pub(super) fn matches_span(&self, span: &Span<'_>, resource: &[u8]) -> bool {
        let resource = Attributes::of(resource, resource::ATTRIBUTES);
        self.terms.iter().all(|term| match term {
            Term::Word(_) => false,
            Term::Attribute { keys, test } => {
                let mut own = span.all_attributes();
                own.any(|attributes| passes(attributes, keys, test)) || passes(resource, keys, test)
            }
        })
    }

    /// Whether the record has all words in its body or event name, and it or its resource has
    /// the attributes.
    pub(super) fn matches(&self, record: &LogRecord<'_>, resource: &[u8]) -> bool {
        let attributes = [
            record.attributes(),
            Attributes::of(resource, resource::ATTRIBUTES),
        ];
        let text = || format!("{} {}", record.event_name, value_text(record.body()));
        self.matches_parts(text, &attributes)
    }

    /// Whether the text has all words, and one of the lists each attribute.
    pub(super) fn matches_parts(
        &self,
        text: impl Fn() -> String,
        attributes: &[Attributes<'_>],
    ) -> bool {
        // Most searches have no word.
        let mut lower_case = None;
        let mut has_word = |word: &str| {
            let text = lower_case.get_or_insert_with(|| text().to_lowercase());
            text.contains(word)
        };
        self.terms.iter().all(|term| match term {
            Term::Word(word) => has_word(word),
            Term::Attribute { keys, test } => {
                (attributes.iter()).any(|attributes| passes(*attributes, keys, test))
            }
        })
    }
}

const NAMES: [&str; 6] = [
    "SELECT DISTINCT name FROM span WHERE trace_id = ?1",
    "SELECT service.name FROM trace_service JOIN service ON service.id = trace_service.service
        WHERE trace_id = ?1",
    "SELECT DISTINCT service.name FROM log JOIN resource ON resource.id = log.resource
        JOIN service ON service.id = resource.service WHERE trace_id = ?1",
    "SELECT type FROM exception WHERE trace_id = ?1",
    "SELECT message FROM exception WHERE trace_id = ?1",
    "SELECT DISTINCT event_name FROM log WHERE trace_id = ?1",
];
const SPANS: &str = "SELECT bytes FROM span WHERE trace_id = ?1";
const LOGS: &str = "SELECT bytes FROM log WHERE trace_id = ?1";
/// The rows besides spans that have attributes, and the protobuf field of those attributes.
const ATTRIBUTES: [(&str, u32); 3] = [
    (
        "SELECT bytes FROM resource WHERE id IN (
            SELECT resource FROM span WHERE trace_id = ?1
            UNION SELECT resource FROM log WHERE trace_id = ?1)",
        resource::ATTRIBUTES,
    ),
    (
        "SELECT bytes FROM scope WHERE id IN (SELECT scope FROM span WHERE trace_id = ?1)",
        scope::ATTRIBUTES,
    ),
    (LOGS, log_record::ATTRIBUTES),
];
/// The attributes of a route: of a server, and of a client.
const ROUTES: [&str; 2] = [semconv::HTTP_ROUTE, semconv::URL_TEMPLATE];
/// Fewer digits are more likely part of a word.
const FEWEST_DIGITS: usize = 4;
