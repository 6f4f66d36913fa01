//! Finds the traces that a search may match.

use super::term::{Term, Test};
use super::{Search, is_start_of_id, passes};
use crate::Store;
use crate::decode::Attributes;
use crate::store::search_index::{SearchIndex, TEXTS, Text, Traces};
use rusqlite::{Connection, params};
use throughline_otlp::attribute::AttributeValue;
use throughline_otlp::field::{resource, scope};
use throughline_trace_context::hex;

/// The traces that may match every term; `None` where that may be most of them, so that reading
/// traces one after the other finds some soon.
pub(super) fn candidates(search: &Search, store: &Store) -> rusqlite::Result<Option<Traces>> {
    let mut all = search.trace_id.map(|id| Traces::from([id]));
    for term in &search.terms {
        let own = match term {
            Term::Word(word) => with_word(store, word)?,
            Term::Attribute { keys, test } => with_attribute(store, keys, test)?,
        };
        all = both(all, own);
    }
    Ok(all)
}

/// The traces that are among both; `None` is all.
pub(in crate::query) fn both(one: Option<Traces>, other: Option<Traces>) -> Option<Traces> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.intersection(&other).copied().collect()),
        (one, other) => one.or(other),
    }
}

/// The traces with a text that is equal to this one but for the case.
pub(in crate::query) fn with_text(store: &Store, text: &str) -> rusqlite::Result<Option<Traces>> {
    let text = text.to_lowercase();
    let is_it = |value: AttributeValue<'_>| value.as_str() == Some(&text);
    let find = |index: &SearchIndex, found: &mut Traces| {
        index.find(TEXTS, Text::Exactly(&text), &is_it, MOST, found);
    };
    found(store, Traces::new(), find)
}

fn with_word(store: &Store, word: &str) -> rusqlite::Result<Option<Traces>> {
    let (is_service, spans) = store.read(|connection| {
        let is_service = is_service(connection, word)?;
        Ok((is_service, span_ids(connection, word)?))
    })?;
    if is_service {
        return Ok(None);
    }
    let holds = |text: AttributeValue<'_>| text.as_str().is_some_and(|text| text.contains(word));
    found(store, spans, |index, found| {
        if is_start_of_id(word) {
            let traces = index.traces();
            found.extend(
                traces
                    .filter(|id| hex::encode(*id).starts_with(word))
                    .take(MOST + 1),
            );
        }
        index.find(TEXTS, Text::Any, &holds, MOST, found);
    })
}

fn with_attribute(store: &Store, keys: &[String], test: &Test) -> rusqlite::Result<Option<Traces>> {
    if store.read(|connection| is_of_sender(connection, keys, test))? {
        return Ok(None);
    }
    let passes = |value: AttributeValue<'_>| test.passes(value);
    found(store, Traces::new(), |index, found| {
        for key in keys {
            index.find(key, test.text(), &passes, MOST, found);
        }
    })
}

/// The traces that are found, besides `known`; `None` when they are more than [`MOST`].
fn found(
    store: &Store,
    known: Traces,
    find: impl FnOnce(&SearchIndex, &mut Traces),
) -> rusqlite::Result<Option<Traces>> {
    let mut traces = known;
    store.find(|index| find(index, &mut traces))?;
    Ok((traces.len() <= MOST).then_some(traces))
}

fn is_service(connection: &Connection, word: &str) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached("SELECT name FROM service")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let name = row.get_ref(0)?.as_str().unwrap_or_default();
        if name.to_lowercase().contains(word) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The traces that have a span whose id begins so.
fn span_ids(connection: &Connection, word: &str) -> rusqlite::Result<Traces> {
    if !is_start_of_id(word) {
        return Ok(Traces::new());
    }
    connection
        .prepare_cached(
            "SELECT DISTINCT trace_id FROM span INDEXED BY span_by_identity
             WHERE substr(hex(span_id), 1, ?2) = upper(?1) LIMIT ?3",
        )?
        .query_map(params![word, word.len(), MOST + 1], |row| row.get(0))?
        .collect()
}

