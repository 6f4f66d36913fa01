//! Prints the effective configuration: every key with its value, and which are defaults or come
//! from a preset.

use super::ConfigFile;
use serde_json::{Map, Value};
use std::fmt::Write as _;
use throughline_edge::config::{REDACTED, shown};

impl ConfigFile {
    /// The effective configuration as TOML. Keys that the file does not set are marked as
    /// defaults, or as those of a preset. References stand as they were written, and there is no secret.
    ///
    /// # Errors
    /// The type of a key cannot be written; the program is at fault.
    pub(crate) fn effective(&self) -> Result<String, serde_json::Error> {
        let mut keys = serde_json::to_value(&self.edge)?;
        if let Value::Object(keys) = &mut keys {
            keys.insert("native".into(), serde_json::to_value(&self.native)?);
            keys.insert("queue".into(), serde_json::to_value(&self.queue)?);
            keys.insert("kafka".into(), serde_json::to_value(&self.kafka)?);
        }
        let written = Value::Object(self.text.written().clone());
        leave_out(&mut keys, &written);
        show(&mut keys, &written);
        // A file whose presets cannot be filled in was refused before.
        let filled = self.text.filled_in().unwrap_or_default();
        let mut text = String::new();
        if let Value::Object(keys) = &keys {
            let sources = Sources {
                written: &written,
                filled: &filled,
            };
            print_table(&mut text, "", keys, sources);
        }
        Ok(text)
    }
}

/// Leaves out what says nothing: the form of metrics for a backend that gets none.
fn leave_out(keys: &mut Value, written: &Value) {
    let nothing = Value::Null;
    let of = |key: &str| written.get(key).unwrap_or(&nothing).clone();
    if let Some(backend) = keys.get_mut("backend") {
        leave_out_metrics(backend, &of("backend"));
    }
    let backends = keys.get_mut("backends").and_then(Value::as_array_mut);
    for (index, backend) in backends.into_iter().flatten().enumerate() {
        leave_out_metrics(backend, of("backends").get(index).unwrap_or(&nothing));
    }
}

fn leave_out_metrics(backend: &mut Value, written: &Value) {
    let signals = backend.get("signals").and_then(Value::as_array);
    let has_metrics = signals
        .is_none_or(|signals| signals.is_empty() || signals.iter().any(|one| one == "metrics"));
    if let (false, Value::Object(backend)) = (has_metrics, backend) {
        for key in ["temporality", "histogram"] {
            if written.get(key).is_none() {
                backend.remove(key);
            }
        }
    }
}

/// Replaces texts by what may be shown of them.
fn show(value: &mut Value, written: &Value) {
    match value {
        Value::String(text) => *text = shown_text(text, written.as_str()),
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                show(item, written.get(index).unwrap_or(&Value::Null));
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                show(member, written.get(name).unwrap_or(&Value::Null));
            }
        }
        _ => {}
    }
}

/// A reference names the place of a secret and is none. What else is in a secret text may be.
fn shown_text(effective: &str, written: Option<&str>) -> String {
    match written.filter(|written| written.contains("${")) {
        Some(written) if effective == REDACTED => only_references(written),
        Some(written) => shown(written),
        None => shown(effective),
    }
}

fn only_references(written: &str) -> String {
    let mut text = String::new();
    let mut rest = written;
    while let Some((before, from)) = rest.split_once("${") {
        if !before.is_empty() {
            text.push_str(REDACTED);
        }
        let (name, after) = from.split_once('}').unwrap_or((from, ""));
        // `$${` is plain text.
        if !before.ends_with('$') {
            let _ = write!(text, "${{{name}}}");
        }
        rest = after;
    }
    if !rest.is_empty() {
        text.push_str(REDACTED);
    }
    text
}

/// The tables that say where a key comes from.
#[derive(Clone, Copy)]
struct Sources<'a> {
    /// The file's.
    written: &'a Value,
    /// The same with what presets fill in.
    filled: &'a Value,
}

