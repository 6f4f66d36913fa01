//! Joins equal siblings of a trace: the query that a loop sends 400 times is one entry.

use serde_json::{Value as Json, json};
use std::collections::HashMap;

/// The spans of a trace with equal siblings joined.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// The spans that are in no entry of `siblings`, nor below one that is.
    pub(super) spans: Vec<Json>,
    /// The entries, as the API has them.
    pub(super) siblings: Vec<Json>,
    /// The number of the spans that are left out.
    pub(super) left_out: usize,
}

/// Joins equal siblings, next to each other or not: those of one parent with the same name, service
/// and kind. Those with an error in or below them are never among those without.
///
/// `spans` is sorted by start. Spans that are their own ancestors stay as they are. `logs` has the
/// number of log records by the id of their span.
pub(super) fn join(spans: Vec<Json>, logs: &HashMap<String, usize>) -> Joined {
    let tree = Tree::of(&spans);
    let mut is_hidden = vec![false; spans.len()];
    let mut siblings = Vec::new();
    for &parent in &tree.order {
        if parent.is_some_and(|parent| is_hidden[parent]) {
            continue;
        }
        let children = tree.children.get(&parent).map_or(&[][..], Vec::as_slice);
        if children.len() < FEWEST {
            continue;
        }
        let mut equal: HashMap<_, Vec<usize>> = HashMap::new();
        for &child in children {
            let span = &spans[child];
            let key = (
                text(span, "parent_span_id"),
                text(span, "name"),
                text(span, "service"),
                text(span, "kind"),
                tree.has_error[child],
            );
            // A root has nothing that joins it to the other roots.
            if !key.0.is_empty() {
                equal.entry(key).or_default().push(child);
            }
        }
        for nodes in equal.into_values().filter(|nodes| nodes.len() >= FEWEST) {
            let below: Vec<usize> = nodes
                .iter()
                .flat_map(|node| tree.with_below(*node))
                .collect();
            let logs = below
                .iter()
                .filter_map(|node| logs.get(text(&spans[*node], "span_id")))
                .sum();
            siblings.push(entry(
                &spans,
                &nodes,
                tree.has_error[nodes[0]],
                below.len(),
                logs,
            ));
            for node in below {
                is_hidden[node] = true;
            }
        }
    }
    siblings.sort_by_key(|entry| nanoseconds(entry, "start_unix_nano"));
    let left_out = is_hidden.iter().filter(|hidden| **hidden).count();
    let shown = spans.into_iter().zip(is_hidden);
    Joined {
        spans: shown
            .filter_map(|(span, hidden)| (!hidden).then_some(span))
            .collect(),
        siblings,
        left_out,
    }
}

/// The span with this id and those below it, of spans sorted by start; empty where it is not there.
pub(super) fn below(spans: Vec<Json>, span_id: &str) -> Vec<Json> {
    let tree = Tree::of(&spans);
    let mut is_wanted = vec![false; spans.len()];
    for (nth, span) in spans.iter().enumerate() {
        if text(span, "span_id") == span_id {
            for node in tree.with_below(nth) {
                is_wanted[node] = true;
            }
        }
    }
    let wanted = spans.into_iter().zip(is_wanted);
    wanted
        .filter_map(|(span, wanted)| wanted.then_some(span))
        .collect()
}

/// The spans of a trace by their places in the list.
struct Tree {
    /// The children of each span; of `None`, those whose parent is not there.
    children: HashMap<Option<usize>, Vec<usize>>,
    /// Each span that is reached from a root, before its children; `None` in front.
    order: Vec<Option<usize>>,
    /// Whether a span or one below it has failed.
    has_error: Vec<bool>,
}

impl Tree {
    fn of(spans: &[Json]) -> Self {
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (nth, span) in spans.iter().enumerate() {
            places.entry(text(span, "span_id")).or_insert(nth);
        }
        let mut children: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        for (nth, span) in spans.iter().enumerate() {
            let parent = places.get(text(span, "parent_span_id")).copied();
            children.entry(parent).or_default().push(nth);
        }
        let mut order = vec![None];
        let mut next = 0;
        while let Some(parent) = order.get(next).copied() {
            next += 1;
            order.extend(
                children
                    .get(&parent)
                    .into_iter()
                    .flatten()
                    .map(|child| Some(*child)),
            );
        }
        let mut has_error: Vec<bool> = spans.iter().map(|span| span["failed"] == true).collect();
        for &parent in order.iter().rev() {
            if let (Some(parent), Some(children)) = (parent, children.get(&parent)) {
                has_error[parent] |= children.iter().any(|child| has_error[*child]);
            }
        }
        Self {
            children,
            order,
            has_error,
        }
    }

    /// A span and all below it, each once.
    fn with_below(&self, node: usize) -> Vec<usize> {
        let mut nodes = vec![node];
        let mut next = 0;
        while let Some(parent) = nodes.get(next).copied() {
            next += 1;
            let children = self.children.get(&Some(parent)).into_iter().flatten();
            // The span itself is below itself where spans are their own ancestors.
            nodes.extend(children.filter(|child| **child != node));
        }
        nodes
    }
}

fn entry(spans: &[Json], nodes: &[usize], failed: bool, all: usize, logs: usize) -> Json {
    let nodes: Vec<&Json> = nodes.iter().map(|node| &spans[*node]).collect();
    let length = |span: &Json| {
        let (start, end) = (
            nanoseconds(span, "start_unix_nano"),
            nanoseconds(span, "end_unix_nano"),
        );
        end.saturating_sub(start)
    };
    let first = nodes[0];
    let longest = nodes
        .iter()
        .copied()
        .max_by_key(|span| length(span))
        .unwrap_or(first);
    let is_one_detail = nodes.iter().all(|span| span["detail"] == first["detail"]);
    let end = nodes
        .iter()
        .map(|span| nanoseconds(span, "end_unix_nano"))
        .max();
    json!({
        "parent_span_id": first["parent_span_id"],
        "name": first["name"],
        "detail": if is_one_detail { first["detail"].clone() } else { "".into() },
        "service": first["service"],
        "kind": first["kind"],
        "failed": failed,
        "count": nodes.len(),
        "sum_ms": nodes.iter().map(|span| length(span)).sum::<u64>() as f64 / 1e6,
        "longest_ms": length(longest) as f64 / 1e6,
        "longest_span_id": longest["span_id"],
        "start_unix_nano": first["start_unix_nano"],
        "end_unix_nano": end.unwrap_or_default().to_string(),
        "spans": all,
        "logs": logs,
    })
}

fn text<'j>(span: &'j Json, key: &str) -> &'j str {
    span[key].as_str().unwrap_or_default()
}

fn nanoseconds(span: &Json, key: &str) -> u64 {
    text(span, key).parse().unwrap_or_default()
}

/// The same number as in the page: fewer siblings are read faster than they are opened.
const FEWEST: usize = 5;
