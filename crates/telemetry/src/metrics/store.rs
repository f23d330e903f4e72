//! The store: files by hour in a folder, the newest of which is written on.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::distribution::Distribution;
use super::segment::{self, MAGIC, Places};
use super::series::Series;

/// Minutes of one file.
const HOUR: u64 = 60;
/// Only the owner may read or write what was measured.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all files together.
    pub bytes_max: u64,
    /// Minutes, rounded up to whole hours.
    pub minutes_max: u64,
}

/// Series with the last minute that each has numbers of.
type Known = Vec<(Arc<Series>, u64)>;

/// A store of metrics in a folder of its own. Its calls block on the disk.
#[derive(Debug)]
pub struct MetricStore {
    folder: PathBuf,
    limits: Limits,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Bytes of whole frames, by hour.
    files: BTreeMap<u64, u64>,
    writing: Option<Writing>,
    /// What files that are not written on any more know, by hour; filled when somebody asks.
    known: BTreeMap<u64, Arc<Known>>,
}

#[derive(Debug)]
struct Writing {
    hour: u64,
    file: File,
    places: Places,
    last: HashMap<Arc<Series>, u64>,
}

impl MetricStore {
    /// Opens a folder, which is made if it is not there.
    ///
    /// # Errors
    /// The folder cannot be made or read.
    pub fn open(folder: &Path, limits: Limits) -> io::Result<Self> {
        std::fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)?;
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let hour = name.to_str().and_then(|name| name.strip_suffix(".metrics")?.parse::<u64>().ok());
            if let Some(hour) = hour {
                files.insert(hour, entry.metadata()?.len());
            }
        }
        let inner = Mutex::new(Inner { files, ..Inner::default() });
        Ok(Self { folder: folder.to_owned(), limits, inner })
    }

    /// Writes a minute, or a further part of one, and waits until it is on disk. Nothing is written of nothing.
    ///
    /// # Errors
    /// The disk does not take it, or one hour alone is more than the limit; whatever was written before stays.
    pub fn append(&self, minute: u64, records: &[(Arc<Series>, Distribution)]) -> io::Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        let mut inner = self.lock();
        let inner = &mut *inner;
        let hour = minute / HOUR;
        if inner.writing.as_ref().is_none_or(|writing| writing.hour != hour) {
            inner.writing = None;
            let (writing, bytes) = resume(&path(&self.folder, hour), hour)?;
            inner.files.insert(hour, bytes);
            inner.known.remove(&hour);
            inner.writing = Some(writing);
        }
        let Some(writing) = &mut inner.writing else { return Ok(()) };
        let mut frame = Vec::new();
        segment::write(minute, records, &mut writing.places, &mut frame);
        let bytes = inner.files.entry(hour).or_default();
        if *bytes + frame.len() as u64 > self.limits.bytes_max {
            inner.writing = None;
            return Err(io::Error::other("the metrics of one hour are more than the store may hold"));
        }
        let written = writing.file.write_all(&frame).and_then(|()| writing.file.sync_data());
        if let Err(error) = written {
            // What is torn is cut off when the file is opened again.
            inner.writing = None;
            return Err(error);
        }
        *bytes += frame.len() as u64;
        for (series, _) in records {
            let last = writing.last.entry(Arc::clone(series)).or_default();
            *last = minute.max(*last);
        }
        self.forget(inner, hour);
        Ok(())
    }

    /// Removes what is too old at a minute, whether or not anything is written then.
    pub fn expire(&self, minute: u64) {
        let oldest_kept = self.oldest_kept(minute / HOUR);
        let mut inner = self.lock();
        while let Some((&hour, _)) = inner.files.first_key_value().filter(|(hour, _)| **hour < oldest_kept) {
            if inner.writing.as_ref().is_some_and(|writing| writing.hour == hour) {
                inner.writing = None;
            }
            self.remove(&mut inner, hour);
        }
    }

    /// The oldest hour that is kept at an hour.
    fn oldest_kept(&self, now: u64) -> u64 {
        now.saturating_sub(self.limits.minutes_max.div_ceil(HOUR))
    }

    /// Removes what is too old, and the oldest hours of what is too much.
    fn forget(&self, inner: &mut Inner, now: u64) {
        let oldest_kept = self.oldest_kept(now);
        loop {
            let Some((&hour, _)) = inner.files.first_key_value() else { return };
            let bytes: u64 = inner.files.values().sum();
            if hour == now || (hour >= oldest_kept && bytes <= self.limits.bytes_max) {
                return;
            }
            self.remove(inner, hour);
        }
    }

    fn remove(&self, inner: &mut Inner, hour: u64) {
        if let Err(error) = std::fs::remove_file(path(&self.folder, hour))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, hour, "old metrics cannot be removed");
        }
        inner.files.remove(&hour);
        inner.known.remove(&hour);
    }

    /// The distributions of some series in a span of minutes, by minute.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn read(&self, wanted: &[&Series], minutes: Range<u64>) -> io::Result<Vec<BTreeMap<u64, Distribution>>> {
        let mut found = vec![BTreeMap::new(); wanted.len()];
        if minutes.is_empty() || wanted.is_empty() {
            return Ok(found);
        }
        let hours = minutes.start / HOUR..=(minutes.end - 1) / HOUR;
        let files: Vec<(u64, u64)> = self.lock().files.range(hours).map(|(hour, bytes)| (*hour, *bytes)).collect();
        let asked: HashMap<&Series, usize> =
            wanted.iter().enumerate().map(|(place, series)| (*series, place)).collect();
        for (hour, bytes) in files {
            let Some(content) = content(&path(&self.folder, hour), bytes)? else { continue };
            gather(&content, &asked, &minutes, &mut found);
        }
        Ok(found)
    }

    /// Every series, with the last minute that it has numbers of.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn series(&self) -> io::Result<BTreeMap<Arc<Series>, u64>> {
        let (files, mut all) = {
            let inner = self.lock();
            let written = inner.writing.iter().flat_map(|writing| &writing.last);
            let all: BTreeMap<_, _> = written.map(|(series, last)| (Arc::clone(series), *last)).collect();
            let writing = inner.writing.as_ref().map(|writing| writing.hour);
            let files = inner.files.iter().filter(|(hour, _)| Some(**hour) != writing);
            (files.map(|(hour, bytes)| (*hour, *bytes)).collect::<Vec<_>>(), all)
        };
        for (hour, bytes) in files.into_iter().rev() {
            let known = self.lock().known.get(&hour).cloned();
            let known = match known {
                Some(known) => known,
                None => self.known_of(hour, bytes, &all)?,
            };
            for (series, last) in known.iter() {
                let newest = all.entry(Arc::clone(series)).or_default();
                *newest = (*newest).max(*last);
            }
        }
        Ok(all)
    }

    /// What a file knows. Series that came up before are not kept twice.
    fn known_of(&self, hour: u64, bytes: u64, all: &BTreeMap<Arc<Series>, u64>) -> io::Result<Arc<Known>> {
        let Some(content) = content(&path(&self.folder, hour), bytes)? else { return Ok(Arc::default()) };
        let known: Known = last_minutes(&content)
            .into_iter()
            .map(|(series, last)| (all.get_key_value(&series).map_or(series, |(same, _)| Arc::clone(same)), last))
            .collect();
        let known = Arc::new(known);
        self.lock().known.insert(hour, Arc::clone(&known));
        Ok(known)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn path(folder: &Path, hour: u64) -> PathBuf {
    folder.join(format!("{hour:010}.metrics"))
}

/// The whole frames of a file as far as they are known to be whole; nothing where the file is gone.
fn content(path: &Path, bytes: u64) -> io::Result<Option<Vec<u8>>> {
    let mut content = Vec::new();
    match File::open(path).and_then(|file| file.take(bytes).read_to_end(&mut content)) {
        Ok(_) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens a file to write on, and cuts off what follows its whole frames. One that is no file of metrics is begun anew.
fn resume(path: &Path, hour: u64) -> io::Result<(Writing, u64)> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(FILE_MODE).open(path)?;
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    let mut places = Places::default();
    let whole_bytes = segment::scan(
        &content,
        |series| {
            let place = places.len() as u64;
            places.insert(Arc::new(series), place);
        },
        |_| false,
        |_, _, _| {},
    );
    let bytes = if whole_bytes == 0 {
        file.set_len(0)?;
        file.write_all(MAGIC)?;
        MAGIC.len()
    } else {
        whole_bytes
    };
    if content.len() > bytes {
        let cut_bytes = content.len() - whole_bytes;
        tracing::warn!(path = %path.display(), cut_bytes, "a file of metrics ends in the middle of a minute, which is dropped");
        file.set_len(bytes as u64)?;
    }
    let last = last_minutes(&content[..whole_bytes]).into_iter().collect();
    Ok((Writing { hour, file, places, last }, bytes as u64))
}

/// The series of a file, with the last minute of each.
fn last_minutes(content: &[u8]) -> Known {
    let (mut series, mut last): (Vec<Arc<Series>>, HashMap<usize, u64>) = (Vec::new(), HashMap::new());
    segment::scan(
        content,
        |new| series.push(Arc::new(new)),
        |_| true,
        |minute, id, _| {
            let newest = last.entry(id).or_default();
            *newest = minute.max(*newest);
        },
    );
    let last = |id| last.get(&id).copied().unwrap_or_default();
    series.into_iter().enumerate().map(|(id, series)| (series, last(id))).collect()
}

/// Adds the minutes of a file to what was found.
fn gather(
    content: &[u8],
    asked: &HashMap<&Series, usize>,
    minutes: &Range<u64>,
    found: &mut [BTreeMap<u64, Distribution>],
) {
    let places = std::cell::RefCell::new(Vec::<Option<usize>>::new());
    segment::scan(
        content,
        |series| places.borrow_mut().push(asked.get(&series).copied()),
        |id| places.borrow()[id].is_some(),
        |minute, id, distribution| {
            if let Some(place) = places.borrow()[id].filter(|_| minutes.contains(&minute)) {
                found[place].entry(minute).or_default().add(&distribution);
            }
        },
    );
}
