//! Client of the owner of the limits of projects, and a limit of requests, with faults.

use super::Executor;
use bytes::Bytes;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use throughline_edge::host::{RateLimiter, SharedQuota, SharedQuotaError};
use throughline_edge::{Config, QuotaOwner};

/// Client of the owner of the limits of projects. Cloning gives the same.
#[derive(Clone)]
pub struct SimQuota {
    executor: Executor,
    owner: Rc<RefCell<QuotaOwner>>,
    /// How many asks have arrived.
    asked: Rc<Cell<usize>>,
    is_hanging: Rc<Cell<bool>>,
}

impl SimQuota {
    /// A client of a new owner, on the clock of this executor.
    pub fn new(config: &Config, executor: &Executor) -> Self {
        Self {
            executor: executor.clone(),
            owner: Rc::new(RefCell::new(QuotaOwner::new(config))),
            asked: Rc::default(),
            is_hanging: Rc::default(),
        }
    }

    /// Whether the owner does not respond from now on.
    pub fn set_hanging(&self, is_hanging: bool) {
        self.is_hanging.set(is_hanging);
    }

    /// How many asks have arrived.
    pub fn asked(&self) -> usize {
        self.asked.get()
    }
}

impl SharedQuota for SimQuota {
    async fn ask(&self, project: &str, message: Bytes) -> Result<Bytes, SharedQuotaError> {
        self.executor.sleep(ONE_WAY).await;
        self.asked.set(self.asked.get() + 1);
        if self.is_hanging.get() {
            std::future::pending::<()>().await;
        }
        let now = self.executor.now_unix_nano();
        let response = self.owner.borrow_mut().ask(now, project, &message);
        self.executor.sleep(ONE_WAY).await;
        let response = response.map_err(|error| SharedQuotaError(error.to_string().into()))?;
        Ok(response.into())
    }
}

/// A limit of requests for each sender, for as long as the test runs. Cloning gives the same.
#[derive(Debug, Clone)]
pub struct SimRateLimiter {
    limit: u64,
    counts: Rc<RefCell<BTreeMap<String, u64>>>,
}

impl SimRateLimiter {
    /// A limit of so many requests.
    pub fn new(limit: u64) -> Self {
        Self {
            limit,
            counts: Rc::default(),
        }
    }

    /// The senders, with the number of their requests.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.counts.borrow().clone()
    }
}

impl RateLimiter for SimRateLimiter {
    const ABSENT_BECAUSE: Option<&'static str> = None;

    async fn admits(&self, sender: &str) -> bool {
        let mut counts = self.counts.borrow_mut();
        let count = counts.entry(sender.to_owned()).or_default();
        *count += 1;
        *count <= self.limit
    }
}

/// The latency in one direction.
const ONE_WAY: Duration = Duration::from_millis(20);
