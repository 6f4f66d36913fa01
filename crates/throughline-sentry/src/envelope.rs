//! Parses envelopes: a header line, then items with a header line each.
//!
//! ```text
//! {envelope header}\n
//! {item header: type, perhaps length}\n
//! payload\n                    repeated; the last newline may be missing
//! ```
//!
//! Only `\n` separates. A payload with a length may hold any bytes.
//! <https://develop.sentry.dev/sdk/foundations/transport/envelopes/>

use alloc::borrow::Cow;
use core::str;
use serde::Deserialize;

/// An envelope whose header has been read, and whose items have not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The header, a JSON object.
    pub header: &'a str,
    items: &'a [u8],
}

/// An item: its type, and its payload as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<'a> {
    /// The type, such as `event`.
    pub item_type: Cow<'a, str>,
    /// The content type of the payload, where the header names one.
    pub content_type: Option<Cow<'a, str>>,
    /// The bytes of the payload.
    pub payload: &'a [u8],
}

/// Error for bytes that are no envelope. The sender is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// The first line is no JSON object.
    #[error("the first line is not the envelope's header, a JSON object")]
    Header,
    /// The first line of an item is no JSON object with a type.
    #[error("an item does not begin with its header, a JSON object with a type")]
    ItemHeader,
    /// The envelope ends inside a payload.
    #[error("an item's payload is shorter than the length in its header")]
    CutOff,
    /// A payload is longer than its length says.
    #[error("an item's payload is longer than the length in its header")]
    Length,
}

impl<'a> Envelope<'a> {
    /// Reads the header of an envelope.
    ///
    /// # Errors
    /// [`EnvelopeError::Header`]; the sender is at fault.
    pub fn parse(envelope: &'a [u8]) -> Result<Self, EnvelopeError> {
        let (header, items) = split_line(envelope);
        let header = object(header).ok_or(EnvelopeError::Header)?;
        serde_json::from_str::<AnyHeader>(header).map_err(|_| EnvelopeError::Header)?;
        Ok(Self { header, items })
    }

    /// Reads the items, in order. It ends after the first error.
    pub const fn items(&self) -> Items<'a> {
        Items { rest: self.items }
    }
}

/// The items of an envelope.
#[derive(Debug, Clone)]
pub struct Items<'a> {
    rest: &'a [u8],
}

impl<'a> Items<'a> {
    fn read(&mut self) -> Result<Item<'a>, EnvelopeError> {
        let (header, rest) = split_line(self.rest);
        let header = object(header).ok_or(EnvelopeError::ItemHeader)?;
        let header: ItemHeader<'_> =
            serde_json::from_str(header).map_err(|_| EnvelopeError::ItemHeader)?;
        let (payload, rest) = match header.length {
            None => split_line(rest),
            Some(length) => {
                let length = usize::try_from(length).map_err(|_| EnvelopeError::CutOff)?;
                let split = rest.split_at_checked(length);
                let (payload, rest) = split.ok_or(EnvelopeError::CutOff)?;
                match rest {
                    [] => (payload, rest),
                    [b'\n', rest @ ..] => (payload, rest),
                    _ => return Err(EnvelopeError::Length),
                }
            }
        };
        self.rest = rest;
        Ok(Item {
            item_type: header.item_type,
            content_type: header.content_type,
            payload,
        })
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Result<Item<'a>, EnvelopeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let item = self.read();
        if item.is_err() {
            self.rest = &[];
        }
        Some(item)
    }
}

/// The header of an item, as far as it is read.
#[derive(Deserialize)]
struct ItemHeader<'a> {
    #[serde(rename = "type", borrow)]
    item_type: Cow<'a, str>,
    #[serde(default)]
    length: Option<u64>,
    #[serde(default, borrow)]
    content_type: Option<Cow<'a, str>>,
}

/// A header of which nothing is read.
#[derive(Deserialize)]
struct AnyHeader {}

/// Splits at the first newline, which belongs to neither side.
fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (line, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
    (line, rest.get(1..).unwrap_or_default())
}

/// A line that may be a JSON object: without blanks around it.
fn object(line: &[u8]) -> Option<&str> {
    let line = str::from_utf8(line).ok()?;
    (line.starts_with('{') && line.ends_with('}')).then_some(line)
}
