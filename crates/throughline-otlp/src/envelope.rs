//! Writes an export request around its records: resource, instrumentation scope, schema.
//!
//! ```
//! use throughline_otlp::Signal;
//! use throughline_otlp::envelope::{Origin, resource};
//! use throughline_otlp::field::{scope_group, span};
//!
//! let shop = resource(&[("service.name", "shop")]);
//! let origin = Origin {
//!     resource: &shop,
//!     scope_name: "shop/checkout",
//!     ..Origin::default()
//! };
//! let request = origin.export_request(|writer| {
//!     let open = writer.open(scope_group::RECORD);
//!     writer.bytes(span::TRACE_ID, &[1; 16]);
//!     writer.bytes(span::SPAN_ID, &[2; 8]);
//!     writer.close(open);
//! });
//! assert_eq!(throughline_otlp::inspect(Signal::Traces, &request)?.kept(), 1);
//! # Ok::<(), throughline_otlp::InvalidRequest>(())
//! ```

use crate::attribute;
use crate::field::{export_request, resource, resource_group, scope, scope_group};
use crate::protobuf::Writer;
use alloc::vec::Vec;

/// Source of the records of one request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Origin<'a> {
    /// An encoded `Resource`: see [`resource`].
    pub resource: &'a [u8],
    /// Name of the instrumentation scope.
    pub scope_name: &'a str,
    /// Version of the instrumentation scope.
    pub scope_version: &'a str,
    /// URL of the semantic conventions that the attributes follow.
    pub schema_url: &'a str,
}

impl Origin<'_> {
    /// Writes an export request of any signal. `records` appends its records, each in field
    /// [`scope_group::RECORD`].
    // Inlined: in the page's engine the call would cost more bytes than it saves.
    #[inline]
    pub fn export_request(&self, records: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut writer = Writer::new();
        let group = writer.open(export_request::RESOURCE);
        writer.bytes(resource_group::RESOURCE, self.resource);
        let scoped = writer.open(resource_group::SCOPE);
        let named = writer.open(scope_group::SCOPE);
        writer.string(scope::NAME, self.scope_name);
        writer.string(scope::VERSION, self.scope_version);
        writer.close(named);
        records(&mut writer);
        writer.close(scoped);
        writer.string(resource_group::SCHEMA_URL, self.schema_url);
        writer.close(group);
        writer.into_bytes()
    }
}

/// Encodes a `Resource` with string attributes.
pub fn resource(attributes: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = Writer::new();
    for (key, value) in attributes {
        attribute::string(&mut writer, resource::ATTRIBUTES, key, value);
    }
    writer.into_bytes()
}
