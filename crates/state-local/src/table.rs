//! What is known of every counter, behind the engine's lock: days, leases that are under way, extensions.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire};

use foldhash::fast::FixedState;
use stagegate_state::{Counter, Day, DayUse, Period, Quota, Take, Usage};
use tokio::sync::oneshot;

use crate::record::{Record, is_name};
use crate::word::Lease;

/// Days with requests that are kept besides the open one (developer guide, `GetUsage`). The oldest go first: a clock that is set
/// far ahead for a moment adds one day, and makes nobody forget what was used before.
const KEPT_DAYS: usize = 90;

/// A lease on its way to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pending {
    /// Tells it from those before and after.
    id: u64,
    amount: u32,
}

/// One counter.
#[derive(Debug)]
struct Entry {
    counter: Arc<Counter>,
    /// The day that requests are counted on.
    day: Day,
    /// Requests of that day, those that are leased included.
    granted: u32,
    pending: Option<Pending>,
    /// Other days.
    closed: BTreeMap<Day, DayUse>,
    /// Requests on top of the limit of the period that begins on a day.
    extension: Option<(Day, i64)>,
    /// What the period had left when it was last recorded.
    left: u32,
}

/// What is to be done when records are on disk.
#[derive(Debug)]
pub(crate) enum Done {
    /// A lease can be used.
    Lease { number: u32, id: u64 },
    /// Somebody waits.
    Told(oneshot::Sender<Result<(), String>>),
}

/// Records to write, and what follows.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pub(crate) records: Vec<Record>,
    pub(crate) done: Vec<Done>,
}

impl Outbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.done.is_empty()
    }
}

/// Every counter.
#[derive(Debug, Default)]
pub(crate) struct Table {
    numbers: HashMap<Arc<str>, u32, FixedState>,
    entries: Vec<Option<Entry>>,
    free: Vec<u32>,
    last_id: u64,
}

impl Entry {
    fn new(counter: Arc<Counter>, day: Day) -> Self {
        Self { counter, day, granted: 0, pending: None, closed: BTreeMap::new(), extension: None, left: 0 }
    }

    /// Requests counted in the period that begins on a day, leases included.
    fn counted(&self, start: Day, period: Period) -> i64 {
        let closed: i64 = self.closed.range(start..period.next(start)).map(|(_, day)| i64::from(day.used)).sum();
        let open = if period.start(self.day) == start { i64::from(self.granted) } else { 0 };
        closed + open
    }

    /// Requests that the period of the open day has left beyond what is counted; less than nothing after a cut of the limit.
    fn allowance(&self, quota: &Quota) -> i64 {
        let start = quota.period.start(self.day);
        let extension = self.extension.filter(|(of, _)| *of == start).map_or(0, |(_, amount)| amount);
        i64::from(quota.limit_of(start)).saturating_add(extension).saturating_sub(self.counted(start, quota.period))
    }

    /// Takes what is leased back, and begins an empty lease of the open day under these settings.
    fn reclaim(&mut self, quota: &Quota) {
        let old = Lease::of(self.counter.word.swap(Lease::none(self.day, quota).word(), AcqRel));
        if old.day == self.day {
            self.granted = self.granted.saturating_sub(old.left);
        }
        // A lease that is under way was made for another day or other settings. On disk it is counted until the next record.
        self.pending = None;
    }

    /// Opens a day under these settings. Unused leases of another day, or of other settings, are returned.
    fn settle(&mut self, number: u32, day: Day, quota: &Quota, out: &mut Outbox) {
        if self.day != day {
            let old = Lease::of(self.counter.word.load(Acquire));
            self.reclaim(&Quota { version: old.version, ..*quota });
            out.records.push(self.close(number, quota));
            self.day = day;
            self.granted = self.closed.remove(&day).map_or(0, |day| day.used);
            self.counter.word.store(Lease::none(day, quota).word(), std::sync::atomic::Ordering::Release);
        } else if !Lease::of(self.counter.word.load(Acquire)).is_of(day, quota) {
            self.reclaim(quota);
            out.records.push(self.record(number, quota));
        }
    }

