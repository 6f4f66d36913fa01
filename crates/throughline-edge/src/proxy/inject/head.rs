//! The head of a document: where a script goes, and what forbids it.
//!
//! The place is in front of the first element that loads or runs anything: behind `<head>` and
//! the `<meta>` and `<title>` that follow it at once. There the script comes first, an
//! encoding that a `<meta>` names stays within the bytes in which browsers look for it, and
//! the policies of the head hold for the script.
//! <https://html.spec.whatwg.org/multipage/parsing.html#the-before-head-insertion-mode>

use super::attribute::decoded;
use super::snippet::MARKER;
use super::tokenizer::{Tokenizer, Tokens};

/// The head of one document, as far as it has been read.
#[derive(Debug)]
pub(super) struct Head {
    tokenizer: Tokenizer,
    seen: Seen,
    /// The bytes that were read.
    read: usize,
    /// The bytes of a byte order mark that were read; `None` behind the place for one.
    mark: Option<usize>,
}

/// The decision on a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Not decided; the number of bytes that are in front of the place in any case.
    Undecided(usize),
    /// The script goes behind this number of bytes.
    Insert(usize),
    /// No script.
    Leave,
}

/// The tags of the head.
#[derive(Debug)]
struct Seen {
    script: Box<str>,
    /// The position of the `<` or the character that is read.
    at: usize,
    /// Whether a `<head>` was there, or an element that implies it.
    in_head: bool,
    /// Whether the document calls itself one: by its doctype, `<html>` or `<head>`.
    is_document: bool,
    place: Option<usize>,
    /// Whether nothing that follows matters.
    is_over: bool,
    /// Whether the document has the script, or an encoding in which tags look different.
    is_left: bool,
    tag: Tag,
    meta: Meta,
    policies: Vec<Option<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Meta,
    Script,
    Other,
}

#[derive(Debug, Default)]
struct Meta {
    is_policy: bool,
    content: Option<Option<String>>,
}

impl Head {
    /// The head of a document that does not get the script at this address twice.
    pub(super) fn new(script: &str) -> Self {
        Self {
            tokenizer: Tokenizer::default(),
            seen: Seen {
                script: script.into(),
                at: 0,
                in_head: false,
                is_document: false,
                place: None,
                is_over: false,
                is_left: false,
                tag: Tag::Other,
                meta: Meta::default(),
                policies: Vec::new(),
            },
            read: 0,
            mark: Some(0),
        }
    }

    /// Reads the next bytes, as far as they matter.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Verdict {
        for byte in bytes {
            self.feed(*byte);
            if self.is_decided() {
                return self.decided();
            }
        }
        let before = match self.seen.place {
            Some(place) => place,
            None if self.tokenizer.is_undecided() => self.seen.at,
            None if self.mark.is_some() => 0,
            None => self.read,
        };
        Verdict::Undecided(before)
    }

    /// The verdict on a document that ends here.
    pub(super) fn end(&mut self) -> Verdict {
        if self.tokenizer.is_between_tags() && self.seen.in_head {
            self.seen.place.get_or_insert(self.read);
        }
        self.decided()
    }

    /// Whether the place is known.
    pub(super) fn has_place(&self) -> bool {
        self.seen.place.is_some()
    }

    /// Whether the document calls itself one.
    pub(super) fn is_document(&self) -> bool {
        self.seen.is_document
    }

    /// The policies in the head; `None` for one that is too long to be read.
    pub(super) fn policies(&self) -> &[Option<String>] {
        &self.seen.policies
    }

    fn is_decided(&self) -> bool {
        let looked = |place| self.read.saturating_sub(place) >= LOOK_AHEAD;
        self.seen.is_left || self.seen.is_over || self.seen.place.is_some_and(looked)
    }

    fn decided(&self) -> Verdict {
        match self.seen.place {
            Some(place) if !self.seen.is_left => Verdict::Insert(place),
            _ => Verdict::Leave,
        }
    }

    fn feed(&mut self, byte: u8) {
        self.read += 1;
        if let Some(read) = self.mark {
            if UTF_8_MARK.get(read) == Some(&byte) {
                self.mark = (read + 1 < UTF_8_MARK.len()).then_some(read + 1);
                return;
            }
            self.mark = None;
            // Bytes of UTF-16, or text.
            self.seen.is_left |= read == 0 && matches!(byte, 0xfe | 0xff);
            if read > 0 {
                self.seen.at = 0;
                self.seen.text();
            }
        }
        if self.tokenizer.is_between_tags() {
            self.seen.at = self.read - 1;
        }
        self.tokenizer.feed(byte, &mut self.seen);
    }
}

impl Seen {
    /// The head ends here at the latest, and with it what matters.
    fn ends(&mut self) {
        self.place.get_or_insert(self.at);
        self.is_over = true;
    }

    /// An element of the head begins here, in front of which the script goes.
    fn place_here(&mut self) {
        self.in_head = true;
        self.place.get_or_insert(self.at);
    }
}

impl Tokens for Seen {
    fn text(&mut self) {
        self.ends();
    }

    fn doctype(&mut self) {
        self.is_document |= self.place.is_none();
    }

    fn start(&mut self, name: &[u8]) {
        self.tag = Tag::Other;
        match name {
            b"html" => self.is_document |= self.place.is_none(),
            b"head" => {
                self.is_document |= self.place.is_none();
                self.in_head = true;
            }
            b"meta" => {
                self.in_head = true;
                self.tag = Tag::Meta;
                self.meta = Meta::default();
            }
            b"title" => self.in_head = true,
            b"script" => {
                self.place_here();
                self.tag = Tag::Script;
            }
            b"base" | b"basefont" | b"bgsound" | b"link" | b"noframes" | b"noscript" | b"style" => {
                self.place_here();
            }
            _ => self.ends(),
        }
    }

    fn end(&mut self, name: &[u8]) {
        self.tag = Tag::Other;
        // Any other end tag is ignored here.
        if matches!(name, b"head" | b"body" | b"html" | b"br") {
            self.ends();
        }
    }

    fn attribute(&mut self, name: &[u8], value: Option<&[u8]>) {
        match (self.tag, name) {
            (Tag::Script, MARKER) => self.is_left = true,
            (Tag::Script, b"src") => {
                self.is_left |= value.is_some_and(|value| *decoded(value) == *self.script);
            }
            (Tag::Meta, b"http-equiv") => {
                self.meta.is_policy |= value.is_some_and(|value| {
                    decoded(value).eq_ignore_ascii_case("content-security-policy")
                });
            }
            (Tag::Meta, b"content" | b"charset") => {
                let value = value.map(decoded);
                let has_escapes = |value: &String| {
                    let value = value.to_ascii_lowercase();
                    value.contains("iso-2022-jp") || value.contains("csiso2022jp")
                };
                self.is_left |= value.as_ref().is_some_and(has_escapes);
                if name == b"content" {
                    self.meta.content.get_or_insert(value);
                }
            }
            _ => {}
        }
    }

    fn tag_ends(&mut self) {
        if self.tag == Tag::Meta && self.meta.is_policy && self.policies.len() < MOST_POLICIES {
            let content = self.meta.content.take();
            self.policies.extend(content);
        }
    }
}

/// The bytes behind the place that are looked at for the page's own script, and wait
/// meanwhile.
pub(super) const LOOK_AHEAD: usize = 4096;
const MOST_POLICIES: usize = 8;
const UTF_8_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
