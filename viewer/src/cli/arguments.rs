//! Parses the arguments of the commands that ask a store.

use super::help;
use super::wait::Wait;
use crate::query::catalog::{Kind, QUERIES, Query};
use crate::query::errors::Resolve;
use form_urlencoded::Serializer;
use jiff::SignedDuration;
use lexopt::{Arg, Parser, ValueExt};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// A command, and the store that it asks.
#[derive(Debug)]
pub struct Invocation {
    /// The command.
    pub command: Command,
    /// The store.
    pub place: Place,
}

/// A command.
#[derive(Debug)]
pub enum Command {
    /// Run a query and print its result.
    Query {
        /// The query.
        query: &'static Query,
        /// Its parameters, as in a URL.
        parameters: String,
        /// Whether the result is printed as JSON, not as a table.
        json: bool,
        /// Whether what comes later is printed too.
        follow: bool,
    },
    /// Mark a group of errors as resolved, or take that back.
    Resolve {
        /// The change.
        change: Resolve,
        /// The `id` of the group.
        group: String,
    },
    /// Wait for a trace.
    Wait(Wait),
    /// Write traces and log records to a file.
    Export {
        /// The filter, as in a URL.
        parameters: String,
        /// The file.
        to: PathBuf,
    },
    /// Store what files have that an export wrote, or another program as OTLP JSON lines.
    Import {
        /// The files.
        files: Vec<PathBuf>,
    },
    /// Serve the queries as tools of MCP, on standard input and output.
    Mcp,
}

/// A store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// That of a `throughline dev` which runs at this address.
    Running(String),
    /// A file that no program has open.
    File(PathBuf),
}

/// Whether the first argument of the program names one of these commands.
pub fn is_command(argument: &OsString) -> bool {
    COMMANDS.iter().any(|command| argument == command)
        || QUERIES.iter().any(|query| argument == query.name)
}

