//! The message of an event, with its parameters in it.

use crate::json::Json;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use core::fmt::Write as _;

/// The message of an event: in `logentry`, or `message` as an object or a text. Where an SDK has left
/// the parameters out of it, it gets them, as far as they are all there.
/// <https://develop.sentry.dev/sdk/data-model/event-payloads/message/>
pub(crate) fn message<'j>(event: &'j Json<'_>) -> Cow<'j, str> {
    let (entry, message) = (event.get("logentry"), event.get("message"));
    let formatted = [entry.get("formatted"), message.get("formatted")];
    let formatted = formatted.map(Json::text).into_iter();
    if let Some(formatted) = formatted.clone().find(|text| !text.is_empty()) {
        return Cow::Borrowed(formatted);
    }
    for owner in [entry, message] {
        let template = owner.get("message").text();
        if template.is_empty() {
            continue;
        }
        let filled = match owner.get("params") {
            Json::Null => None,
            params => python(template, params).or_else(|| curly(template, params)),
        };
        return filled.map_or(Cow::Borrowed(template), Cow::Owned);
    }
    Cow::Borrowed(message.text())
}

/// Fills `%s`, `%(name)s` and the other conversions of Python and C; `None` where one has no
/// parameter, or there is none.
/// <https://docs.python.org/3/library/stdtypes.html#printf-style-string-formatting>
fn python(template: &str, params: &Json<'_>) -> Option<String> {
    let mut filled = Filled::default();
    let mut rest = template;
    while let Some((before, found)) = rest.split_once('%') {
        filled.text(before)?;
        let (name, found) = match found.strip_prefix('(') {
            Some(named) => named
                .split_once(')')
                .map(|(name, rest)| (Some(name), rest))?,
            None => (None, found),
        };
        let end = found.find(|c: char| c.is_ascii_alphabetic() || c == '%')?;
        let (width, conversion) = found.split_at_checked(end)?;
        let mut conversion = conversion.chars();
        let kind = conversion.next()?;
        rest = conversion.as_str();
        if kind == '%' {
            filled.text("%")?;
            continue;
        }
        let decimals = width
            .split_once('.')
            .and_then(|(_, digits)| digits.parse().ok());
        let value = match name {
            Some(name) => named(params, name)?,
            None => filled.next(params)?,
        };
        filled.has_value = true;
        match (kind, value) {
            ('f' | 'F', value) => {
                let decimals: usize = decimals.unwrap_or(6);
                let number = value.as_double()?;
                filled.text(&format!("{number:.*}", decimals.min(MOST_DECIMALS)))?;
            }
            ('x', Json::Int(number)) => filled.text(&format!("{number:x}"))?,
            ('X', Json::Int(number)) => filled.text(&format!("{number:X}"))?,
            ('o', Json::Int(number)) => filled.text(&format!("{number:o}"))?,
            ('r' | 'a', Json::Text(text)) => filled.text(&format!("'{text}'"))?,
            ('s' | 'r' | 'a' | 'c' | 'd' | 'i' | 'u' | 'e' | 'E' | 'g' | 'G', value) => {
                filled.value(value)?;
            }
            _ => return None,
        }
    }
    filled.text(rest)?;
    filled.has_value.then_some(filled.text)
}

/// Fills `{}`, `{0}` and `{name}`; `None` where one has no parameter, or there is none.
fn curly(template: &str, params: &Json<'_>) -> Option<String> {
    let mut filled = Filled::default();
    let mut rest = template;
    while let Some((before, found)) = rest.split_once('{') {
        filled.text(before)?;
        let (name, behind) = found.split_once('}')?;
        let value = match name.parse::<usize>() {
            _ if name.is_empty() => filled.next(params)?,
            Ok(index) => params.items().nth(index)?,
            Err(_) => named(params, name)?,
        };
        filled.has_value = true;
        filled.value(value)?;
        rest = behind;
    }
    filled.text(rest)?;
    filled.has_value.then_some(filled.text)
}

fn named<'j, 'a>(params: &'j Json<'a>, name: &str) -> Option<&'j Json<'a>> {
    let found = params.entries().find(|(key, _)| key == name);
    found.map(|(_, value)| value)
}

