//! The `ot` entry of the tracestate, which OpenTelemetry samplers write.
//!
//! Source: <https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/>.

use crate::ascii::{split, split_once};
use crate::ids::TraceId;
use crate::sampling::{Randomness, Threshold};
use crate::tracestate::{self, Tracestate};
use alloc::string::String;

/// The value of the `ot` member: sub-keys and values, `th:c;rv:6e6d1a75832a2f`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ot<'a> {
    text: &'a str,
}

/// Error for a malformed `ot` value, which counts as absent. Its writer is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OtError {
    /// The value is longer than the 256 characters that a tracestate value may have.
    #[error("the ot value is longer than {MAX_CHARS} characters")]
    Length,
    /// A part is not `key:value` with a key `[a-z][a-z0-9]*` and a value `[A-Za-z0-9._-]*`.
    #[error("a part of the ot value is not of the form key:value")]
    Syntax,
    /// A sub-key appears twice.
    #[error("a sub-key of the ot value appears twice")]
    Duplicate,
    /// `th` is not 1 to 14 lowercase hex digits.
    #[error("th is not 1 to 14 lowercase hex digits")]
    Threshold,
    /// `rv` is not 14 lowercase hex digits.
    #[error("rv is not 14 lowercase hex digits")]
    Randomness,
}

impl<'a> Ot<'a> {
    /// Reads the value of the `ot` member.
    ///
    /// # Errors
    /// [`OtError`]: an error in any part makes the whole member count as absent.
    pub fn parse(text: &'a str) -> Result<Self, OtError> {
        if text.len() > MAX_CHARS {
            return Err(OtError::Length);
        }
        for (index, part) in split(text, b';').enumerate() {
            let (key, value) = split_once(part, b':').ok_or(OtError::Syntax)?;
            if !is_key(key) || !value.bytes().all(is_value_byte) {
                return Err(OtError::Syntax);
            }
            if parts(text).take(index).any(|(earlier, _)| earlier == key) {
                return Err(OtError::Duplicate);
            }
        }
        let ot = Self { text };
        if ot.get(TH).is_some() && ot.threshold().is_none() {
            return Err(OtError::Threshold);
        }
        if ot.get(RV).is_some() && ot.explicit_randomness().is_none() {
            return Err(OtError::Randomness);
        }
        Ok(ot)
    }

    /// The entry in the tracestate of a finished span; empty when it is missing or malformed.
    ///
    /// The members of other systems are not looked at: whatever they are, the count that the
    /// span stands for is known.
    pub fn in_tracestate(tracestate: &'a str) -> Self {
        if tracestate.is_empty() {
            return Self::default();
        }
        tracestate::members(tracestate)
            .find_map(|(key, value)| (key == OT).then_some(value))
            .and_then(|value| Self::parse(value).ok())
            .unwrap_or_default()
    }

    /// Effective threshold of all samplers so far. Without it the adjusted count of the span
    /// is unknown.
    pub fn threshold(self) -> Option<Threshold> {
        self.get(TH).and_then(Threshold::parse)
    }

    /// Randomness of the trace when it is not taken from the trace id.
    pub fn explicit_randomness(self) -> Option<Randomness> {
        self.get(RV).and_then(Randomness::parse)
    }

    /// Value of a sub-key, as received.
    pub fn get(self, key: &str) -> Option<&'a str> {
        parts(self.text).find_map(|(k, value)| (k == key).then_some(value))
    }

    /// Sub-keys other than `th` and `rv`, which are propagated unchanged.
    pub fn unknown(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        parts(self.text).filter(|(key, _)| *key != TH && *key != RV)
    }

    /// Writes the value with another threshold, or without one; empty when nothing is left.
    ///
    /// A wrong threshold falsifies counts, so unknown sub-keys are left out where the value
    /// would be longer than 256 characters.
    pub fn with_threshold(self, threshold: Option<Threshold>) -> String {
        let mut text = String::with_capacity(self.text.len() + TH.len() + 16);
        if let Some(randomness) = self.get(RV) {
            push(&mut text, RV, randomness);
        }
        if let Some(threshold) = threshold {
            push(&mut text, TH, &threshold.format());
        }
        for (key, value) in self.unknown() {
            push(&mut text, key, value);
        }
        text
    }

    /// Writes the value with a threshold that is at least its own.
    ///
    /// `None` when its own is higher: a lower one would claim that spans dropped earlier had
    /// been kept.
    pub fn raised_to(self, threshold: Threshold) -> Option<String> {
        let rises = self.threshold().is_none_or(|own| own <= threshold);
        rises.then(|| self.with_threshold(Some(threshold)))
    }
}

