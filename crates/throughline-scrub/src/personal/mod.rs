//! Matchers of personal data.

mod card;
mod email;
mod iban;
mod ip;
mod number;
mod phone;
mod ssn;

pub(crate) use email::email;
pub(crate) use iban::iban;
pub(crate) use ip::ip_v6;
pub(crate) use number::{Numbers, SHORTEST, uuid_end};
pub(crate) use phone::phone_international;