/// A message that is being filled.
#[derive(Default)]
struct Filled {
    text: String,
    has_value: bool,
    /// The index of the next parameter without a name.
    next: usize,
}

impl Filled {
    /// The next parameter of a list.
    fn next<'j, 'a>(&mut self, params: &'j Json<'a>) -> Option<&'j Json<'a>> {
        let value = params.items().nth(self.next)?;
        self.next += 1;
        Some(value)
    }

    /// Appends a text; `None` once the message is longer than an event may be: a short one can name a
    /// long parameter often.
    fn text(&mut self, text: &str) -> Option<()> {
        let length = self.text.len().checked_add(text.len())?;
        (length <= MOST_BYTES).then(|| self.text.push_str(text))
    }

    /// Appends a parameter; `None` for a list or a map, which say more as they are.
    fn value(&mut self, value: &Json<'_>) -> Option<()> {
        let mut number = String::new();
        let text = match value {
            Json::Text(text) => text,
            Json::Bool(true) => "true",
            Json::Bool(false) => "false",
            Json::Null => "null",
            Json::Int(value) => {
                write!(number, "{value}").ok()?;
                &*number
            }
            Json::Double(value) => {
                write!(number, "{value:?}").ok()?;
                &*number
            }
            Json::List(_) | Json::Map(_) => return None,
        };
        self.text(text)
    }
}

/// Bytes of an event.
const MOST_BYTES: usize = 1 << 20;
/// Digits behind the point that a number can have of its own.
const MOST_DECIMALS: usize = 17;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_gets_its_parameters() {
        for (template, params, wanted) in [
            ("hello %s", r#"["Ada"]"#, "hello Ada"),
            ("%d of %i, %.1f%%", "[3, 4, 75]", "3 of 4, 75.0%"),
            (
                "%(who)s has %(n)05d",
                r#"{"who": "Ada", "n": 5}"#,
                "Ada has 5",
            ),
            ("%r at 0x%x", r#"["a", 255]"#, "'a' at 0xff"),
            ("hello {}, {}", r#"["Ada", true]"#, "hello Ada, true"),
            ("{1} before {0}", r#"["b", "a"]"#, "a before b"),
            ("hello {who}", r#"{"who": "Ada"}"#, "hello Ada"),
            ("äöü %s ß", r#"[1.5]"#, "äöü 1.5 ß"),
            // What does not fit stays as it is.
            ("hello %s %s", r#"["Ada"]"#, "hello %s %s"),
            ("hello %(who)s", r#"["Ada"]"#, "hello %(who)s"),
            ("hello %s", r#"[["Ada"]]"#, "hello %s"),
            ("100% of {}", "[]", "100% of {}"),
            ("hello", r#"["Ada"]"#, "hello"),
            ("%", r#"["Ada"]"#, "%"),
            ("{", r#"["Ada"]"#, "{"),
            ("hello %s", "null", "hello %s"),
        ] {
            for place in ["logentry", "message"] {
                let text =
                    format!(r#"{{"{place}": {{"message": "{template}", "params": {params}}}}}"#);
                let event = Json::parse_object(&text).expect("an event");
                assert_eq!(message(&event), wanted, "{text}");
            }
        }
    }

    #[test]
    fn a_message_that_would_become_too_long_stays_as_it_is() {
        let template = "%(a)s".repeat(2000);
        let text = format!(
            r#"{{"logentry": {{"message": "{template}", "params": {{"a": "{}"}}}}}}"#,
            "a".repeat(1000)
        );
        let event = Json::parse_object(&text).expect("an event");
        assert_eq!(message(&event), template);
    }

    #[test]
    fn what_the_sdk_has_formatted_counts() {
        let text = r#"{"logentry": {"message": "hello %s", "params": ["Ada"], "formatted": "hi"}, "message": "x"}"#;
        let event = Json::parse_object(text).expect("an event");
        assert_eq!(message(&event), "hi");
        let text = r#"{"message": "plain %s", "logentry": null}"#;
        let event = Json::parse_object(text).expect("an event");
        assert_eq!(message(&event), "plain %s");
    }
}
