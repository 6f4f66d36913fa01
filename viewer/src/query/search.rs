//! Parses the search text and matches traces against it.

use crate::decode::{Attributes, TraceId, id_from_hex};
use rusqlite::{Connection, params};
use throughline_otlp::field::{log_record, resource, span};

/// A search as a person types it: words, `key=value`, or a trace id.
///
/// A word is part of a span's or service's name, whatever the case. `key=value` is
/// an attribute of a span, of its resource or of a log record; `*` at either end of
/// the value matches any text. A value with spaces is in quotes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Search {
    pub(super) trace_id: Option<TraceId>,
    words: Vec<String>,
    attributes: Vec<(String, Pattern)>,
}

impl Search {
    pub(super) fn parse(text: &str) -> Self {
        let mut search = Self::default();
        for term in terms(text) {
            if let Some(trace_id) = id_from_hex(&term) {
                search.trace_id = Some(trace_id);
            } else if let Some((key, value)) =
                term.split_once('=').filter(|(key, _)| !key.is_empty())
            {
                search
                    .attributes
                    .push((key.to_owned(), Pattern::parse(value)));
            } else {
                search.words.push(term.to_lowercase());
            }
        }
        search
    }

    /// Whether the trace matches every term.
    pub(super) fn matches(
        &self,
        connection: &Connection,
        trace_id: &TraceId,
    ) -> rusqlite::Result<bool> {
        for word in &self.words {
            if !has_name(connection, trace_id, word)? {
                return Ok(false);
            }
        }
        for (key, pattern) in &self.attributes {
            if !has_attribute(connection, trace_id, key, pattern)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// A value with `*` at either end, or exact.
#[derive(Debug, PartialEq, Eq)]
struct Pattern {
    text: String,
    open_start: bool,
    open_end: bool,
}

impl Pattern {
    fn parse(value: &str) -> Self {
        let (rest, open_start) = value
            .strip_prefix('*')
            .map_or((value, false), |rest| (rest, true));
        let (rest, open_end) = match rest.strip_suffix('*') {
            Some(rest) => (rest, true),
            // A lone `*`: any value.
            None => (rest, open_start && rest.is_empty()),
        };
        Self {
            text: rest.to_owned(),
            open_start,
            open_end,
        }
    }

    fn matches(&self, value: &str) -> bool {
        match (self.open_start, self.open_end) {
            (true, true) => value.contains(&self.text),
            (true, false) => value.ends_with(&self.text),
            (false, true) => value.starts_with(&self.text),
            (false, false) => value == self.text,
        }
    }
}

fn terms(text: &str) -> Vec<String> {
    let mut terms = vec![String::new()];
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '"' => quoted = !quoted,
            ' ' if !quoted => terms.push(String::new()),
            other => {
                if let Some(term) = terms.last_mut() {
                    term.push(other);
                }
            }
        }
    }
    terms.retain(|term| !term.is_empty());
    terms
}

fn has_name(connection: &Connection, trace_id: &TraceId, word: &str) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (
                SELECT 1 FROM span WHERE trace_id = ?1 AND instr(lower(name), ?2) > 0
                UNION ALL
                SELECT 1 FROM trace_service JOIN service ON service.id = trace_service.service
                    WHERE trace_id = ?1 AND instr(lower(service.name), ?2) > 0)",
        )?
        .query_row(params![trace_id, word], |row| row.get(0))
}

fn has_attribute(
    connection: &Connection,
    trace_id: &TraceId,
    key: &str,
    pattern: &Pattern,
) -> rusqlite::Result<bool> {
    for (query, field) in ATTRIBUTES {
        let mut statement = connection.prepare_cached(query)?;
        let mut rows = statement.query([trace_id])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(0)?.as_blob().unwrap_or_default();
            let value = Attributes::of(bytes, field).text(key);
            if value.is_some_and(|value| pattern.matches(&value)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The rows that have attributes, and the protobuf field of those attributes.
const ATTRIBUTES: [(&str, u32); 3] = [
    (
        "SELECT bytes FROM resource WHERE id IN (SELECT resource FROM span WHERE trace_id = ?1)",
        resource::ATTRIBUTES,
    ),
    (
        "SELECT bytes FROM span WHERE trace_id = ?1",
        span::ATTRIBUTES,
    ),
    (
        "SELECT bytes FROM log WHERE trace_id = ?1",
        log_record::ATTRIBUTES,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_stars_are_parsed() {
        let search = Search::parse("buy db.query.text=\"*FROM basket*\" http.route=*");
        assert_eq!(search.words, ["buy"]);
        let [(key, text), (_, any)] = &search.attributes[..] else {
            panic!("two attributes: {search:?}");
        };
        assert_eq!(key, "db.query.text");
        assert!(text.matches("SELECT * FROM basket WHERE id = $1"));
        assert!(!text.matches("SELECT * FROM prices"));
        assert!(any.matches("/basket") && any.matches(""));
    }
}
