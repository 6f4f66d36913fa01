//! Templates of paths, learned from requests: `/products/{id}` of `/products/1742`.
//!
//! A segment that looks like an id is one, and so is each further segment where there were many
//! different ones. What was learned is a tree of segments, bounded for each project.

use std::collections::HashMap;

/// The templates of each project.
#[derive(Debug, Default)]
pub(crate) struct RouteTemplates {
    by_project: HashMap<Box<str>, Tree>,
}

#[derive(Debug, Default)]
struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    children: HashMap<Box<str>, usize>,
    /// Children with words for names.
    words: usize,
}

/// Whether a request may teach a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Learn {
    Yes,
    /// There may be no such path: scanners try any.
    No,
}

impl RouteTemplates {
    /// Appends the template of a path. `most` is how many segments of a project are known.
    pub(crate) fn template(
        &mut self,
        project: &str,
        path: &str,
        learn: Learn,
        most: usize,
        template: &mut String,
    ) {
        if !self.by_project.contains_key(project) {
            self.by_project.insert(project.into(), Tree::default());
        }
        let start = template.len();
        let tree = self.by_project.get_mut(project);
        let is_known = tree.is_some_and(|tree| tree.template(path, learn, most, template));
        if !is_known {
            template.truncate(start);
            template.push_str(OTHER);
        }
    }
}

impl Tree {
    /// Appends the template; `false` when there is no room for it or it may not be learned.
    fn template(&mut self, path: &str, learn: Learn, most: usize, template: &mut String) -> bool {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut at = 0;
        let path = path.strip_prefix('/').unwrap_or(path);
        for (position, segment) in path.split('/').enumerate() {
            let count = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else {
                return false;
            };
            if position >= MOST_SEGMENTS {
                return false;
            }
            let is_new_word = !is_id(segment) && !node.children.contains_key(segment);
            let is_word = !is_id(segment) && (!is_new_word || node.words < MOST_WORDS);
            let name = if is_word { segment } else { ID };
            template.push('/');
            template.push_str(name);
            at = match node.children.get(name) {
                Some(child) => *child,
                None if learn == Learn::No || count >= most => return false,
                None => {
                    node.children.insert(name.into(), count);
                    node.words += usize::from(is_word);
                    self.nodes.push(Node::default());
                    count
                }
            };
        }
        true
    }
}

/// Whether a segment of a path looks like the id of something: a number, a UUID, a hash, a token.
fn is_id(segment: &str) -> bool {
    let bytes = segment.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return bytes.len() > LONGEST_WORD || segment.contains(['@', '{', '}']);
    }
    let all = |is: fn(&u8) -> bool| bytes.iter().all(is);
    let trailing = bytes
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let before_digits = bytes.iter().rev().nth(trailing);
    digits == bytes.len()
        || bytes.len() > LONGEST_WORD
        || segment.contains(['@', '{', '}'])
        // UUIDs and hashes.
        || bytes.len() >= 8 && all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
        // Tokens such as ULIDs.
        || bytes.len() >= 16 && digits >= 2 && all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        // order-1742
        || trailing >= 2 && before_digits.is_some_and(|byte| b"-_:.".contains(byte))
        // main.3f2a1b9c.js
        || segment.split('.').any(|part| {
            part.len() >= 8
                && part.len() < bytes.len()
                && part.bytes().all(|byte| byte.is_ascii_hexdigit())
                && part.bytes().any(|byte| byte.is_ascii_digit())
        })
}

/// The place of an id.
const ID: &str = "{id}";
/// The template of what is beyond the limit.
const OTHER: &str = "{other}";
/// Different words in one place; further ones are ids.
const MOST_WORDS: usize = 100;
const MOST_SEGMENTS: usize = 16;
/// Bytes of a word.
const LONGEST_WORD: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn template(templates: &mut RouteTemplates, path: &str) -> String {
        let mut template = String::new();
        templates.template("shop", path, Learn::Yes, 1_000, &mut template);
        template
    }

    #[test]
    fn ids_become_placeholders_and_words_stay() {
        let templates = &mut RouteTemplates::default();
        for (path, expected) in [
            ("/", "/"),
            ("/api/v2/products/1742", "/api/v2/products/{id}"),
            (
                "/orders/6fa459ea-ee8a-3ca4-894e-db77e160355e/items",
                "/orders/{id}/items",
            ),
            ("/commit/3f2a1b9c", "/commit/{id}"),
            ("/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/{id}"),
            ("/order-1742/pay", "/{id}/pay"),
            ("/static/main.3f2a1b9c.js", "/static/{id}"),
            ("/users/ada@shop.example", "/users/{id}"),
            ("/oauth2/callback", "/oauth2/callback"),
            ("/facade/deadbeef", "/facade/deadbeef"),
            ("/2026-sale/h1-title", "/2026-sale/h1-title"),
            ("basket/", "/basket/"),
        ] {
            assert_eq!(template(templates, path), expected, "{path}");
        }
    }

    #[test]
    fn many_words_in_one_place_are_ids() {
        let templates = &mut RouteTemplates::default();
        let name = |number: usize| {
            let digits = number.to_string();
            digits
                .bytes()
                .map(|digit| char::from(digit + 49))
                .collect::<String>()
        };
        for number in 0..MOST_WORDS {
            let path = format!("/wiki/{}", name(number));
            assert_eq!(template(templates, &path), path);
        }
        assert_eq!(template(templates, "/wiki/further"), "/wiki/{id}");
        assert_eq!(
            template(templates, &format!("/wiki/{}", name(7))),
            format!("/wiki/{}", name(7))
        );
        assert_eq!(template(templates, "/other"), "/other");
    }

    #[test]
    fn a_path_that_may_not_exist_teaches_nothing() {
        let templates = &mut RouteTemplates::default();
        template(templates, "/basket");
        let mut of = |path| {
            let mut template = String::new();
            templates.template("shop", path, Learn::No, 1_000, &mut template);
            template
        };
        assert_eq!(of("/wp-admin"), "{other}");
        assert_eq!(of("/basket"), "/basket");
    }

    proptest! {
        #[test]
        fn there_are_no_more_templates_than_the_limit(
            paths in proptest::collection::vec("(/[a-z0-9]{0,3}){1,5}", 0..200),
        ) {
            let mut templates = RouteTemplates::default();
            let mut seen = std::collections::BTreeSet::new();
            for path in &paths {
                let mut template = String::new();
                templates.template("", path, Learn::Yes, 20, &mut template);
                seen.insert(template);
            }
            prop_assert!(seen.len() <= 20 + 1, "{:?}", seen);
        }

        #[test]
        fn any_path_is_taken(path: String) {
            let mut template = String::new();
            RouteTemplates::default().template("", &path, Learn::Yes, 100, &mut template);
            prop_assert!(!template.is_empty());
        }
    }
}
