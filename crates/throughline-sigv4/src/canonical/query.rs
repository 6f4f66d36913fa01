//! The canonical query.

use super::percent;
use alloc::string::String;
use alloc::vec::Vec;

/// The parameters, decoded and encoded again, in the order of their encoded names, then
/// values. A parameter without `=` gets one.
pub(crate) fn format(query: &str) -> String {
    let mut parameters: Vec<(String, String)> = query
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            (encode_again(name), encode_again(value))
        })
        .collect();
    parameters.sort_unstable();

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
