//! The events of a page while it is searched: the first ones in the order asked for, and no more of them than it may have.

use std::collections::BTreeMap;

use super::event::{Position, StoredEvent};

/// The first events of those that were looked at, in whatever order they came.
#[derive(Debug)]
pub(super) struct Found {
    limit: usize,
    bytes_max: usize,
    bytes: usize,
    /// By rank.
    events: BTreeMap<Position, StoredEvent>,
    /// The rank of the first event that was wanted and had no room: from there on nothing is of this page.
    full_at: Option<Position>,
}

impl Found {
    /// Nothing yet, for a page of so many events with so many bytes of messages; one is always taken.
    pub(super) fn new(limit: usize, bytes_max: usize) -> Self {
        Self { limit: limit.max(1), bytes_max, bytes: 0, events: BTreeMap::new(), full_at: None }
    }

    /// Whether an event of this rank, or behind it, can be of the page.
    pub(super) fn has_room(&self, rank: Position) -> bool {
        self.full_at.is_none_or(|full_at| rank < full_at)
    }

    /// Takes an event; those behind it give way.
    pub(super) fn add(&mut self, rank: Position, event: StoredEvent) {
        self.bytes += event.message.len();
        self.events.insert(rank, event);
        while self.events.len() > self.limit || (self.bytes > self.bytes_max && self.events.len() > 1) {
            self.drop_last();
        }
    }

    /// Gives up what is behind this rank.
    pub(super) fn end_before(&mut self, rank: Position) {
        while self.events.last_key_value().is_some_and(|(last, _)| *last > rank) {
            self.drop_last();
        }
    }

    fn drop_last(&mut self) {
        if let Some((rank, event)) = self.events.pop_last() {
            self.bytes -= event.message.len();
            self.full_at = Some(rank);
        }
    }

    /// Whether every event that was wanted had room.
    pub(super) fn has_all(&self) -> bool {
        self.full_at.is_none()
    }

    /// The events in order.
    pub(super) fn into_events(self) -> Vec<StoredEvent> {
        self.events.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(limit: usize, bytes_max: usize, events: &[(i64, usize)]) -> (Found, Vec<i64>) {
        let mut found = Found::new(limit, bytes_max);
        for (timestamp_ms, bytes) in events {
            let position = Position::before(*timestamp_ms);
            let event = StoredEvent { position, ingested_ms: 0, stream: "s".into(), message: "x".repeat(*bytes) };
            if found.has_room(position) {
                found.add(position, event);
            }
            assert!(found.events.len() <= limit && (found.bytes <= bytes_max || found.events.len() == 1));
        }
        let kept = found.events.keys().map(|rank| rank.timestamp_ms).collect();
        (found, kept)
    }

    #[test]
    fn the_first_events_stay_in_whatever_order_they_come() {
        for (limit, bytes_max, events, expected, has_all) in [
            (3, 100, vec![(5, 1), (1, 1), (4, 1), (2, 1), (3, 1)], vec![1, 2, 3], false),
            (3, 100, vec![(5, 1), (1, 1), (4, 1)], vec![1, 4, 5], true),
            // One is always taken, and nothing behind one that had no room.
            (3, 10, vec![(5, 99)], vec![5], true),
            (3, 10, vec![(5, 6), (3, 6), (4, 1), (6, 1)], vec![3, 4], false),
            (3, 10, vec![(1, 6), (2, 6), (3, 1)], vec![1], false),
            (0, 10, vec![], vec![], true),
        ] {
            let (found, kept) = found(limit, bytes_max, &events);
            assert_eq!((kept, found.has_all()), (expected, has_all), "{limit} {bytes_max} {events:?}");
        }
    }

    #[test]
    fn what_is_behind_an_early_end_is_given_up() {
        let (mut found, _) = found(9, 99, &[(1, 1), (2, 1), (3, 1)]);
        found.end_before(Position { index: 7, ..Position::before(2) });
        assert!(!found.has_all() && !found.has_room(Position::before(3)) && found.bytes == 2);
        assert_eq!(found.into_events().len(), 2);
    }
}
