//! Splits an export request that is larger than a receiver accepts.
//!
//! ```
//! use throughline_otlp::Signal;
//! use throughline_otlp::split::{Limits, split};
//!
//! // One resource with one scope with two empty log records.
//! let request = [0x0a, 6, 0x12, 4, 0x12, 0, 0x12, 0];
//! let limits = Limits { bytes: 0, records: 1 };
//! let parts = split(Signal::Logs, &request, limits)?;
//! assert_eq!(parts.len(), 2);
//! assert_eq!(parts[0].request, [0x0a, 4, 0x12, 2, 0x12, 0]);
//! # Ok::<(), throughline_otlp::protobuf::DecodeError>(())
//! ```

use crate::Signal;
use crate::count::{DATA, count_in};
use crate::field::{export_request, points, resource_group, scope_group};
use crate::protobuf::{DecodeError, Open, Value, Writer, fields};
use alloc::vec::Vec;

/// Limits of one request; 0 is without a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the encoded request.
    pub bytes: usize,
    /// Spans, log records or data points.
    pub records: u64,
}

impl Limits {
    /// Whether a request of this size is within the limits.
    pub const fn allow(self, bytes: usize, records: u64) -> bool {
        (self.bytes == 0 || bytes <= self.bytes) && (self.records == 0 || records <= self.records)
    }
}

/// A part of a request: a request by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The encoded request.
    pub request: Vec<u8>,
    /// Spans, log records or data points in it.
    pub records: u64,
}

/// Splits a request into parts within the limits. Records stay in their order, each below
/// its resource and scope, as received; a metric that is beyond the limits by itself becomes
/// several with fewer data points. A span, a log record or a data point that is beyond them is
/// a part of its own; groups without records are left out.
///
/// # Errors
/// [`DecodeError`] when a group cannot be read, which is so in no inspected request.
pub fn split(signal: Signal, request: &[u8], limits: Limits) -> Result<Vec<Part>, DecodeError> {
    let mut parts = Parts {
        limits,
        open: None,
        done: Vec::new(),
    };
    for (resource, scopes) in groups(request, export_request::RESOURCE, resource_group::SCOPE)? {
        for scope in scopes {
            let (scope, records) = group(scope, scope_group::RECORD)?;
            for record in records {
                let headers = Headers {
                    resource: &resource,
                    scope: &scope,
                };
                let records = count_in(signal, record)?;
                if signal == Signal::Metrics && !parts.allow_alone(headers, record, records) {
                    for (metric, points) in parts.smaller(headers, record)? {
                        parts.add(headers, &metric, points);
                    }
                } else {
                    parts.add(headers, record, records);
                }
            }
            parts.close_scope();
        }
        parts.close_resource();
    }
    parts.finish();
    Ok(parts.done)
}

/// The fields of the messages around a record that are not records.
#[derive(Clone, Copy)]
struct Headers<'a> {
    resource: &'a [u8],
    scope: &'a [u8],
}

impl Headers<'_> {
    /// The bytes around one record of a part.
    const fn around(&self) -> usize {
        self.resource.len() + self.scope.len() + 5 * LENGTHS
    }
}

/// The parts so far, and the one that records are added to.
struct Parts {
    limits: Limits,
    open: Option<OpenPart>,
    done: Vec<Part>,
}

#[derive(Default)]
struct OpenPart {
    writer: Writer,
    records: u64,
    resource: Option<Open>,
    scope: Option<Open>,
}

impl Parts {
    /// Whether a part of this record alone is within the limits.
    fn allow_alone(&self, headers: Headers<'_>, record: &[u8], records: u64) -> bool {
        self.limits.allow(headers.around() + record.len(), records)
    }

