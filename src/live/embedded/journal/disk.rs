//! Where the journal's file lives, and what is watched about it.

use super::log::Fault;
use redb::{BackendError, StorageBackend};
use std::fmt::Debug;
use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A place that holds one journal file. Tests put one there that fails, tears and forgets.
pub trait Disk: Debug + Send + Sync {
    /// Opens the file, which is created empty if there is none.
    fn open(&self) -> io::Result<Box<dyn StorageBackend>>;
    /// Renames the file, which is damaged, so that the next `open` starts anew. `at` is the time in Unix
    /// milliseconds; returns where the damaged file is now.
    fn set_aside(&self, at: u64) -> io::Result<String>;
}

/// A file on a real disk.
#[derive(Debug)]
pub struct FileDisk {
    path: PathBuf,
}

impl FileDisk {
    /// The file at `path`; its directory must exist.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Without this a power cut could forget that the file was made or renamed, whatever was synced into it.
    fn sync_directory(&self) -> io::Result<()> {
        let directory = match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        File::open(directory)?.sync_all()
    }
}

impl Disk for FileDisk {
    fn open(&self) -> io::Result<Box<dyn StorageBackend>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&self.path)?;
        if file.metadata()?.len() == 0 {
            self.sync_directory()?;
        }
        let backend = redb::backends::FileBackend::new(file).map_err(io::Error::other)?;
        Ok(Box::new(backend))
    }

    fn set_aside(&self, at: u64) -> io::Result<String> {
        let name = self.path.file_name().unwrap_or_default();
        let mut at = at;
        let to = loop {
            let mut name = name.to_owned();
            name.push(format!(".damaged-{at}"));
            let to = self.path.with_file_name(name);
            if !to.try_exists()? {
                break to;
            }
            at += 1;
        };
        std::fs::rename(&self.path, &to)?;
        self.sync_directory()?;
        Ok(to.display().to_string())
    }
}

/// What is known of the open file without asking it.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    /// Its length in bytes.
    pub(super) len: AtomicU64,
    /// Whether the disk has refused something since it was opened: tells a failing disk from a damaged file.
    pub(super) failed: AtomicBool,
}

/// A backend that is shared with redb and watched.
#[derive(Debug, Clone)]
pub(super) struct Tracked {
    inner: Arc<dyn StorageBackend>,
    gauge: Arc<Gauge>,
}

impl Tracked {
    pub(super) fn open(disk: &dyn Disk, gauge: &Arc<Gauge>) -> io::Result<Self> {
        let inner: Arc<dyn StorageBackend> = disk.open()?.into();
        gauge.len.store(inner.len()?, Ordering::Relaxed);
        gauge.failed.store(false, Ordering::Relaxed);
        Ok(Self { inner, gauge: gauge.clone() })
    }

    /// Writes the whole file over itself and syncs it. After a failed sync the operating system may hold
    /// pages that it believes to be on disk and that are not; later syncs would skip them. Written again,
    /// they are either synced or refused.
    pub(super) fn rewrite(&self) -> Result<(), Fault> {
        let all = (Bound::Unbounded, Bound::Unbounded);
        let locked = match self.inner.try_lock_range(all.0, all.1) {
            Ok(false) => return Err(Fault::InUse),
            Ok(true) => true,
            // The disk of tests has no locks.
            Err(BackendError::Unsupported) => false,
            Err(error) => return Err(redb::Error::from(error).into()),
        };
        let result = self.rewrite_all();
        if locked {
            self.inner.unlock_range(all.0, all.1).map_err(redb::Error::from)?;
        }
        Ok(result?)
    }

    fn rewrite_all(&self) -> io::Result<()> {
        let len = self.inner.len()?;
        let mut chunk = vec![0; 256 << 10];
        let mut at = 0;
        while at < len {
            let n = chunk.len().min((len - at) as usize);
            self.inner.read(at, &mut chunk[..n])?;
            self.inner.write(at, &chunk[..n])?;
            at += n as u64;
        }
        self.inner.sync_data()
    }

    /// Empties a file whose creation was cut short: redb writes its magic number last, so a file that has
    /// none, and nothing but zeros behind its header page, never held anything.
    pub(super) fn clear_if_unfinished(&self) -> io::Result<()> {
        let len = self.inner.len()?;
        if len == 0 || len > (8 << 20) {
            return Ok(());
        }
        let mut bytes = vec![0; len as usize];
        self.inner.read(0, &mut bytes)?;
        let (magic, rest) = bytes.split_at(bytes.len().min(9));
        let behind = rest.get(4096 - 9..).unwrap_or_default();
        if magic.iter().chain(behind).all(|byte| *byte == 0) {
            self.set_len(0)?;
        }
        Ok(())
    }

    fn watch<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && error.kind() != io::ErrorKind::UnexpectedEof
        {
            self.gauge.failed.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl StorageBackend for Tracked {
    fn len(&self) -> io::Result<u64> {
        self.watch(self.inner.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.watch(self.inner.read(offset, out))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.watch(self.inner.set_len(len))?;
        self.gauge.len.store(len, Ordering::Relaxed);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.watch(self.inner.sync_data())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.watch(self.inner.write(offset, data))
    }

    fn close(&self) -> io::Result<()> {
        self.inner.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.query_lock_range(start, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_over_itself_unless_somebody_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("live.redb");
        let bytes: Vec<u8> = (0..700_001u32).map(|i| i as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        let disk = FileDisk::new(&path);
        let gauge = Arc::default();
        Tracked::open(&disk, &gauge).unwrap().rewrite().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
        assert_eq!(gauge.len.load(Ordering::Relaxed), 700_001);
        std::fs::remove_file(&path).unwrap();
        let db = redb::Builder::new().create_with_backend(Tracked::open(&disk, &gauge).unwrap()).unwrap();
        assert_eq!(Tracked::open(&disk, &gauge).unwrap().rewrite(), Err(Fault::InUse));
        drop(db);
        Tracked::open(&disk, &gauge).unwrap().rewrite().unwrap();
        redb::Database::open(&path).unwrap();
    }

    #[test]
    fn no_damaged_file_is_overwritten_by_another() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("live.redb");
        let disk = FileDisk::new(&path);
        let places: Vec<_> = (0..3)
            .map(|n| {
                std::fs::write(&path, [n]).unwrap();
                (n, disk.set_aside(5).unwrap())
            })
            .collect();
        for (n, place) in places {
            assert_eq!(std::fs::read(place).unwrap(), [n]);
        }
    }
}
