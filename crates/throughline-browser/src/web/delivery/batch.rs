//! The open batch: records by the scope that they are of, encoded.

use std::borrow::Cow;
use std::collections::BTreeMap;
use throughline_otlp::field::{export_request, resource_group, scope, scope_group};
use throughline_otlp::protobuf::Writer;

/// The instrumentation scope of a record: for `tracing` its target.
#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scope {
    pub(crate) name: Cow<'static, str>,
    pub(crate) version: Cow<'static, str>,
    pub(crate) schema_url: Cow<'static, str>,
}

/// Spans and log records that wait to be sent.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    spans: BTreeMap<Scope, Writer>,
    logs: BTreeMap<Scope, Writer>,
    records: u64,
    bytes: usize,
}

impl Batch {
    /// Appends a span.
    pub(crate) fn add_span(&mut self, scope: &Scope, write: impl FnOnce(&mut Writer)) {
        self.records += 1;
        self.bytes += add(&mut self.spans, scope, write);
    }

    /// Appends a log record.
    pub(crate) fn add_log(&mut self, scope: &Scope, write: impl FnOnce(&mut Writer)) {
        self.records += 1;
        self.bytes += add(&mut self.logs, scope, write);
    }

    /// How many records there are.
    pub(crate) const fn records(&self) -> u64 {
        self.records
    }

    /// The size of the records, bytes.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The spans as an `ExportTraceServiceRequest`, empty for none.
    pub(crate) fn traces(&self, resource: &[u8]) -> Vec<u8> {
        export(resource, &self.spans)
    }

    /// The log records as an `ExportLogsServiceRequest`, empty for none.
    pub(crate) fn logs(&self, resource: &[u8]) -> Vec<u8> {
        export(resource, &self.logs)
    }
}

/// Appends a record and returns its size.
fn add(
    scopes: &mut BTreeMap<Scope, Writer>,
    scope: &Scope,
    write: impl FnOnce(&mut Writer),
) -> usize {
    if !scopes.contains_key(scope) {
        scopes.insert(scope.clone(), Writer::new());
    }
    let Some(writer) = scopes.get_mut(scope) else {
        return 0;
    };
    let before = writer.as_bytes().len();
    let open = writer.open(scope_group::RECORD);
    write(writer);
    writer.close(open);
    writer.as_bytes().len() - before
}

fn export(resource: &[u8], scopes: &BTreeMap<Scope, Writer>) -> Vec<u8> {
    let mut writer = Writer::new();
    if scopes.is_empty() {
        return Vec::new();
    }
    let group = writer.open(export_request::RESOURCE);
    writer.bytes(resource_group::RESOURCE, resource);
    for (scope, records) in scopes {
        let scoped = writer.open(resource_group::SCOPE);
        let named = writer.open(scope_group::SCOPE);
        writer.string(scope::NAME, &scope.name);
        writer.string(scope::VERSION, &scope.version);
        writer.close(named);
        writer.raw(records.as_bytes());
        writer.string(scope_group::SCHEMA_URL, &scope.schema_url);
        writer.close(scoped);
    }
    writer.close(group);
    writer.into_bytes()
}
