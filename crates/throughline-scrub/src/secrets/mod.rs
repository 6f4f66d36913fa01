//! Matchers of credentials: keys, tokens and passwords outside addresses.

mod member;
mod private_key;
mod provider;
mod scheme;
mod words;

pub(crate) use member::{member, quoted};
pub(crate) use private_key::private_key;
pub(crate) use scheme::scheme;
pub(crate) use words::Words;
