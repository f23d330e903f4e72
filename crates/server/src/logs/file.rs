//! Files of logs: appended to, and put aside when they are large or old.

use std::collections::HashMap;
use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Files that are open at once; the others are opened again when they are written.
const OPEN_MAX: usize = 256;

/// Who may read what is logged, and look into folders that are made for it: the owner and, for those who collect logs, the group.
/// The umask may take from that.
const FILE_MODE: u32 = 0o640;
const FOLDER_MODE: u32 = 0o750;

/// When a file is put aside, and how many are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Rotation {
    /// A file that would be longer is put aside; 0 for never.
    pub(crate) bytes_max: u64,
    /// One that is older is put aside; 0 for never.
    pub(crate) hours_max: u64,
    /// How many that were put aside are kept: `x.log.1` is the newest.
    pub(crate) kept: u64,
}

/// Every file that is written, by path.
#[derive(Debug)]
pub(super) struct Files {
    rotation: Rotation,
    open: Mutex<HashMap<PathBuf, Arc<Mutex<LogFile>>>>,
}

impl Files {
    /// No file yet.
    pub(super) fn new(rotation: Rotation) -> Self {
        Self { rotation, open: Mutex::default() }
    }

    /// Appends whole lines to a file.
    pub(super) fn append(&self, path: &Path, lines: &[u8]) -> io::Result<()> {
        let file = self.file(path)?;
        let written = locked(&file).append(path, lines, self.rotation);
        if written.is_err() {
            // The next lines open it anew.
            locked(&self.open).remove(path);
        }
        written
    }

