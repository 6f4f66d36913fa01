//! Checks the links of the documentation: each file that one names is there, and each heading.

use crate::command::{command, output, root};
use crate::failure::Failure;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// The violations, one sentence each.
pub(super) fn check() -> Result<Vec<String>, Failure> {
    let list = output(&mut command("git", &["ls-files", "*.md"]))?;
    let mut pages = BTreeMap::new();
    // Parts of generated pages have the links of the whole page.
    for path in list.lines().filter(|path| !path.starts_with(PARTS)) {
        let text = std::fs::read_to_string(root().join(path));
        pages.insert(path, text.map_err(Failure::path(Path::new(path)))?);
    }
    let headings: BTreeMap<&str, BTreeSet<String>> = (pages.iter())
        .map(|(path, text)| (*path, headings(text)))
        .collect();
    let mut wrong = Vec::new();
    for (page, text) in &pages {
        for target in links(text) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = match file {
                "" => (*page).to_owned(),
                file => beside(page, file),
            };
            if !root().join(&path).exists() {
                wrong.push(format!("{page} links to {target}, which is not there"));
            } else if let Some(headings) = headings.get(path.as_str())
                && !heading.is_empty()
                && !headings.contains(heading)
            {
                wrong.push(format!(
                    "{page} links to {target}, and {path} has no heading of this name"
                ));
            }
        }
    }
    Ok(wrong)
}

/// The folder of parts from which pages are generated.
const PARTS: &str = "crates/xtask/src/codegen/";

/// The targets of the links in a page that are in this repository.
fn links(text: &str) -> Vec<&str> {
    let mut links = Vec::new();
    for line in prose(text) {
        let mut rest = line;
        while let Some((_, behind)) = rest.split_once("](") {
            let end = behind.find(')').unwrap_or(behind.len());
            let (target, behind) = behind.split_at(end);
            // A title may follow the target.
            let target = target.split(' ').next().unwrap_or_default();
            if !target.contains("://") && !target.starts_with("mailto:") {
                links.push(target);
            }
            rest = behind;
        }
    }
    links
}

/// The names by which a link finds the headings of a page, as GitHub makes them.
fn headings(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in prose(text) {
        let title = line.trim_start_matches('#');
        let level = line.len() - title.len();
        if !(1..=6).contains(&level) || !title.starts_with(' ') {
            continue;
        }
        let name: String = (visible(title.trim()).to_lowercase().chars())
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let numbered = (1..).map(|number| format!("{name}-{number}"));
        let mut candidates = std::iter::once(name.clone()).chain(numbered);
        if let Some(free) = candidates.find(|candidate| !names.contains(candidate)) {
            names.insert(free);
        }
    }
    names
}

/// The text of a heading, with the text of its links alone.
fn visible(title: &str) -> String {
    let mut text = String::new();
    let mut rest = title;
    while let Some((before, link)) = rest.split_once("](") {
        text.push_str(before);
        rest = link.split_once(')').map_or("", |(_, behind)| behind);
    }
    text + rest
}

/// The lines outside of blocks of code, without code in them: what looks like a link there is none.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fence = None;
    text.lines().filter(move |line| {
        let line = line.trim_start();
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| line.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => {
                fence = Some(mark);
                false
            }
            (Some(open), Some(mark)) if open == mark => {
                fence = None;
                false
            }
            (open, _) => open.is_none(),
        }
    })
}

/// The path of a file that a page names.
fn beside(page: &str, file: &str) -> String {
    let mut path = PathBuf::from(page);
    path.pop();
    for part in Path::new(file).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_prose_alone_are_found() {
        let page = "See [a](a.md), ![b](../b.png \"title\") and [c](https://c.example).\n```\n[d](d.md)\n```\n[e](#e)";
        assert_eq!(links(page), ["a.md", "../b.png", "#e"]);
    }

    #[test]
    fn headings_have_the_names_that_github_gives_them() {
        let page = "# From `npm`, in 5 minutes\n## Same\n## Same\n```sh\n# a comment\n```\n### See [docs](a.md)\n#no heading";
        let names = headings(page);
        let expected = ["from-npm-in-5-minutes", "same", "same-1", "see-docs"];
        // The bracket that opens a link is no part of a name.
        assert_eq!(names.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_path_is_read_from_the_folder_of_its_page() {
        assert_eq!(beside("docs/a.md", "../npm/b.md"), "npm/b.md");
        assert_eq!(beside("README.md", "docs/a.md"), "docs/a.md");
    }
}
