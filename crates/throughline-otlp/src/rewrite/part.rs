//! A message of a request with its place in the request's bytes.

use crate::field::{resource_group, scope_group};
use crate::schema::{Field, Message};
use core::ops::Range;

/// A message that is the request, a group, or a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) message: &'static Message,
    pub(super) body: &'a [u8],
    /// Messages around it.
    pub(super) depth: usize,
    /// Where in the request the field's tag begins,
    field_start: usize,
    /// its length,
    length_start: usize,
    /// and its body.
    pub(super) body_start: usize,
}

impl<'a> Part<'a> {
    /// The request itself.
    pub(super) const fn request(message: &'static Message, body: &'a [u8]) -> Self {
        Self {
            message,
            body,
            depth: 0,
            field_start: 0,
            length_start: 0,
            body_start: 0,
        }
    }

    /// A message in this one: the field `raw`, which ends at `end`.
    pub(super) fn child<'b>(
        &self,
        message: &'static Message,
        body: &'b [u8],
        raw: &[u8],
        end: usize,
    ) -> Part<'b> {
        let field_start = end - raw.len();
        let tag = raw.iter().take_while(|byte| **byte >= 0x80).count() + 1;
        Part {
            message,
            body,
            depth: self.depth + 1,
            field_start,
            length_start: field_start + tag,
            body_start: end - body.len(),
        }
    }

    /// Whether the field describes the records of this group: its resource or its scope.
    pub(super) const fn is_description(&self, field: &Field) -> bool {
        matches!(self.depth, RESOURCE_GROUP_DEPTH | SCOPE_GROUP_DEPTH)
            && field.number == DESCRIPTION
    }

    /// Whether the field is the schema URL of this group.
    pub(super) const fn is_schema_url(&self, field: &Field) -> bool {
        matches!(self.depth, RESOURCE_GROUP_DEPTH | SCOPE_GROUP_DEPTH) && field.number == SCHEMA_URL
    }

    /// The field with this number, if it describes the records of this group.
    pub(super) fn description(&self, number: u32) -> Option<&'static Field> {
        let field = self.message.field(number)?;
        self.is_description(field).then_some(field)
    }

    /// The whole field in the request.
    pub(super) const fn field(&self) -> Range<usize> {
        self.field_start..self.body_start + self.body.len()
    }

    /// The length of the field in the request.
    pub(super) const fn length(&self) -> Range<usize> {
        self.length_start..self.body_start
    }

    /// The body of the field in the request.
    pub(super) const fn body(&self) -> Range<usize> {
        self.body_start..self.body_start + self.body.len()
    }
}

/// `ResourceSpans` and its siblings.
pub(super) const RESOURCE_GROUP_DEPTH: usize = 1;
/// `ScopeSpans` and its siblings.
pub(super) const SCOPE_GROUP_DEPTH: usize = 2;
/// `Metric`, among the groups.
pub(super) const METRIC_DEPTH: usize = 3;

/// The resource in a resource group and the scope in a scope group.
pub(super) const DESCRIPTION: u32 = resource_group::RESOURCE;
const _: () = assert!(resource_group::RESOURCE == scope_group::SCOPE);

/// The schema URL of a group.
pub(super) const SCHEMA_URL: u32 = resource_group::SCHEMA_URL;
const _: () = assert!(resource_group::SCHEMA_URL == scope_group::SCHEMA_URL);
