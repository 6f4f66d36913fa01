//! Suggests the known name that is nearest to an unknown one.

/// The name that `message`, serde's about an unknown key or choice, lists and that was probably
/// meant. It is never a part of what was written, which may be a secret.
pub(super) fn nearest(message: &str) -> Option<&str> {
    let (found, wanted) = message.rsplit_once(", expected ")?;
    let written = found.split_once('`')?.1.strip_suffix('`')?;
    nearest_of(written, wanted.split('`').skip(1).step_by(2))
}

/// The name among these that was probably meant.
pub(super) fn nearest_of<'a>(
    written: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let (distance, name) = names
        .into_iter()
        .map(|name| (strsim::osa_distance(written, name), name))
        .min_by_key(|(distance, _)| *distance)?;
    // A third of the letters may be wrong: what is further away was meant otherwise.
    let length = written.chars().count().max(name.chars().count());
    (distance * 3 <= length).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_is_distinguished_from_another_word() {
        let message = |written: &str| {
            format!("unknown field `{written}`, expected one of `open`, `ingest`, `max_body_bytes`")
        };
        for (written, expected) in [
            ("ingst", Some("ingest")),
            ("inegst", Some("ingest")),
            ("opn", Some("open")),
            ("max_bodybytes", Some("max_body_bytes")),
            ("maxBodyBytes", Some("max_body_bytes")),
            ("banana", None),
            ("x", None),
            ("a`ingest`b", None),
            ("x`, expected `ingst", None),
        ] {
            assert_eq!(nearest(&message(written)), expected, "{written}");
        }
        assert_eq!(nearest("missing field"), None);
        assert_eq!(nearest("unknown field `a`, there are no fields"), None);
    }
}
