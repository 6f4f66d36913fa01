//! Names of attributes and members whose whole value is secret.

use crate::bytes::Bytes;

/// Whether the value under this name is secret as a whole: `password`, `user.api_key`,
/// `http.request.header.authorization`. Case, `-` and `_` do not count.
pub fn is_secret_name(name: &[u8]) -> bool {
    !name.is_empty() && Bytes(name).is_secret(name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_by_their_end() {
        for name in [
            "password",
            "user.password",
            "passwd",
            "db.client_secret",
            "access_token",
            "api_key",
            "http.request.header.authorization",
            "http.request.header.proxy-authorization",
            "http.request.header.cookie",
            "http.response.header.set-cookie",
            "http.request.header.x-api-key",
            "X-CSRF-Token",
            "csrf",
            "session",
            "sessionId",
            "aws.secret_access_key",
        ] {
            assert!(is_secret_name(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn other_names_are_not() {
        for name in [
            "",
            "session.id",
            "session.previous_id",
            "gen_ai.usage.input_tokens",
            "gen_ai.request.max_tokens",
            "token.count",
            "http.request.header.accept",
            "author",
            "compass",
            "design",
            "http.request.method",
            "url.path",
            "user_agent.original",
            "k8s.secret.name",
        ] {
            assert!(!is_secret_name(name.as_bytes()), "{name}");
        }
    }
}
