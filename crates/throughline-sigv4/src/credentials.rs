//! The keys that sign, and where their signature is valid.

use crate::date::AmzDate;
use crate::digest::TERMINATOR;
use alloc::format;
use alloc::string::String;
use core::fmt;

/// An access key with its secret. Debug output shows neither secret nor token.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The access key id: it is sent with the request.
    pub access_key: &'a str,
    /// The secret access key: it never leaves.
    pub secret_key: &'a str,
    /// The session token of temporary credentials.
    pub session_token: Option<&'a str>,
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("access_key", &self.access_key)
            .finish_non_exhaustive()
    }
}

/// The region and the service in which a signature is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope<'a> {
    /// For instance `eu-central-1`.
    pub region: &'a str,
    /// For instance `xray` or `logs`. `s3` alone has a path that is encoded once.
    pub service: &'a str,
}

impl Scope<'_> {
    /// The credential scope: `20150830/eu-central-1/xray/aws4_request`.
    pub(crate) fn format(&self, date: &AmzDate) -> String {
        let Self { region, service } = self;
        format!("{}/{region}/{service}/{TERMINATOR}", date.day())
    }

    /// S3 signs the path as it is on the wire, every other service that path encoded again.
    pub(crate) fn encodes_path_twice(&self) -> bool {
        self.service != "s3"
    }
}
