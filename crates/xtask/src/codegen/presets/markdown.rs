//! Writes the facts of presets as a page of the documentation.

use super::model::{Address, Preset};
use std::fmt::Write as _;

/// `docs/backends.md`. `has_stand_in` says whether a stand-in enforces the rules of a preset.
pub(super) fn page(presets: &[Preset], has_stand_in: impl Fn(&str) -> bool) -> String {
    let mut out = String::from(
        "<!-- Generated from crates/throughline-edge/src/config/presets by `cargo xtask codegen`. -->\n\n",
    );
    out.push_str(include_str!("introduction.md"));
    out.push_str("\n| preset | system | proven by |\n|---|---|---|\n");
    // Writing to a String cannot fail.
    for preset in presets {
        let mut proofs = Vec::new();
        if has_stand_in(&preset.name) {
            let name = &preset.name;
            proofs.push(format!("stand-in, [rules](../tests/cases/vendors/{name}/)"));
        }
        if let Some(program) = &preset.program {
            proofs.push(format!("real program, {program}"));
        }
        let proofs = match proofs.is_empty() {
            true => "documentation alone".to_owned(),
            false => proofs.join("; "),
        };
        let _ = writeln!(
            out,
            "| [`{0}`](#{0}) | {1} | {proofs} |",
            preset.name, preset.title
        );
    }
    for preset in presets {
        section(&mut out, preset);
    }
    out
}

fn section(out: &mut String, preset: &Preset) {
    let _ = write!(out, "\n## {}\n\n{}\n\n", preset.name, preset.about);
    example(out, preset);
    out.push_str("\n| fact | value | source |\n|---|---|---|\n");
    match &preset.address {
        Address::Own { path, .. } => {
            let value = match path.as_str() {
                "" => "your `url`".to_owned(),
                path => format!("your `url`, then `{path}/v1/…`"),
            };
            row(out, "address", &value, &preset.address_source);
        }
        Address::At(url) => {
            let url = url.replace("{aws_domain}", "amazonaws.com");
            row(out, "address", &code(&url), &preset.address_source);
        }
        Address::Regions(regions) => {
            for (name, url) in regions {
                let fact = format!("address in region `{name}`");
                row(out, &fact, &code(url), &preset.address_source);
            }
        }
    }
    if let Some((service, source)) = &preset.signature {
        let value = format!("AWS Signature Version 4, service `{service}`");
        row(out, "authentication", &value, source);
    }
    for header in &preset.headers {
        let fact = match header.signal.as_str() {
            "" => format!("header `{}`", header.name),
            signal => format!("header `{}` of {signal}", header.name),
        };
        let value = header.value.replace("{basic}", "base64 of {user}:{key}");
        row(out, &fact, &code(&value), &header.source);
    }
    for taken in &preset.takes {
        let mut value: Vec<_> = taken.values.iter().map(|value| code(value)).collect();
        if taken.key != "signals"
            && value.len() > 1
            && let Some(first) = value.first_mut()
        {
            first.push_str(" (chosen)");
        }
        let mut value = value.join(", ");
        if let Some(why) = &taken.why {
            let _ = write!(value, ": {why}");
        }
        row(out, &code(&taken.key), &value, &taken.source);
    }
    for (key, value, source) in &preset.limits {
        row(out, &code(key), &format!("{value} at most"), source);
    }
    if let Some(source) = preset.without_metrics() {
        for fact in ["temporality", "histogram"] {
            row(out, &code(fact), "none: no metrics go there", source);
        }
    }
    for (fact, why, source) in &preset.none {
        let is_key = matches!(fact.as_str(), "encoding" | "temporality" | "histogram");
        let fact = if is_key { code(fact) } else { fact.clone() };
        row(out, &fact, &format!("none: {why}"), source);
    }
    for (field, source) in &preset.drops {
        let fact = format!("{} of a log record", code(field));
        let value = "not stored: repeated as the attribute `event.name`";
        row(out, &fact, value, source);
    }
    if let Some((statuses, source)) = &preset.refuses {
        let value = code(&format!("{statuses:?}"));
        row(out, "`refuses_records_with`", &value, source);
    }
}

/// The keys that the operator writes.
fn example(out: &mut String, preset: &Preset) {
    let _ = write!(out, "```toml\n[backend]\npreset = {:?}\n", preset.name);
    if let Address::Own { wanted, .. } = &preset.address {
        let _ = writeln!(out, "url = \"…\" # {wanted}");
    }
    for parameter in &preset.parameters {
        let mut wanted = parameter.wanted.clone();
        if !parameter.one_of.is_empty() {
            let _ = write!(wanted, ": {}", parameter.one_of.join(", "));
        }
        let value = match parameter.name.as_str() {
            name @ ("key" | "dsn") => format!("${{{}}}", name.to_uppercase()),
            _ => "…".to_owned(),
        };
        let _ = writeln!(out, "{} = {value:?} # {wanted}", parameter.name);
    }
    for (name, wanted) in &preset.optional {
        let _ = writeln!(out, "# {name} = \"…\" # {wanted}");
    }
    if preset.signature.is_some() {
        out.push_str("sigv4 = { access_key = \"${AWS_ACCESS_KEY_ID}\", secret_key = \"${AWS_SECRET_ACCESS_KEY}\" }\n");
    }
    out.push_str("```\n");
}

fn row(out: &mut String, fact: &str, value: &str, source: &str) {
    let host = source.strip_prefix("https://").unwrap_or(source);
    let host = host.split('/').next().unwrap_or_default();
    let _ = writeln!(out, "| {fact} | {value} | [{host}]({source}) |");
}

fn code(text: &str) -> String {
    format!("`{text}`")
}
