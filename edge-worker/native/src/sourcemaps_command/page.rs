//! The scripts of a page, by its HTML: those that it loads later are not among them.

use super::receiver::Receiver;
use super::verify::{Served, Wanted};
use super::{SourcemapsError, say};
use crate::relative::{origin, resolve};
use throughline_sourcemap::link::source_mapping_url;

/// Reads a page and its scripts. Of other origins those count that have an id, and those that cannot be
/// read: they may be of a site's own CDN.
pub(super) async fn scripts_of(
    address: &str,
    third_parties: &[String],
    receiver: &Receiver,
) -> Result<Vec<Served>, SourcemapsError> {
    let html = receiver.get(address).await?.body;
    let mut served = Vec::new();
    for name in addresses(&String::from_utf8_lossy(&html), address) {
        let is_foreign = origin(&name) != origin(address);
        let of = origin(&name).to_ascii_lowercase();
        if third_parties.contains(&of) {
            say(&format!("{name}: of a third party, left out"));
            continue;
        }
        let script = match receiver.get(&name).await {
            Ok(received) => received.body,
            Err(error) if is_foreign => {
                let index = Wanted::Unknown(error.to_string());
                served.push(Served { name, index });
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let script = String::from_utf8_lossy(&script);
        let index = Wanted::of(&script, source_mapping_url(&script).is_some());
        if matches!(index, Wanted::Of(_)) || !is_foreign {
            served.push(Served { name, index });
        }
    }
    Ok(served)
}

/// The addresses of scripts in HTML, and of the modules that it preloads; each once.
fn addresses(html: &str, page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, after) = after.split_once('>').unwrap_or((after, ""));
        rest = after;
        let (name, attributes) = tag.split_at(tag.find(char::is_whitespace).unwrap_or(tag.len()));
        let value = match name.to_ascii_lowercase().as_str() {
            "script" => {
                // What is within it is no HTML.
                let end = after.to_ascii_lowercase().find("</script");
                rest = end.and_then(|end| after.get(end..)).unwrap_or_default();
                attribute(attributes, "src")
            }
            "link" if attribute(attributes, "rel") == Some("modulepreload") => {
                attribute(attributes, "href")
            }
            _ => None,
        };
        let address = value.and_then(|value| resolve(&value.replace("&amp;", "&"), page));
        if let Some(address) = address.filter(|address| !found.contains(address)) {
            found.push(address);
        }
    }
    found
}

/// The value of an attribute, with quotes or without.
fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = attributes;
    while !rest.is_empty() {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let end = rest.find(|c: char| c == '=' || c.is_whitespace());
        let (found, after) = rest.split_at(end.unwrap_or(rest.len()));
        let Some(after) = after.trim_start().strip_prefix('=') else {
            rest = after;
            continue;
        };
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, after) = match quote {
            Some(quote) => after.get(1..)?.split_once(quote)?,
            None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        };
        if found.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn scripts_of_the_page_are_found() {
        let html = r#"<!doctype html><script>let a = "<script src=x>"</script>
            <SCRIPT type=module crossorigin src="/assets/a.js"></SCRIPT>
            <link rel="modulepreload" href='b.js?v=1&amp;w=2'><link rel="stylesheet" href="a.css">
            <script async src=../c.js></script><script src="/assets/a.js"></script>
            <script src="//cdn.example/d.js"></script><script src="data:text/javascript,0"></script>
            <script src="https://shop.example:8443/e.js"></script>"#;
        assert_eq!(
            addresses(html, "https://shop.example:8443/en/de/page.html?x=/y"),
            [
                "https://shop.example:8443/assets/a.js",
                "https://shop.example:8443/en/de/b.js?v=1&w=2",
                "https://shop.example:8443/en/c.js",
                "https://cdn.example/d.js",
                "https://shop.example:8443/e.js",
            ]
        );
    }
}
