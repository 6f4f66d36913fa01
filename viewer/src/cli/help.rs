//! The texts of `throughline --help` about the commands that ask a store.

use super::arguments::is_of_list_alone;
use crate::query::catalog::{Kind, Parameter, QUERIES, Query, TIME_FORMS};
use std::fmt::Write as _;

/// The part of `throughline --help` about these commands.
pub fn help() -> String {
    let mut help = format!("{PLACE}\n{}\n\n", times());
    for query in QUERIES {
        help.push_str(&of_query(query));
        help.push('\n');
    }
    for (_, text) in OTHERS {
        help.push_str(text);
    }
    help
}

/// The text of `throughline COMMAND --help`; `None` where there is no such command.
pub fn help_of(command: &str) -> Option<String> {
    let mut help = Query::named(command).map(of_query).unwrap_or_default();
    for (_, text) in OTHERS.iter().filter(|(name, _)| *name == command) {
        help.push_str(text);
    }
    if help.is_empty() {
        return None;
    }
    if command == "export"
        && let Some(query) = Query::named("traces")
    {
        for flag in query.parameters {
            if !is_of_list_alone(command, flag.name) {
                help.push_str(&of_flag(flag));
            }
        }
    }
    let _ = write!(help, "\n{PLACE}");
    if help.contains(" TIME") {
        let _ = write!(help, "\n{}\n", times());
    }
    Some(help)
}

/// The options of a command, as they are written.
pub(super) fn options(command: &str) -> impl Iterator<Item = String> {
    let (query, own): (_, &[&str]) = match command {
        "wait" => (None, &["trace-of", "timeout", "since", "json"]),
        "export" => (Query::named("traces"), &["to", "trace-id"]),
        "errors" => (Query::named(command), &["resolve", "reopen", "json"]),
        "session" => (None, &["json"]),
        "logs" | "traces" => (Query::named(command), &["follow", "json"]),
        name => match Query::named(name) {
            Some(query) => (Some(query), &["json"]),
            None => (None, &[]),
        },
    };
    let flags = query.map_or(&[] as &[Parameter], |query| match query.name {
        // The first one has no name.
        "trace" | "metric" if query.name == command => {
            query.parameters.get(1..).unwrap_or_default()
        }
        _ => query.parameters,
    });
    let flags: Vec<_> = (flags.iter())
        .filter(|flag| !is_of_list_alone(command, flag.name))
        .map(|flag| flag.name.replace('_', "-"))
        .collect();
    let own = own.iter().map(|own| (*own).to_owned());
    let all = flags.into_iter().chain(own);
    (all.chain(["from".to_owned(), "store".to_owned()])).map(|name| format!("--{name}"))
}

fn of_query(query: &Query) -> String {
    let (arguments, flags): (&str, &[_]) = match query.name {
        "trace" => (" TRACE_ID", query.parameters.get(1..).unwrap_or_default()),
        "metric" => (" NAME", query.parameters.get(1..).unwrap_or_default()),
        "session" => (" SESSION_ID", &[]),
        // The other flags are those of `traces`.
        "durations" => (
            " [the filters of `throughline traces`]",
            query.parameters.get(..1).unwrap_or_default(),
        ),
        _ => ("", query.parameters),
    };
    let follow = match query.name {
        "logs" | "traces" => " [--follow]",
        _ => "",
    };
    let mut help = format!("throughline {}{arguments}{follow} [--json]\n", query.name);
    let _ = writeln!(help, "{}", wrapped("    ", query.description));
    for flag in flags {
        help.push_str(&of_flag(flag));
    }
    if !follow.is_empty() {
        let text = format!("{:<20}  {FOLLOW}", "--follow");
        let _ = writeln!(help, "{}", wrapped("    ", &text));
    }
    help
}

fn of_flag(flag: &Parameter) -> String {
    let value = match flag.kind {
        Kind::Flag => "",
        Kind::Text | Kind::Texts | Kind::Required => " TEXT",
        Kind::Number => " MS",
        Kind::Whole(_) => " N",
        Kind::Time => " TIME",
    };
    let name = format!("--{}{value}", flag.name.replace('_', "-"));
    let text = format!("{name:<20}  {}", flag.description);
    wrapped("    ", &text) + "\n"
}

fn times() -> String {
    wrapped("", &format!("TIME is {TIME_FORMS}"))
}

/// A text in lines of at most a hundred characters; those after the first are indented further.
fn wrapped(indent: &str, text: &str) -> String {
    let mut lines = String::from(indent);
    let mut width = indent.len();
    let (lead, rest) = match text.starts_with("--") {
        true => text.split_at(text.len().min(22)),
        false => ("", text),
    };
    lines.push_str(lead);
    width += lead.len();
    for (nth, word) in rest.split_whitespace().enumerate() {
        if width + word.len() > 99 {
            let indent = indent.len() + lead.len();
            let _ = write!(lines, "\n{:indent$}", "");
            width = indent;
        } else if nth > 0 {
            lines.push(' ');
            width += 1;
        }
        lines.push_str(word);
        width += word.len();
    }
    lines
}

const PLACE: &str = "\
The commands ask the `throughline dev` that runs at --from URL (by default
http://127.0.0.1:4318), or the file of a store that none has open: --store FILE. One without a
result ends with 1 and says why; with --json it prints the empty list besides.
";
const FOLLOW: &str =
    "Prints the newest, and then what comes, until Ctrl-C; with --json a line each.";
/// Commands that are no query, and the changes that a query's command makes.
const OTHERS: [(&str, &str); 5] = [
    (
        "errors",
        "\
throughline errors --resolve ID
    Marks an error as resolved, by its `id`. It has come back when it is thrown again in a release
    that was first seen later or, without a release, when it is thrown again.
throughline errors --reopen ID
    Takes that back.
",
    ),
    (
        "wait",
        "\
throughline wait --trace-of NAME [--timeout 10s] [--since TIME] [--json]
    Waits until the newest trace with a span of this name, such as \"click button#buy\", has its
    root and grows no more, and prints it; ends with 1 if there is none in time.
",
    ),
    (
        "export",
        "\
throughline export --to FILE.zip [--trace-id ID] [the filters of `throughline traces`]
    Writes traces with their log records as OTLP JSON lines, zipped. By default all of them. Without
    a filter, or with times alone, also metrics.
",
    ),
    (
        "import",
        "\
throughline import FILE ...
    Stores the records of exports, or of other files of OTLP JSON lines (.zip, .jsonl).
",
    ),
    (
        "mcp",
        "\
throughline mcp
    Serves the queries as tools of the Model Context Protocol, on standard input and output;
    `throughline dev` serves the same at /mcp.
",
    ),
];
