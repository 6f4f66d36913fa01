//! The limits of projects: of this machine alone, or shared with other edges.
//!
//! Where a host reaches an owner of the limits, an edge has a [`Share`] of each project's, and
//! asks the owner beside the requests. A request waits for the owner only where it would be
//! refused otherwise, and the owner has not said that yet.

use crate::config::{Config, ProjectConfig};
use crate::host::{Host, Level, Notifier, SharedQuota, SharedQuotaError, timeout};
use crate::log_limit::LogLimit;
use crate::state::quota::{Check, Owner, Quotas, Share, Unit};
use bytes::Bytes;
use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::Rc;
use throughline_otlp::Signal;
use throughline_otlp::protobuf::DecodeError;

/// The limits of all projects. Cloning gives the same.
#[derive(Debug, Clone)]
pub(crate) struct Quota {
    inner: Rc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// The limits, where no owner has them.
    own: Quotas,
    /// Of the projects that have limits.
    shares: RefCell<Vec<(Box<str>, Shared)>>,
    /// The id of this edge; `None` before it has asked.
    sender: Cell<Option<u64>>,
    log_limit: LogLimit,
}

/// The share of this edge in the limits of a project.
#[derive(Debug)]
struct Shared {
    share: Share,
    /// Notified when an ask ends.
    waiting: Vec<Notifier>,
}

/// Refusal of a project: how long it has to wait, and for which unit.
pub(crate) type Refused = (Duration, Unit);

impl Quota {
    pub(crate) fn new(config: &Config, own: Quotas, log_limit: LogLimit) -> Self {
        let projects = config.projects.iter();
        let shares = projects.filter_map(|project| {
            let shared = Shared {
                share: Share::new(&project.limits)?,
                waiting: Vec::new(),
            };
            Some((project.name.as_str().into(), shared))
        });
        Self {
            inner: Rc::new(Inner {
                own,
                shares: RefCell::new(shares.collect()),
                sender: Cell::new(None),
                log_limit,
            }),
        }
    }

    /// Whether a project may send records of this signal.
    ///
    /// # Errors
    /// [`Refused`]: it may not.
    pub(crate) async fn check<H: Host>(
        &self,
        host: &H,
        project: &str,
        signal: Signal,
    ) -> Result<(), Refused> {
        let now = host.now_unix_nano();
        let Some(owner) = host.quota() else {
            return self
                .inner
                .own
                .wait(project, signal, now)
                .map_or(Ok(()), Err);
        };
        match self.check_share(project, signal, now) {
            Check::Free => return Ok(()),
            Check::Wait(wait, unit) => return Err((wait, unit)),
            Check::Ask(..) => self.ask(host, owner, project).await,
        }
        match self.check_share(project, signal, host.now_unix_nano()) {
            Check::Free => Ok(()),
            Check::Ask(wait, unit) | Check::Wait(wait, unit) => Err((wait, unit)),
        }
    }

    /// Takes a batch that is accepted, of so many records and bytes.
    pub(crate) fn take<H: Host>(
        &self,
        host: &H,
        project: &str,
        signal: Signal,
        amounts: (u64, usize),
    ) {
        let now = host.now_unix_nano();
        if host.quota().is_none() {
            return self.inner.own.take(project, signal, amounts, now);
        }
        let mut shares = self.inner.shares.borrow_mut();
        let Some(Shared { share, .. }) = of_project(&mut shares, project) else {
            return;
        };
        share.take(signal, amounts, now);
        if share.is_due(now) {
            let (quota, worker, project) = (self.clone(), host.clone(), Box::<str>::from(project));
            host.spawn(async move {
                if let Some(owner) = worker.quota() {
                    quota.ask(&worker, owner, &project).await;
                }
            });
        }
    }

    fn check_share(&self, project: &str, signal: Signal, now: u64) -> Check {
        let mut shares = self.inner.shares.borrow_mut();
        let shared = of_project(&mut shares, project);
        shared.map_or(Check::Free, |shared| shared.share.check(signal, now))
    }

