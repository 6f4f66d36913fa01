//! The reasons for which the edge refuses requests, by name.

/// Why the edge did not take a request. The records in it are in no count, unless the reason
/// is [`RefusalReason::Overloaded`] and the request was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RefusalReason {
    /// There was no key.
    KeyMissing,
    /// No project has the key.
    KeyUnknown,
    /// There were two keys, which differ.
    KeysDiffer,
    /// The last day of the key is over.
    KeyEnded,
    /// A page sent a secret key.
    SecretInPage,
    /// The project may send no more now.
    Quota,
    /// The sender was over the platform's own limit of requests.
    RateLimit,
    /// The request was for the counts, without the secret for them.
    StatsKey,
    /// The key of an upload is none that uploads.
    UploadKey,
    /// There is no store for source maps, or it failed.
    SourceMapStore,
    /// The page's origin is none of the project's.
    Origin,
    /// No protocol and no route has the path.
    NotFound,
    /// The path has dot segments or a backslash.
    Path,
    /// The request asked for a tunnel.
    Tunnel,
    /// The method was not POST.
    Method,
    /// The protocol does not read the content type.
    ContentType,
    /// The edge does not read the content encoding.
    ContentEncoding,
    /// The body was over its limit.
    TooLarge,
    /// The body did not arrive in time.
    TooSlow,
    /// The compressed body was damaged or cut off.
    Compression,
    /// The connection ended before the body.
    Body,
    /// The body is not what its protocol asks for.
    Invalid,
    /// Too much was being read, or waiting for export.
    Overloaded,
    /// A copy of the Bundle was being taken.
    InProgress,
}

impl RefusalReason {
    /// Every reason.
    pub const ALL: [Self; 24] = [
        Self::KeyMissing,
        Self::KeyUnknown,
        Self::KeysDiffer,
        Self::KeyEnded,
        Self::SecretInPage,
        Self::Quota,
        Self::RateLimit,
        Self::StatsKey,
        Self::UploadKey,
        Self::SourceMapStore,
        Self::Origin,
        Self::NotFound,
        Self::Path,
        Self::Tunnel,
        Self::Method,
        Self::ContentType,
        Self::ContentEncoding,
        Self::TooLarge,
        Self::TooSlow,
        Self::Compression,
        Self::Body,
        Self::Invalid,
        Self::Overloaded,
        Self::InProgress,
    ];

    /// The value of `throughline.reason`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeyMissing => "key_missing",
            Self::KeyUnknown => "key_unknown",
            Self::KeysDiffer => "keys_differ",
            Self::KeyEnded => "key_ended",
            Self::SecretInPage => "secret_in_page",
            Self::Quota => "quota",
            Self::RateLimit => "rate_limit",
            Self::StatsKey => "stats_key",
            Self::UploadKey => "upload_key",
            Self::SourceMapStore => "source_map_store",
            Self::Origin => "origin",
            Self::NotFound => "not_found",
            Self::Path => "path",
            Self::Tunnel => "tunnel",
            Self::Method => "method",
            Self::ContentType => "content_type",
            Self::ContentEncoding => "content_encoding",
            Self::TooLarge => "too_large",
            Self::TooSlow => "too_slow",
            Self::Compression => "compression",
            Self::Body => "body",
            Self::Invalid => "invalid",
            Self::Overloaded => "overloaded",
            Self::InProgress => "in_progress",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_listed_once() {
        // In the order of the type, whose last variant has the last place.
        assert!(RefusalReason::ALL.is_sorted_by(|a, b| a < b));
        assert_eq!(
            RefusalReason::ALL.len() - 1,
            RefusalReason::InProgress as usize
        );
    }
}
