//! Parses the arguments of `throughline sourcemaps`.

use crate::index_process;
use lexopt::{Arg, Parser, ValueExt};
use std::ffi::OsString;
use std::path::PathBuf;
use throughline_sourcemap::Position;

/// A command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Upload an index of each map in the folders.
    Upload {
        folders: Vec<PathBuf>,
        /// The address of the edge.
        url: String,
        change: Change,
    },
    /// Print what a script and its map are.
    Inspect {
        script: PathBuf,
        /// A position, as a browser prints it.
        position: Option<Position>,
    },
    /// Say which scripts have no index at the edge.
    Verify {
        /// Folders, and addresses of pages.
        places: Vec<String>,
        url: String,
        /// The origins of scripts that are not the site's own.
        third_parties: Vec<String>,
    },
    /// Make an index of what standard input has, for this program itself.
    Index,
}

/// Changes of an upload in the files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// Whether scripts, maps and modules get ids.
    pub(crate) inject: bool,
    /// Whether modules lose their debug information, once their index is stored.
    pub(crate) strip: bool,
}

/// Why the arguments name no command. The caller is at fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourcemapsArgumentsError {
    /// An unknown argument.
    #[error(transparent)]
    Invalid(#[from] lexopt::Error),
    /// No command, or another one.
    #[error("`throughline sourcemaps` does one of: upload, inspect, verify")]
    NoCommand,
    /// Nothing to work on.
    #[error("{0}")]
    NoPlace(&'static str),
    /// No edge is named.
    #[error(
        "--url is missing: the address of the edge with its prefix, such as https://shop.example/_t"
    )]
    NoUrl,
    /// The text names no origin.
    #[error("--third-party is an origin, such as https://tags.example, and not {0:?}")]
    NoOrigin(String),
    /// A flag of another command.
    #[error("{0} is no flag of this command")]
    Foreign(&'static str),
}

impl Command {
    /// Parses the arguments after `sourcemaps`.
    ///
    /// # Errors
    /// [`SourcemapsArgumentsError`].
    pub(crate) fn parse(
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Self, SourcemapsArgumentsError> {
        let mut parser = Parser::from_args(arguments);
        let (mut command, mut url, mut change) = (None, None, Change::default());
        let (mut places, mut third_parties) = (Vec::new(), Vec::new());
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Value(name) if command.is_none() => command = Some(name),
                Arg::Value(place) => places.push(place),
                Arg::Long("url") => url = Some(parser.value()?.string()?),
                Arg::Long("inject") => change.inject = true,
                Arg::Long("strip") => change.strip = true,
                Arg::Long("third-party") => {
                    let text = parser.value()?.string()?;
                    third_parties.push(origin_of(text)?);
                }
                other => return Err(other.unexpected().into()),
            }
        }
        let command = command.ok_or(SourcemapsArgumentsError::NoCommand)?;
        for (is_given, flag) in [(change.inject, "--inject"), (change.strip, "--strip")] {
            if is_given && command != "upload" {
                return Err(SourcemapsArgumentsError::Foreign(flag));
            }
        }
        if !third_parties.is_empty() && command != "verify" {
            return Err(SourcemapsArgumentsError::Foreign("--third-party"));
        }
        let text = |place: OsString| place.string();
        match command.to_str() {
            Some("upload") => Ok(Self::Upload {
                folders: some(places, "name the folder with the scripts: `throughline sourcemaps upload dist --url …`")?
                    .into_iter()
                    .map(PathBuf::from)
                    .collect(),
                url: url.ok_or(SourcemapsArgumentsError::NoUrl)?,
                change,
            }),
            Some("verify") => Ok(Self::Verify {
                places: some(places, "name a folder, or the address of a page")?
                    .into_iter()
                    .map(text)
                    .collect::<Result<_, _>>()?,
                url: url.ok_or(SourcemapsArgumentsError::NoUrl)?,
                third_parties,
            }),
            Some("inspect") if url.is_some() => Err(SourcemapsArgumentsError::Foreign("--url")),
            Some("inspect") => {
                let place = some(places, ONE_SCRIPT)?;
                let [place] = <[_; 1]>::try_from(place)
                    .map_err(|_| SourcemapsArgumentsError::NoPlace(ONE_SCRIPT))?;
                let (script, position) = script_and_position(place.string()?);
                Ok(Self::Inspect { script, position })
            }
            Some(index_process::COMMAND) => Ok(Self::Index),
            _ => Err(SourcemapsArgumentsError::NoCommand),
        }
    }
}

fn some(
    places: Vec<OsString>,
    advice: &'static str,
) -> Result<Vec<OsString>, SourcemapsArgumentsError> {
    if places.is_empty() {
        return Err(SourcemapsArgumentsError::NoPlace(advice));
    }
    Ok(places)
}

/// An origin as a page's scripts have it. A path behind it would be taken for a part of the site.
fn origin_of(text: String) -> Result<String, SourcemapsArgumentsError> {
    let trimmed = text.trim_end_matches('/');
    match trimmed.split_once("://") {
        Some(("http" | "https", host)) if !host.is_empty() && !host.contains('/') => {
            Ok(trimmed.to_ascii_lowercase())
        }
        _ => Err(SourcemapsArgumentsError::NoOrigin(text)),
    }
}

