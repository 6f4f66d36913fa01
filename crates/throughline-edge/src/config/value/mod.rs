//! Values of a configuration, read into its types; a fault names the key.
//!
//! One deserializer of references to JSON values: tables are read as tables and choices as
//! texts, in no second form. Whichever format a configuration was written in, its types are
//! compiled once.

#[cfg(test)]
mod tests;

use super::explain;
use core::fmt::Display;
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Number, Value, map};

/// Reads a value of a configuration. `others` are the tables that may stand beside its keys and
/// that others read: a message that lists the known keys names them too.
///
/// # Errors
/// [`UnreadableKey`] names the key; the operator is at fault.
pub fn from_value<T: DeserializeOwned>(value: &Value, others: &[&str]) -> Result<T, UnreadableKey> {
    T::deserialize(Reader(value)).map_err(|fault| fault.explained(others))
}

/// A key that is unknown, or whose value cannot be read. The operator is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct UnreadableKey {
    /// The key's path, such as `projects[0].name`; `.` for the whole configuration.
    pub key: String,
    /// The reason, without the value: that may be a secret.
    pub reason: String,
}

/// A fault on its way up from the value in which it was found. In a box: every value that can
/// be read is returned beside it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Fault(Box<UnreadableKey>);

impl Fault {
    fn of_type(found: &Value, expected: &dyn Expected) -> Self {
        de::Error::invalid_type(kind(found), expected)
    }

    fn explained(self, others: &[&str]) -> UnreadableKey {
        let UnreadableKey { key, mut reason } = *self.0;
        if !others.is_empty() && !key.contains('.') {
            let named = format!("expected one of `{}`, ", others.join("`, `"));
            reason = reason.replacen("expected one of ", &named, 1);
        }
        UnreadableKey {
            key: if key.is_empty() { ".".into() } else { key },
            reason: explain(&reason),
        }
    }

    /// The fault of a value below the key `name`.
    fn below(mut self, name: &str) -> Self {
        let key = &mut self.0.key;
        if !key.is_empty() && !key.starts_with('[') {
            key.insert(0, '.');
        }
        key.insert_str(0, name);
        self
    }
}

impl de::Error for Fault {
    fn custom<M: Display>(message: M) -> Self {
        Self(Box::new(UnreadableKey {
            key: String::new(),
            reason: message.to_string(),
        }))
    }
}

#[derive(Clone, Copy)]
struct Reader<'a>(&'a Value);

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(is) => visitor.visit_bool(*is),
            Value::Number(_) => self.deserialize_u64(visitor),
            Value::String(text) => visitor.visit_str(text),
            Value::Array(list) => visitor.visit_seq(Elements { list, read: 0 }),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Bool(is) => visitor.visit_bool(*is),
            other => Err(Fault::of_type(other, &visitor)),
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(float(number)),
            },
            other => Err(Fault::of_type(other, &visitor)),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Number(number) => visitor.visit_f64(float(number)),
            other => Err(Fault::of_type(other, &visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::String(text) => visitor.visit_str(text),
            other => Err(Fault::of_type(other, &visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Array(list) => visitor.visit_seq(Elements { list, read: 0 }),
            other => Err(Fault::of_type(other, &visitor)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Object(table) => visitor.visit_map(Keys {
                rest: table.iter(),
                last: None,
            }),
            other => Err(Fault::of_type(other, &visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(Choice(text)),
            other => Err(Fault::of_type(other, &"a string")),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u128 f32 char bytes byte_buf unit unit_struct tuple
        tuple_struct identifier ignored_any
    }
}

/// The elements of a list.
struct Elements<'a> {
    list: &'a [Value],
    read: usize,
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some(value) = self.list.get(self.read) else {
            return Ok(None);
        };
        let index = self.read;
        self.read += 1;
        match seed.deserialize(Reader(value)) {
            Ok(element) => Ok(Some(element)),
            Err(fault) => Err(fault.below(&format!("[{index}]"))),
        }
    }
}

/// The keys of a table.
struct Keys<'a> {
    rest: map::Iter<'a>,
    last: Option<(&'a String, &'a Value)>,
}

impl<'de> MapAccess<'de> for Keys<'de> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        self.last = self.rest.next();
        let Some((name, _)) = self.last else {
            return Ok(None);
        };
        let name: StrDeserializer<'_, Fault> = name.as_str().into_deserializer();
        match seed.deserialize(name) {
            Ok(key) => Ok(Some(key)),
            Err(fault) => Err(self.locate(fault)),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let value = self.last.map_or(&Value::Null, |(_, value)| value);
        match seed.deserialize(Reader(value)) {
            Ok(value) => Ok(value),
            Err(fault) => Err(self.locate(fault)),
        }
    }
}

impl Keys<'_> {
    fn locate(&self, fault: Fault) -> Fault {
        fault.below(self.last.map_or("", |(name, _)| name))
    }
}

/// One of several texts.
struct Choice<'a>(&'a str);

impl<'de> EnumAccess<'de> for Choice<'de> {
    type Error = Fault;
    type Variant = Chosen;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Chosen), Fault> {
        let text: StrDeserializer<'_, Fault> = self.0.into_deserializer();
        Ok((seed.deserialize(text)?, Chosen))
    }
}

/// The content of a choice, which has none.
struct Chosen;

impl<'de> VariantAccess<'de> for Chosen {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _seed: S) -> Result<S::Value, Fault> {
        Err(de::Error::invalid_type(Unexpected::UnitVariant, &"a value"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        Err(de::Error::invalid_type(Unexpected::UnitVariant, &visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        Err(de::Error::invalid_type(Unexpected::UnitVariant, &visitor))
    }
}

fn kind(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(is) => Unexpected::Bool(*is),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Unexpected::Unsigned(number),
            (None, Some(number)) => Unexpected::Signed(number),
            (None, None) => Unexpected::Float(float(number)),
        },
        Value::String(text) => Unexpected::Str(text),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    }
}

fn float(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}
