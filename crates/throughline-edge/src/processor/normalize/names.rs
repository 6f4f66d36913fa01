//! Gives attributes with older names today's names.

use throughline_otlp::attribute::{Attribute, AttributeValue};
use throughline_otlp::field::{any_value, key_value};
use throughline_otlp::protobuf::{Value, Writer, fields};
use throughline_otlp::rewrite::{Edit, edit_fields};
use throughline_semconv::older::{Older, OlderValue, Place, today};

/// The names of one message's attributes: those that are older ones, and what becomes of each.
#[derive(Debug, Default)]
pub(super) struct Names {
    found: Vec<Found>,
    changes: Vec<(usize, Change)>,
}

/// An attribute with an older name.
#[derive(Debug, Clone, Copy)]
struct Found {
    /// Among the attributes of the message.
    position: usize,
    older: &'static Older,
}

/// A change to an attribute.
#[derive(Debug, PartialEq)]
enum Change {
    /// Today's name is there too.
    Remove,
    Rename(&'static str, NewValue),
    /// A target's path and query, the names and the lengths in bytes.
    Split {
        path: Option<&'static str>,
        query: Option<&'static str>,
        at: usize,
    },
}

#[derive(Debug, PartialEq)]
enum NewValue {
    Received,
    Int(i64),
    Text(String),
}

impl Names {
    /// Forgets the message before.
    pub(super) fn clear(&mut self) {
        self.found.clear();
        self.changes.clear();
    }

    /// Looks at the name of the attribute at a position.
    #[inline]
    pub(super) fn see(&mut self, position: usize, key: &[u8], place: Place, kept: &[Box<str>]) {
        if let Some(older) = today(key, place)
            && self.found.len() < MOST_CHANGES
            && !kept.iter().any(|kept| **kept == *older.older)
        {
            self.found.push(Found { position, older });
        }
    }

    /// Leaves attributes with these names as they are.
    pub(super) fn leave<'a>(&mut self, mut names: impl Iterator<Item = &'a [u8]>) {
        if !self.found.is_empty() {
            let names: Vec<&[u8]> = names.by_ref().collect();
            let is_left = |found: &Found| names.contains(&found.older.older.as_bytes());
            self.found.retain(|found| !is_left(found));
        }
    }

    /// Decides what becomes of the attributes that were seen, which are in field `number` of
    /// a message. Whether there is anything to change.
    pub(super) fn decide(&mut self, message: &[u8], number: u32, is_server: bool) -> bool {
        if self.found.is_empty() {
            return false;
        }
        let Self { found, changes } = self;
        let mut given: Vec<&'static str> = Vec::new();
        let mut found = found.iter().peekable();
        for (position, pair) in pairs(message, number).enumerate() {
            let Some(Found { older, .. }) = found.next_if(|found| found.position == position)
            else {
                continue;
            };
            let has = |name: &str| {
                let mut pairs = pairs(message, number);
                pairs.any(|other| key_of(other) == name.as_bytes())
            };
            let value = Attribute::read(pair).value();
            if let Some(change) = change(older, value, is_server, has, &mut given) {
                changes.push((position, change));
            }
        }
        !changes.is_empty()
    }

    /// Writes what becomes of the attribute at a position, the field `number` with `pair` in it.
    pub(super) fn edit(
        &self,
        position: usize,
        pair: &[u8],
        number: u32,
        writer: &mut Writer,
    ) -> Edit {
        let change = self.changes.iter().find(|(at, _)| *at == position);
        match change {
            None => return Edit::Keep,
            Some((_, Change::Remove)) => return Edit::Remove,
            Some((_, Change::Rename(name, value))) => {
                write(writer, number, name, pair, |writer, received| match value {
                    NewValue::Received => writer.bytes_present(key_value::VALUE, received),
                    NewValue::Int(value) => {
                        let open = writer.open(key_value::VALUE);
                        writer.varint_present(any_value::INT, value.cast_unsigned());
                        writer.close(open);
                    }
                    NewValue::Text(text) => write_text(writer, text),
                });
            }
            Some((_, Change::Split { path, query, at })) => {
                let target = Attribute::read(pair).value().as_str().unwrap_or_default();
                let (before, after) = target.split_at_checked(*at).unwrap_or((target, ""));
                for (name, part) in [(path, before), (query, after.get(1..).unwrap_or_default())] {
                    if let Some(name) = name {
                        write(writer, number, name, pair, |writer, _| {
                            write_text(writer, part)
                        });
                    }
                }
            }
        }
        Edit::Replace
    }

