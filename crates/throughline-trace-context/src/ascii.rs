//! Splits short texts at ASCII characters.
//!
//! The texts have some ten characters, and every span has one: a loop over them takes a third
//! of the time that the search of `str` does, which is made for long ones.

/// The parts of a text between separators.
pub(crate) fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        match split_once(text, separator) {
            Some((part, after)) => {
                rest = Some(after);
                Some(part)
            }
            None => rest.take(),
        }
    })
}

/// The text before the first separator, and the text after it.
#[inline]
pub(crate) fn split_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    Some((&text[..at], &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_splits_as_str_does(text in "[a;\u{e9}]{0,12}") {
            prop_assert!(split(&text, b';').eq(text.split(';')));
            prop_assert_eq!(split_once(&text, b';'), text.split_once(';'));
        }
    }
}
