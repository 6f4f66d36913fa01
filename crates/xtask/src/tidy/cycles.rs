//! Checks that the modules of a crate do not import each other in a cycle.

use super::source::Source;
use std::collections::{BTreeMap, BTreeSet};

/// Each module of a crate's root, with the modules that it imports.
type Graph<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The violations, one sentence each.
pub(super) fn check(sources: &[Source]) -> Vec<String> {
    CRATES
        .iter()
        .filter_map(|folder| {
            let cycle = cycle(&graph(sources, folder))?;
            Some(format!(
                "modules of {folder} import each other in a cycle: {}",
                cycle.join(" → ")
            ))
        })
        .collect()
}

/// A folder is one module with all that is in it. The root may import every module.
fn graph<'a>(sources: &'a [Source], folder: &str) -> Graph<'a> {
    let mut graph = Graph::new();
    for Source { path, text } in sources {
        let Some(path) = path.strip_prefix(folder) else {
            continue;
        };
        let module = path.split('/').next().unwrap_or(path);
        let module = module.strip_suffix(".rs").unwrap_or(module);
        if !ROOTS.contains(&module) {
            graph.entry(module).or_default().extend(imports(text));
        }
    }
    let modules: BTreeSet<&str> = graph.keys().copied().collect();
    for (module, imports) in &mut graph {
        imports.retain(|import| import != module && modules.contains(import));
    }
    graph
}

/// The names behind `crate::`, those in braces too.
fn imports(text: &str) -> impl Iterator<Item = &str> {
    text.split("crate::").skip(1).flat_map(|rest| {
        let names = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or_default(),
            None => rest.split([';', '\n']).next().unwrap_or_default(),
        };
        let count = if rest.starts_with('{') { usize::MAX } else { 1 };
        names.split(',').take(count).filter_map(|name| {
            name.trim()
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .next()
        })
    })
}

/// A path from a module back to itself.
fn cycle<'a>(graph: &Graph<'a>) -> Option<Vec<&'a str>> {
    let mut done = BTreeSet::new();
    (graph.keys()).find_map(|module| visit(module, graph, &mut Vec::new(), &mut done))
}

fn visit<'a>(
    module: &'a str,
    graph: &Graph<'a>,
    path: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
) -> Option<Vec<&'a str>> {
    if let Some(begin) = path.iter().position(|above| *above == module) {
        let mut cycle = path[begin..].to_vec();
        cycle.push(module);
        return Some(cycle);
    }
    if !done.insert(module) {
        return None;
    }
    path.push(module);
    let imports = graph.get(module).into_iter().flatten();
    let found = imports
        .copied()
        .find_map(|import| visit(import, graph, path, done));
    path.pop();
    found
}

const CRATES: &[&str] = &[
    "crates/xtask/src/",
    "edge-worker/native/src/",
    "viewer/src/",
];
const ROOTS: &[&str] = &["lib", "main"];

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        let (path, text) = (format!("viewer/src/{path}"), text.to_owned());
        Source { path, text }
    }

    #[test]
    fn a_cycle_is_named_in_its_order() {
        let mut sources = vec![
            source("lib.rs", "use crate::page;"),
            source("page/mod.rs", "use crate::{Store,\n    query::Parameters};"),
            source(
                "query/search.rs",
                "pub(crate) fn of(x: crate::store::Store) {}",
            ),
            source("store.rs", "use crate::changes;\nuse crate::store::schema;"),
        ];
        assert_eq!(check(&sources), [""; 0]);
        sources.push(source("changes.rs", "use crate::query;"));
        assert_eq!(
            check(&sources),
            [
                "modules of viewer/src/ import each other in a cycle: changes → query → store → changes"
            ]
        );
    }
}
