//! The live part of a change feed: the newest commits in memory and a bell that wakes watchers.
//!
//! An engine publishes each commit after it is durable. A [`Reader`] is given the commits in order; one that fell
//! behind what is kept in memory is told so, and the engine decides whether it can read the missing ones elsewhere.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::{ChangeSet, Revision, StoreError};

type Kept = Arc<Mutex<VecDeque<ChangeSet>>>;

/// The publishing side, owned by the engine; dropping it ends every reader with an error.
#[derive(Debug)]
pub struct Feed {
    kept: Kept,
    kept_limit: usize,
    head: watch::Sender<Revision>,
}

/// One watcher's place in the feed.
#[derive(Debug)]
pub struct Reader {
    after: Revision,
    kept: Kept,
    head: watch::Receiver<Revision>,
}

/// What a reader found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The next commit.
    Change(ChangeSet),
    /// The next commit happened, but is no longer in memory.
    Missed,
}

impl Feed {
    /// A feed whose last commit was `head`, that keeps the newest `kept_limit` commits.
    pub fn new(head: Revision, kept_limit: usize) -> Self {
        let (head, _) = watch::channel(head);
        Self { kept: Kept::default(), kept_limit, head }
    }

    /// The newest published revision.
    pub fn head(&self) -> Revision {
        *self.head.borrow()
    }

    /// Hands durable commits, in revision order and without gaps, to all readers.
    pub fn publish(&self, changes: Vec<ChangeSet>) {
        let Some(newest) = changes.last().map(|change| change.revision) else {
            return;
        };
        {
            let mut kept = lock(&self.kept);
            let expected = kept.back().map(|change| change.revision.next());
            if expected.is_some_and(|expected| Some(expected) != changes.first().map(|change| change.revision)) {
                // Somebody else wrote to the engine's data: readers shall look there rather than skip commits.
                kept.clear();
            }
            kept.extend(changes);
            let surplus = kept.len().saturating_sub(self.kept_limit);
            kept.drain(..surplus);
        }
        self.head.send_replace(newest);
    }

    /// A reader of the commits after the given revision.
    pub fn reader(&self, after: Revision) -> Reader {
        Reader { after, kept: Arc::clone(&self.kept), head: self.head.subscribe() }
    }
}

impl Reader {
    /// The last revision this reader was given.
    pub fn after(&self) -> Revision {
        self.after
    }

    /// Moves on to a revision that the engine read elsewhere.
    pub fn skip_to(&mut self, revision: Revision) {
        self.after = revision;
    }

    /// Whether the next commit has happened but is no longer in memory.
    pub fn has_missed(&self) -> bool {
        self.peek() == Some(Step::Missed)
    }

    /// The next commit if it has happened; never waits.
    pub fn try_next(&mut self) -> Option<Step> {
        let step = self.peek()?;
        if let Step::Change(change) = &step {
            self.after = change.revision;
        }
        Some(step)
    }

    fn peek(&self) -> Option<Step> {
        if *self.head.borrow() <= self.after {
            return None;
        }
        let wanted = self.after.next();
        let kept = lock(&self.kept);
        // Revisions have no gaps, so a commit's place follows from the oldest one kept.
        let oldest = kept.front().map_or(wanted, |change| change.revision);
        let place = wanted.0.checked_sub(oldest.0).and_then(|place| usize::try_from(place).ok());
        let found = place.and_then(|place| kept.get(place)).cloned();
        Some(found.map_or(Step::Missed, Step::Change))
    }

    /// Waits for the next commit; dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Step, StoreError> {
        loop {
            if let Some(step) = self.try_next() {
                return Ok(step);
            }
            // The value was looked at after the last wake-up was consumed, so no commit is slept through.
            self.head.changed().await.map_err(|_| StoreError::Engine("the store is closed".to_owned()))?;
        }
    }
}

fn lock(kept: &Kept) -> MutexGuard<'_, VecDeque<ChangeSet>> {
    // Nothing under the lock can leave the queue half changed, so a poisoned lock is still good.
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(revision: u64) -> ChangeSet {
        ChangeSet { revision: Revision(revision), keys: vec![format!("k{revision}")] }
    }

    #[tokio::test]
    async fn a_reader_gets_every_commit_in_order() {
        let feed = Feed::new(Revision(4), 8);
        let mut reader = feed.reader(Revision(4));
        assert_eq!(reader.try_next(), None);
        feed.publish(vec![change(5), change(6)]);
        feed.publish(vec![change(7)]);
        for revision in 5..=7 {
            assert_eq!(reader.next().await.unwrap(), Step::Change(change(revision)));
        }
        assert_eq!(reader.try_next(), None);
        assert_eq!(feed.head(), Revision(7));
    }

    #[tokio::test]
    async fn a_reader_that_fell_behind_is_told() {
        let feed = Feed::new(Revision(0), 2);
        let mut reader = feed.reader(Revision(0));
        feed.publish((1..=4).map(change).collect());
        assert_eq!(reader.next().await.unwrap(), Step::Missed);
        assert_eq!(reader.after(), Revision(0));
        reader.skip_to(Revision(2));
        assert_eq!(reader.next().await.unwrap(), Step::Change(change(3)));
    }

    #[tokio::test]
    async fn a_reader_of_commits_before_the_feed_began_is_told() {
        let feed = Feed::new(Revision(9), 8);
        assert_eq!(feed.reader(Revision(3)).try_next(), Some(Step::Missed));
        feed.publish(vec![change(10)]);
        assert_eq!(feed.reader(Revision(3)).try_next(), Some(Step::Missed));
        assert_eq!(feed.reader(Revision(9)).try_next(), Some(Step::Change(change(10))));
    }

    #[test]
    fn a_gap_is_missed_and_not_skipped() {
        let feed = Feed::new(Revision(0), 8);
        let mut reader = feed.reader(Revision(1));
        feed.publish(vec![change(1), change(2)]);
        feed.publish(vec![change(4)]);
        assert_eq!(reader.try_next(), Some(Step::Missed));
        reader.skip_to(Revision(3));
        assert_eq!(reader.try_next(), Some(Step::Change(change(4))));
    }

    #[tokio::test]
    async fn a_sleeping_reader_is_woken_by_a_commit_and_by_the_end() {
        let feed = Feed::new(Revision(0), 2);
        let mut reader = feed.reader(Revision(0));
        let sleeper = tokio::spawn(async move { (reader.next().await, reader.next().await) });
        tokio::task::yield_now().await;
        feed.publish(vec![change(1)]);
        tokio::task::yield_now().await;
        drop(feed);
        let (first, second) = sleeper.await.unwrap();
        assert_eq!(first.unwrap(), Step::Change(change(1)));
        assert!(matches!(second, Err(StoreError::Engine(_))));
    }
}