    fn file(&self, path: &Path) -> io::Result<Arc<Mutex<LogFile>>> {
        let mut open = locked(&self.open);
        if let Some(file) = open.get(path) {
            return Ok(Arc::clone(file));
        }
        if open.len() >= OPEN_MAX {
            open.clear();
        }
        let file = Arc::new(Mutex::new(LogFile::open(path)?));
        open.insert(path.to_owned(), Arc::clone(&file));
        Ok(file)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One open file.
#[derive(Debug)]
struct LogFile {
    file: File,
    /// Its device and number: which file it is, whatever its name is by now.
    identity: (u64, u64),
    bytes: u64,
    /// When its first line was written, as far as that is known; none of what is no file, which is never put aside.
    begun: Option<Instant>,
}

impl LogFile {
    fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)?;
        }
        let file = OpenOptions::new().create(true).append(true).mode(FILE_MODE).open(path)?;
        let metadata = file.metadata()?;
        let age = metadata.created().ok().and_then(|created| created.elapsed().ok()).unwrap_or_default();
        let now = Instant::now();
        let begun = metadata.is_file().then(|| now.checked_sub(age).unwrap_or(now));
        Ok(Self { file, identity: identity(&metadata), bytes: metadata.len(), begun })
    }

    /// Opens the file again if another one has its name, or none: others rotate files, too.
    fn follow(&mut self, path: &Path) -> io::Result<()> {
        match std::fs::metadata(path) {
            Ok(metadata) if identity(&metadata) == self.identity => self.bytes = metadata.len(),
            _ => *self = Self::open(path)?,
        }
        Ok(())
    }

    fn append(&mut self, path: &Path, lines: &[u8], rotation: Rotation) -> io::Result<()> {
        self.follow(path)?;
        let more = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        if self.is_over(more, rotation) {
            put_aside(path, rotation.kept)?;
            *self = Self::open(path)?;
            self.begun = Some(Instant::now());
        }
        let (written, result) = write(&mut self.file, lines);
        if result.is_err() && self.begun.is_some() {
            // A part of a line would spoil the next one as well. A disk that takes nothing still gives back.
            let end = self.file.metadata()?.len().saturating_sub(written);
            self.file.set_len(end)?;
        }
        result
    }

    fn is_over(&self, more: u64, rotation: Rotation) -> bool {
        let Some(begun) = self.begun.filter(|_| self.bytes > 0) else { return false };
        let age_max = Duration::from_secs(rotation.hours_max.saturating_mul(3_600));
        (rotation.bytes_max > 0 && self.bytes.saturating_add(more) > rotation.bytes_max)
            || (rotation.hours_max > 0 && begun.elapsed() >= age_max)
    }
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Writes as much as can be written: how many bytes that was, and whether it is all.
fn write(file: &mut impl io::Write, lines: &[u8]) -> (u64, io::Result<()>) {
    let mut left = lines;
    let mut result = Ok(());
    while !left.is_empty() && result.is_ok() {
        match file.write(left) {
            Ok(0) => result = Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => left = &left[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => result = Err(error),
        }
    }
    (u64::try_from(lines.len() - left.len()).unwrap_or(u64::MAX), result)
}

/// Moves a file to `.1`, the one that was there to `.2`, and so on; the oldest goes.
fn put_aside(path: &Path, kept: u64) -> io::Result<()> {
    let numbered = |number: u64| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    if kept == 0 {
        return std::fs::remove_file(path);
    }
    for number in (1..kept).rev() {
        match std::fs::rename(numbered(number), numbered(number + 1)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    std::fs::rename(path, numbered(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path, ending: &str) -> Option<String> {
        std::fs::read_to_string(format!("{}{ending}", path.display())).ok()
    }

    #[test]
    fn a_file_that_would_be_too_long_is_put_aside_and_so_many_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/a.log");
        let files = Files::new(Rotation { bytes_max: 10, hours_max: 0, kept: 2 });
        for line in ["1\n", "22222222\n", "3\n", "44444444444444\n", "5\n"] {
            files.append(&path, line.as_bytes()).expect("written");
        }
        let found = ["", ".1", ".2", ".3"].map(|ending| read(&path, ending));
        let expected = [Some("5\n"), Some("44444444444444\n"), Some("3\n"), None];
        assert_eq!(found.each_ref().map(Option::as_deref), expected);
        // What another process of before wrote counts.
        let again = Files::new(Rotation { bytes_max: 10, hours_max: 0, kept: 0 });
        again.append(&path, b"66666666\n").expect("written");
        assert_eq!(read(&path, "").as_deref(), Some("66666666\n"));
    }

    #[test]
    fn files_and_folders_that_are_made_are_no_strangers_business() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/a.log");
        let files = Files::new(Rotation { bytes_max: 4, hours_max: 0, kept: 1 });
        for _ in 0..2 {
            files.append(&path, b"line\n").expect("written");
        }
        for made in ["new", "new/a.log", "new/a.log.1"] {
            let mode = std::fs::metadata(folder.path().join(made)).expect("made").permissions().mode();
            assert_eq!(mode & 0o027, 0, "{made} has {mode:o}");
        }
        // One that the operator has made stays as it is.
        let given = folder.path().join("given.log");
        std::fs::write(&given, "").expect("made");
        std::fs::set_permissions(&given, std::fs::Permissions::from_mode(0o604)).expect("set");
        files.append(&given, b"x\n").expect("written");
        assert_eq!(std::fs::metadata(&given).expect("there").permissions().mode() & 0o777, 0o604);
    }

    #[test]
    fn a_file_that_is_old_is_put_aside() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.log");
        let rotation = Rotation { bytes_max: 0, hours_max: 2, kept: 1 };
        let mut file = LogFile::open(&path).expect("opened");
        file.append(&path, b"old\n", rotation).expect("written");
        file.begun = Instant::now().checked_sub(Duration::from_secs(7_199));
        file.append(&path, b"not yet\n", rotation).expect("written");
        file.begun = Instant::now().checked_sub(Duration::from_secs(7_201));
        file.append(&path, b"new\n", rotation).expect("written");
        assert_eq!((read(&path, "").as_deref(), read(&path, ".1").as_deref()), (Some("new\n"), Some("old\nnot yet\n")));
    }

    #[test]
    fn a_file_that_others_move_remove_or_empty_is_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.log");
        let files = Files::new(Rotation { bytes_max: 10, hours_max: 0, kept: 1 });
        files.append(&path, b"moved\n").expect("written");
        std::fs::rename(&path, folder.path().join("elsewhere.log")).expect("moved");
        files.append(&path, b"removed\n").expect("written");
        std::fs::remove_file(&path).expect("removed");
        files.append(&path, b"emptied\n").expect("written");
        std::fs::write(&path, "").expect("emptied");
        files.append(&path, b"kept\n").expect("written");
        assert_eq!((read(&path, "").as_deref(), read(&path, ".1")), (Some("kept\n"), None));
    }

    /// Takes so many bytes.
    struct Small(usize);

    impl io::Write for Small {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.0).min(3);
            self.0 -= taken;
            if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_was_written_before_a_failure_is_known() {
        assert!(matches!(write(&mut Small(8), b"12345678"), (8, Ok(()))));
        assert!(matches!(write(&mut Small(7), b"12345678"), (7, Err(_))));
        assert!(matches!(write(&mut Small(0), b"1"), (0, Err(_))));
    }

    #[test]
    fn what_is_no_file_is_never_put_aside() {
        let files = Files::new(Rotation { bytes_max: 1, hours_max: 0, kept: 1 });
        for _ in 0..2 {
            files.append(Path::new("/dev/null"), b"line\n").expect("written");
        }
    }
}
