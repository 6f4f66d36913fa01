//! The canonical query.

use super::percent;
use alloc::string::String;
use alloc::vec::Vec;

/// The parameters, decoded and encoded again, in the order of their encoded names, then
/// values. A parameter without `=` gets one.
pub(crate) fn format(query: &str) -> String {
    let mut parameters: Vec<(String, String)> = Vec::new();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let parameter = (encode_again(name), encode_again(value));
        // They are few: a sort would take as much machine code as the rest of a signature.
        let at = parameters.partition_point(|before| *before <= parameter);
        parameters.insert(at, parameter);
    }

    let mut text = String::with_capacity(query.len() + 16);
    for (name, value) in &parameters {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
    text
}

/// A `+` is a space, as in the forms that AWS's servers parse.
fn encode_again(part: &str) -> String {
    let mut text = String::with_capacity(part.len());
    percent::encode(&percent::decode(&part.replace('+', " ")), &mut text);
    text
}
