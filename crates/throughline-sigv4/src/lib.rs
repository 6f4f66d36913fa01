//! AWS Signature Version 4 of HTTP requests, carried in headers.
//!
//! [`sign`] returns the headers to add. It comes last: a body that is compressed afterwards,
//! or a header that is changed, no longer has its signature.
//! The rules are AWS's: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
//!
//! ```
//! use throughline_sigv4::{AmzDate, Credentials, Options, Request, Scope, sign};
//!
//! let request = Request {
//!     method: "POST",
//!     target: "/v1/traces",
//!     headers: &[("host", "xray.eu-central-1.amazonaws.com")],
//!     body: b"\x0a\x00",
//! };
//! let credentials = Credentials {
//!     access_key: "AKIDEXAMPLE",
//!     secret_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
//!     session_token: None,
//! };
//! let scope = Scope { region: "eu-central-1", service: "xray" };
//! let date = AmzDate::from_unix_seconds(1_440_938_160);
//!
//! let signed = sign(&request, &credentials, &scope, &date, Options::default())?;
//! assert_eq!(signed.headers[0], ("x-amz-date", "20150830T123600Z".to_owned()));
//! assert_eq!(signed.headers[1].0, "authorization");
//! # Ok::<(), throughline_sigv4::SignError>(())
//! ```
#![no_std]

extern crate alloc;

mod canonical;
mod credentials;
mod date;
mod digest;
mod sign;

pub use credentials::{Credentials, Scope};
pub use date::{AmzDate, AmzDateError};
pub use sign::{Options, Request, SignError, Signed, sign};
