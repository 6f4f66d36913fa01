//! The functions of a script, by their names in the sources.
//!
//! The script is parsed, each function gets a name by how it is declared, and the parts of that
//! name are looked up in the map, where they stand in the script. A function that has no name there may have one in its source. `js-source-scopes`, which does the same, parses
//! with swc, which takes three times as many packages.

mod declare;
mod name;
mod place;
mod source_name;

use super::Functions;
use crate::map::SourceMap;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::num::NonZeroU32;
use declare::{Scope, scopes_of};
use name::resolve;
use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::SourceType;
use place::Places;
use source_name::SourceNames;

/// Which function each part of a script is in.
#[derive(Default)]
pub(crate) struct Scopes {
    /// The names of functions, each once.
    pub(crate) names: Vec<String>,
    /// Where the innermost function changes, in order.
    pub(crate) boundaries: Vec<Boundary>,
    /// Calls that were inlined, each once and behind the one around it.
    pub(crate) calls: Vec<Call>,
}

/// A call that was inlined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Call {
    /// The place of the call: one more than the index of its source, line and column.
    pub(crate) at: (NonZeroU32, u32, u32),
    /// The calling function, by its place in [`Scopes::names`].
    pub(crate) function: Option<u32>,
    /// The call by which that was inlined itself, by its place in [`Scopes::calls`].
    pub(crate) around: Option<u32>,
}

/// From here on, up to the next boundary, the innermost function is this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Boundary {
    /// Line and column.
    pub(crate) at: (u32, u32),
    /// The function by its place in [`Scopes::names`]; None outside functions, and in one without
    /// a name.
    pub(crate) function: Option<u32>,
}

/// Finds the functions of a script, and says how that went.
pub(super) fn find(map: &SourceMap, script: Option<&str>) -> (Scopes, Functions) {
    let Some(script) = script else {
        return (Scopes::default(), Functions::NoScript);
    };
    let arena = Allocator::default();
    let options = ParseOptions {
        // A script may be the body of a function.
        allow_return_outside_function: true,
        ..ParseOptions::default()
    };
    let parsed = Parser::new(&arena, script, SourceType::unambiguous())
        .with_options(options)
        .parse();
    if parsed.panicked {
        let message = parsed.diagnostics.first().map(ToString::to_string);
        return (
            Scopes::default(),
            Functions::Unparsable(message.unwrap_or_default()),
        );
    }
    let scopes = scopes_of(&parsed.program);
    let found = scopes.len() as u32;
    let places = Places::of(script, offsets(&scopes));
    (named(&scopes, map, &places), Functions::Found(found))
}

/// The offsets whose places are needed.
fn offsets(scopes: &[Scope<'_>]) -> impl Iterator<Item = u32> {
    scopes.iter().flat_map(|scope| {
        let parts = scope.name.iter().flat_map(|name| name.parts.iter());
        [scope.start, scope.end]
            .into_iter()
            .chain(parts.filter_map(|part| part.at))
    })
}

/// Names the scopes, which are nested, and begin in order.
fn named(scopes: &[Scope<'_>], map: &SourceMap, places: &Places) -> Scopes {
    let mut names = Names::default();
    let mut source_names = SourceNames::new(map);
    let mut boundaries = Vec::new();
    let mut open: Vec<(u32, Option<u32>)> = Vec::new();
    let mut mark = |offset: u32, function| {
        boundaries.push(Boundary {
            at: places.get(offset),
            function,
        });
    };
    for scope in scopes {
        while let Some((end, _)) = open.pop_if(|(end, _)| *end <= scope.start) {
            mark(end, open.last().and_then(|(_, function)| *function));
        }
        let name = scope.name.as_ref().map(|name| resolve(name, map, places));
        let own = (scope.is_anonymous).then(|| source_names.get(places.get(scope.start)));
        let name = match (own.flatten(), name) {
            // `Cart.add` says more than `add`.
            (Some(own), Some(name)) if name.rsplit('.').next() == Some(own) => Some(name),
            (Some(own), _) => Some(own.to_string()),
            (None, name) => name,
        };
        let function = name.map(|name| names.place(name));
        mark(scope.start, function);
        open.push((scope.end, function));
    }
    while let Some((end, _)) = open.pop() {
        mark(end, open.last().and_then(|(_, function)| *function));
    }
    Scopes {
        names: names.all,
        boundaries,
        calls: Vec::new(),
    }
}

/// Names, each once.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) all: Vec<String>,
    places: BTreeMap<String, u32>,
}

impl Names {
    /// The place of a name, which is added where it is new.
    pub(crate) fn place(&mut self, name: String) -> u32 {
        if let Some(place) = self.places.get(&name) {
            return *place;
        }
        let place = self.all.len() as u32;
        self.all.push(name.clone());
        self.places.insert(name, place);
        place
    }
}
