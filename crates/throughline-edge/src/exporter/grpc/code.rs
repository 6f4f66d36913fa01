//! The status codes of gRPC, and the meaning of each for an export.
//!
//! <https://grpc.io/docs/guides/status-codes/>, <https://opentelemetry.io/docs/specs/otlp/#failures>

use crate::exporter::attempt::AtFault;

/// A code that is no success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Code(pub(super) u32);

/// The meaning of a code for an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The backend may take the batch later.
    Later,
    /// The backend may take the batch later where it says when; otherwise it never will.
    Exhausted,
    /// The same as `Later`; but servers in Rust say so of a message that is too large.
    OutOfRange,
    /// The backend will never take the batch.
    Refused(AtFault),
}

impl Code {
    /// The code of a response that has none.
    pub(super) const UNKNOWN: Code = Code(2);

    pub(super) const fn meaning(self) -> Meaning {
        match self.0 {
            1 | 4 | 10 | 14 | 15 => Meaning::Later,
            11 => Meaning::OutOfRange,
            8 => Meaning::Exhausted,
            3 | 6 | 9 => Meaning::Refused(AtFault::Records),
            5 | 7 | 12 | 16 => Meaning::Refused(AtFault::Endpoint),
            _ => Meaning::Refused(AtFault::Batch),
        }
    }

    /// The name, for messages.
    pub(super) fn name(self) -> &'static str {
        let at = usize::try_from(self.0).unwrap_or(usize::MAX);
        NAMES.get(at).copied().unwrap_or("an unknown code")
    }
}

/// Whether a code may be one of `refuses_records_with`: the whole request is not sent again after it.
pub(in crate::exporter) fn is_refusal(code: u16) -> bool {
    let meaning = Code(code.into()).meaning();
    matches!(code, 1..=16) && !matches!(meaning, Meaning::Later | Meaning::OutOfRange)
}

const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];
