//! The query `services`: the services, databases, queues and other hosts, and who calls whom.

use super::recent_spans::{RecentSpan, RecentSpans, percentile};
use super::{Parameters, QueryError};
use crate::Store;
use crate::decode::SpanId;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use throughline_semconv as semconv;

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let spans = RecentSpans::read(&mut parameters)?;
    parameters.finish()?;
    let mut map = ServiceMap::default();
    let extent = spans.each_trace(store, |trace| map.add(trace))?;
    let is_wanted = |call: &(Node, Node)| spans.is_of(&call.0.name) || spans.is_of(&call.1.name);
    map.calls.retain(|call, _| is_wanted(call));
    let called: HashSet<Node> = map
        .calls
        .keys()
        .flat_map(|(from, to)| [from.clone(), to.clone()])
        .collect();
    map.nodes
        .retain(|node, _| spans.is_of(&node.name) || called.contains(node));
    Ok(json!({
        "nodes": map.nodes.into_iter().map(|(node, counts)| json!({
            "name": node.name,
            "kind": node.kind,
            "spans": counts.spans,
            "errors": counts.errors,
        })).collect::<Vec<_>>(),
        "calls": map.calls.into_iter().map(|((from, to), calls)| calls.json(from, to)).collect::<Vec<_>>(),
        "spans": extent.spans,
        "whole": extent.is_whole,
    }))
}

/// A service, or what services call that sends no spans itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Node {
    /// `service`, `database`, `messaging` or `host`.
    kind: &'static str,
    name: String,
}

#[derive(Debug, Default)]
struct Counts {
    spans: u64,
    errors: u64,
}

#[derive(Debug, Default)]
struct Calls {
    durations: Vec<f64>,
    errors: u64,
}

#[derive(Debug, Default)]
struct ServiceMap {
    nodes: BTreeMap<Node, Counts>,
    calls: BTreeMap<(Node, Node), Calls>,
}

impl ServiceMap {
    fn add(&mut self, trace: &[RecentSpan<'_>]) {
        let services: HashMap<SpanId, &str> = trace
            .iter()
            .map(|span| (span.span_id, span.service))
            .collect();
        let parents: HashSet<SpanId> = trace
            .iter()
            .filter_map(|span| span.span.parent_span_id)
            .collect();
        for span in trace {
            let own = service(span.service);
            let counts = self.nodes.entry(own.clone()).or_default();
            counts.spans += 1;
            counts.errors += u64::from(span.failed);
            let caller = span
                .span
                .parent_span_id
                .and_then(|parent| services.get(&parent));
            if let Some(caller) = caller.filter(|caller| **caller != span.service) {
                self.call(service(caller), own.clone(), span);
            }
            match span.span.kind() {
                // Who was called has sent no span below this one.
                "client" | "producer" if !parents.contains(&span.span_id) => {
                    if let Some(other) = called(span) {
                        self.node(&other, span);
                        self.call(own, other, span);
                    }
                }
                "producer" => {
                    if let Some(queue) = queue(span) {
                        self.node(&queue, span);
                        self.call(own, queue, span);
                    }
                }
                "consumer" => {
                    if let Some(queue) = queue(span) {
                        self.node(&queue, span);
                        self.call(queue, own, span);
                    }
                }
                _ => {}
            }
        }
    }

    fn node(&mut self, node: &Node, span: &RecentSpan<'_>) {
        let counts = self.nodes.entry(node.clone()).or_default();
        counts.spans += 1;
        counts.errors += u64::from(span.failed);
    }

    fn call(&mut self, from: Node, to: Node, span: &RecentSpan<'_>) {
        let calls = self.calls.entry((from, to)).or_default();
        calls.durations.push(span.duration_ms());
        calls.errors += u64::from(span.failed);
    }
}

impl Calls {
    fn json(mut self, from: Node, to: Node) -> Json {
        self.durations.sort_by(f64::total_cmp);
        json!({
            "from": {"kind": from.kind, "name": from.name},
            "to": {"kind": to.kind, "name": to.name},
            "count": self.durations.len(),
            "errors": self.errors,
            "p50_ms": percentile(&self.durations, 0.5),
            "p95_ms": percentile(&self.durations, 0.95),
        })
    }
}

fn service(name: &str) -> Node {
    Node {
        kind: "service",
        name: name.to_owned(),
    }
}

/// A database, a queue or a host that a span calls.
fn called(span: &RecentSpan<'_>) -> Option<Node> {
    let attributes = span.span.attributes();
    let text = |keys: &[&str]| {
        let found = keys.iter().find_map(|key| attributes.text(key));
        found.filter(|text| !text.is_empty())
    };
    if let Some(system) = text(&["db.system.name", "db.system"]) {
        let place = text(&["db.namespace", "db.name", semconv::SERVER_ADDRESS]);
        let name = place.map_or_else(
            || system.clone().into_owned(),
            |place| format!("{system} {place}"),
        );
        return Some(Node {
            kind: "database",
            name,
        });
    }
    queue(span).or_else(|| {
        let name = text(&[semconv::SERVER_ADDRESS])?.into_owned();
        Some(Node { kind: "host", name })
    })
}

fn queue(span: &RecentSpan<'_>) -> Option<Node> {
    let name = span.span.attributes().text("messaging.destination.name")?;
    Some(Node {
        kind: "messaging",
        name: name.into_owned(),
    })
}
