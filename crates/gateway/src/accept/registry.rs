//! The open connections of a core, so that a drain can end those that wait for nothing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Waker};

use tokio::sync::Notify;

/// One connection's entry.
#[derive(Debug, Default)]
pub(crate) struct ConnectionState {
    slot: Cell<usize>,
    waker: RefCell<Option<Waker>>,
}

impl ConnectionState {
    /// Called while the connection waits for its next request: a drain will wake the task.
    pub(crate) fn wait(&self, context: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
            *waker = Some(context.waker().clone());
        }
    }

    /// Wakes the connection's task, if it waits.
    pub(crate) fn wake(&self) {
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }
}

/// All connections of a core.
#[derive(Debug, Default)]
pub(crate) struct ConnectionRegistry {
    open: RefCell<Vec<Rc<ConnectionState>>>,
    closed: Notify,
}

/// Membership in the registry, ended when dropped.
#[derive(Debug)]
pub(crate) struct Registered<'r> {
    registry: &'r ConnectionRegistry,
    /// The connection's entry.
    pub(crate) state: Rc<ConnectionState>,
}

impl ConnectionRegistry {
    /// Enters a connection.
    pub(crate) fn enter(&self) -> Registered<'_> {
        let state = Rc::new(ConnectionState::default());
        let mut open = self.open.borrow_mut();
        state.slot.set(open.len());
        open.push(Rc::clone(&state));
        Registered { registry: self, state }
    }

    /// Wakes every connection, so that idle ones see that the core is draining.
    pub(crate) fn wake_all(&self) {
        let wakers: Vec<Waker> = self.open.borrow().iter().filter_map(|state| state.waker.borrow().clone()).collect();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Waits until no connection is open.
    pub(crate) async fn all_closed(&self) {
        while !self.open.borrow().is_empty() {
            self.closed.notified().await;
        }
    }
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        let mut open = self.registry.open.borrow_mut();
        let slot = self.state.slot.get();
        open.swap_remove(slot);
        if let Some(moved) = open.get(slot) {
            moved.slot.set(slot);
        }
        if open.is_empty() {
            self.registry.closed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn connections_leave_in_any_order() {
        let registry = ConnectionRegistry::default();
        let mut entered: Vec<_> = (0..5).map(|_| registry.enter()).collect();
        for index in [1, 2, 0, 1, 0] {
            entered.remove(index);
            let open = registry.open.borrow();
            assert!(open.iter().enumerate().all(|(slot, state)| state.slot.get() == slot));
        }
        registry.all_closed().await;
    }
}
