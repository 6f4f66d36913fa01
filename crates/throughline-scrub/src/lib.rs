//! Redacts secrets in addresses, wherever an address can stand: alone, in a stack or in a
//! message.
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
#![no_std]

extern crate alloc;

mod addresses;

pub use addresses::{addresses, url_full};
