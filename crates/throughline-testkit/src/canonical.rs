//! OTLP messages as JSON in a form that can be compared.

use serde_json::{Map, Value};
use throughline_otlp::json;
use throughline_otlp::schema::Message;

/// The message as JSON, with attribute lists as objects: their order does not matter.
pub(crate) fn of_protobuf(message: &'static Message, bytes: &[u8]) -> Result<Value, String> {
    let text = json::from_protobuf(message, bytes).map_err(|error| error.to_string())?;
    of_json(text.as_bytes())
}

/// The same for a message in JSON.
pub(crate) fn of_json(text: &[u8]) -> Result<Value, String> {
    let value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    Ok(simplify(value))
}

fn simplify(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let object = object.into_iter().map(|(key, value)| {
                let value = match value {
                    Value::Array(list) if key == "attributes" => attributes(list),
                    value => simplify(value),
                };
                (key, value)
            });
            Value::Object(object.collect())
        }
        Value::Array(list) => list.into_iter().map(simplify).collect(),
        scalar => scalar,
    }
}

fn attributes(list: Vec<Value>) -> Value {
    let mut object = Map::new();
    for mut pair in list {
        let key = pair["key"].as_str().unwrap_or_default().to_owned();
        let value = pair["value"].take();
        let value = match value {
            // `{"stringValue": "x"}` becomes "x"; other forms stay as they are.
            Value::Object(any) if any.len() == 1 => any
                .into_iter()
                .next()
                .map(|(_, value)| value)
                .unwrap_or_default(),
            value => value,
        };
        object.insert(key, value);
    }
    Value::Object(object)
}
