//! Inserts the script into the bytes of a document, while they arrive.

use super::Script;
use super::head::{Head, Verdict};
use super::policy::Policies;
use super::source::ScriptAddress;
use bytes::Bytes;
use core::sync::atomic::Ordering;
use std::collections::VecDeque;
use std::sync::Arc;

/// The insertion into one document. Once it is made, or there is none to be made, bytes pass
/// without being looked at.
#[derive(Debug)]
pub(super) struct Insertion {
    /// `None` once it is decided.
    search: Option<Box<Search>>,
    /// Bytes that go on, in their order.
    out: VecDeque<Bytes>,
}

/// The search for the place.
#[derive(Debug)]
struct Search {
    head: Head,
    script: Arc<Script>,
    address: ScriptAddress,
    policies: Policies,
    /// Whether the request asked for a document: then a fragment gets the script too.
    is_for_document: bool,
    /// Bytes that were read and do not go on yet.
    held: VecDeque<Bytes>,
    /// How many bytes went on before `held`.
    sent: usize,
}

impl Insertion {
    /// The insertion of a script, as far as the policies of the response's headers allow it.
    pub(super) fn new(
        script: Arc<Script>,
        address: ScriptAddress,
        policies: Policies,
        is_for_document: bool,
    ) -> Self {
        Self {
            search: Some(Box::new(Search {
                head: Head::new(&script.address),
                script,
                address,
                policies,
                is_for_document,
                held: VecDeque::new(),
                sent: 0,
            })),
            out: VecDeque::new(),
        }
    }

    /// Takes the next bytes of the document.
    pub(super) fn push(&mut self, bytes: Bytes) {
        let Some(search) = &mut self.search else {
            self.out.push_back(bytes);
            return;
        };
        let verdict = search.head.read(&bytes);
        search.held.push_back(bytes);
        self.decide(verdict);
    }

    /// Takes the end of the document.
    pub(super) fn end(&mut self) {
        if let Some(search) = &mut self.search {
            let verdict = search.head.end();
            self.decide(verdict);
        }
    }

    /// Lets everything pass from now on.
    pub(super) fn give_up(&mut self) {
        if self.search.is_some() {
            self.decide(Verdict::Leave);
        }
    }

    /// The next bytes that go on.
    pub(super) fn pop(&mut self) -> Option<Bytes> {
        self.out.pop_front()
    }

    /// Whether bytes only pass, and none wait.
    pub(super) fn is_over(&self) -> bool {
        self.search.is_none() && self.out.is_empty()
    }

    fn decide(&mut self, verdict: Verdict) {
        let Some(search) = &mut self.search else {
            return;
        };
        match verdict {
            Verdict::Undecided(before) if !search.is_fragment() => {
                search.send(before, &mut self.out);
            }
            Verdict::Insert(place) => {
                search.send(place, &mut self.out);
                if !search.is_fragment() {
                    self.out.extend(search.element().map(Bytes::from));
                }
                self.finish();
            }
            Verdict::Undecided(_) | Verdict::Leave => self.finish(),
        }
    }

    fn finish(&mut self) {
        if let Some(search) = self.search.take() {
            self.out.extend(search.held);
        }
    }
}

impl Search {
    /// Whether the place is known, and the content is no document.
    fn is_fragment(&self) -> bool {
        self.head.has_place() && !self.is_for_document && !self.head.is_document()
    }

    /// The element, unless a policy of the head forbids it.
    fn element(&mut self) -> Option<String> {
        for policy in self.head.policies() {
            match policy {
                Some(policy) => self.policies.push_meta(policy),
                None => self.policies.push_meta(UNREADABLE),
            }
        }
        match self.policies.allow(&self.address) {
            Ok(nonce) => Some(self.script.snippet.with(nonce)),
            Err(_) => {
                self.script.is_forbidden.store(true, Ordering::Relaxed);
                None
            }
        }
    }

    /// Sends the bytes in front of a place.
    fn send(&mut self, place: usize, out: &mut VecDeque<Bytes>) {
        while self.sent < place
            && let Some(mut first) = self.held.pop_front()
        {
            let part = first.split_to(first.len().min(place - self.sent));
            self.sent += part.len();
            out.push_back(part);
            if !first.is_empty() {
                self.held.push_front(first);
            }
        }
    }
}

/// In place of a policy that is too long to be read: it allows nothing.
const UNREADABLE: &str = "default-src 'none'";