/// The tracestate of a finished span with another threshold, or without one. The members of
/// other systems stay as they are, whatever they are, except that the right-most is removed
/// when there would be more than 32.
///
/// ```
/// use throughline_trace_context::ot::with_threshold;
/// use throughline_trace_context::sampling::Threshold;
///
/// let half = Threshold::parse("8");
/// assert_eq!(with_threshold("shop=basket,ot=rv:6e6d1a75832a2f", half),
///     "ot=rv:6e6d1a75832a2f;th:8,shop=basket");
/// ```
pub fn with_threshold(tracestate: &str, threshold: Option<Threshold>) -> String {
    let value = Ot::in_tracestate(tracestate).with_threshold(threshold);
    tracestate::with_member(tracestate, OT, &value)
}

impl Tracestate {
    /// The `ot` entry; empty when it is missing or malformed.
    pub fn ot(&self) -> Ot<'_> {
        self.get(OT)
            .and_then(|value| Ot::parse(value).ok())
            .unwrap_or_default()
    }

    /// Number that samplers compare with their threshold: the explicit randomness, or the one
    /// in the trace id.
    pub fn randomness_of(&self, trace_id: TraceId) -> Randomness {
        self.ot()
            .explicit_randomness()
            .unwrap_or_else(|| trace_id.into())
    }

    /// Sets the effective threshold of the samplers so far, or removes it.
    pub fn set_threshold(&mut self, threshold: Option<Threshold>) {
        let ot = self.ot();
        if ot.threshold() == threshold {
            return;
        }
        let value = ot.with_threshold(threshold);
        // The content of `Ot` is well formed; only the empty value is refused.
        if self.insert(OT, &value).is_err() {
            self.remove(OT);
        }
    }
}

fn parts(text: &str) -> impl Iterator<Item = (&str, &str)> {
    split(text, b';').filter_map(|part| split_once(part, b':'))
}

fn push(text: &mut String, key: &str, value: &str) {
    let separator = usize::from(!text.is_empty());
    if text.len() + separator + key.len() + 1 + value.len() > MAX_CHARS {
        return;
    }
    if separator == 1 {
        text.push(';');
    }
    text.push_str(key);
    text.push(':');
    text.push_str(value);
}

fn is_key(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_lowercase())
        && key
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

