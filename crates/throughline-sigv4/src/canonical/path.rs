//! The canonical path.

use super::percent;
use alloc::string::String;
use alloc::vec::Vec;

/// The path with the slash that every path begins with.
pub(crate) fn absolute(path: &str) -> String {
    let mut absolute = String::with_capacity(path.len() + 1);
    if !path.starts_with('/') {
        absolute.push('/');
    }
    absolute.push_str(path);
    absolute
}

/// The path without dot segments (RFC 3986 5.2.4) and without empty ones.
pub(crate) fn normalize(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    let mut normal = absolute(&segments.join("/"));
    let last = path.rsplit('/').next().unwrap_or_default();
    if matches!(last, "" | "." | "..") && !normal.ends_with('/') {
        normal.push('/');
    }
    normal
}

/// Encodes each segment as it is on the wire, where it is encoded already, once more.
pub(crate) fn encode(path: &str) -> String {
    each_segment(path, |segment, text| {
        percent::encode(segment.as_bytes(), text)
    })
}

/// Encodes what each segment stands for: once in all.
pub(crate) fn encode_decoded(path: &str) -> String {
    each_segment(path, |segment, text| {
        percent::encode(&percent::decode(segment), text)
    })
}

fn each_segment(path: &str, mut encode: impl FnMut(&str, &mut String)) -> String {
    let mut text = String::with_capacity(path.len() + 16);
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            text.push('/');
        }
        encode(segment, &mut text);
    }
    text
}
