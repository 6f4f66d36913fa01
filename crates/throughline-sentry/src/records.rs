//! The records of one signal, grouped by sender.

use crate::source::Source;
use alloc::vec::Vec;
use throughline_otlp::field::{export_request, resource_group, scope, scope_group};
use throughline_otlp::protobuf::{Open, Writer};

/// An export request that grows. Records of one sender that follow each other share a group.
#[derive(Debug, Default)]
pub(crate) struct Records {
    writer: Writer,
    group: Option<Group>,
}

#[derive(Debug)]
struct Group {
    resource: Vec<u8>,
    by_resource: Open,
    by_scope: Open,
}

impl Records {
    /// Appends a record, whose fields `write` writes.
    pub(crate) fn add(&mut self, source: &Source<'_>, write: impl FnOnce(&mut Writer)) {
        self.begin(source);
        let record = self.writer.open(scope_group::RECORD);
        write(&mut self.writer);
        self.writer.close(record);
    }

    /// The export request; empty without records.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.end();
        self.writer.into_bytes()
    }

    fn begin(&mut self, source: &Source<'_>) {
        let resource = source.resource();
        let same = |group: &Group| group.resource == resource;
        if self.group.as_ref().is_some_and(same) {
            return;
        }
        self.end();
        let by_resource = self.writer.open(export_request::RESOURCE);
        self.writer.bytes(resource_group::RESOURCE, &resource);
        let by_scope = self.writer.open(resource_group::SCOPE);
        let named = self.writer.open(scope_group::SCOPE);
        self.writer.string(scope::NAME, source.sdk_name);
        self.writer.string(scope::VERSION, source.sdk_version);
        self.writer.close(named);
        self.group = Some(Group {
            resource,
            by_resource,
            by_scope,
        });
    }

    fn end(&mut self) {
        if let Some(group) = self.group.take() {
            self.writer.close(group.by_scope);
            self.writer.string(resource_group::SCHEMA_URL, SCHEMA_URL);
            self.writer.close(group.by_resource);
        }
    }
}

const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.44.0";