    fn close(&mut self, number: u32, quota: &Quota) -> Record {
        let record = self.record(number, quota);
        self.keep(self.day, DayUse { used: self.granted, left: self.left });
        record
    }

    /// Keeps a day, and forgets the oldest one over the limit.
    fn keep(&mut self, day: Day, usage: DayUse) {
        self.closed.insert(day, usage);
        if self.closed.len() > KEPT_DAYS {
            self.closed.pop_first();
        }
    }

    /// The open day, all leases counted.
    fn record(&mut self, number: u32, quota: &Quota) -> Record {
        self.left = clamp(self.allowance(quota));
        Record::Day { counter: number, day: self.day, used: self.granted, left: self.left }
    }

    fn usage(&self, quota: &Quota) -> Usage {
        let lease = Lease::of(self.counter.word.load(Acquire));
        let leased = if lease.day == self.day { lease.left } else { 0 };
        let mut days = self.closed.clone();
        let left = clamp(self.allowance(quota).saturating_add(i64::from(leased)));
        days.insert(self.day, DayUse { used: self.granted.saturating_sub(leased), left });
        Usage { days }
    }
}

fn clamp(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

impl Table {
    /// The counter of a name.
    pub(crate) fn counter(&mut self, name: &str, day: Day, out: &mut Outbox) -> Arc<Counter> {
        let number = self.number(name, day, out);
        match self.entry(number) {
            Some(entry) => Arc::clone(&entry.counter),
            // Names of such a length do not come from here; a counter without an entry admits nothing.
            None => Arc::new(Counter::new(name)),
        }
    }

    fn number(&mut self, name: &str, day: Day, out: &mut Outbox) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        if !is_name(name) {
            return u32::MAX;
        }
        let number = self.insert(None, name, day);
        out.records.push(Record::Name { counter: number, name: name.into() });
        number
    }

    /// Adds a counter under a number of its own, or the one that the journal gave it.
    fn insert(&mut self, number: Option<u32>, name: &str, day: Day) -> u32 {
        let number = number.or_else(|| self.free.pop());
        let number = number.unwrap_or_else(|| u32::try_from(self.entries.len()).unwrap_or(u32::MAX - 1));
        let index = number as usize;
        if self.entries.len() <= index {
            self.entries.resize_with(index + 1, || None);
        }
        self.entries[index] = Some(Entry::new(Arc::new(Counter::new(name)), day));
        self.numbers.insert(name.into(), number);
        number
    }

    fn entry(&mut self, number: u32) -> Option<&mut Entry> {
        self.entries.get_mut(number as usize)?.as_mut()
    }

    /// The entry of a counter that was not forgotten since it was handed out.
    fn entry_of(&mut self, counter: &Counter) -> Option<(u32, &mut Entry)> {
        let number = *self.numbers.get(&*counter.name)?;
        let entry = self.entry(number)?;
        std::ptr::eq(&raw const *entry.counter, counter).then_some((number, entry))
    }

    /// Takes a request whose counter has no lease at hand, and asks for one.
    pub(crate) fn take(&mut self, counter: &Counter, quota: &Quota, day: Day, out: &mut Outbox) -> Take {
        let id = self.next_id();
        let Some((number, entry)) = self.entry_of(counter) else { return Take::Exhausted };
        entry.settle(number, day, quota, out);
        loop {
            let word = counter.word.load(Acquire);
            let lease = Lease::of(word);
            if lease.left > 0 {
                let less = Lease { left: lease.left - 1, ..lease };
                if counter.word.compare_exchange(word, less.word(), AcqRel, Acquire).is_ok() {
                    return Take::Taken;
                }
                continue;
            }
            if entry.pending.is_some() {
                return Take::Wait;
            }
            if entry.allowance(quota) <= 0 {
                let exhausted = Lease { is_exhausted: true, ..lease };
                if counter.word.compare_exchange(word, exhausted.word(), AcqRel, Acquire).is_ok() {
                    return Take::Exhausted;
                }
                continue;
            }
            entry.ask(number, id, quota.lease(), quota, out);
            return Take::Wait;
        }
    }

    /// Asks for the next lease while the last one is being used. Both together are one lease at most.
    pub(crate) fn ask_ahead(&mut self, counter: &Counter, quota: &Quota, day: Day, out: &mut Outbox) {
        let id = self.next_id();
        let Some((number, entry)) = self.entry_of(counter) else { return };
        let lease = Lease::of(counter.word.load(Acquire));
        if entry.day == day && entry.pending.is_none() && lease.is_of(day, quota) {
            entry.ask(number, id, quota.lease().saturating_sub(lease.left), quota, out);
        }
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// A lease is on disk: it can be used, unless things have changed meanwhile.
    pub(crate) fn leased(&mut self, number: u32, id: u64) {
        let Some(entry) = self.entry(number) else { return };
        if let Some(pending) = entry.pending.filter(|pending| pending.id == id) {
            entry.pending = None;
            entry.granted = entry.granted.saturating_add(pending.amount);
            let day = entry.day;
            let add = |word| {
                let lease = Lease::of(word);
                let left = lease.left.saturating_add(pending.amount);
                (lease.day == day).then(|| Lease { left, is_exhausted: false, ..lease }.word())
            };
            // The day of the word changes under the lock only, and with it the pending lease.
            let _ = entry.counter.word.fetch_update(AcqRel, Acquire, add);
        }
        entry.counter.more.notify_waiters();
    }

    /// What a counter has counted.
    pub(crate) fn usage(&mut self, name: &str, quota: &Quota) -> Usage {
        let number = self.numbers.get(name).copied();
        number.and_then(|number| self.entry(number)).map(|entry| entry.usage(quota)).unwrap_or_default()
    }

    /// What is left in the current period.
    pub(crate) fn left(&mut self, counter: &Counter, quota: &Quota, day: Day) -> u32 {
        match self.entry_of(counter) {
            Some((_, entry)) => entry.usage(quota).on(day, quota).left,
            None => 0,
        }
    }

    /// Sets what a counter has left in the current period.
    pub(crate) fn set_left(&mut self, name: &str, quota: &Quota, left: u32, day: Day, out: &mut Outbox) -> Usage {
        let number = self.number(name, day, out);
        let Some(entry) = self.entry(number) else { return Usage::default() };
        entry.settle(number, day, quota, out);
        entry.reclaim(quota);
        let start = quota.period.start(day);
        let unextended = i64::from(quota.limit_of(start)) - entry.counted(start, quota.period);
        let amount = i64::from(left) - unextended;
        entry.extension = Some((start, amount));
        out.records.push(Record::Extension { counter: number, start, amount });
        out.records.push(entry.record(number, quota));
        entry.counter.more.notify_waiters();
        entry.usage(quota)
    }

    /// The names of all counters.
    pub(crate) fn names(&self) -> Vec<Box<str>> {
        self.numbers.keys().map(|name| Box::from(&**name)).collect()
    }

    /// Forgets counters that are not to be kept.
    pub(crate) fn retain(&mut self, keep: &mut dyn FnMut(&str) -> bool, out: &mut Outbox) {
        let gone: Vec<Arc<str>> = self.numbers.keys().filter(|name| !keep(name)).cloned().collect();
        for name in gone {
            self.forget(&name, out);
        }
    }

    /// Forgets a counter. Whoever still holds it takes nothing from it any more.
    pub(crate) fn forget(&mut self, name: &str, out: &mut Outbox) {
        let Some(number) = self.numbers.remove(name) else { return };
        if let Some(entry) = self.entries.get_mut(number as usize).and_then(Option::take) {
            entry.counter.word.store(0, std::sync::atomic::Ordering::Release);
            entry.counter.more.notify_waiters();
        }
        out.records.push(Record::Forget { counter: number });
        self.free.push(number);
    }

    /// Returns every unused lease.
    pub(crate) fn return_leases(&mut self, out: &mut Outbox) {
        for (index, entry) in self.entries.iter_mut().enumerate() {
            let Some(entry) = entry else { continue };
            let word = entry.counter.word.load(Acquire);
            let lease = Lease::of(word);
            let stopped = Lease { left: 0, is_exhausted: true, ..lease };
            let old = Lease::of(entry.counter.word.swap(stopped.word(), AcqRel));
            let had = old.day == entry.day && old.left > 0;
            if had || entry.pending.is_some() {
                let returned = if had { old.left } else { 0 };
                entry.granted = entry.granted.saturating_sub(returned);
                entry.left = entry.left.saturating_add(returned + entry.pending.map_or(0, |pending| pending.amount));
                entry.pending = None;
                let counter = u32::try_from(index).unwrap_or(u32::MAX);
                out.records.push(Record::Day { counter, day: entry.day, used: entry.granted, left: entry.left });
            }
            entry.counter.more.notify_waiters();
        }
    }

    /// Everything as records, leases that are under way counted.
    pub(crate) fn records(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let Some(entry) = entry else { continue };
            let counter = u32::try_from(index).unwrap_or(u32::MAX);
            Record::Name { counter, name: entry.counter.name.clone() }.write(&mut out);
            if let Some((start, amount)) = entry.extension {
                Record::Extension { counter, start, amount }.write(&mut out);
            }
            for (day, DayUse { used, left }) in &entry.closed {
                Record::Day { counter, day: *day, used: *used, left: *left }.write(&mut out);
            }
            let used = entry.granted.saturating_add(entry.pending.map_or(0, |pending| pending.amount));
            Record::Day { counter, day: entry.day, used, left: entry.left }.write(&mut out);
        }
        out
    }

    /// What a journal says: all that was leased counts as used.
    pub(crate) fn of(records: &[Record], today: Day) -> Self {
        let mut table = Self::default();
        for record in records {
            table.replay(record, today);
        }
        table.free =
            (0_u32..).zip(&table.entries).filter(|(_, entry)| entry.is_none()).map(|(index, _)| index).collect();
        table
    }

    fn replay(&mut self, record: &Record, today: Day) {
        match record {
            // Numbers are given in order, so that a gap cannot be made long by a file that is ours.
            Record::Name { counter, name } if *counter as usize <= self.entries.len() => {
                if let Some(Some(old)) = self.entries.get(*counter as usize) {
                    let old = Arc::clone(&old.counter);
                    self.numbers.remove(&*old.name);
                }
                self.insert(Some(*counter), name, today);
            }
            Record::Name { .. } => {}
            Record::Day { counter, day, used, left } => {
                let Some(entry) = self.entry(*counter) else { return };
                if entry.day == *day {
                    (entry.granted, entry.left) = (*used, *left);
                } else {
                    entry.keep(*day, DayUse { used: *used, left: *left });
                }
            }
            Record::Extension { counter, start, amount } => {
                if let Some(entry) = self.entry(*counter) {
                    entry.extension = Some((*start, *amount));
                }
            }
            Record::Forget { counter } => {
                if let Some(entry) = self.entries.get_mut(*counter as usize).and_then(Option::take) {
                    self.numbers.remove(&*entry.counter.name);
                }
            }
        }
    }
}

impl Entry {
    /// Asks for a lease of at most so many requests.
    fn ask(&mut self, number: u32, id: u64, most: u32, quota: &Quota, out: &mut Outbox) {
        let amount = most.min(clamp(self.allowance(quota)));
        if amount == 0 {
            return;
        }
        self.pending = Some(Pending { id, amount });
        let used = self.granted.saturating_add(amount);
        self.left = clamp(self.allowance(quota) - i64::from(amount));
        out.records.push(Record::Day { counter: number, day: self.day, used, left: self.left });
        out.done.push(Done::Lease { number, id });
    }
}
