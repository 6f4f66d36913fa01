//! The configuration of one core, which may change while it serves.

use crate::settings::Serving;
use std::cell::RefCell;
use std::rc::Rc;
use throughline_edge::Edge;

/// The configuration of a core, and those before it that still have work to do.
pub(crate) struct Configured {
    current: RefCell<Rc<Serving>>,
    replaced: RefCell<Vec<Rc<Serving>>>,
}

impl Configured {
    pub(crate) fn new(serving: Serving) -> Self {
        Self {
            current: RefCell::new(Rc::new(serving)),
            replaced: RefCell::default(),
        }
    }

    /// The configuration that serves a request which arrives now, to its end.
    pub(super) fn current(&self) -> Rc<Serving> {
        Rc::clone(&self.current.borrow())
    }

    pub(super) fn replace(&self, serving: Serving) {
        let before = self.current.replace(Rc::new(serving));
        self.replaced.borrow_mut().push(before);
    }

    /// Takes out those that no request and no export needs any more.
    pub(super) fn take_finished(&self) -> Vec<Rc<Serving>> {
        let mut replaced = self.replaced.borrow_mut();
        let is_finished = |serving: &mut Rc<Serving>| {
            Rc::strong_count(serving) == 1 && queued(&serving.edge) == 0
        };
        replaced.extract_if(.., is_finished).collect()
    }

    /// Whether an earlier one still has work to do.
    pub(super) fn has_replaced(&self) -> bool {
        !self.replaced.borrow().is_empty()
    }

    /// All of them, the current one first: it exports the metrics, which all of them share.
    pub(super) fn all(&self) -> Vec<Rc<Serving>> {
        let mut all = vec![self.current()];
        all.extend_from_slice(&self.replaced.borrow());
        all
    }
}

/// Records that have not ended.
pub(super) fn queued(edge: &Edge) -> u64 {
    edge.tally().queued.values().sum()
}