const fn is_value_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// The tracestate key of OpenTelemetry.
const OT: &str = "ot";
const TH: &str = "th";
const RV: &str = "rv";
const MAX_CHARS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn sub_keys_are_read_as_they_were_written() {
        let ot = Ot::parse("x1y2:1-2-3;rv:6e6d1a75832a2f;y:.-_-.;z:;th:1000").expect("valid");
        assert_eq!(ot.get("th"), Some("1000"));
        assert_eq!(ot.threshold(), Threshold::parse("1"));
        assert_eq!(
            ot.explicit_randomness(),
            Randomness::parse("6e6d1a75832a2f")
        );
        let unknown: Vec<_> = ot.unknown().collect();
        assert_eq!(unknown, [("x1y2", "1-2-3"), ("y", ".-_-."), ("z", "")]);
    }

    #[test]
    fn a_finished_span_keeps_the_members_of_others_as_they_are() {
        let half = Threshold::parse("8");
        for (before, after, threshold) in [
            ("", "ot=th:8", half),
            ("shop=basket", "ot=th:8,shop=basket", half),
            ("a=1, ot=th:4;x:1 ,b= 2", "ot=th:8;x:1,a=1,b= 2", half),
            ("broken,Upper=1,ot=th:4", "ot=th:8,broken,Upper=1", half),
            ("ot=th:,a=1", "ot=th:8,a=1", half),
            ("ot=th:4,a=1,ot=th:c", "ot=th:8,a=1", half),
            ("ot=th:4,a=1", "a=1", None),
            ("a=1,ot=th:4;x:1", "ot=x:1,a=1", None),
        ] {
            assert_eq!(with_threshold(before, threshold), after, "{before}");
        }
        let many: Vec<_> = (0..32).map(|i| format!("k{i}={i}")).collect();
        let many = with_threshold(&many.join(","), half);
        assert_eq!(many.split(',').count(), 32);
        assert!(many.starts_with("ot=th:8,k0=0,") && many.ends_with(",k30=30"));
    }

    #[test]
    fn each_malformed_part_has_its_error() {
        use OtError as E;
        for (text, error) in [
            ("", E::Syntax),
            ("th:1;", E::Syntax),
            (";th:1", E::Syntax),
            ("th", E::Syntax),
            (":1", E::Syntax),
            ("1:1;u:V", E::Syntax),
            ("X:1", E::Syntax),
            ("a b:1", E::Syntax),
            ("a:$", E::Syntax),
            ("a:b:c", E::Syntax),
            ("th:1;p:2=3", E::Syntax),
            ("th:1;th:1", E::Duplicate),
            ("a:1;b:2;a:3", E::Duplicate),
            ("th:", E::Threshold),
            ("th:g", E::Threshold),
            ("th:C", E::Threshold),
            ("th:100000000000000", E::Threshold),
            ("rv:3;p:2", E::Randomness),
            ("rv:123412341234120", E::Randomness),
        ] {
            assert_eq!(Ot::parse(text), Err(error), "{text}");
        }
        let longest = format!("x:{}", "_".repeat(254));
        assert!(Ot::parse(&longest).is_ok());
        assert_eq!(Ot::parse(&format!("{longest}_")), Err(E::Length));
    }

    #[test]
    fn a_threshold_is_replaced_and_the_rest_stays() {
        let eighth = Threshold::parse("e");
        for (before, after) in [
            ("a:b", "th:e;a:b"),
            ("th:8;a:b", "th:e;a:b"),
            (
                "a:b;th:0;rv:6e6d1a75832a2f;c:d",
                "rv:6e6d1a75832a2f;th:e;a:b;c:d",
            ),
        ] {
            let ot = Ot::parse(before).expect("valid");
            assert_eq!(ot.with_threshold(eighth), after);
        }
        let full = format!("rv:6e6d1a75832a2f;x:{};y:1", "_".repeat(232));
        let ot = Ot::parse(&full).expect("valid");
        assert_eq!(ot.with_threshold(eighth), "rv:6e6d1a75832a2f;th:e;y:1");
    }

    #[test]
    fn the_list_carries_a_threshold_only_when_there_is_one() {
        let mut list = Tracestate::parse(["shop=1,ot=th:8;a:b"]).expect("valid");
        list.set_threshold(Threshold::parse("c"));
        assert_eq!(list.as_str(), "ot=th:c;a:b,shop=1");
        list.set_threshold(None);
        assert_eq!(list.as_str(), "ot=a:b,shop=1");

        let mut list = Tracestate::parse(["shop=1,ot=th:8"]).expect("valid");
        list.set_threshold(Threshold::parse("8"));
        assert_eq!(list.as_str(), "shop=1,ot=th:8");
        list.set_threshold(None);
        assert_eq!(list.as_str(), "shop=1");
    }

    #[test]
    fn a_malformed_member_counts_as_absent_and_is_replaced() {
        let mut list = Tracestate::parse(["ot=th:8;th:8,shop=1"]).expect("valid");
        assert_eq!(list.ot(), Ot::default());
        list.set_threshold(Some(Threshold::ALWAYS));
        assert_eq!(list.as_str(), "ot=th:0,shop=1");
    }

    proptest! {
        #[test]
        fn a_written_value_is_read_back(value in 0_u64..1 << 56, rest in "([a-z][a-z0-9]{0,3}:[A-Za-z0-9._-]{0,9};){0,4}") {
            let threshold = Threshold::parse(&format!("{value:014x}"));
            let rest = rest.trim_end_matches(';');
            if let Ok(ot) = Ot::parse(rest) {
                let text = ot.with_threshold(threshold);
                let again = Ot::parse(&text).expect("what we write");
                prop_assert_eq!(again.threshold(), threshold);
                prop_assert_eq!(
                    again.unknown().collect::<Vec<_>>(),
                    ot.unknown().collect::<Vec<_>>()
                );
            }
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "([a-zA-Z0-9:;._-]{0,40}|\\PC{0,40})") {
            if let Ok(ot) = Ot::parse(&text) {
                prop_assert!(ot.with_threshold(Some(Threshold::ALWAYS)).len() <= 256);
            }
        }
    }
}
