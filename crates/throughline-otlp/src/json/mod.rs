//! Translation of OTLP/JSON to protobuf and back.
//!
//! The product works on protobuf alone: [`to_protobuf`] reads JSON straight into it, and
//! [`from_protobuf`] writes JSON straight from it. Neither builds a tree.
//!
//! The mapping is proto3 JSON with OTLP's deviations, ids in hex and enumerations
//! as integers: <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>.

pub mod base64;
mod decode;
mod encode;
mod number;
mod scalar;

pub use decode::{InvalidJson, to_protobuf};
pub use encode::{InvalidProtobuf, from_protobuf};