    /// Metrics with the data points of one, as many in each as the limits allow, one at least.
    fn smaller(
        &self,
        headers: Headers<'_>,
        metric: &[u8],
    ) -> Result<Vec<(Vec<u8>, u64)>, DecodeError> {
        let mut description = Vec::new();
        let mut data = Vec::new();
        for field in fields(metric) {
            let field = field?;
            match field.value {
                Value::Bytes(bytes) if DATA.contains(&field.number) => {
                    data.push((field.number, group(bytes, points::DATA_POINTS)?));
                }
                _ => description.extend_from_slice(field.raw),
            }
        }
        let mut done = Vec::new();
        for (number, (others, all)) in data {
            let around = headers.around() + description.len() + others.len() + LENGTHS;
            let mut left = all.as_slice();
            while !left.is_empty() {
                let mut bytes = around;
                let fitting = (left.iter().zip(1..)).take_while(|(point, points)| {
                    bytes += point.len() + LENGTHS;
                    self.limits.allow(bytes, *points)
                });
                let (these, rest) = left.split_at(fitting.count().max(1));
                left = rest;
                let mut writer = Writer::new();
                writer.raw(&description);
                let open = writer.open(number);
                writer.raw(&others);
                for point in these {
                    writer.bytes_present(points::DATA_POINTS, point);
                }
                writer.close(open);
                done.push((writer.into_bytes(), these.len() as u64));
            }
        }
        Ok(done)
    }

    fn add(&mut self, headers: Headers<'_>, record: &[u8], records: u64) {
        let part = self.open.get_or_insert_default();
        let around = match (&part.resource, &part.scope) {
            (Some(_), Some(_)) => 0,
            (Some(_), None) => headers.scope.len() + LENGTHS,
            (None, _) => headers.resource.len() + headers.scope.len() + 2 * LENGTHS,
        };
        // The lengths of what is open grow when it is closed.
        let bytes = part.writer.as_bytes().len() + around + LENGTHS + record.len() + 2 * LENGTHS;
        let is_empty = part.writer.as_bytes().is_empty();
        if !is_empty && !self.limits.allow(bytes, part.records + records) {
            self.finish();
        }
        let part = self.open.get_or_insert_default();
        if part.resource.is_none() {
            part.resource = Some(part.writer.open(export_request::RESOURCE));
            part.writer.raw(headers.resource);
        }
        if part.scope.is_none() {
            part.scope = Some(part.writer.open(resource_group::SCOPE));
            part.writer.raw(headers.scope);
        }
        part.writer.bytes_present(scope_group::RECORD, record);
        part.records += records;
    }

    fn close_scope(&mut self) {
        if let Some(part) = &mut self.open
            && let Some(scope) = part.scope.take()
        {
            part.writer.close(scope);
        }
    }

    fn close_resource(&mut self) {
        self.close_scope();
        if let Some(part) = &mut self.open
            && let Some(resource) = part.resource.take()
        {
            part.writer.close(resource);
        }
    }

    fn finish(&mut self) {
        self.close_resource();
        if let Some(part) = self.open.take() {
            self.done.push(Part {
                request: part.writer.into_bytes(),
                records: part.records,
            });
        }
    }
}

/// The messages in a field, each split into its other fields and the messages in `inner`.
type Groups<'a> = Vec<(Vec<u8>, Vec<&'a [u8]>)>;

fn groups(message: &[u8], outer: u32, inner: u32) -> Result<Groups<'_>, DecodeError> {
    let (_, found) = group(message, outer)?;
    found.into_iter().map(|found| group(found, inner)).collect()
}

/// The fields of a message but the messages in field `inner`, and those.
fn group(message: &[u8], inner: u32) -> Result<(Vec<u8>, Vec<&[u8]>), DecodeError> {
    let (mut others, mut found) = (Vec::new(), Vec::new());
    for field in fields(message) {
        let field = field?;
        match field.value {
            Value::Bytes(bytes) if field.number == inner => found.push(bytes),
            _ => others.extend_from_slice(field.raw),
        }
    }
    Ok((others, found))
}

/// The most bytes of a tag and a length in front of a message below 256 MiB.
const LENGTHS: usize = 5;
