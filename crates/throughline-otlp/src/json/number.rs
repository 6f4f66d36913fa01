//! Reads numbers from JSON without losing digits.
//!
//! Integers come as strings or numbers. Those written in digits alone are never converted
//! to a float; a number with a point or an exponent is read as the nearest double. Doubles
//! come as numbers, numeric strings or `"NaN"`, `"Infinity"`, `"-Infinity"`.

use super::scalar::excerpt;
use core::fmt;
use serde::de::{self, DeserializeSeed, Deserializer, Visitor};

/// A number read from JSON.
pub(super) enum Number {
    Whole(i128),
    Double(f64),
}

/// Reads an integer between two bounds.
pub(super) struct Integer {
    pub(super) least: i128,
    pub(super) most: i128,
}

impl<'de> DeserializeSeed<'de> for Integer {
    type Value = Option<i128>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        let whole = match source.deserialize_any(AnyNumber {
            expected: "an integer, or an integer in a string",
        })? {
            None => return Ok(None),
            Some(Number::Whole(whole)) => whole,
            Some(Number::Double(double)) if double % 1.0 != 0.0 => {
                return Err(de::Error::custom(format_args!(
                    "{double:?} is not an integer"
                )));
            }
            // proto3 JSON allows 1e18 as an integer. A number with too many digits for 64 bits
            // arrives here too: it was rounded, perhaps to a bound, so a bound is outside.
            Some(Number::Double(double)) if double.abs() > EXACT => {
                let whole = double as i128;
                if whole <= self.least || whole >= self.most {
                    return Err(self.out_of_bounds(double));
                }
                whole
            }
            Some(Number::Double(double)) => double as i128,
        };
        if whole < self.least || whole > self.most {
            return Err(self.out_of_bounds(whole));
        }
        Ok(Some(whole))
    }
}

impl Integer {
    fn out_of_bounds<E: de::Error>(&self, number: impl fmt::Debug) -> E {
        E::custom(format_args!(
            "{number:?} is not between {} and {}",
            self.least, self.most
        ))
    }
}

/// Reads a double.
pub(super) struct Double;

impl<'de> DeserializeSeed<'de> for Double {
    type Value = Option<f64>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        let number = source.deserialize_any(AnyNumber {
            expected: "a number, \"NaN\", \"Infinity\" or \"-Infinity\"",
        })?;
        Ok(number.map(|number| match number {
            Number::Whole(whole) => whole as f64,
            Number::Double(double) => double,
        }))
    }
}

struct AnyNumber {
    expected: &'static str,
}

impl<'de> Visitor<'de> for AnyNumber {
    type Value = Option<Number>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(Number::Whole(value.into())))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(Number::Whole(value.into())))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(Number::Double(value)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if let Ok(whole) = text.parse() {
            return Ok(Some(Number::Whole(whole)));
        }
        let double = match text {
            "NaN" => f64::NAN,
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            // Rust also parses "nan", "inf" and the like, which JSON does not allow.
            _ if text
                .bytes()
                .any(|byte| byte.is_ascii_alphabetic() && !byte.eq_ignore_ascii_case(&b'e')) =>
            {
                return Err(E::invalid_value(excerpt(text), &self));
            }
            _ => text
                .parse()
                .map_err(|_| E::invalid_value(excerpt(text), &self))?,
        };
        Ok(Some(Number::Double(double)))
    }
}

/// 2^53: a double is exact for every integer up to here.
const EXACT: f64 = 9_007_199_254_740_992.0;
