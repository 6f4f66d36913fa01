//! The facts that a page records, as text.
//!
//! Fields are joined by [`FIELD_END`], and each record is ended by [`RECORD_END`]. The first field is the
//! letter of the kind, and the first record is a [`header`]. A list is one field, its items
//! joined by [`ITEM_END`]. The writer replaces these three characters by a space wherever a value
//! holds them. An empty field is an absent value; so is a field that is missing at the end.
//!
//! A kind grows at its end: a reader ignores the fields after those it knows, so new fields
//! need no new version of the format. A reader reads its own version and the one before.
//! Version 1 has no lists: the items of the last field of [`header`] and of [`exception`] are
//! fields of their own, up to the end of the record.
//!
//! Upper-case kinds stand for themselves. Lower-case kinds are measurements from which the
//! reader calculates the web vitals over the life of the page. The page keeps them and sends
//! them again, before a [`mark`], to a reader that begins anew.
//!
#![doc = include_str!("generated.md")]

// As `cargo xtask codegen` writes it.
#[rustfmt::skip]
mod generated;

pub use generated::*;

/// A field that is an attribute as it stands: its position, its form, and the attribute's name.
pub type Attribute = (u8, Form, &'static str);

/// The form in which a field becomes the value of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A string, as it is.
    Text,
    /// An integer.
    Integer,
    /// A boolean: `1` is true.
    Flag,
    /// A double in ms, from whole µs; 0 is no attribute.
    Milliseconds,
}
