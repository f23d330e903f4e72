//! The process-wide budgets: connections, requests in flight and bytes held.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::config::BudgetLimits;
use crate::observe::Counters;

/// Content of a request or response up to this length is not counted: the number of requests in flight bounds it.
pub(crate) const UNCOUNTED_BYTES: usize = 4096;

/// What is in use, shared by all cores.
#[derive(Debug)]
pub(crate) struct Budgets {
    limits: BudgetLimits,
    connections: AtomicUsize,
    requests: AtomicUsize,
    buffered_bytes: AtomicUsize,
    counters: Arc<Counters>,
}

/// Which number a permit counts in.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Connection,
    Request,
    Bytes,
}

/// A part of a budget, given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    budgets: Arc<Budgets>,
    kind: Kind,
    amount: usize,
}

impl Budgets {
    /// Empty budgets.
    pub(crate) fn new(limits: BudgetLimits, counters: Arc<Counters>) -> Arc<Self> {
        let zero = AtomicUsize::default;
        Arc::new(Self { limits, connections: zero(), requests: zero(), buffered_bytes: zero(), counters })
    }

    /// A place for one more connection.
    pub(crate) fn connection(self: &Arc<Self>) -> Option<Permit> {
        self.take(Kind::Connection, 1)
    }

    /// A place for one more request in flight.
    pub(crate) fn request(self: &Arc<Self>) -> Option<Permit> {
        self.take(Kind::Request, 1)
    }

    /// A permit for held bytes, empty at first.
    pub(crate) fn held(self: &Arc<Self>) -> Permit {
        Permit { budgets: Arc::clone(self), kind: Kind::Bytes, amount: 0 }
    }

    /// What tells whether a parsed document may take so many bytes: they count as held until it is dropped.
    pub(crate) fn document(self: &Arc<Self>) -> impl Fn(usize) -> bool + use<> {
        let permit = RefCell::new(self.held());
        move |bytes| permit.borrow_mut().hold(bytes)
    }

    fn part(&self, kind: Kind) -> (&AtomicUsize, usize) {
        match kind {
            Kind::Connection => (&self.connections, self.limits.connections),
            Kind::Request => (&self.requests, self.limits.requests_in_flight),
            Kind::Bytes => (&self.buffered_bytes, self.limits.buffered_bytes),
        }
    }

    fn add(&self, kind: Kind, amount: usize) -> bool {
        let (used, limit) = self.part(kind);
        if used.fetch_add(amount, Relaxed) + amount <= limit {
            return true;
        }
        used.fetch_sub(amount, Relaxed);
        self.counters.over_budget.fetch_add(1, Relaxed);
        false
    }

    fn take(self: &Arc<Self>, kind: Kind, amount: usize) -> Option<Permit> {
        self.add(kind, amount).then(|| Permit { budgets: Arc::clone(self), kind, amount })
    }
}

impl Permit {
    /// Counts `total` held bytes; `false` when they are too many. Little content is not worth the counting.
    pub(crate) fn hold(&mut self, total: usize) -> bool {
        total <= UNCOUNTED_BYTES || self.grow_to(total)
    }

    /// Grows the permit to `total`; `false` leaves it as it was.
    pub(crate) fn grow_to(&mut self, total: usize) -> bool {
        let more = total.saturating_sub(self.amount);
        if more == 0 {
            return true;
        }
        let added = self.budgets.add(self.kind, more);
        if added {
            self.amount = total;
        }
        added
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.amount > 0 {
            self.budgets.part(self.kind).0.fetch_sub(self.amount, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_refuse_above_their_limit_and_take_back() {
        let counters = Arc::new(Counters::default());
        let limits = BudgetLimits { connections: 2, requests_in_flight: 1, buffered_bytes: 100 };
        let budgets = Budgets::new(limits, Arc::clone(&counters));
        let first = budgets.connection();
        let second = budgets.connection();
        assert!(first.is_some() && second.is_some() && budgets.connection().is_none());
        drop(first);
        assert!(budgets.connection().is_some());
        let mut held = budgets.held();
        assert!(held.grow_to(60) && held.grow_to(60) && held.grow_to(100) && !held.grow_to(101));
        let mut other = budgets.held();
        assert!(!other.grow_to(1));
        drop(held);
        assert!(other.grow_to(100));
        assert_eq!(counters.over_budget.load(Relaxed), 3);
    }
}