/// Splits `dist/a.js:1:2345` and `dist/a.wasm:0x1f2e`; the name of a file may have colons too.
fn script_and_position(text: String) -> (PathBuf, Option<Position>) {
    if let Some((module, digits)) = text.rsplit_once(":0x")
        && let Ok(offset) = u32::from_str_radix(digits, 16)
    {
        // As stacks have it: `a.wasm:wasm-function[7]:0x1f2e`.
        let module = module
            .split_once(":wasm-function[")
            .map_or(module, |(module, _)| module);
        return (module.into(), Some(Position::in_wasm(offset)));
    }
    let mut parts = text.rsplitn(3, ':');
    let mut number = || parts.next()?.parse().ok();
    if let (Some(column), Some(line)) = (number(), number())
        && let (Some(script), Some(position)) = (parts.next(), Position::from_stack(line, column))
    {
        return (script.into(), Some(position));
    }
    (text.into(), None)
}

const ONE_SCRIPT: &str = "name one script: `throughline sourcemaps inspect dist/a.js`, or a position in it, `dist/a.js:1:2345`; or a module, `dist/a.wasm`, or an offset in it, `dist/a.wasm:0x1f2e`";

/// The part of `--help`.
pub(crate) const HELP: &str = "\
throughline sourcemaps upload FOLDER... --url URL [--inject] [--strip]
    Uploads an index of each source map in the folders, and of each WebAssembly module with debug
    information, to the edge at URL, with the key in THROUGHLINE_UPLOAD_KEY: one of `upload_keys` of
    the project. What is there is left alone.
    --url     address of the edge with its prefix, such as https://shop.example/_t
    --inject  writes debug ids into scripts and maps that have none, and build ids into modules;
              deploy them after that
    --strip   leaves the debug information out of modules once their index is stored

throughline sourcemaps inspect SCRIPT[:LINE:COLUMN]|MODULE[:OFFSET]
    Prints what a script and its map are, or a module, or the source of a position that a browser
    printed.

throughline sourcemaps verify FOLDER|PAGE... --url URL [--third-party ORIGIN]
    Ends with 0 if each script with a map, in a folder or of the page at an address, and each module
    with debug information or a build id, has its index at the edge; or names those that have none
    or cannot be read, and ends with 1.
    --third-party  leaves out the scripts of this origin, such as https://tags.example; may be
                   repeated
";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        Command::parse(line.split_whitespace().map(OsString::from)).map_err(|e| e.to_string())
    }

    #[test]
    fn commands_are_parsed() {
        assert_eq!(
            parse("upload dist --url https://shop.example/_t --inject"),
            Ok(Command::Upload {
                folders: vec!["dist".into()],
                url: "https://shop.example/_t".into(),
                change: Change {
                    inject: true,
                    strip: false
                }
            })
        );
        assert_eq!(
            parse(
                "verify dist --url x --third-party https://Tags.example/ --third-party http://a.example:81"
            ),
            Ok(Command::Verify {
                places: vec!["dist".into()],
                url: "x".into(),
                third_parties: vec!["https://tags.example".into(), "http://a.example:81".into()],
            })
        );
        let position = Position::from_stack(1, 2345);
        for (text, script, position) in [
            ("dist/a.js", "dist/a.js", None),
            ("dist/a.js:1:2345", "dist/a.js", position),
            ("c:/a.js:1:2345", "c:/a.js", position),
            ("a.js:7", "a.js:7", None),
            ("a.js:0:7", "a.js:0:7", None),
            ("a.wasm:0x1f", "a.wasm", Some(Position::in_wasm(31))),
            (
                "a.wasm:wasm-function[7]:0x1f",
                "a.wasm",
                Some(Position::in_wasm(31)),
            ),
        ] {
            let expected = Command::Inspect {
                script: script.into(),
                position,
            };
            assert_eq!(parse(&format!("inspect {text}")), Ok(expected));
        }
    }

    #[test]
    fn a_wrong_argument_is_named() {
        for (line, expected) in [
            ("", "upload, inspect, verify"),
            ("push dist", "upload, inspect, verify"),
            ("upload --url x", "name the folder"),
            ("upload dist", "--url is missing"),
            ("inspect", "name one script"),
            ("inspect a.js b.js", "name one script"),
            ("inspect a.js --url x", "--url is no flag"),
            ("verify dist --url x --inject", "--inject is no flag"),
            (
                "upload dist --url x --third-party https://a.example",
                "--third-party is no flag",
            ),
            (
                "verify dist --url x --third-party a.example",
                "such as https://tags.example, and not \"a.example\"",
            ),
            (
                "verify dist --url x --third-party https://a.example/tags",
                "and not \"https://a.example/tags\"",
            ),
            ("inspect a.wasm --strip", "--strip is no flag"),
            ("upload dist --key x", "--key"),
        ] {
            let message = parse(line).expect_err(line);
            assert!(message.contains(expected), "{line}: {message}");
        }
    }
}
