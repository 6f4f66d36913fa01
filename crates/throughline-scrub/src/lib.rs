//! Finds and redacts secrets and personal data: in addresses, messages, stacks and values.
//!
//! ```
//! use throughline_scrub::addresses;
//!
//! let stack = "    at pay (https://ada:secret@shop.example/a?sku=7&sig=f00:3:9)";
//! assert_eq!(
//!     addresses(stack),
//!     "    at pay (https://REDACTED:REDACTED@shop.example/a?sku=7&sig=REDACTED:3:9)",
//! );
//! ```
//!
//! [`find`] has the matchers of the features that are turned on, over bytes and in one pass:
//!
#![cfg_attr(feature = "personal", doc = "```")]
#![cfg_attr(not(feature = "personal"), doc = "```ignore")]
//! use throughline_scrub::{Kind, Kinds, find};
//!
//! let text = "order 7 of ada@shop.example, trace 5b8efff798038103d269b633813fc60c";
//! let found: Vec<_> = find(text.as_bytes(), Kinds::ALL).collect();
//! assert_eq!(found[0].kind, Kind::Email);
//! assert_eq!(&text[found[0].range()], "ada@shop.example");
//! assert_eq!(found.len(), 1);
//! ```
#![no_std]

extern crate alloc;

mod addresses;
mod bytes;
#[cfg(any(feature = "secrets", feature = "personal"))]
mod class;
#[cfg(any(feature = "secrets", feature = "personal"))]
mod defaults;
mod key;
#[cfg(any(feature = "secrets", feature = "personal"))]
mod kind;
#[cfg(feature = "personal")]
mod personal;
#[cfg(any(feature = "secrets", feature = "personal"))]
mod query;
#[cfg(any(feature = "secrets", feature = "personal"))]
mod redaction;
#[cfg(any(feature = "secrets", feature = "personal"))]
mod scan;
#[cfg(feature = "secrets")]
mod secrets;

pub use addresses::{addresses, url_full};
#[cfg(any(feature = "secrets", feature = "personal"))]
pub use defaults::{
    DEFAULT_KINDS_OF_RESOURCE, default_kinds, default_redaction, is_query, redact_by_default,
};
pub use key::is_secret_name;
#[cfg(any(feature = "secrets", feature = "personal"))]
pub use kind::{Kind, Kinds};
#[cfg(feature = "hash")]
pub use redaction::HashKey;
#[cfg(any(feature = "secrets", feature = "personal"))]
pub use redaction::{Redaction, redact, redact_found};
#[cfg(any(feature = "secrets", feature = "personal"))]
pub use scan::{Match, Matches, find};
