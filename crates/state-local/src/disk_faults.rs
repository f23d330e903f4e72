//! Quotas on a disk that fails: no request is given away twice, and nothing that was acknowledged is lost.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use stagegate_state::{Counter, Day, ManualClock, Period, Quota, Quotas, QuotasError, Take, take};

use crate::LocalQuotas;
use crate::journal::{Disk, LocalDisk};

/// 2026-11-18 at noon.
const NOW_S: u64 = 20_775 * 86_400 + 43_200;
const PATIENCE: Duration = Duration::from_secs(30);
const NAME: &str = "000000000000/us-east-1/plan01/key0000001";
/// Leases are 10 requests.
const QUOTA: Quota = Quota { limit: 1_000, period: Period::Day, offset: 0, since: None, version: 0 };

/// What goes wrong with one write or sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Nothing is written.
    Write(ErrorKind),
    /// So many bytes are written, and then no more.
    Short(usize, ErrorKind),
    /// Everything is written, and the disk does not say that it has it.
    Sync,
}

/// A disk with faults to come; shared, so that a test can add some.
#[derive(Debug, Clone, Default)]
struct FaultyDisk(Arc<Mutex<VecDeque<Fault>>>);

impl FaultyDisk {
    fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(faults);
    }

    /// The next fault, if it is one of those.
    fn next(&self, is_mine: impl Fn(Fault) -> bool) -> Option<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.front().copied().filter(|fault| is_mine(*fault)).and_then(|_| faults.pop_front())
    }

    fn is_well(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

impl Disk for FaultyDisk {
    fn write(&mut self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        match self.next(|fault| fault != Fault::Sync) {
            Some(Fault::Write(kind)) => Err(kind.into()),
            Some(Fault::Short(count, kind)) => {
                file.write_all(&bytes[..count.min(bytes.len())])?;
                Err(kind.into())
            }
            _ => LocalDisk.write(file, bytes),
        }
    }

    fn sync(&mut self, file: &File) -> io::Result<()> {
        LocalDisk.sync(file)?;
        self.next(|fault| fault == Fault::Sync).map_or(Ok(()), |_| Err(io::Error::other("the disk is gone")))
    }
}

const FAULTS: [Fault; 6] = [
    Fault::Write(ErrorKind::Other),
    Fault::Write(ErrorKind::StorageFull),
    Fault::Short(0, ErrorKind::StorageFull),
    Fault::Short(3, ErrorKind::Other),
    Fault::Short(17, ErrorKind::StorageFull),
    Fault::Sync,
];

fn open(disk: &FaultyDisk, path: &Path) -> LocalQuotas {
    let clock = Arc::new(ManualClock::at(NOW_S));
    LocalQuotas::open_on(Box::new(disk.clone()), path, clock).expect("opened")
}

/// Takes so many requests, each of which must be let in.
async fn take_all(quotas: &LocalQuotas, counter: &Counter, count: u32) {
    for request in 0..count {
        let took = take(quotas, counter, &QUOTA, PATIENCE).await;
        assert_eq!(took, Take::Taken, "request {request}");
    }
}

fn used(quotas: &LocalQuotas) -> u32 {
    quotas.usage(NAME, &QUOTA).on(Day::of(NOW_S), &QUOTA).used
}

#[tokio::test]
async fn a_fault_anywhere_costs_no_count() {
    for fault in FAULTS {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("quotas.journal");
        let disk = FaultyDisk::default();
        let quotas = open(&disk, &path);
        let counter = quotas.counter(NAME);
        take_all(&quotas, &counter, 25).await;
        disk.fail([fault]);
        take_all(&quotas, &counter, 100).await;
        assert!(disk.is_well(), "{fault:?} has happened");
        // A kill: what was leased counts, and nothing that was taken is forgotten.
        drop(quotas);
        let quotas = open(&disk, &path);
        assert!((125..=145).contains(&used(&quotas)), "{fault:?}: {} used", used(&quotas));
        let counter = quotas.counter(NAME);
        let left = QUOTA.limit - used(&quotas);
        take_all(&quotas, &counter, left).await;
        assert_eq!(take(&quotas, &counter, &QUOTA, PATIENCE).await, Take::Exhausted, "{fault:?}");
        quotas.stop();
        assert_eq!(used(&open(&disk, &path)), QUOTA.limit, "{fault:?}");
    }
}

#[tokio::test]
async fn while_the_disk_is_full_nothing_is_leased_or_acknowledged() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("quotas.journal");
    let disk = FaultyDisk::default();
    let quotas = open(&disk, &path);
    let counter = quotas.counter(NAME);
    take_all(&quotas, &counter, 10).await;
    // The write itself, and every attempt to write the file anew, until the test has seen enough.
    disk.fail(vec![Fault::Write(ErrorKind::StorageFull); 1_000]);
    let refused = quotas.set_left(NAME, &QUOTA, 500).await.expect_err("it cannot be recorded");
    assert!(matches!(refused, QuotasError::Unrecorded(_)), "{refused:?}");
    let mut taken = 0;
    let ended = loop {
        match quotas.try_take(&counter, &QUOTA) {
            Take::Taken => taken += 1,
            other => break other,
        }
    };
    assert_eq!(ended, Take::Wait, "there is more, once it can be recorded");
    assert!(taken <= 20, "{taken} requests were let in, of at most two leases that are on disk");
    // Room again: whoever waited gets a lease.
    disk.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    take_all(&quotas, &counter, 1).await;
    assert_eq!(quotas.set_left(NAME, &QUOTA, 5).await.expect("recorded").on(Day::of(NOW_S), &QUOTA).left, 5);
    quotas.stop();
    let again = open(&disk, &path);
    let counter = again.counter(NAME);
    take_all(&again, &counter, 5).await;
    assert_eq!(take(&again, &counter, &QUOTA, PATIENCE).await, Take::Exhausted);
}

#[tokio::test]
async fn a_process_that_stops_on_a_dead_disk_ends_and_tells() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("quotas.journal");
    let disk = FaultyDisk::default();
    let quotas = open(&disk, &path);
    let counter = quotas.counter(NAME);
    take_all(&quotas, &counter, 10).await;
    disk.fail(vec![Fault::Short(2, ErrorKind::Other); 1_000]);
    quotas.stop();
    assert!(matches!(quotas.set_left(NAME, &QUOTA, 1).await, Err(QuotasError::Stopped)));
    disk.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    let used = used(&open(&disk, &path));
    assert!((10..=30).contains(&used), "what could not be given back stays counted: {used}");
}
