//! Parses a search into terms.

use super::pattern::Pattern;
use crate::store::search_index::Text;
use std::fmt;
use throughline_otlp::attribute::AttributeValue;

/// One term of a search. Spaces separate terms, and all of them must match.
///
/// A word is part of a span's or service's name, of an exception, an event's name or a log
/// record's body, whatever the case, or the first digits of an id. `key=value` is an attribute
/// with this value; `*` at either end of the value is any text. `key>100` compares numbers,
/// with `>`, `>=`, `<` or `<=`.
///
/// Between quotes, spaces and operators are text. There `\"`, `\\` and `\*` are the character
/// itself, and `\n`, `\r` and `\t` are line ends and tabs.
#[derive(Debug, PartialEq)]
pub(super) enum Term {
    /// In lower case.
    Word(String),
    /// One of the keys has a value that passes the test.
    Attribute { keys: Vec<String>, test: Test },
}

/// The test of an attribute's value.
#[derive(Debug, PartialEq)]
pub(super) enum Test {
    Like(Pattern),
    Compared(Comparison, f64),
    /// A status code of HTTP.
    StatusCode(u16),
    /// A status code of HTTP with this first digit.
    StatusClass(u16),
}

impl Test {
    /// The texts that may pass.
    pub(super) fn text(&self) -> Text<'_> {
        match self {
            Self::Like(pattern) => pattern.text(),
            _ => Text::Any,
        }
    }

    pub(super) fn passes(&self, value: AttributeValue<'_>) -> bool {
        match self {
            Self::Like(pattern) => pattern.matches(value),
            Self::StatusCode(code) => value.as_int() == Some((*code).into()),
            Self::StatusClass(class) => {
                (value.as_int()).is_some_and(|code| code / 100 == i64::from(*class))
            }
            Self::Compared(comparison, limit) => match value {
                AttributeValue::Int(number) => comparison.holds(number as f64, *limit),
                AttributeValue::Double(number) => comparison.holds(number, *limit),
                // Some SDKs send numbers as text.
                AttributeValue::String(text) => text
                    .parse()
                    .is_ok_and(|number| comparison.holds(number, *limit)),
                _ => false,
            },
        }
    }
}

/// A comparison of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Comparison {
    fn holds(self, number: f64, limit: f64) -> bool {
        match self {
            Self::Greater => number > limit,
            Self::GreaterOrEqual => number >= limit,
            Self::Less => number < limit,
            Self::LessOrEqual => number <= limit,
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
        })
    }
}

/// Why a search cannot be read. The person who typed it is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SearchError {
    /// A quote without its other end.
    #[error("the quote at character {0} is not closed; write \\\" for a quote inside quotes")]
    Quote(usize),
    /// A comparison with something that is no number.
    #[error(
        "{operator} at character {at} compares with a number, and {value:?} is none; put the term in quotes to search for it as a word"
    )]
    Number {
        /// `>`, `>=`, `<` or `<=`.
        operator: String,
        /// Characters, counted from 1.
        at: usize,
        /// The text after the operator.
        value: String,
    },
}

/// A character of a search, and how it was quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SearchCharacter {
    pub(super) character: char,
    pub(super) quoting: Quoting,
    at: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    Bare,
    Quoted,
    Escaped,
}

impl Term {
    /// An attribute as `key=value`, where blanks are text.
    pub(super) fn attribute(text: &str) -> Option<Self> {
        match Self::parse(&unquoted(text)) {
            Ok(term @ Self::Attribute { .. }) => Some(term),
            _ => None,
        }
    }

    /// One of the keys has this value, with `*` at either end for any text.
    pub(super) fn any_of(keys: &[&str], value: &str) -> Self {
        Self::Attribute {
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            test: Test::Like(Pattern::parse(&unquoted(value))),
        }
    }

    /// A status code of HTTP: `404`, or a class of them: `5xx`. `None` for what is neither.
    ///
    /// <https://www.rfc-editor.org/rfc/rfc9110#section-15>
    pub(super) fn status_code(status: &str) -> Option<Self> {
        let test = match status.strip_suffix("xx") {
            Some(class) => {
                let class = class.parse().ok().filter(|class| (1..=5).contains(class));
                Test::StatusClass(class?)
            }
            None => {
                let code = status.parse().ok().filter(|code| (100..600).contains(code));
                Test::StatusCode(code?)
            }
        };
        Some(Self::Attribute {
            keys: vec![throughline_semconv::HTTP_RESPONSE_STATUS_CODE.to_owned()],
            test,
        })
    }

    pub(super) fn parse_all(text: &str) -> Result<Vec<Self>, SearchError> {
        split(text)?.iter().map(|term| Self::parse(term)).collect()
    }

    fn parse(written: &[SearchCharacter]) -> Result<Self, SearchError> {
        let operator = (written.iter()).position(|written| {
            written.quoting == Quoting::Bare && matches!(written.character, '=' | '<' | '>')
        });
        // An operator without a key is part of a word: `<img`.
        let Some(operator) = operator.filter(|at| *at > 0) else {
            return Ok(Self::Word(text(written).to_lowercase()));
        };
        let key = text(&written[..operator]);
        let rest = &written[operator + 1..];
        let or_equal = (rest.first())
            .is_some_and(|next| next.quoting == Quoting::Bare && next.character == '=');
        let comparison = match (written[operator].character, or_equal) {
            ('>', false) => Comparison::Greater,
            ('>', true) => Comparison::GreaterOrEqual,
            ('<', false) => Comparison::Less,
            ('<', true) => Comparison::LessOrEqual,
            _ => {
                let test = Test::Like(Pattern::parse(rest));
                return Ok(Self::Attribute {
                    keys: vec![key],
                    test,
                });
            }
        };
        let value = text(&rest[usize::from(or_equal)..]);
        match value.parse() {
            Ok(limit) => Ok(Self::Attribute {
                keys: vec![key],
                test: Test::Compared(comparison, limit),
            }),
            Err(_) => Err(SearchError::Number {
                operator: comparison.to_string(),
                at: written[operator].at,
                value,
            }),
        }
    }
}

