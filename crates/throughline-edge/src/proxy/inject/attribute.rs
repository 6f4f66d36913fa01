//! The values of attributes, as text that is read and text that is written.

/// The text of a value, with the character references decoded in which templates escape
/// quotes and ampersands: `&#39;self&#39;`.
pub(super) fn decoded(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let mut parts = text.split('&');
    let mut decoded = String::from(parts.next().unwrap_or_default());
    for part in parts {
        match reference(part) {
            Some((character, rest)) => {
                decoded.push(character);
                decoded.push_str(rest);
            }
            None => {
                decoded.push('&');
                decoded.push_str(part);
            }
        }
    }
    decoded
}

/// Appends a value as it stands between single quotes.
pub(super) fn push_quoted(markup: &mut String, value: &str) {
    markup.push('\'');
    for character in value.chars() {
        match character {
            '&' => markup.push_str("&amp;"),
            '\'' => markup.push_str("&#39;"),
            '<' => markup.push_str("&lt;"),
            ' '..='~' => markup.push(character),
            // The same in every encoding of the document.
            _ => markup.push_str(&format!("&#{};", u32::from(character))),
        }
    }
    markup.push('\'');
}

/// The character that a reference stands for, and what follows it.
fn reference(text: &str) -> Option<(char, &str)> {
    let (name, rest) = text.split_once(';')?;
    let character = match name {
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        "lt" => '<',
        "gt" => '>',
        "nbsp" => '\u{a0}',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((character, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_value_that_is_written_is_read_again(value: String) {
            let mut markup = String::new();
            push_quoted(&mut markup, &value);
            let inner = markup.trim_start_matches('\'').trim_end_matches('\'');
            proptest::prop_assert!(inner.is_ascii() && !inner.contains(['\'', '<']));
            proptest::prop_assert_eq!(decoded(inner.as_bytes()), value);
        }
    }
}