/// Whether a resource or a scope has the attribute: then nearly every trace of a service may.
fn is_of_sender(connection: &Connection, keys: &[String], test: &Test) -> rusqlite::Result<bool> {
    for (query, field) in [
        ("SELECT bytes FROM resource", resource::ATTRIBUTES),
        ("SELECT bytes FROM scope", scope::ATTRIBUTES),
    ] {
        let mut statement = connection.prepare_cached(query)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(0)?.as_blob().unwrap_or_default();
            if passes(Attributes::of(bytes, field), keys, test) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Traces that are looked at one by one, newest first.
const MOST: usize = 20_000;

#[cfg(test)]
mod tests {
    use crate::Store;
    use crate::query::search::Search;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};
    use std::collections::BTreeSet;
    use throughline_otlp::json::to_protobuf;
    use throughline_otlp::{Signal, schema};

    const KEYS: [&str; 2] = ["k", "l"];

    fn values() -> impl Strategy<Value = Json> {
        prop_oneof![
            "[a-cA-C]{0,3}".prop_map(|text| json!({"stringValue": text})),
            "[a-b]{199,202}".prop_map(|text| json!({"stringValue": text})),
            (-2..3_i64).prop_map(|number| json!({"intValue": number.to_string()})),
            Just(json!({"intValue": "9007199254740993"})),
            prop_oneof![Just(1.0), Just(0.5), Just(1e300)]
                .prop_map(|number| json!({"doubleValue": number})),
            Just(json!({"doubleValue": "NaN"})),
            any::<bool>().prop_map(|truth| json!({"boolValue": truth})),
            Just(json!({"arrayValue": {"values": [{"intValue": "1"}]}})),
            Just(json!({"bytesValue": "YWI="})),
            Just(json!({})),
        ]
    }

    fn terms() -> impl Strategy<Value = String> {
        let value = prop_oneof![
            "\\*?[a-cA-C]{0,2}\\*?",
            "[a-b]{199,202}",
            prop_oneof![
                Just("1"),
                Just("-1"),
                Just("1.0"),
                Just("0.5"),
                Just("true"),
                Just("NaN"),
                Just("[1]"),
                Just("6162"),
                Just("9007199254740993"),
                Just("null"),
                Just(""),
            ]
            .prop_map(str::to_owned),
        ];
        let operator = prop_oneof![Just("="), Just(">"), Just(">="), Just("<"), Just("<=")];
        prop_oneof![
            (
                prop_oneof![Just("k"), Just("l"), Just("service.name")],
                value
            )
                .prop_map(|(key, value)| format!("{key}={value}")),
            (operator, -2..3).prop_map(|(operator, number)| format!("k{operator}{number}")),
            "[a-cA-C]{1,3}",
            "0{3,6}[0-3]?",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        /// The index leaves no trace out that matches.
        #[test]
        fn each_trace_that_matches_is_a_candidate(
            spans in proptest::collection::vec(
                (1..6_u128, "[a-cA-C]{0,4}", proptest::collection::vec((0..2_usize, values()), 0..3)),
                1..12,
            ),
            logs in proptest::collection::vec((1..6_u128, values(), values()), 0..4),
            searches in proptest::collection::vec(
                proptest::collection::vec(terms(), 1..3).prop_map(|terms| terms.join(" ")),
                8,
            ),
        ) {
            let store = Store::in_memory().expect("a store");
            let append = |signal, request: Json| {
                let schema = schema::export_request(signal);
                let bytes = to_protobuf(schema, request.to_string().as_bytes()).expect("OTLP");
                store.append(signal, &bytes, 1_800_000_000_000_000_000).expect("stored");
            };
            let resource = json!({"attributes": [
                {"key": "service.name", "value": {"stringValue": "abc"}},
            ]});
            let traces: BTreeSet<u128> =
                spans.iter().map(|span| span.0).chain(logs.iter().map(|log| log.0)).collect();
            let spans: Vec<Json> = spans.iter().zip(1..).map(|((trace, name, attributes), id)| {
                let attributes: Vec<_> = (attributes.iter())
                    .map(|(key, value)| json!({"key": KEYS[*key], "value": value}))
                    .collect();
                json!({
                    "traceId": format!("{trace:032x}"), "spanId": format!("{id:016x}"),
                    "name": name, "attributes": attributes,
                })
            }).collect();
            append(Signal::Traces, json!({"resourceSpans": [
                {"resource": resource, "scopeSpans": [{"spans": spans}]},
            ]}));
            let logs: Vec<Json> = logs.iter().map(|(trace, body, value)| json!({
                "traceId": format!("{trace:032x}"), "body": body,
                "attributes": [{"key": "k", "value": value}],
            })).collect();
            append(Signal::Logs, json!({"resourceLogs": [{"scopeLogs": [{"logRecords": logs}]}]}));
            for text in searches {
                let Ok(search) = Search::parse(&text) else { continue };
                let Some(candidates) = search.candidates(&store).expect("read") else { continue };
                for trace in &traces {
                    let trace_id = trace.to_be_bytes();
                    let matches = store
                        .read(|connection| search.matches(connection, &trace_id))
                        .expect("read");
                    prop_assert!(!matches || candidates.contains(&trace_id), "{text}");
                }
            }
        }
    }
}
