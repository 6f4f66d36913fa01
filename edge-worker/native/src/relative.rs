//! Addresses of HTTP that are relative to that of a page or a script.

/// Scheme and authority of an address.
pub(crate) fn origin(address: &str) -> &str {
    let host = address.find("://").map_or(0, |at| at + 3);
    let end = address
        .get(host..)
        .and_then(|rest| rest.find(['/', '?', '#']));
    address
        .get(..end.map_or(address.len(), |at| host + at))
        .unwrap_or_default()
}

/// An address relative to that of a page; `None` where it is not of HTTP.
pub(crate) fn resolve(value: &str, page: &str) -> Option<String> {
    if value.starts_with("http://") || value.starts_with("https://") {
        return Some(value.to_owned());
    }
    let page = page.split(['?', '#']).next()?;
    let origin = origin(page);
    if value.starts_with("//") {
        let (scheme, _) = origin.split_once("//")?;
        return Some(format!("{scheme}{value}"));
    }
    if value.contains(':') {
        return None;
    }
    let path = page.get(origin.len()..)?;
    let folder = path.rfind('/').map_or("/", |at| &path[..=at]);
    let mut segments: Vec<&str> = Vec::new();
    let whole = match value.starts_with('/') {
        true => value.to_owned(),
        false => format!("{folder}{value}"),
    };
    for segment in whole.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    Some(format!("{origin}/{}", segments.join("/")))
}
