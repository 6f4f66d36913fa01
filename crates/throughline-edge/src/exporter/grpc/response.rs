//! Reads the response to a call: whether the backend has the batch, or may take it later.

use super::code::{Code, Meaning};
use super::message;
use crate::exporter::attempt::{AtFault, Attempt, MAX_RESPONSE_BYTES, excerpt};
use crate::exporter::retry;
use crate::host::{GrpcResponse, Host};
use crate::receiver::body::decompress;
use crate::receiver::otlp_grpc::status::{DETAILS, MESSAGE, STATUS};
use crate::receiver::otlp_grpc::{ENCODING, frame, is_grpc};
use core::time::Duration;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};
use throughline_otlp::json::base64;
use throughline_otlp::response::{self, PartialSuccess};

/// Reads a response. Codes of `refuses_records_with` find fault with records, besides the usual
/// ones.
pub(super) fn read<H: Host>(
    response: GrpcResponse,
    refuses_records_with: &[u16],
    now_unix_nano: u64,
) -> Attempt {
    if response.body.len() > MAX_RESPONSE_BYTES {
        return refused(
            AtFault::Batch,
            format!("a response of more than {MAX_RESPONSE_BYTES} bytes"),
        );
    }
    let behind = response.trailers.as_ref().ok();
    let behind = behind.filter(|trailers| trailers.contains_key(STATUS));
    // A response without a message has its status in its headers.
    let place = behind.unwrap_or(&response.headers);
    let Some(code) = place.get(STATUS) else {
        return without_status(&response, now_unix_nano);
    };
    let code = code.to_str().ok().and_then(|code| code.trim().parse().ok());
    match code.map_or(Code::UNKNOWN, Code) {
        Code(0) => Attempt::Accepted(partial_success::<H>(response)),
        code => failed(code, place, refuses_records_with),
    }
}

/// A call that failed with a code.
fn failed(code: Code, place: &HeaderMap, refuses_records_with: &[u16]) -> Attempt {
    let message = place.get(MESSAGE).map(message::decode).unwrap_or_default();
    let retry_after = retry_after(place);
    let at_fault = match code.meaning() {
        Meaning::Exhausted if retry_after.is_some() => None,
        Meaning::Exhausted | Meaning::OutOfRange if is_about_size(&message) => {
            Some(AtFault::Records)
        }
        Meaning::Exhausted => Some(AtFault::Batch),
        Meaning::OutOfRange | Meaning::Later => None,
        Meaning::Refused(at_fault) => Some(at_fault),
    };
    let why = match excerpt(message.as_bytes()).as_str() {
        "" => format!("gRPC status {} {}", code.0, code.name()),
        message => format!("gRPC status {} {}: {message}", code.0, code.name()),
    };
    let of_records = |status: &u16| u32::from(*status) == code.0;
    match at_fault {
        None => Attempt::Later {
            retry_after,
            why: why.into(),
        },
        Some(_) if refuses_records_with.iter().any(of_records) => refused(AtFault::Records, why),
        Some(at_fault) => refused(at_fault, why),
    }
}

/// A response without a status of gRPC.
///
/// <https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md>
fn without_status(response: &GrpcResponse, now_unix_nano: u64) -> Attempt {
    let status = response.status;
    let is_grpc = is_grpc(&response.headers);
    if let StatusCode::TOO_MANY_REQUESTS
    | StatusCode::BAD_GATEWAY
    | StatusCode::SERVICE_UNAVAILABLE
    | StatusCode::GATEWAY_TIMEOUT = status
    {
        return Attempt::Later {
            retry_after: retry::retry_after(&response.headers, now_unix_nano),
            why: status.to_string().into(),
        };
    }
    match (&response.trailers, is_grpc) {
        (Err(why), true) => Attempt::later(why),
        (Ok(_), true) => refused(
            AtFault::Batch,
            format!("{status}, without a status of gRPC behind it"),
        ),
        (_, false) => {
            let at_fault = match AtFault::of(status) {
                AtFault::Records if status != StatusCode::PAYLOAD_TOO_LARGE => AtFault::Batch,
                // A page, or another service.
                AtFault::Batch if status == StatusCode::OK => AtFault::Endpoint,
                at_fault => at_fault,
            };
            refused(at_fault, not_grpc(response))
        }
    }
}

/// Why a response is none of gRPC, for the operator.
fn not_grpc(response: &GrpcResponse) -> String {
    let media_type = response.headers.get(header::CONTENT_TYPE);
    let media_type = media_type.map(HeaderValue::as_bytes).unwrap_or_default();
    let (status, media_type) = (response.status, excerpt(media_type));
    let body = excerpt(&response.body);
    format!(
        "{status} with content type {media_type:?}, which is no response of gRPC: OTLP/gRPC has a port of its own, as a rule 4317, and for that of OTLP/HTTP leave out protocol = \"grpc\": {body}"
    )
}

/// The records that the backend says it rejected, with a message fit for a log line.
fn partial_success<H: Host>(response: GrpcResponse) -> PartialSuccess {
    let encoding = response.headers.get(ENCODING);
    let encoding = encoding.and_then(|name| name.to_str().ok());
    // A message that cannot be read says nothing, and the status says success.
    let message = match frame::decode(response.body) {
        Ok((false, message)) => Some(message),
        Ok((true, message)) => {
            decompress::<H>(encoding.unwrap_or_default(), &message, MAX_RESPONSE_BYTES)
        }
        Err(_) => None,
    };
    let partial = message.and_then(|message| PartialSuccess::decode(&message).ok());
    let mut partial = partial.unwrap_or_default();
    partial.message = excerpt(partial.message.as_bytes());
    partial
}

/// The wait that the backend asks for.
fn retry_after(place: &HeaderMap) -> Option<Duration> {
    let details = place.get(DETAILS)?.to_str().ok()?;
    response::retry_after(&base64::decode(details.trim())?).ok()?
}

/// Whether a message is about the size of the request, in the words of servers of gRPC: its halves
/// may be taken.
fn is_about_size(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ABOUT_SIZE.iter().any(|words| message.contains(words))
}

fn refused(at_fault: AtFault, why: String) -> Attempt {
    Attempt::Refused {
        why: why.into(),
        at_fault,
    }
}

/// Of Go and C++ (and Python, Ruby), Rust, Java, .NET, and of an edge.
const ABOUT_SIZE: [&str; 5] = [
    "larger than max",
    "message length too large",
    "exceeds maximum size",
    "exceeds the maximum configured message size",
    "the body is over",
];
