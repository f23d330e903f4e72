//! Who may run: reserved concurrency per function, and what all others share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::ThrottleReason;

/// Counts the invocations that run now.
#[derive(Debug)]
pub(crate) struct Admission {
    total: u32,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    /// Invocations of functions without a reservation.
    shared: u32,
    reserved: HashMap<Arc<str>, Lane>,
}

#[derive(Debug)]
struct Lane {
    limit: u32,
    in_flight: u32,
}

/// A running invocation; it is over when this is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    admission: Arc<Admission>,
    /// The function, if it ran on its reservation.
    reserved: Option<Arc<str>>,
}

impl Admission {
    pub(crate) fn new(total: u32) -> Self {
        Self { total, book: Mutex::default() }
    }

    /// Sets aside concurrency for a function, or nothing.
    ///
    /// # Errors
    /// What is left, and of how many.
    pub(crate) fn reserve(&self, function: &Arc<str>, asked: Option<u32>) -> Result<(), (u32, u32)> {
        let mut book = self.lock();
        let Some(asked) = asked else {
            book.reserved.remove(function);
            return Ok(());
        };
        let others: u32 = book.reserved.iter().filter(|(name, _)| *name != function).map(|(_, lane)| lane.limit).sum();
        let left = self.total.saturating_sub(others);
        if asked > left {
            return Err((left, self.total));
        }
        book.reserved
            .entry(Arc::clone(function))
            .and_modify(|lane| lane.limit = asked)
            .or_insert(Lane { limit: asked, in_flight: 0 });
        Ok(())
    }

    /// Lets an invocation run, or tells which limit is reached.
    pub(crate) fn enter(self: &Arc<Self>, function: &Arc<str>) -> Result<Permit, ThrottleReason> {
        let mut book = self.lock();
        if let Some(lane) = book.reserved.get_mut(function) {
            if lane.in_flight >= lane.limit {
                return Err(ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded);
            }
            lane.in_flight += 1;
            return Ok(Permit { admission: Arc::clone(self), reserved: Some(Arc::clone(function)) });
        }
        let set_aside: u32 = book.reserved.values().map(|lane| lane.limit).sum();
        if book.shared >= self.total.saturating_sub(set_aside) {
            return Err(ThrottleReason::ConcurrentInvocationLimitExceeded);
        }
        book.shared += 1;
        Ok(Permit { admission: Arc::clone(self), reserved: None })
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut book = self.admission.lock();
        match &self.reserved {
            None => book.shared = book.shared.saturating_sub(1),
            Some(function) => {
                // A reservation that was given up meanwhile counts nothing any more.
                if let Some(lane) = book.reserved.get_mut(function) {
                    lane.in_flight = lane.in_flight.saturating_sub(1);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reservations_are_kept_from_others_and_bound_their_own() {
        let admission = Arc::new(Admission::new(3));
        let (own, other): (Arc<str>, Arc<str>) = ("own".into(), "other".into());
        admission.reserve(&own, Some(2)).expect("three are free");
        assert_eq!(admission.reserve(&other, Some(2)), Err((1, 3)));
        let shared = admission.enter(&other).expect("one is shared");
        let reason = admission.enter(&other).expect_err("the rest is set aside");
        assert_eq!(reason, ThrottleReason::ConcurrentInvocationLimitExceeded);
        let first = admission.enter(&own).expect("its first");
        let _second = admission.enter(&own).expect("its second");
        let reason = admission.enter(&own).expect_err("it has two");
        assert_eq!(reason, ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded);
        drop((first, shared));
        assert!(admission.enter(&own).is_ok());
        assert!(admission.enter(&other).is_ok());
    }

    #[test]
    fn a_reservation_of_nothing_stops_a_function() {
        let admission = Arc::new(Admission::new(1));
        let function: Arc<str> = "f".into();
        admission.reserve(&function, Some(0)).expect("nothing is always left");
        assert!(admission.enter(&function).is_err());
        admission.reserve(&function, None).expect("given up");
        assert!(admission.enter(&function).is_ok());
    }
}