/// Why the arguments name no command. The caller is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliArgumentsError {
    /// An unknown argument, or a flag with an invalid value.
    #[error(transparent)]
    Invalid(#[from] lexopt::Error),
    /// No command has this name.
    #[error("no command {0:?}")]
    Command(String),
    /// An option that the command does not have.
    #[error("{0}")]
    Option(String),
    /// A flag that the command needs.
    #[error("`throughline {0}` needs {1}")]
    Missing(&'static str, &'static str),
    /// An argument that cannot be text.
    #[error("{0:?} is no text in UTF-8")]
    Text(OsString),
    /// A duration that cannot be read.
    #[error("--timeout {0:?} is no duration such as `10s` or `1m 30s`")]
    Timeout(String),
    /// A change of an error, beside filters.
    #[error("`throughline errors --{0} ID` has no other flag but --from or --store")]
    Alone(&'static str),
    /// Two changes of errors.
    #[error("--resolve and --reopen take one error at a time")]
    TwoChanges,
    /// A part of a list that grows.
    #[error("--follow shows what comes, from the newest on: leave --{0} out")]
    Followed(&'static str),
    /// Two stores.
    #[error("--from and --store name two stores; leave one of them out")]
    TwoStores,
}

impl Invocation {
    /// Parses the arguments after the program's name.
    ///
    /// # Errors
    /// [`CliArgumentsError`].
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, CliArgumentsError> {
        let mut parser = Parser::from_args(arguments);
        let name = match parser.next()? {
            Some(Arg::Value(name)) => text(name)?,
            Some(other) => return Err(other.unexpected().into()),
            None => return Err(CliArgumentsError::Command(String::new())),
        };
        let mut given = Given::default();
        let query = Query::named(match name.as_str() {
            // An export has the filters of the list of traces.
            "export" => "traces",
            name => name,
        });
        while let Some(argument) = parser.next()? {
            let flag = match argument {
                Arg::Long(flag) => flag.to_owned(),
                Arg::Value(value) if given.take_value(&name, &value)? => continue,
                other => return Err(other.unexpected().into()),
            };
            given.take_flag(&name, query, &flag, &mut parser)?;
        }
        let place = match (given.from, given.store) {
            (Some(_), Some(_)) => return Err(CliArgumentsError::TwoStores),
            (None, Some(file)) => Place::File(file),
            (from, None) => Place::Running(from.unwrap_or_else(|| DEFAULT_ADDRESS.to_owned())),
        };
        let parameters = given.parameters.finish();
        let command = match (name.as_str(), query) {
            ("wait", _) => Command::Wait(Wait {
                name: (given.trace_of).ok_or(CliArgumentsError::Missing(
                    "wait",
                    "--trace-of \"NAME OF A SPAN\"",
                ))?,
                timeout: given.timeout.unwrap_or(SignedDuration::from_secs(10)),
                since: given.since,
                json: given.json,
            }),
            ("export", _) => Command::Export {
                parameters,
                to: given
                    .to
                    .ok_or(CliArgumentsError::Missing("export", "--to FILE.zip"))?,
            },
            ("import", _) if given.files.is_empty() => {
                return Err(CliArgumentsError::Missing("import", "a file"));
            }
            ("import", _) => Command::Import { files: given.files },
            ("mcp", _) => Command::Mcp,
            ("trace", _) if !given.has_id => {
                return Err(CliArgumentsError::Missing("trace", "TRACE_ID"));
            }
            ("session", _) if !given.has_id => {
                return Err(CliArgumentsError::Missing("session", "SESSION_ID"));
            }
            ("metric", _) if !given.has_id => {
                return Err(CliArgumentsError::Missing("metric", "NAME"));
            }
            (_, Some(_)) if let Some((change, group)) = given.resolve => {
                if !parameters.is_empty() || given.json {
                    return Err(CliArgumentsError::Alone(change.name()));
                }
                Command::Resolve { change, group }
            }
            (_, Some(_)) if let (true, Some(part)) = (given.follow, part_of(&parameters)) => {
                return Err(CliArgumentsError::Followed(part));
            }
            (_, Some(query)) => Command::Query {
                query,
                parameters,
                json: given.json,
                follow: given.follow,
            },
            _ => return Err(CliArgumentsError::Command(name)),
        };
        Ok(Self { command, place })
    }
}

/// The arguments so far.
struct Given {
    parameters: Serializer<'static, String>,
    from: Option<String>,
    store: Option<PathBuf>,
    json: bool,
    follow: bool,
    trace_of: Option<String>,
    timeout: Option<SignedDuration>,
    since: Option<String>,
    to: Option<PathBuf>,
    files: Vec<PathBuf>,
    /// Whether the id of a trace or a session, or the name of a metric, is there.
    has_id: bool,
    /// A change of a group of errors, and the group's id.
    resolve: Option<(Resolve, String)>,
}

impl Default for Given {
    fn default() -> Self {
        Self {
            parameters: Serializer::new(String::new()),
            from: None,
            store: None,
            json: false,
            follow: false,
            trace_of: None,
            timeout: None,
            since: None,
            to: None,
            files: Vec::new(),
            has_id: false,
            resolve: None,
        }
    }
}

impl Given {
    /// Takes an argument without a flag; false where the command has none.
    fn take_value(&mut self, command: &str, value: &OsStr) -> Result<bool, CliArgumentsError> {
        match command {
            "import" => self.files.push(value.into()),
            "trace" | "session" if !self.has_id => {
                self.has_id = true;
                let id = text(value.to_owned())?;
                self.parameters.append_pair(&format!("{command}_id"), &id);
            }
            "metric" if !self.has_id => {
                self.has_id = true;
                let name = text(value.to_owned())?;
                self.parameters.append_pair("metric", &name);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn take_flag(
        &mut self,
        command: &str,
        query: Option<&Query>,
        flag: &str,
        parser: &mut Parser,
    ) -> Result<(), CliArgumentsError> {
        match (flag, command) {
            ("from", _) => self.from = Some(text(parser.value()?)?),
            ("store", _) => self.store = Some(parser.value()?.into()),
            ("json", name) if name == "wait" || Query::named(name).is_some() => self.json = true,
            ("follow", "logs" | "traces") => self.follow = true,
            ("trace-of", "wait") => self.trace_of = Some(text(parser.value()?)?),
            ("since", "wait") => self.since = Some(text(parser.value()?)?),
            ("timeout", "wait") => {
                let value = text(parser.value()?)?;
                let timeout = value.parse().ok();
                let timeout = timeout.filter(|timeout: &SignedDuration| !timeout.is_negative());
                self.timeout = Some(timeout.ok_or(CliArgumentsError::Timeout(value))?);
            }
            ("to", "export") => self.to = Some(parser.value()?.into()),
            ("trace-id", "export") => {
                let id = text(parser.value()?)?;
                self.parameters.append_pair("trace_id", &id);
            }
            ("resolve" | "reopen", "errors") if self.resolve.is_none() => {
                let change = match flag {
                    "resolve" => Resolve::Resolve,
                    _ => Resolve::Reopen,
                };
                self.resolve = Some((change, text(parser.value()?)?));
            }
            ("resolve" | "reopen", "errors") => return Err(CliArgumentsError::TwoChanges),
            _ => {
                let name = flag.replace('-', "_");
                let parameter = query
                    .and_then(|query| query.parameters.iter().find(|one| one.name == name))
                    .filter(|_| !is_of_list_alone(command, &name))
                    .ok_or_else(|| no_option(command, query, flag))?;
                match parameter.kind {
                    Kind::Flag => self.parameters.append_pair(&name, "1"),
                    _ => (self.parameters).append_pair(&name, &text(parser.value()?)?),
                };
            }
        }
        Ok(())
    }
}

/// The parameter that chooses a part of a list, if there is one.
fn part_of(parameters: &str) -> Option<&'static str> {
    let names = ["limit", "before", "until"];
    let given =
        |name: &&str| form_urlencoded::parse(parameters.as_bytes()).any(|(key, _)| key == *name);
    names.into_iter().find(given)
}

/// Whether a parameter of the list of traces has no meaning for a command with its filters.
pub(super) fn is_of_list_alone(command: &str, parameter: &str) -> bool {
    command == "export" && ["limit", "before"].contains(&parameter)
}

/// Says that a command does not have an option, why, and which it has.
fn no_option(command: &str, query: Option<&Query>, flag: &str) -> CliArgumentsError {
    let own: Vec<_> = help::options(command).collect();
    let reason = query.filter(|query| query.name == command);
    let reason = reason.and_then(|query| query.reason_against(&flag.replace('-', "_")));
    let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    let own = own.join(", ");
    CliArgumentsError::Option(format!(
        "--{flag} is no option of `throughline {command}`{reason}; its options are {own}"
    ))
}

fn text(value: OsString) -> Result<String, CliArgumentsError> {
    value.string().map_err(|error| match error {
        lexopt::Error::NonUnicodeValue(value) => CliArgumentsError::Text(value),
        other => CliArgumentsError::Invalid(other),
    })
}

/// The commands that are no queries.
pub(super) const COMMANDS: [&str; 4] = ["wait", "export", "import", "mcp"];
const DEFAULT_ADDRESS: &str = "http://127.0.0.1:4318";
