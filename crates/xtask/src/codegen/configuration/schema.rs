//! Reads the JSON schema of the configuration, with the keys in the order of their types.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// A schema, or a part of one: the members that the configuration's has.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Schema {
    pub(super) description: String,
    #[serde(rename = "type")]
    pub(super) types: Types,
    #[serde(rename = "const")]
    pub(super) constant: Option<String>,
    pub(super) default: Option<Value>,
    #[serde(rename = "$ref")]
    reference: Option<String>,
    all_of: Vec<Self>,
    any_of: Vec<Self>,
    pub(super) one_of: Vec<Self>,
    pub(super) items: Option<Box<Self>>,
    pub(super) properties: Properties,
    pub(super) required: Vec<String>,
    pub(super) definitions: BTreeMap<String, Self>,
}

impl Schema {
    /// The name of the definition that this stands for, also where it may be left out.
    pub(super) fn definition(&self) -> Option<&str> {
        let alternatives: &[Self] = match &*self.any_of {
            alternatives if alternatives.iter().any(Self::is_null) => alternatives,
            _ => &[],
        };
        (self.reference.iter())
            .chain(
                self.all_of
                    .iter()
                    .filter_map(|part| part.reference.as_ref()),
            )
            .chain((alternatives.iter()).filter_map(|part| part.reference.as_ref()))
            .map(|reference| reference.trim_start_matches("#/definitions/"))
            .next()
    }

    /// The forms that a value may have, where they are more than one.
    pub(super) fn alternatives(&self) -> impl Iterator<Item = &Self> {
        self.any_of.iter().filter(|part| !part.is_null())
    }

    /// The name of the value's type.
    pub(super) fn kind(&self) -> Option<&str> {
        match &self.types {
            Types::One(name) => Some(name),
            Types::Several(names) => names.iter().map(String::as_str).find(|name| *name != NULL),
            Types::Unnamed => None,
        }
    }

    fn is_null(&self) -> bool {
        matches!(&self.types, Types::One(name) if name == NULL)
    }
}

/// The names of a value's types: one, or several.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
pub(super) enum Types {
    One(String),
    Several(Vec<String>),
    #[default]
    Unnamed,
}

/// The keys of a table, in their order.
#[derive(Debug, Default)]
pub(super) struct Properties(pub(super) Vec<(String, Schema)>);

// serde_json's own map sorts the keys, unless a feature of it is on in the build.
impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Properties;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the keys of a table")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Properties, M::Error> {
                let mut properties = Vec::new();
                while let Some(property) = map.next_entry()? {
                    properties.push(property);
                }
                Ok(Properties(properties))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

const NULL: &str = "null";
