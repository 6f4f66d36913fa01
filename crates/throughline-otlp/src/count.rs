//! Counts the records of a request that nothing else is read of.

use crate::field::{export_request, metric, points, resource_group, scope_group};
use crate::protobuf::{DecodeError, Value, fields};
use crate::{InvalidRequest, Place, Signal};

/// The spans, log records or data points of an export request, usable or not. Nothing of a
/// record but its length is read.
///
/// ```
/// use throughline_otlp::{Signal, count_records};
///
/// // One resource with one scope with two empty log records.
/// let request = [0x0a, 6, 0x12, 4, 0x12, 0, 0x12, 0];
/// assert_eq!(count_records(Signal::Logs, &request)?, 2);
/// # Ok::<(), throughline_otlp::InvalidRequest>(())
/// ```
///
/// # Errors
/// [`InvalidRequest`] when a group cannot be read; the sender is at fault.
pub fn count_records(signal: Signal, request: &[u8]) -> Result<u64, InvalidRequest> {
    let counted = sum(request, is(export_request::RESOURCE), |resource| {
        sum(resource, is(resource_group::SCOPE), |scope| {
            sum(scope, is(scope_group::RECORD), |record| {
                count_in(signal, record)
            })
        })
    });
    counted.map_err(|error| InvalidRequest {
        at: Place::default(),
        reason: error.into(),
    })
}

/// The data points of a metric; 1 for a span and a log record.
pub(crate) fn count_in(signal: Signal, record: &[u8]) -> Result<u64, DecodeError> {
    if signal != Signal::Metrics {
        return Ok(1);
    }
    let is_data = |number| DATA.contains(&number);
    sum(record, is_data, |data| {
        sum(data, is(points::DATA_POINTS), |_| Ok(1))
    })
}

fn is(wanted: u32) -> impl Fn(u32) -> bool {
    move |number| number == wanted
}

/// The sum of what `count` finds in the messages of a message.
fn sum(
    message: &[u8],
    is_wanted: impl Fn(u32) -> bool,
    count: impl Fn(&[u8]) -> Result<u64, DecodeError>,
) -> Result<u64, DecodeError> {
    let mut sum = 0;
    for field in fields(message) {
        let field = field?;
        if let Value::Bytes(inner) = field.value
            && is_wanted(field.number)
        {
            sum += count(inner)?;
        }
    }
    Ok(sum)
}

/// The fields of a metric that hold its data points.
pub(crate) const DATA: [u32; 5] = [
    metric::GAUGE,
    metric::SUM,
    metric::HISTOGRAM,
    metric::EXPONENTIAL_HISTOGRAM,
    metric::SUMMARY,
];
