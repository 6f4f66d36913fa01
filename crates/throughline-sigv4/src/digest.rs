//! SHA-256, and the chain of HMACs that makes a signature.

use crate::credentials::Scope;
use crate::date::AmzDate;
use alloc::string::String;
use alloc::vec::Vec;
use hmac::digest::InvalidLength;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use throughline_trace_context::hex;

/// The SHA-256 of the bytes as 64 lowercase hex digits.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes))
}

/// The signature as 64 lowercase hex digits. Its key holds for one day, region and service.
pub(crate) fn signature(
    secret_key: &str,
    date: &AmzDate,
    scope: &Scope<'_>,
    string_to_sign: &str,
) -> Result<String, InvalidLength> {
    let mut key: Vec<u8> = [b"AWS4", secret_key.as_bytes()].concat();
    for part in [date.day(), scope.region, scope.service, TERMINATOR] {
        key = hmac(&key, part)?;
    }
    Ok(hex::encode(&hmac(&key, string_to_sign)?))
}

fn hmac(key: &[u8], text: &str) -> Result<Vec<u8>, InvalidLength> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)?;
    mac.update(text.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

/// The last part of every scope.
pub(crate) const TERMINATOR: &str = "aws4_request";
