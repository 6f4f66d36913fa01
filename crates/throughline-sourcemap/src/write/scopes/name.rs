//! Names of functions, and what the map makes of them.

use super::place::Places;
use crate::map::SourceMap;
use alloc::borrow::Cow;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// The name of a function in the script: `Cart.add` has two parts.
#[derive(Clone)]
pub(super) struct Name<'a> {
    pub(super) parts: Rc<Vec<Part<'a>>>,
    /// True for a constructor: `new Cart`.
    pub(super) constructor: bool,
}

#[derive(Clone)]
pub(super) struct Part<'a> {
    pub(super) text: Cow<'a, str>,
    /// Where it stands in the script, in bytes.
    pub(super) at: Option<u32>,
}

impl<'a> Name<'a> {
    pub(super) fn new(part: Part<'a>) -> Self {
        Self::of(alloc::vec![part])
    }

    pub(super) fn of(parts: Vec<Part<'a>>) -> Self {
        Self {
            parts: Rc::new(parts),
            constructor: false,
        }
    }

    /// The name of what has this name below `outer`.
    pub(super) fn below(outer: Option<&Self>, part: Part<'a>) -> Self {
        let outer = outer.map(|outer| outer.parts.as_slice());
        Self::of([outer.unwrap_or_default(), &[part]].concat())
    }
}

/// The name in the sources: each part by the name that the map has where the part stands in the
/// script. A part that the map has no name for was not renamed.
pub(super) fn resolve(name: &Name<'_>, map: &SourceMap, places: &Places) -> String {
    let mut resolved = String::new();
    if name.constructor {
        resolved.push_str("new ");
    }
    for (number, part) in name.parts.iter().enumerate() {
        if number > 0 {
            resolved.push('.');
        }
        let place = part.at.map(|at| places.get(at));
        let original = place.and_then(|(line, column)| map.name_at(line, column));
        resolved.push_str(original.unwrap_or(&part.text));
    }
    resolved
}
