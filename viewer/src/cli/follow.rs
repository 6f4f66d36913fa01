//! `throughline logs --follow` and `traces --follow`: prints what comes while it comes.

use super::{CliError, escaped, table};
use crate::query::catalog::Query;
use crate::source::Source;
use form_urlencoded::Serializer;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::io::Write;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// Prints the newest of a list, and then those that are stored, until the person ends it.
///
/// A log record is printed once. A trace is printed once it has its root or, without one, once it has
/// not grown for a second.
pub(super) fn run(
    source: &dyn Source,
    query: &Query,
    parameters: &str,
    is_json: bool,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let mut parameters = Serializer::new(parameters.to_owned());
    let parameters = parameters.append_pair("limit", LOOKED_AT).finish();
    let mut list = List::new(query.name);
    let mut failure = None;
    source.follow(&mut || {
        let mut look = || -> Result<Option<Duration>, CliError> {
            let found = source.query(query, &parameters)?;
            let (fresh, again) = list.fresh(&found);
            print(query.name, &fresh, is_json, out)?;
            Ok(again)
        };
        match look() {
            Ok(again) => ControlFlow::Continue(again),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    failure.map_or(Ok(()), Err)
}

fn print(
    name: &'static str,
    rows: &[Json],
    is_json: bool,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    if rows.is_empty() {
        return Ok(());
    }
    match is_json {
        // A line each, for a program that reads them as they come.
        true => {
            for row in rows {
                writeln!(out, "{}", escaped(&row.to_string()))?;
            }
        }
        false => out.write_all(table::format(name, &json!({ name: rows })).as_bytes())?,
    }
    out.flush()?;
    Ok(())
}

/// The known items of a list that grows.
struct List {
    name: &'static str,
    /// How often each item was in the list; a program may write equal log records.
    known: HashMap<String, usize>,
    /// The traces that are not printed yet: as they were, and since when.
    growing: HashMap<String, (Json, Instant)>,
    is_first: bool,
}

impl List {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            known: HashMap::new(),
            growing: HashMap::new(),
            is_first: true,
        }
    }

    /// The items of an answer that are to be printed, oldest first, and when to look again though
    /// nothing changes.
    fn fresh(&mut self, found: &Json) -> (Vec<Json>, Option<Duration>) {
        let mut fresh = Vec::new();
        let mut counts: HashMap<String, usize> = HashMap::new();
        let mut is_growing = false;
        for item in found[self.name].as_array().into_iter().flatten() {
            let key = match self.name {
                "traces" => item["trace_id"].to_string(),
                _ => item.to_string(),
            };
            let count = counts.entry(key.clone()).or_default();
            *count += 1;
            if *count <= self.known.get(&key).copied().unwrap_or_default() {
                continue;
            }
            if self.name == "traces" && !self.is_first && !self.is_whole(&key, item) {
                is_growing = true;
                counts.remove(&key);
                continue;
            }
            fresh.push(item.clone());
        }
        // Newest first, as in the answer.
        if self.is_first {
            fresh.truncate(AT_FIRST);
        }
        fresh.reverse();
        self.is_first = false;
        self.growing.retain(|key, _| !counts.contains_key(key));
        self.known = counts;
        (fresh, is_growing.then_some(QUIET))
    }

    fn is_whole(&mut self, key: &str, trace: &Json) -> bool {
        if trace["root"]["arrived"] == true {
            return true;
        }
        match self.growing.get(key) {
            Some((before, since)) if before == trace => since.elapsed() >= QUIET,
            _ => {
                let now = (trace.clone(), Instant::now());
                self.growing.insert(key.to_owned(), now);
                false
            }
        }
    }
}

/// The newest items that are printed before anything comes.
const AT_FIRST: usize = 10;
/// The newest items that are looked at after each change.
const LOOKED_AT: &str = "500";
/// A trace without its root that has not grown for so long is printed.
const QUIET: Duration = Duration::from_secs(1);