    /// Writes a message with its attributes in field `number` renamed and returns `true`, or
    /// writes nothing and returns `false`.
    pub(super) fn edit_message(
        &mut self,
        message: &[u8],
        number: u32,
        place: Place,
        kept: &[Box<str>],
        writer: &mut Writer,
    ) -> bool {
        self.clear();
        for (position, pair) in pairs(message, number).enumerate() {
            self.see(position, key_of(pair), place, kept);
        }
        if !self.decide(message, number, false) {
            return false;
        }
        let mut position = 0;
        edit_fields(message, writer, |field, writer| match field.value {
            Value::Bytes(pair) if field.number == number => {
                position += 1;
                self.edit(position - 1, pair, number, writer)
            }
            _ => Edit::Keep,
        })
    }
}

/// The change to an attribute; `None` when it stays. `given` are the names that others have
/// got.
fn change(
    older: &'static Older,
    value: AttributeValue<'_>,
    is_server: bool,
    has: impl Fn(&str) -> bool,
    given: &mut Vec<&'static str>,
) -> Option<Change> {
    let name = match older.name_of_server {
        Some(name) if is_server => name,
        _ => older.name,
    };
    if let OlderValue::Target(query_name) = older.value {
        let target = value.as_str()?;
        let at = target.find('?');
        let mut free = |name| (!has(name) && take(given, name)).then_some(name);
        let path = free(name);
        let query = at.and_then(|_| free(query_name));
        let at = at.unwrap_or(target.len());
        return Some(match (path, query) {
            (None, None) => Change::Remove,
            _ => Change::Split { path, query, at },
        });
    }
    if has(name) {
        return Some(Change::Remove);
    }
    let value = converted(older.value, value)?;
    // Of two older names for one the first has it. The other says something else, and stays.
    take(given, name).then_some(Change::Rename(name, value))
}

/// The value under today's name; `None` when it cannot be had.
fn converted(wanted: OlderValue, value: AttributeValue<'_>) -> Option<NewValue> {
    let of = |names: &[(&str, &str)]| {
        let text = value.as_str()?;
        let (_, name) = names.iter().find(|(older, _)| *older == text)?;
        Some(NewValue::Text((*name).to_owned()))
    };
    match wanted {
        OlderValue::Same | OlderValue::Target(_) => Some(NewValue::Received),
        OlderValue::Renamed(names) => Some(of(names).unwrap_or(NewValue::Received)),
        OlderValue::Only(names) => of(names),
        OlderValue::Int => match value {
            AttributeValue::Int(_) => Some(NewValue::Received),
            value => value.as_str()?.parse().ok().map(NewValue::Int),
        },
        OlderValue::Text => match value {
            AttributeValue::String(_) => Some(NewValue::Received),
            value => value
                .as_int()
                .map(|number| NewValue::Text(number.to_string())),
        },
    }
}

fn take(given: &mut Vec<&'static str>, name: &'static str) -> bool {
    let is_free = !given.contains(&name);
    if is_free {
        given.push(name);
    }
    is_free
}

/// Writes an attribute. Fields of newer protocols stay.
fn write(
    writer: &mut Writer,
    number: u32,
    name: &str,
    pair: &[u8],
    mut value: impl FnMut(&mut Writer, &[u8]),
) {
    let open = writer.open(number);
    writer.string(key_value::KEY, name);
    for field in fields(pair).map_while(Result::ok) {
        match (field.number, field.value) {
            (key_value::KEY, _) => {}
            (key_value::VALUE, Value::Bytes(received)) => value(writer, received),
            _ => writer.raw(field.raw),
        }
    }
    writer.close(open);
}

fn write_text(writer: &mut Writer, text: &str) {
    let open = writer.open(key_value::VALUE);
    writer.bytes_present(any_value::STRING, text.as_bytes());
    writer.close(open);
}

/// The encoded attributes in field `number` of a message.
pub(super) fn pairs(message: &[u8], number: u32) -> impl Iterator<Item = &[u8]> {
    fields(message)
        .map_while(Result::ok)
        .filter(move |field| field.number == number)
        .filter_map(|field| field.value.as_bytes())
}

/// The key of an encoded attribute.
#[inline]
pub(super) fn key_of(pair: &[u8]) -> &[u8] {
    // As nearly every sender writes it: the key, shorter than 128 bytes, then the value.
    if let [KEY_TAG, length @ 0..0x80, rest @ ..] = pair
        && let Some((key, [VALUE_TAG, ..])) = rest.split_at_checked(usize::from(*length))
    {
        return key;
    }
    let keys = fields(pair).map_while(Result::ok);
    let keys = keys.filter(|field| field.number == key_value::KEY);
    keys.filter_map(|field| field.value.as_bytes())
        .last()
        .unwrap_or_default()
}

pub(super) const KEY_TAG: u8 = (key_value::KEY << 3 | 2) as u8;
pub(super) const VALUE_TAG: u8 = (key_value::VALUE << 3 | 2) as u8;
/// Attributes of one message that get another name. There are no more older names that
/// belong together.
const MOST_CHANGES: usize = 64;
