//! Redacts secrets, such as credentials and signatures in URLs.
//!
//! ```
//! use throughline_scrub::url_full;
//!
//! let url = "https://ada:secret@shop.example/a?sku=7&sig=f00";
//! assert_eq!(url_full(url), "https://REDACTED:REDACTED@shop.example/a?sku=7&sig=REDACTED");
//! ```
#![no_std]

extern crate alloc;

mod url;

pub use url::url_full;