/// The characters of a text in which quotes have no meaning.
fn unquoted(text: &str) -> Vec<SearchCharacter> {
    let characters = text.chars().zip(1..);
    (characters.map(|(character, at)| SearchCharacter {
        character,
        quoting: Quoting::Bare,
        at,
    }))
    .collect()
}

/// The text that was written.
pub(super) fn text(written: &[SearchCharacter]) -> String {
    written.iter().map(|written| written.character).collect()
}

/// The characters of each term.
fn split(text: &str) -> Result<Vec<Vec<SearchCharacter>>, SearchError> {
    let mut terms = vec![Vec::new()];
    let mut quote = None;
    let mut characters = text.chars().zip(1..).peekable();
    while let Some((character, at)) = characters.next() {
        let (character, quoting) = match (character, quote) {
            ('"', None) => {
                quote = Some(at);
                continue;
            }
            ('"', Some(_)) => {
                quote = None;
                continue;
            }
            (blank, None) if blank.is_whitespace() => {
                terms.push(Vec::new());
                continue;
            }
            ('\\', Some(_)) => match characters.next_if(|(next, _)| ESCAPED.contains(*next)) {
                Some(('n', _)) => ('\n', Quoting::Escaped),
                Some(('r', _)) => ('\r', Quoting::Escaped),
                Some(('t', _)) => ('\t', Quoting::Escaped),
                Some((other, _)) => (other, Quoting::Escaped),
                None => ('\\', Quoting::Quoted),
            },
            (other, None) => (other, Quoting::Bare),
            (other, Some(_)) => (other, Quoting::Quoted),
        };
        if let Some(term) = terms.last_mut() {
            term.push(SearchCharacter {
                character,
                quoting,
                at,
            });
        }
    }
    if let Some(at) = quote {
        return Err(SearchError::Quote(at));
    }
    terms.retain(|term| !term.is_empty());
    Ok(terms)
}

/// The characters that a backslash escapes between quotes.
const ESCAPED: &str = "\"\\*nrt";

#[cfg(test)]
mod tests {
    use super::*;
    use throughline_otlp::attribute::AttributeValue::{Int, String as Text};

    fn attribute(search: &str) -> (String, Test) {
        match Term::parse_all(search).expect(search).pop() {
            Some(Term::Attribute { mut keys, test }) => (keys.remove(0), test),
            other => panic!("no attribute: {other:?}"),
        }
    }

    #[test]
    fn quotes_and_stars_are_parsed() {
        let terms = Term::parse_all("Buy <img db.query.text=\"*FROM basket*\" http.route=*");
        let terms = terms.expect("it can be read");
        assert_eq!(terms[0], Term::Word("buy".to_owned()));
        assert_eq!(terms[1], Term::Word("<img".to_owned()));
        let (_, text) = attribute("db.query.text=\"*FROM basket*\"");
        assert!(text.passes(Text("SELECT * FROM basket WHERE id = $1")));
        assert!(!text.passes(Text("SELECT * FROM prices")));
        let (_, any) = attribute("http.route=*");
        assert!(any.passes(Text("/basket")) && any.passes(Text("")));
    }

    #[test]
    fn a_value_in_quotes_may_hold_anything() {
        let (key, test) = attribute(r#""two = words"="a \"b\" \\ \* \n c""#);
        assert_eq!(key, "two = words");
        assert!(test.passes(Text("a \"b\" \\ * \n c")));
        assert!(!test.passes(Text("a \"b\" \\ x \n c")));
        let (_, path) = attribute(r#"path="C:\dir""#);
        assert!(path.passes(Text(r"C:\dir")));
    }

    #[test]
    fn numbers_are_compared() {
        let passes = |search, value| attribute(search).1.passes(Int(value));
        assert!(passes("code>=500", 500) && !passes("code>=500", 499));
        assert!(passes("code<500", 499) && !passes("code<500", 500));
        assert!(passes("code>4.5", 5) && passes("code<=-1", -1));
        assert!(attribute("code>499").1.passes(Text("500")));
        assert!(!attribute("code>499").1.passes(Text("many")));
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_place() {
        for (search, reason) in [
            ("buy \"x", "the quote at character 5 is not closed"),
            (r#"a="C:\""#, "the quote at character 3 is not closed"),
            (
                "List<String>",
                "< at character 5 compares with a number, and \"String>\" is none",
            ),
            (
                "ä b>=",
                ">= at character 4 compares with a number, and \"\" is none",
            ),
        ] {
            let error = Term::parse_all(search).expect_err(search).to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = Term::parse_all(&text);
        }

        #[test]
        fn any_text_is_found_when_it_is_quoted(key in ".{1,9}", value: String) {
            let quoted = |text: &str| {
                let escaped: String = text
                    .chars()
                    .flat_map(|character| match character {
                        '\n' => vec!['\\', 'n'],
                        '"' | '\\' | '*' => vec!['\\', character],
                        other => vec![other],
                    })
                    .collect();
                format!("\"{escaped}\"")
            };
            let (read, test) = attribute(&format!("{}={}", quoted(&key), quoted(&value)));
            proptest::prop_assert_eq!(read, key);
            proptest::prop_assert!(test.passes(Text(&value)));
        }
    }
}
