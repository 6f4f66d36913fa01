//! Takes export requests apart into the records of each scope, and puts them together again.
//!
//! ```
//! use throughline_otlp::group::{each_scope_group, records, write_scope_group};
//! use throughline_otlp::protobuf::Writer;
//!
//! // One resource with one scope with two records.
//! let request = [0x0a, 0x0c, 0x0a, 0, 0x12, 8, 0x12, 2, 0x28, 1, 0x12, 2, 0x28, 2];
//! let mut writer = Writer::new();
//! each_scope_group(&request, |head, group| {
//!     assert_eq!(records(group).count(), 2);
//!     write_scope_group(&mut writer, head, |writer| {
//!         for record in records(group) {
//!             writer.bytes_present(throughline_otlp::field::scope_group::RECORD, record);
//!         }
//!     });
//! });
//! assert_eq!(writer.as_bytes(), request);
//! ```

use crate::field::{export_request, resource_group, scope_group};
use crate::protobuf::{Value, Writer, fields};
use alloc::vec::Vec;

/// The description of the records of a scope: all fields around them, those of newer
/// protocols included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GroupHead<'a> {
    /// The fields of the resource group, without its scope groups.
    pub resource: &'a [u8],
    /// The fields of the scope group, without its records.
    pub scope: &'a [u8],
}

/// Calls `visit` with each scope group of an inspected request: its head, and the encoded
/// group, whose records [`records`] reads.
pub fn each_scope_group<'a>(request: &'a [u8], mut visit: impl FnMut(GroupHead<'_>, &'a [u8])) {
    let (mut resource, mut scope) = (Vec::new(), Vec::new());
    for resource_group in messages(request, export_request::RESOURCE) {
        others(resource_group, resource_group::SCOPE, &mut resource);
        for group in messages(resource_group, resource_group::SCOPE) {
            others(group, scope_group::RECORD, &mut scope);
            let head = GroupHead {
                resource: &resource,
                scope: &scope,
            };
            visit(head, group);
        }
    }
}

/// The records of an encoded scope group.
pub fn records(scope_group: &[u8]) -> impl Iterator<Item = &[u8]> {
    messages(scope_group, scope_group::RECORD)
}

/// Appends a resource group with one scope group to a request. `write` writes the records,
/// as fields [`RECORD`](scope_group::RECORD).
pub fn write_scope_group(
    writer: &mut Writer,
    head: GroupHead<'_>,
    write: impl FnOnce(&mut Writer),
) {
    let resource = writer.open(export_request::RESOURCE);
    writer.raw(head.resource);
    let scope = writer.open(resource_group::SCOPE);
    writer.raw(head.scope);
    write(writer);
    writer.close(scope);
    writer.close(resource);
}

/// The resource in the head of a group; the last one, if there are several.
pub fn resource<'a>(head: &GroupHead<'a>) -> &'a [u8] {
    messages(head.resource, resource_group::RESOURCE)
        .last()
        .unwrap_or_default()
}

fn messages(message: &[u8], number: u32) -> impl Iterator<Item = &[u8]> {
    fields(message)
        .map_while(Result::ok)
        .filter_map(move |field| match field.value {
            Value::Bytes(bytes) if field.number == number => Some(bytes),
            _ => None,
        })
}

/// Copies all fields but those of this number.
fn others(message: &[u8], number: u32, to: &mut Vec<u8>) {
    to.clear();
    for field in fields(message).map_while(Result::ok) {
        if field.number != number {
            to.extend_from_slice(field.raw);
        }
    }
}