impl<'a> Sources<'a> {
    /// The note of a line behind the value of a key; none where the file has it.
    fn note(self, name: &str) -> Option<&'static str> {
        match (self.written.get(name), self.filled.get(name)) {
            (Some(_), _) => None,
            (None, Some(_)) => Some("preset"),
            (None, None) => Some("default"),
        }
    }

    fn key(self, name: &str) -> Self {
        self.map(|table| table.get(name))
    }

    fn index(self, index: usize) -> Self {
        self.map(|list| list.get(index))
    }

    fn map(self, within: impl Fn(&'a Value) -> Option<&'a Value>) -> Self {
        Self {
            written: within(self.written).unwrap_or(&Value::Null),
            filled: within(self.filled).unwrap_or(&Value::Null),
        }
    }
}

/// Prints the keys of a table, then the tables in it.
fn print_table(text: &mut String, path: &str, keys: &Map<String, Value>, sources: Sources<'_>) {
    for (name, value) in keys.iter().filter(|(_, value)| !is_table(value)) {
        let line = match value {
            Value::Null => format!("# {} is not set", key(name)),
            value => format!("{} = {}", key(name), inline(value)),
        };
        let note = sources.note(name).filter(|_| !value.is_null());
        let _ = match note {
            Some(note) => writeln!(text, "{line:NOTE_COLUMN$} # {note}"),
            None => writeln!(text, "{line}"),
        };
    }
    for (name, value) in keys.iter().filter(|(_, value)| is_table(value)) {
        let within = sources.key(name);
        let path = format!("{path}{}", key(name));
        match value {
            Value::Object(keys) => {
                let _ = writeln!(text, "\n[{path}]");
                print_table(text, &format!("{path}."), keys, within);
            }
            Value::Array(tables) => {
                for (index, table) in tables.iter().enumerate() {
                    let _ = writeln!(text, "\n[[{path}]]");
                    if let Value::Object(keys) = table {
                        print_table(text, &format!("{path}."), keys, within.index(index));
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether a value is printed below a header of its own.
fn is_table(value: &Value) -> bool {
    match value {
        Value::Object(keys) => !keys.is_empty(),
        Value::Array(items) => !items.is_empty() && items.iter().all(Value::is_object),
        _ => false,
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(keys) if keys.is_empty() => "{}".into(),
        Value::Object(keys) => {
            let keys: Vec<String> = (keys.iter())
                .map(|(name, value)| format!("{} = {}", key(name), inline(value)))
                .collect();
            format!("{{ {} }}", keys.join(", "))
        }
        // A string of JSON is a string of TOML, but for one character.
        other => other.to_string().replace('\u{7f}', "\\u007f"),
    }
}

/// A key, in quotes where it has to be.
fn key(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !name.is_empty() && name.bytes().all(is_bare) {
        return name.into();
    }
    inline(&Value::from(name))
}

const NOTE_COLUMN: usize = 35;

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
open = true
[ingest]
path = "/_t"
[[projects]]
name = "shop"
keys = ["pk_shop", { key = "pk_old", until = "2027-01-31" }]
secret_keys = ["sk_s3cret_0123456789abcdef"]
[backend]
url = "https://ada:s3cret@otlp.example/?sig=s3cret"
[backend.headers]
authorization = "Bearer s3cret"
"x.key" = "s3cret${CARGO_PKG_NAME}"
tenant = "${CARGO_PKG_VERSION}"
[outcomes]
stats_key = "sk_s3cret_0123456789abcdef"
[native]
listen = "127.0.0.1:1"
"#;

    /// Whether a line has these words.
    fn has_line(text: &str, line: &str) -> bool {
        text.lines()
            .any(|printed| printed.split_whitespace().eq(line.split_whitespace()))
    }

    fn effective(text: &str) -> String {
        let file = ConfigFile::parse(text).expect("valid");
        file.effective().expect("it can be written")
    }

    #[test]
    fn what_is_set_stands_beside_the_defaults() {
        let text = effective(FILE);
        for line in [
            "open = true",
            "path = \"/_t\"",
            "max_bundle_bytes = 1048576 # default",
            "keys = [\"pk_shop\", { key = \"pk_old\", until = \"2027-01-31\" }]",
            "allowed_origins = [] # default",
            "listen = \"127.0.0.1:1\"",
            "# threads is not set",
            "log = \"text\" # default",
            "[backend.headers]",
            "[[projects]]",
        ] {
            assert!(has_line(&text, line), "{line} in\n{text}");
        }
    }

    #[test]
    fn no_secret_is_printed() {
        let text = effective(FILE);
        assert!(!text.contains("s3cret"), "{text}");
        for line in [
            "authorization = \"REDACTED\"",
            "\"x.key\" = \"REDACTED${CARGO_PKG_NAME}\"",
            "tenant = \"${CARGO_PKG_VERSION}\"",
            "stats_key = \"REDACTED\"",
            "secret_keys = [\"REDACTED\"]",
        ] {
            assert!(has_line(&text, line), "{line} in\n{text}");
        }
    }

    #[test]
    fn what_comes_from_a_preset_is_marked() {
        let text = effective(
            "[[backends]]\nname = \"a\"\npreset = \"datadog\"\nsite = \"datadoghq.eu\"\nkey = \"s3cret${CARGO_PKG_NAME}\"\nmax_request_bytes = 9\n",
        );
        assert!(!text.contains("s3cret"), "{text}");
        for line in [
            "preset = \"datadog\"",
            "site = \"datadoghq.eu\"",
            "key = \"REDACTED${CARGO_PKG_NAME}\"",
            "max_request_bytes = 9",
            "url = \"https://otlp.datadoghq.eu\" # preset",
            "temporality = \"delta\" # preset",
            "signals = [\"traces\", \"logs\", \"metrics\"] # preset",
            "dd-api-key = \"REDACTED\" # preset",
            "timeout_ms = 10000 # default",
            "[backends.metrics.headers]",
        ] {
            assert!(has_line(&text, line), "{line} in\n{text}");
        }
        // It can be used in place of the file.
        assert_eq!(effective(&text).replace(" # preset", ""), {
            let lines = text.lines().map(|line| {
                let marked = line
                    .strip_suffix(" # preset")
                    .or(line.strip_suffix(" # default"));
                marked.map_or(line, str::trim_end).to_owned() + "\n"
            });
            lines.collect::<String>()
        });
    }

    #[test]
    fn headers_that_are_no_secret_are_shown_and_others_are_not() {
        let text = effective(
            "[backend]\npreset = \"cloudwatch-logs\"\nregion = \"eu-central-1\"\nlog_group = \"shop\"\nlog_stream = \"edge\"\nheaders = { x-scope-OrgID = \"a\", other = \"s3cret\", authorization = \"Bearer s3cret\" }\n[backend.metrics]\nheaders = { dd-otel-metric-config = \"{}\", dd-api-key = \"s3cret\" }\n",
        );
        assert!(!text.contains("s3cret"), "{text}");
        for line in [
            "x-aws-log-group = \"shop\" # preset",
            "x-aws-log-stream = \"edge\" # preset",
            "x-scope-OrgID = \"a\"",
            "other = \"REDACTED\"",
            "dd-otel-metric-config = \"{}\"",
            "dd-api-key = \"REDACTED\"",
        ] {
            assert!(has_line(&text, line), "{line} in\n{text}");
        }
    }

    #[test]
    fn the_form_of_metrics_is_printed_where_metrics_go() {
        let logs = "[[backends]]\nname = \"a\"\npreset = \"loki\"\nurl = \"http://l\"\n";
        let text = effective(logs);
        let says = |text: &str, key: &str| {
            let (_, backends) = text.split_once("[[backends]]").expect("a backend");
            backends.lines().any(|line| line.starts_with(key))
        };
        assert!(
            !says(&text, "temporality") && !says(&text, "histogram"),
            "{text}"
        );
        let written = effective(&format!("{logs}temporality = \"cumulative\"\n"));
        assert!(
            says(&written, "temporality") && !says(&written, "histogram"),
            "{written}"
        );
        let metrics = effective(&logs.replace("loki", "prometheus"));
        assert!(
            says(&metrics, "temporality") && says(&metrics, "histogram"),
            "{metrics}"
        );
    }

    #[test]
    fn what_is_printed_is_a_configuration_with_the_same_effect() {
        let example = include_str!("../../throughline.toml");
        for text in [
            "",
            example,
            "[[backends]]\nname = \"a\\u007f\\\"\"\nkind = \"null\"\n",
        ] {
            let printed = effective(text);
            let again = ConfigFile::parse(&printed).expect(&printed);
            let file = ConfigFile::parse(text).expect("valid");
            assert_eq!(format!("{:?}", again.edge), format!("{:?}", file.edge));
            assert_eq!(format!("{:?}", again.native), format!("{:?}", file.native));
            assert_eq!(again.queue, file.queue);
            assert!(!effective(&printed).contains("# default"));
        }
    }
}
