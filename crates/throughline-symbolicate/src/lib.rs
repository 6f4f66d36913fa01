//! Parses stack traces of browsers into frames.
//!
//! ```
//! use throughline_symbolicate::stack;
//!
//! let frames = stack::parse(
//!     "TypeError: basket is null
//!     at addToBasket (https://shop.example/app.js:7:31)
//!     at async https://shop.example/app.js:12:5",
//! );
//! assert_eq!(frames[0].function, "addToBasket");
//! assert_eq!(frames[0].filename, "https://shop.example/app.js");
//! assert_eq!((frames[0].lineno, frames[0].colno), (Some(7), Some(31)));
//! assert_eq!(frames[1].function, "?");
//! ```
#![no_std]

extern crate alloc;

pub mod fingerprint;
pub mod stack;
