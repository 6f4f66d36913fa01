//! The bytes at which a matcher has to look.

use crate::kind::{Kind, Kinds};

/// The classes of each byte. Most bytes of a text have none, and cost one look-up.
pub(crate) static CLASS: [u8; 256] = {
    let mut classes = [0; 256];
    let mut digit = b'0';
    while digit <= b'9' {
        classes[digit as usize] = DIGIT;
        digit += 1;
    }
    classes[b'@' as usize] = AT;
    classes[b'%' as usize] = AT | EQUALS;
    classes[b'=' as usize] = EQUALS;
    classes[b':' as usize] = COLON;
    classes[b'/' as usize] = SLASH;
    classes[b'+' as usize] = PLUS;
    classes[b'b' as usize] = WORD;
    classes[b'B' as usize] = WORD;
    classes[b'-' as usize] = DASH;
    classes
};

/// `0` to `9`.
pub(crate) const DIGIT: u8 = 1;
/// `@`, and `%` for `%40`.
pub(crate) const AT: u8 = 2;
/// `=`, and `%` for `%3D`.
pub(crate) const EQUALS: u8 = 4;
/// `:`.
pub(crate) const COLON: u8 = 8;
/// `/`.
pub(crate) const SLASH: u8 = 16;
/// `+`.
pub(crate) const PLUS: u8 = 32;
/// The beginning of `Bearer` and `Basic`.
pub(crate) const WORD: u8 = 64;
/// `-`.
pub(crate) const DASH: u8 = 128;

/// The classes at which matches of these kinds are found.
pub(crate) const fn classes(kinds: Kinds) -> u8 {
    let numbers = Kinds::of(Kind::Card)
        .and(Kinds::of(Kind::Iban))
        .and(Kinds::of(Kind::Ssn))
        .and(Kinds::of(Kind::Phone))
        .and(Kinds::of(Kind::Ip))
        .and(Kinds::of(Kind::HostIp));
    let mut classes = 0;
    if kinds.has_any(numbers) {
        classes |= DIGIT;
    }
    if kinds.has(Kind::Phone) {
        classes |= PLUS;
    }
    if kinds.has(Kind::Ip) || kinds.has(Kind::HostIp) {
        classes |= COLON;
    }
    if kinds.has(Kind::Email) {
        classes |= AT;
    }
    if kinds.has(Kind::Credential) {
        classes |= EQUALS | COLON | WORD;
    }
    if kinds.has(Kind::QueryValue) {
        classes |= EQUALS;
    }
    // An e-mail address is none where it is a password and a host.
    if kinds.has(Kind::UserInfo) || kinds.has(Kind::Email) {
        classes |= SLASH;
    }
    if kinds.has(Kind::PrivateKey) {
        classes |= DASH;
    }
    classes
}
