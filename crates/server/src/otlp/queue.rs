//! The queue of one signal, bounded in bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Messages that wait at most, whatever their size.
const MESSAGES_MAX: usize = 1_024;

/// An encoded message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// The `Export…ServiceRequest`.
    pub(super) message: Vec<u8>,
    /// The spans, data points or records in it.
    pub(super) items: u64,
}

/// The end that takes messages in.
#[derive(Debug)]
pub(super) struct Queue {
    sender: Sender<Batch>,
    waiting: Arc<AtomicUsize>,
    limit_bytes: usize,
}

/// The end that gives them out.
#[derive(Debug)]
pub(super) struct Batches {
    receiver: Receiver<Batch>,
    waiting: Arc<AtomicUsize>,
}

impl Queue {
    /// A queue of up to so many bytes.
    pub(super) fn new(limit_bytes: usize) -> (Arc<Self>, Batches) {
        let (sender, receiver) = channel(MESSAGES_MAX);
        let waiting = Arc::<AtomicUsize>::default();
        (Arc::new(Self { sender, waiting: Arc::clone(&waiting), limit_bytes }), Batches { receiver, waiting })
    }

    /// Queues a message of so many bytes, which is made only if there is room; false if there is none.
    pub(super) fn offer(&self, bytes: usize, items: u64, make: impl FnOnce() -> Vec<u8>) -> bool {
        let Ok(place) = self.sender.try_reserve() else { return false };
        let before = self.waiting.fetch_add(bytes, Relaxed);
        if before.saturating_add(bytes) > self.limit_bytes {
            self.waiting.fetch_sub(bytes, Relaxed);
            return false;
        }
        let message = make();
        debug_assert_eq!(message.len(), bytes, "the length was told before");
        place.send(Batch { message, items });
        true
    }
}

impl Batches {
    /// The next message; `None` once the queue is closed and empty.
    pub(super) async fn next(&mut self) -> Option<Batch> {
        let batch = self.receiver.recv().await?;
        self.waiting.fetch_sub(batch.message.len(), Relaxed);
        Some(batch)
    }

    /// Takes nothing more in.
    pub(super) fn close(&mut self) {
        self.receiver.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_queue_holds_so_many_bytes_and_no_more() {
        let (queue, mut batches) = Queue::new(10);
        let offer = |bytes: usize| queue.offer(bytes, 1, || vec![0; bytes]);
        assert!(offer(6) && !offer(5) && offer(4) && !offer(1));
        assert_eq!(batches.next().await.expect("the first").message.len(), 6);
        assert!(offer(6) && !offer(1), "what was taken out makes room");
        batches.close();
        assert!(!offer(0), "a closed queue takes nothing");
        let rest = [batches.next().await, batches.next().await, batches.next().await];
        assert_eq!(rest.map(|batch| batch.map(|batch| batch.message.len())), [Some(4), Some(6), None]);
    }

    #[tokio::test]
    async fn a_queue_holds_so_many_messages_and_no_more() {
        let (queue, _batches) = Queue::new(usize::MAX);
        let taken = (0..MESSAGES_MAX + 5).filter(|_| queue.offer(0, 1, Vec::new)).count();
        assert_eq!(taken, MESSAGES_MAX);
    }
}