    /// Asks the owner, or waits until another request has.
    async fn ask<H: Host>(&self, host: &H, owner: &H::Quota, project: &str) {
        let now = host.now_unix_nano();
        if let Some(notified) = self.wait_for_another(host, project, now) {
            timeout(host, ASK_WITHIN, notified).await;
            return;
        }
        let Some(message) = self.begin(host, project, now) else {
            return;
        };
        let asked = timeout(host, ASK_WITHIN, owner.ask(project, message.into())).await;
        self.end(host, project, asked);
    }

    /// Ends when the ask that is on its way does; `None` where there is none.
    fn wait_for_another<H: Host>(
        &self,
        host: &H,
        project: &str,
        now: u64,
    ) -> Option<impl Future<Output = ()>> {
        let mut shares = self.inner.shares.borrow_mut();
        let shared = of_project(&mut shares, project);
        let shared = shared.filter(|shared| shared.share.is_asking(now))?;
        let (notifier, notified) = host.notification();
        shared.waiting.push(notifier);
        Some(notified)
    }

    /// The message for the owner; `None` when it is not to be asked now.
    fn begin<H: Host>(&self, host: &H, project: &str, now: u64) -> Option<Vec<u8>> {
        let mut shares = self.inner.shares.borrow_mut();
        let share = &mut of_project(&mut shares, project)?.share;
        if !share.may_ask(now) {
            return None;
        }
        let sender = self.inner.sender.get().or_else(|| {
            let mut random = [0; 8];
            host.fill_random(&mut random).ok()?;
            Some(u64::from_le_bytes(random))
        })?;
        self.inner.sender.set(Some(sender));
        Some(share.begin(sender, now))
    }

    fn end<H: Host>(
        &self,
        host: &H,
        project: &str,
        asked: Option<Result<Bytes, SharedQuotaError>>,
    ) {
        let mut shares = self.inner.shares.borrow_mut();
        let Some(Shared { share, waiting }) = of_project(&mut shares, project) else {
            return;
        };
        waiting.drain(..).for_each(Notifier::notify);
        let now = host.now_unix_nano();
        let failure = match asked {
            Some(Ok(response)) => share.end(&response, now).map_err(|error| error.to_string()),
            Some(Err(error)) => {
                share.fail(now);
                Err(format!("it did not respond: {}", error.0))
            }
            None => {
                share.time_out(now);
                Err(format!("it took longer than {} s", ASK_WITHIN.as_secs()))
            }
        };
        let Err(failure) = failure else {
            return;
        };
        let line = || {
            format!("the owner of the limits of {project}: {failure}; a tenth of them is used here")
        };
        let kind = format!("limits of {project}");
        (self.inner.log_limit).log(host, Level::Warning, kind, line);
    }
}

/// The limits of all projects for many edges: the host keeps one, or one for each project, and
/// nothing of it in a storage. After a restart a second's worth is there, and what edges had used
/// beyond their leases is forgotten.
#[derive(Debug)]
pub struct QuotaOwner {
    projects: Vec<(Box<str>, Owner)>,
}

impl QuotaOwner {
    /// An owner that has leased nothing yet.
    pub fn new(config: &Config) -> Self {
        let projects = config.projects.iter();
        let owners = projects
            .map(|ProjectConfig { name, limits, .. }| (name.as_str().into(), Owner::new(limits)));
        Self {
            projects: owners.collect(),
        }
    }

    /// The response to what an edge asks at this time, in ns since the Unix epoch; nothing where the
    /// project is not known.
    ///
    /// # Errors
    /// [`DecodeError`]: the edge has sent something else.
    pub fn ask(
        &mut self,
        now_unix_nano: u64,
        project: &str,
        message: &[u8],
    ) -> Result<Vec<u8>, DecodeError> {
        match of_project(&mut self.projects, project) {
            Some(owner) => owner.ask(message, now_unix_nano),
            None => Ok(Vec::new()),
        }
    }
}

fn of_project<'a, T>(list: &'a mut [(Box<str>, T)], project: &str) -> Option<&'a mut T> {
    let mut list = list.iter_mut();
    list.find_map(|(name, of)| (**name == *project).then_some(of))
}

/// How long a request that would be refused waits for the owner.
const ASK_WITHIN: Duration = Duration::from_secs(1);
