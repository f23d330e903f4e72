//! The private side of VPC links: targets with their health, and which one a connection goes to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Failures in a row after which a target is left alone for a while.
const FAILURES_MAX: u32 = 3;
/// How long.
const EJECTED: Duration = Duration::from_secs(10);

/// Private targets by their name in the settings: a VPC link's id or name, or the ARN of its target.
#[derive(Debug, Clone, Default)]
pub struct PrivateLinks(Arc<BTreeMap<Box<str>, Arc<PrivateLink>>>);

impl PrivateLinks {
    /// With these links.
    pub fn new(links: impl IntoIterator<Item = (Box<str>, Arc<PrivateLink>)>) -> Self {
        Self(Arc::new(links.into_iter().collect()))
    }

    /// The link of a name.
    pub(crate) fn find(&self, name: &str) -> Option<&Arc<PrivateLink>> {
        self.0.get(name)
    }
}

/// The targets of one link, shared by all cores.
#[derive(Debug)]
pub struct PrivateLink {
    targets: Box<[Arc<PrivateTarget>]>,
    born: Instant,
}

/// One target: an address, how many requests it has now, and whether it is well.
#[derive(Debug)]
pub struct PrivateTarget {
    /// A host name or an IP address.
    pub host: Box<str>,
    /// The port.
    pub port: u16,
    in_flight: AtomicUsize,
    failures: AtomicU32,
    /// Milliseconds after the link's birth until which it is left alone.
    ejected_until_ms: AtomicU64,
    is_well: AtomicBool,
}

impl PrivateTarget {
    /// Takes note of what an active health check says.
    pub fn set_well(&self, is_well: bool) {
        self.is_well.store(is_well, Relaxed);
    }
}

impl PrivateLink {
    /// A link with these targets, of which there is at least one; all are taken to be well.
    pub fn new(targets: impl IntoIterator<Item = (Box<str>, u16)>) -> Self {
        let target = |(host, port)| {
            Arc::new(PrivateTarget {
                host,
                port,
                in_flight: AtomicUsize::new(0),
                failures: AtomicU32::new(0),
                ejected_until_ms: AtomicU64::new(0),
                is_well: AtomicBool::new(true),
            })
        };
        Self { targets: targets.into_iter().map(target).collect(), born: Instant::now() }
    }

    /// The targets.
    pub fn targets(&self) -> &[Arc<PrivateTarget>] {
        &self.targets
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A target for a request, but none that was `tried`: of two that are well, the one with fewer requests. Where none is
    /// well, all are candidates: a check that is wrong must not cut everything off.
    pub(crate) fn pick(self: &Arc<Self>, tried: &[Lease]) -> Option<Lease> {
        let now_ms = self.now_ms();
        let is_new = |it: &&Arc<PrivateTarget>| !tried.iter().any(|lease| Arc::ptr_eq(&lease.target, it));
        let is_usable =
            |it: &&Arc<PrivateTarget>| it.is_well.load(Relaxed) && it.ejected_until_ms.load(Relaxed) <= now_ms;
        let mut candidates: Vec<_> = self.targets.iter().filter(is_new).filter(is_usable).collect();
        if candidates.is_empty() {
            candidates = self.targets.iter().filter(is_new).collect();
        }
        let first = *candidates.get(fastrand::usize(..candidates.len().max(1)))?;
        let second = candidates[fastrand::usize(..candidates.len())];
        let load = |target: &PrivateTarget| target.in_flight.load(Relaxed);
        let target = Arc::clone(if load(second) < load(first) { second } else { first });
        target.in_flight.fetch_add(1, Relaxed);
        Some(Lease { link: Arc::clone(self), target })
    }
}

/// A target while a request is with it.
#[derive(Debug)]
pub(crate) struct Lease {
    link: Arc<PrivateLink>,
    pub(crate) target: Arc<PrivateTarget>,
}

impl Lease {
    /// The target answered.
    pub(crate) fn succeeded(&self) {
        self.target.failures.store(0, Relaxed);
    }

    /// The target took no connection, or broke one.
    pub(crate) fn failed(&self) {
        if self.target.failures.fetch_add(1, Relaxed) + 1 >= FAILURES_MAX {
            self.target.failures.store(0, Relaxed);
            let until_ms = self.link.now_ms() + u64::try_from(EJECTED.as_millis()).unwrap_or(u64::MAX);
            self.target.ejected_until_ms.store(until_ms, Relaxed);
            tracing::warn!(
                host = &*self.target.host,
                port = self.target.port,
                "a private target is left alone for a while"
            );
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.target.in_flight.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(count: u16) -> Arc<PrivateLink> {
        Arc::new(PrivateLink::new((0..count).map(|port| ("10.0.0.1".into(), port))))
    }

    #[test]
    fn requests_spread_by_how_many_each_target_has() {
        let link = link(4);
        let leases: Vec<Lease> = (0..400).map(|_| link.pick(&[]).expect("a target")).collect();
        for target in link.targets() {
            let held = target.in_flight.load(Relaxed);
            assert!((80..=120).contains(&held), "{held}");
        }
        drop(leases);
        assert!(link.targets().iter().all(|target| target.in_flight.load(Relaxed) == 0));
    }

    #[test]
    fn a_target_that_is_unwell_or_fails_is_left_alone() {
        let link = link(3);
        link.targets()[0].set_well(false);
        let second = loop {
            let lease = link.pick(&[]).expect("a target");
            if lease.target.port == 1 {
                break lease;
            }
        };
        (0..FAILURES_MAX).for_each(|_| second.failed());
        for _ in 0..50 {
            assert_eq!(link.pick(&[]).expect("a target").target.port, 2);
        }
        link.targets()[0].set_well(true);
        assert!((0..200).any(|_| link.pick(&[]).expect("a target").target.port == 0));
    }

    #[test]
    fn where_none_is_well_all_are_tried() {
        let link = link(2);
        link.targets().iter().for_each(|target| target.set_well(false));
        let ports: std::collections::BTreeSet<u16> =
            (0..100).map(|_| link.pick(&[]).expect("a target").target.port).collect();
        assert_eq!(ports.len(), 2);
        assert!(Arc::new(PrivateLink::new([])).pick(&[]).is_none());
    }

    #[test]
    fn what_was_tried_is_not_picked_again() {
        let link = link(3);
        let mut tried = Vec::new();
        while let Some(lease) = link.pick(&tried) {
            tried.push(lease);
        }
        let ports: std::collections::BTreeSet<u16> = tried.iter().map(|lease| lease.target.port).collect();
        assert_eq!((tried.len(), ports.len()), (3, 3));
    }

    #[test]
    fn an_answer_forgives_failures() {
        let link = link(1);
        let lease = link.pick(&[]).expect("a target");
        for _ in 0..10 {
            lease.failed();
            lease.failed();
            lease.succeeded();
        }
        assert_eq!(lease.target.ejected_until_ms.load(Relaxed), 0);
    }
}
