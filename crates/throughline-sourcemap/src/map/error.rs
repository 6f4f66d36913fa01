//! The errors of a source map that breaks the standard.

/// Error for a source map that breaks ECMA-426. Whoever made the map is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceMapError {
    /// The text is no JSON.
    #[error("the source map is not JSON: line {line}, column {column}")]
    Json {
        /// The line of the text at which it ends to be JSON, from 1.
        line: usize,
        /// The column, in bytes from 1; 0 at a line's end.
        column: usize,
    },
    /// The text is JSON, but no object; or a section is none.
    #[error("a source map is an object, as each of its sections is")]
    NotAnObject,
    /// A value is not of the type that it must have.
    #[error("`{field}` is not {expected}")]
    Type {
        /// The field, as a path below the map.
        field: &'static str,
        /// The type that it must have, with an article.
        expected: &'static str,
    },
    /// A field that every map has is missing.
    #[error("`{field}` is missing")]
    Missing {
        /// The field, as a path below the map.
        field: &'static str,
    },
    /// The version is not the number 3.
    #[error("`version` is not 3, the only version of source maps there is")]
    Version,
    /// `ignoreList` lists a source that the map does not have.
    #[error("`ignoreList` has the index {index}, but there are {sources} sources")]
    IgnoreList {
        /// The index of a source, from 0.
        index: u64,
        /// How many sources there are.
        sources: usize,
    },
    /// The mappings cannot be decoded.
    #[error("`mappings` is wrong at character {at}: {fault}")]
    Mappings {
        /// The character at which the segment or number ends that is wrong, from 0.
        at: usize,
        /// The fault.
        fault: MappingFault,
    },
    /// An index map has mappings of its own beside its sections.
    #[error("there are `sections` and `mappings`: an index map has no mappings of its own")]
    MappingsBesideSections,
    /// A section begins where the one before has not ended, or before it.
    #[error("section {section} overlaps the one before, or is in front of it")]
    SectionOrder {
        /// The section, from 0.
        section: usize,
    },
    /// The map of a section is wrong.
    #[error("section {section}: {error}")]
    Section {
        /// The section, from 0.
        section: usize,
        /// The error in it.
        error: alloc::boxed::Box<SourceMapError>,
    },
    /// The map has more lines, columns, sources or names than 32 bits count.
    #[error("there are more lines, columns, sources or names than 32 bits count")]
    TooLarge,
}

/// A fault in `mappings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MappingFault {
    /// A character that is neither base64 nor a separator.
    #[error("the character is not base64")]
    Character,
    /// A number whose last digit says that another follows.
    #[error("a number has no end")]
    Unfinished,
    /// A number of more than 32 bits.
    #[error("a number has more than 32 bits")]
    Overflow,
    /// A segment that has neither 1 nor 4 nor 5 numbers.
    #[error("a segment has {0} numbers, and not 1, 4 or 5")]
    Fields(usize),
    /// A line, a column or an index below 0.
    #[error("a line, a column or an index is below 0")]
    Negative,
    /// A source that the map does not have.
    #[error("there is no source with this index")]
    Source,
    /// A name that the map does not have.
    #[error("there is no name with this index")]
    Name,
}
